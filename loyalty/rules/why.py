"""Why something applied or did not: a code with its figures, put into words where it is shown."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache

Figure = str | int | bool | None
#: As a figure is told to ``why``, which keeps it as text.
Told = Decimal | date | Figure


class Reason(StrEnum):
    """Why a promotion, a card or the referral does not act here (docs/rules.md, sections 3, 4 and 7)."""

    GIVEN = "given"
    ARCHIVED = "archived"
    NOT_YET = "not_yet"
    OVER = "over"
    NOT_AT_LOCATION = "not_at_location"
    NO_LINE_IN_SCOPE = "no_line_in_scope"
    TIER_NOT_REACHED = "tier_not_reached"
    NO_FREE_UNIT = "no_free_unit"
    NOTHING_TO_GIVE = "nothing_to_give"
    NOT_THIS_VISIT = "not_this_visit"
    LIMIT_REACHED = "limit_reached"
    NOT_ON_CARD = "not_on_card"
    ALREADY_APPLIED = "already_applied"
    CARD_BLOCKED = "card_blocked"
    CARD_NOT_VALID_HERE = "card_not_valid_here"
    CARD_TOO_NEW = "card_too_new"
    CARD_NOT_OWNED = "card_not_owned"
    NO_CARD = "no_card"
    CAME_BEFORE = "came_before"
    CAME_HERE_BEFORE = "came_here_before"
    GIFT_CARD_NOT_OWNED = "gift_card_not_owned"
    GIFT_CARD_RETURNED = "gift_card_returned"
    GIFT_CARD_BLOCKED = "gift_card_blocked"
    GIFT_CARD_EXPIRED = "gift_card_expired"
    GIFT_CARD_NOT_VALID_HERE = "gift_card_not_valid_here"
    PAR_VALUE = "par_value"
    CODE_NEEDED = "code_needed"
    ACCOUNT_NOT_OWNED = "account_not_owned"
    ACCOUNT_BLOCKED = "account_blocked"
    ACCOUNT_NOT_VALID_HERE = "account_not_valid_here"
    MEMBERSHIP_NOT_OWNED = "membership_not_owned"
    MEMBERSHIP_RETURNED = "membership_returned"
    MEMBERSHIP_BLOCKED = "membership_blocked"
    MEMBERSHIP_EXPIRED = "membership_expired"
    MEMBERSHIP_NOT_BEGUN = "membership_not_begun"
    MEMBERSHIP_NOT_VALID_HERE = "membership_not_valid_here"
    MEMBERSHIP_FROZEN = "membership_frozen"
    MEMBERSHIP_OUTSIDE_HOURS = "membership_outside_hours"
    MEMBERSHIP_SOLD_HERE = "membership_sold_here"
    MEMBERSHIP_OTHER_SERVICE = "membership_other_service"
    MEMBERSHIP_USED_UP = "membership_used_up"
    MEMBERSHIP_COSTS_NOTHING = "membership_costs_nothing"
    NO_MEMBERSHIP = "no_membership"
    MEMBERSHIP_FEWER_UNITS = "membership_fewer_units"


@dataclass(frozen=True)
class Why:
    """``reason`` with the figures it rests on; amounts and dates as text, so that it can be kept."""

    reason: Reason
    figures: Mapping[str, Figure] = field(default_factory=dict)

    @property
    def is_given(self) -> bool:
        return self.reason is Reason.GIVEN

    def kept(self) -> dict[str, Figure]:
        """What a ledger row keeps of it."""
        return {"reason": str(self.reason), **self.figures}


def why(reason: Reason, **figures: Told) -> Why:
    return Why(
        reason, {name: _written(told) if isinstance(told, Decimal) else _text(told) for name, told in figures.items()}
    )


# Many promotions on a bill look at the same figures.
@lru_cache(maxsize=4096)
def _written(figure: Decimal) -> str:
    return format(figure.normalize(), "f")


def _text(told: date | Figure) -> Figure:
    return told.isoformat() if isinstance(told, date) else told
