"""A gift card as it lies on the desk, and whether it may pay the visit (docs/rules.md, section 12)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from loyalty.rules.plan import MeansChoice, Plan
from loyalty.rules.terms import GiftCardType
from loyalty.rules.why import Reason, Why, why

#: A gift card that may not pay: the code beside the field, by the reason.
GIFT_CARD_CODES: Mapping[Reason, str] = {
    Reason.GIFT_CARD_NOT_OWNED: "gift_card_unknown",
    Reason.CODE_NEEDED: "code_needed",
    Reason.GIFT_CARD_BLOCKED: "gift_card_not_valid",
    Reason.GIFT_CARD_RETURNED: "gift_card_not_valid",
    Reason.GIFT_CARD_EXPIRED: "gift_card_not_valid",
    Reason.GIFT_CARD_NOT_VALID_HERE: "gift_card_not_valid_here",
}


@dataclass(frozen=True)
class DeskGiftCard:
    """A gift card under the terms it was sold with; ``holder_id`` is what holds its money.

    ``owner_id`` is the client whose a *named* one is, None of a *bearer*'s. ``is_granted``: its sale stands.
    ``is_expired``: the newest debit that stands, those of this visit apart, is an expiry.
    """

    holder_id: int
    owner_id: int | None
    gift_card_type: GiftCardType
    last_on: date | None = None
    is_granted: bool = True
    is_blocked: bool = False
    is_expired: bool = False


def gift_card_barred(card: DeskGiftCard, plan: Plan, choice: MeansChoice | None, today: date) -> Why | None:
    """Why the gift card may not pay on the chain's day ``today``, in the order of docs/rules.md, section 9.

    A bearer's pays only by its code; ``choice`` says whether that was given, or need not be.
    """
    is_past = card.is_expired or (card.last_on is not None and card.last_on < today)
    bars = (
        (Reason.GIFT_CARD_NOT_OWNED, card.owner_id not in (None, plan.client_id)),
        (Reason.CODE_NEEDED, card.owner_id is None and choice is not None and not choice.with_code),
        (Reason.GIFT_CARD_RETURNED, not card.is_granted),
        (Reason.GIFT_CARD_BLOCKED, card.is_blocked),
        (Reason.GIFT_CARD_EXPIRED, is_past),
        (Reason.GIFT_CARD_NOT_VALID_HERE, not card.gift_card_type.works_at(plan.location_id)),
    )
    reason = next((reason for reason, holds in bars if holds), None)
    if reason is Reason.GIFT_CARD_EXPIRED and card.last_on:
        return why(reason, last_day=card.last_on)
    return why(reason) if reason else None
