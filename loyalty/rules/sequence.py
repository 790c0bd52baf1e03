"""Every n-th visit, and how often at most (docs/rules.md, section 3)."""

from dataclasses import dataclass
from decimal import Decimal

from loyalty.rules.desk import Counter
from loyalty.rules.money import ZERO
from loyalty.rules.promotions import Offer
from loyalty.rules.terms import Promotion
from loyalty.rules.why import Reason, Why, why


@dataclass(frozen=True)
class Firing:
    """An offer after its counters: whether the visit counts for it, and whether it fires now.

    ``amount`` is what it really gives, 0 where it does not fire.
    """

    offer: Offer
    eligible: bool = False
    fires: bool = False
    why_not: Why | None = None

    @property
    def why(self) -> Why:
        return self.why_not or self.offer.why

    @property
    def amount(self) -> Decimal:
        return self.offer.amount if self.fires else ZERO


def counted(promotion: Promotion, offer: Offer, counter: Counter) -> Firing:
    """Fire the offer on eligible visits number n, 2n, 3n …, within the limit of uses.

    The limit stops the firing, not the counting.
    """
    if not offer.gives:
        return Firing(offer)
    number = counter.eligible_before + 1
    if number % promotion.every:
        turn = (number - 1) % promotion.every + 1
        return Firing(offer, eligible=True, why_not=why(Reason.NOT_THIS_VISIT, number=turn, every=promotion.every))
    if promotion.limit and counter.uses_elsewhere >= promotion.limit:
        figures = {"uses": counter.uses_elsewhere, "limit": promotion.limit}
        return Firing(offer, eligible=True, why_not=why(Reason.LIMIT_REACHED, **figures))
    explained = Why(Reason.GIVEN, {**offer.why.figures, "number": number, "every": promotion.every})
    fired = Offer(explained, offer.amount, offer.parts, offer.free_units)
    return Firing(fired, eligible=True, fires=True)
