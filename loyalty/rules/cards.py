"""A card as it lies on the desk, and whether it may act on the visit (docs/rules.md, section 4)."""

from dataclasses import dataclass
from datetime import datetime

from loyalty.rules.plan import Plan
from loyalty.rules.terms import CardType
from loyalty.rules.why import Reason, Why, why

#: A card that may not act on the visit: the code beside the field, by the reason.
CARD_CODES = {
    Reason.CARD_NOT_OWNED: "card_not_owned",
    Reason.CARD_BLOCKED: "card_blocked",
    Reason.CARD_NOT_VALID_HERE: "card_not_valid_here",
    Reason.CARD_TOO_NEW: "card_too_new",
}


@dataclass(frozen=True)
class DeskCard:
    """A card under its type's terms in force; ``holder_id`` is what holds its points.

    ``promotion_ids`` are those attached to its type, the older first. ``for_new_client``: it was issued automatically,
    and so also acts on visits begun before it.
    """

    id: int
    client_id: int
    card_type: CardType
    issued_at: datetime
    holder_id: int = 0
    is_blocked: bool = False
    for_new_client: bool = False
    promotion_ids: tuple[int, ...] = ()

    def acts_on(self, starts_at: datetime, settled_at: datetime | None) -> bool:
        """Whether the card is old enough for a visit (docs/rules.md, section 4)."""
        if settled_at is not None and self.issued_at > settled_at:
            return False  # a later edit adds no card
        acts_at_once = self.for_new_client or self.card_type.acts_from == "at_once"
        return acts_at_once or self.issued_at <= starts_at


def card_barred(card: DeskCard, plan: Plan, settled_at: datetime | None) -> Why | None:
    """Why the card may not act on a visit that was settled at ``settled_at``: owner, blocked, location, too new."""
    checks = (
        (Reason.CARD_NOT_OWNED, card.client_id != plan.client_id),
        (Reason.CARD_BLOCKED, card.is_blocked),
        (Reason.CARD_NOT_VALID_HERE, not card.card_type.works_at(plan.location_id)),
        (Reason.CARD_TOO_NEW, not card.acts_on(plan.starts_at, settled_at)),
    )
    return next((why(reason) for reason, holds in checks if holds), None)
