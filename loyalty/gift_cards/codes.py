"""A gift card found by its code, wherever one can be tried; wrong tries are limited (docs/rules.md, section 12)."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from chains.models import Chain, User
from chains.refusals import Code, Refusal
from loyalty.gift_cards.models import GiftCard
from loyalty.programs.codes import first_of_code


def find_by_code(
    chain: Chain, code: str, *, user: User, address: str, at: datetime, among: Q | None = None
) -> GiftCard:
    """The gift card of this code, however it was typed: spaces, hyphens, letter case and digits do not matter.

    ``among`` says which cards may be found; any other is as unknown as none. Refuses ``gift_card_unknown`` for every
    code that finds none, in one sentence.
    """
    cards = chain.gift_cards.numbered(code).filter(among or Q()).select_related("gift_card_type", "holder")
    unknown = Refusal(
        Code.GIFT_CARD_UNKNOWN,
        _("The chain has no gift card of this code. Type it again, as it stands on the card."),
        field="code",
    )
    found: GiftCard = first_of_code(cards, unknown=unknown, user=user, address=address, at=at)
    return found
