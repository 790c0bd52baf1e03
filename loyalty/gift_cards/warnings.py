"""What of a gift card type cannot work, though it may be saved."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date

from django.utils.translation import gettext as _

from loyalty.rules.terms import GiftCardType, ScopeMode


def warnings_of_gift_card_type(
    gift_card_type: GiftCardType, open_locations: Collection[int], today: date
) -> Iterator[str]:
    """Sentence by sentence; none where nothing is odd."""
    if gift_card_type.locations is not None and not gift_card_type.locations & set(open_locations):
        yield _("It is accepted at no open location.")
    if gift_card_type.pays.services.mode is gift_card_type.pays.products.mode is ScopeMode.NONE:
        yield _("It pays for nothing, so it can never be used.")
    if gift_card_type.valid_until and gift_card_type.valid_until < today:
        yield _("Its last day is past: a card that is sold now pays nothing.")
