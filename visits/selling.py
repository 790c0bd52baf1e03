"""What is sold beside the lines, in words: nothing is said of what the chain does not use."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chains.access import Right
from chains.models import Access, Chain
from chains.uses import Room
from visits.value import GIFT_CARD, MEMBERSHIP, TOP_UP

_EACH = {
    GIFT_CARD: gettext_lazy("a gift card"),
    MEMBERSHIP: gettext_lazy("a membership"),
    TOP_UP: gettext_lazy("a top-up"),
}
#: What may be sold with nothing else on the bill, by the room that has it.
_ALONE = {Room.GIFT_CARDS: GIFT_CARD, Room.MEMBERSHIPS: MEMBERSHIP}


def sell_in_words(kinds: Collection[str]) -> str:
    """What a button or a page does that sells these kinds."""
    *others, last = [str(words) for kind, words in _EACH.items() if kind in kinds] or [str(_EACH[GIFT_CARD])]
    what = _("%(others)s or %(last)s") % {"others": ", ".join(others), "last": last} if others else last
    return _("Sell %(what)s") % {"what": what}


def sold_in_words(kinds: Collection[str]) -> str:
    """What the price is of that was sold on a bill."""
    if MEMBERSHIP not in kinds:
        return _("Gift cards and top-ups")
    return _("Memberships") if set(kinds) == {MEMBERSHIP} else _("Gift cards, memberships and top-ups")


def used_alone(access: Access) -> list[str]:
    """The kinds that a page which only sells is for."""
    return [kind for room, kind in _ALONE.items() if access.uses(room)]


def sold_now(chain: Chain, access: Access, today: date) -> list[str]:
    """The kinds of which the user may sell something on a day of the chain, with nothing else on the bill."""
    if not access.has(Right.CHECKOUT_VISITS) or not access.has(Right.SELL_VALUE):
        return []
    found, used = [], used_alone(access)
    if GIFT_CARD in used:
        types = chain.gift_card_types.filter(terms__archived=False).select_related("terms")
        found += [GIFT_CARD] if any(each.terms.is_sold_on(today) for each in types if each.terms) else []
    if MEMBERSHIP in used:
        found += [MEMBERSHIP] if chain.membership_types.filter(terms__archived=False).exists() else []
    return found
