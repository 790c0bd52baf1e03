"""Every n-th visit, and at most so often (docs/rules.md, section 3)."""

from decimal import Decimal

import pytest

from loyalty.rules.desk import Counter
from loyalty.rules.promotions import Offer
from loyalty.rules.sequence import counted
from loyalty.rules.terms import Promotion, PromotionKind
from loyalty.rules.why import Reason, why

GIVES = Offer(why(Reason.GIVEN), Decimal(5))


def fires(every: int, limit: int, before: int, uses: int) -> tuple[bool, bool, Reason]:
    promotion = Promotion(1, 1, PromotionKind.CASHBACK_FIXED_SOLD, every=every, limit=limit)
    firing = counted(promotion, GIVES, Counter(eligible_before=before, uses_elsewhere=uses))
    assert firing.amount == (Decimal(5) if firing.fires else Decimal(0))
    return firing.eligible, firing.fires, firing.why.reason


@pytest.mark.parametrize(
    ("every", "limit", "before", "uses", "reason"),
    [
        (1, 0, 0, 0, Reason.GIVEN),
        (1, 0, 500, 500, Reason.GIVEN),
        (3, 0, 0, 0, Reason.NOT_THIS_VISIT),
        (3, 0, 1, 0, Reason.NOT_THIS_VISIT),
        (3, 0, 2, 0, Reason.GIVEN),
        (3, 0, 3, 1, Reason.NOT_THIS_VISIT),
        (3, 0, 5, 1, Reason.GIVEN),
        (1, 2, 1, 1, Reason.GIVEN),
        (1, 2, 2, 2, Reason.LIMIT_REACHED),
        # a use that a cancelled visit gave back
        (1, 2, 7, 1, Reason.GIVEN),
        (3, 1, 5, 1, Reason.LIMIT_REACHED),
        (3, 1, 4, 1, Reason.NOT_THIS_VISIT),
    ],
)
def test_the_visit_counts_and_fires_or_not(every: int, limit: int, before: int, uses: int, reason: Reason) -> None:
    assert fires(every, limit, before, uses) == (True, reason is Reason.GIVEN, reason)


def test_a_visit_on_which_it_would_give_nothing_does_not_count() -> None:
    firing = counted(Promotion(1, 1, PromotionKind.CASHBACK_FIXED_SOLD), Offer(why(Reason.NO_LINE_IN_SCOPE)), Counter())
    assert (firing.eligible, firing.fires, firing.why.reason) == (False, False, Reason.NO_LINE_IN_SCOPE)
