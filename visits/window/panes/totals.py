"""The totals of the bill: sold, discount, due, and what cards pay of it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from visits.window.page import Page
from visits.window.pane import Area, Pane


@dataclass(frozen=True)
class ShownPoints:
    """What a card pays, in the totals."""

    name: str
    amount: Decimal


def _show(page: Page) -> list[ShownPoints]:
    cards = page.known.cards
    return [
        ShownPoints(str(cards[card_id].card_type), turn.amount)
        for turn in page.settlement.means
        if turn.amount and (card_id := turn.means.card_id) in cards and card_id
    ]


PANE = Pane(name="totals", area=Area.PAY, template="visits/window/totals.html", show=_show)
