"""The totals of the bill: sold, discount, covered, due, and what cards pay of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from loyalty.ledger.kinds import HOLDERS, HolderKind
from loyalty.rules.means import MeansTurn
from visits.selling import sold_in_words
from visits.window.page import Page
from visits.window.pane import Area, Pane
from visits.window.panes import accounts, gift_cards


@dataclass(frozen=True)
class ShownMeans:
    """What a holder pays, in the totals; ``name`` is its type, ``kind`` what it is where that does not say it."""

    name: str
    kind: str
    amount: Decimal


@dataclass(frozen=True)
class ShownTotals:
    """``means`` are what else pays than money, ``sold`` says what was sold beside the lines."""

    means: list[ShownMeans]
    sold: str


def _show(page: Page) -> ShownTotals:
    means = [_shown(turn, page) for turn in page.settlement.means if turn.amount]
    return ShownTotals(means, sold_in_words({each.kind for each in page.plan.value}))


def _shown(turn: MeansTurn, page: Page) -> ShownMeans:
    """A card by its type, as ever; of what else pays it is said what it is."""
    label = str(HOLDERS[turn.means.kind].label)
    card = page.known.cards.get(turn.means.card_id or 0)
    if card:
        return ShownMeans(str(card.card_type), "", turn.amount)
    name = NAMES_OF[turn.means.kind](turn.holder_id, page) if turn.means.kind in NAMES_OF else ""
    return ShownMeans(name or label, label if name else "", turn.amount)


NAMES_OF: dict[str, Callable[[int, Page], str]] = {
    HolderKind.GIFT_CARD: gift_cards.name_of,
    HolderKind.ACCOUNT: accounts.name_of,
}


PANE = Pane(name="totals", area=Area.PAY, template="visits/window/totals.html", show=_show)
