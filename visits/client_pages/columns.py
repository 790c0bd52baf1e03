"""What the workbook of the client database has besides its page: each type of card, and who the client is."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any

from django.db.models import Count, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chains.models import Chain
from clients.models import Client
from config.ui.figures import format_points
from config.ui.workbooks import Further, wall_clock
from loyalty.cards.models import Card, CardType

#: Types of cards with columns of their own; what else a client holds stands in one column.
MOST_TYPES = 20


def further(chain: Chain) -> list[Further]:
    """Blocked cards have no part in it, as on the page."""
    types = list(
        chain.card_types.annotate(held=Count("cards", filter=Q(cards__blocked_at=None)))
        .filter(held__gt=0)
        .order_by("-held", "name_folded", "pk")
    )
    own, others = types[:MOST_TYPES], types[MOST_TYPES:]
    columns = [_of_cards(gettext_lazy("Points on all cards"), lambda client: client.points)]
    for each in sorted(own, key=lambda card_type: (card_type.name_folded, card_type.pk)):
        columns += _of_type(each)
    if others:
        columns.append(_of_cards(gettext_lazy("Other cards"), partial(_others, chain, {each.pk for each in others})))
    return [
        *columns,
        Further(gettext_lazy("Birthday"), lambda client: client.birthday_on),
        Further(gettext_lazy("Registered"), lambda client: wall_clock(client.registered_at).date()),
        Further(gettext_lazy("Registered at"), _registered_at),
    ]


#: In one cell of the page, side by side in a file.
_of_cards = partial(Further, page_column="cards")


def _of_type(card_type: CardType) -> Iterable[Further]:
    def number(client: Client) -> str | None:
        card = _held(client, card_type.pk)
        return card.number if card else None

    def points(client: Client) -> Any:
        card = _held(client, card_type.pk)
        return card.holder.balance if card else None

    yield _of_cards(_("%(card_type)s, number") % {"card_type": card_type.name}, number)
    yield _of_cards(_("%(card_type)s, points") % {"card_type": card_type.name}, points)


def _held(client: Client, type_id: int) -> Card | None:
    return next((card for card in client.cards.all() if card.card_type_id == type_id), None)


def _others(chain: Chain, types: set[int], client: Client) -> str:
    held = [card for card in client.cards.all() if card.card_type_id in types]
    return ", ".join(f"{card} {format_points(card.holder.balance, chain.currency)}" for card in held)


def _registered_at(client: Client) -> str | None:
    return client.registered_location.name if client.registered_location else None
