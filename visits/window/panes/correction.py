"""What saving an edit of an arrived visit changes, before and after: the bill's figures, and what cards hold."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from chains.models import Chain
from clients.models import Client
from config.ui.figures import format_money
from loyalty.ledger.shown import quantity_in_words
from loyalty.rules.plan import Status
from visits.corrections import correction_of
from visits.undoing import HolderChange
from visits.window.page import Page
from visits.window.pane import Area, Pane

_LABELS: dict[str, str | Promise] = {
    "sold": gettext_lazy("Sold"),
    "discount": gettext_lazy("Discount"),
    "due": gettext_lazy("Due"),
    "left": gettext_lazy("Left"),
}


@dataclass(frozen=True)
class ShownMove:
    """One figure before and after; ``lost`` is the change of a holder whose points come back too late."""

    what: str | Promise
    before: str
    after: str
    lost: HolderChange | None = None


@dataclass(frozen=True)
class ShownCorrection:
    moves: list[ShownMove]
    uninvited_by: Client | None


def _show(page: Page) -> ShownCorrection | None:
    """None where nothing changes, and while the page could not be saved as it is."""
    visit = page.visit
    stays_arrived = page.is_fixed and page.status is Status.ARRIVED
    if visit is None or not stays_arrived or page.is_stale or page.form.mistakes:
        return None
    correction = correction_of(visit=visit, plan=page.plan, preview=page.preview)
    if not correction:
        return None
    moves = [_figure(name, *moved, page.chain) for name, moved in correction.figures.items()]
    moves += [_held(each, page.chain) for each in correction.holders]
    return ShownCorrection(moves, correction.uninvited_by)


def _figure(name: str, before: Decimal, after: Decimal, chain: Chain) -> ShownMove:
    return ShownMove(_LABELS[name], format_money(before, chain.currency), format_money(after, chain.currency))


def _held(change: HolderChange, chain: Chain) -> ShownMove:
    before, after = (quantity_in_words(change.unit, each, chain.currency) for each in (change.before, change.after))
    return ShownMove(change.name, before, after, change if change.lost else None)


PANE = Pane(name="correction", area=Area.BILL, template="visits/window/correction.html", show=_show)
