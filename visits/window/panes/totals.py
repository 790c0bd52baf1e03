"""The totals of the bill: sold, discount, due, and what cards pay of it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from loyalty.ledger.kinds import HOLDERS
from loyalty.rules.means import Means
from visits.window.page import Page
from visits.window.pane import Area, Pane


@dataclass(frozen=True)
class ShownMeans:
    """What a holder pays, in the totals; ``name`` is what it is: a card's type, else its kind."""

    name: str
    amount: Decimal


def _show(page: Page) -> list[ShownMeans]:
    return [ShownMeans(_name(turn.means, page), turn.amount) for turn in page.settlement.means if turn.amount]


def _name(means: Means, page: Page) -> str:
    card = page.known.cards.get(means.card_id or 0)
    return str(card.card_type if card else HOLDERS[means.kind].label)


PANE = Pane(name="totals", area=Area.PAY, template="visits/window/totals.html", show=_show)
