"""The foot of what is to pay: what is left, the buttons that pay it, and what is done next."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from chains.access import Right
from loyalty.rules.money import ZERO
from visits.models import CALLED_OFF
from visits.window.merging import is_changed
from visits.window.page import Page
from visits.window.pane import Area, Pane
from visits.window.panes.payments import ShownPayment, shown_cash, shown_methods


@dataclass(frozen=True)
class ShownFoot:
    """What is ``left`` to pay or too much, 0 or more, what is ``missing`` of the cash, and what may be done.

    ``is_paid``: something was paid or covered, and nothing is left. ``is_finished``: the visit is paid as it is saved,
    and nothing was changed since, so that the next guest comes before another save.
    """

    left: Decimal
    missing: Decimal
    methods: list[ShownPayment]
    is_paid: bool
    is_finished: bool
    may_cancel: bool


def _show(page: Page) -> ShownFoot:
    is_cancelled = page.visit is not None and page.visit.status == "cancelled"
    may_cancel = page.visit is not None and not page.is_closed and not is_cancelled
    return ShownFoot(
        left=abs(page.settlement.left),
        missing=_missing(page),
        methods=_methods(page),
        is_paid=_is_paid(page),
        is_finished=_is_finished(page),
        may_cancel=may_cancel and page.subject.access.has(Right.CANCEL_VISITS),
    )


def _methods(page: Page) -> list[ShownPayment]:
    """Those that may take a payment; none where the visit does not take place, whose money only goes back."""
    return [] if page.is_closed or page.status in CALLED_OFF else shown_methods(page)


def _missing(page: Page) -> Decimal:
    """What the guest handed over too little of the cash."""
    cash = shown_cash(page)
    return cash.change.missing if cash and cash.change else ZERO


def _is_paid(page: Page) -> bool:
    settlement = page.settlement
    if _missing(page):
        return False
    paid = [*(turn.amount for turn in settlement.means), *(amount for _method, amount in settlement.payments)]
    is_paid = any(paid) or bool(settlement.covered)
    return settlement.is_whole and not settlement.left and not settlement.problems and is_paid


def _is_finished(page: Page) -> bool:
    is_saved = page.visit is not None and page.visit.settled_at is not None and not page.is_closed
    is_as_it_was = page.is_settled and not _missing(page) and not page.is_refused and not page.is_stale
    return is_saved and is_as_it_was and not is_changed(page.typed, page.turn.panes)


PANE = Pane(name="foot", area=Area.FOOT, template="visits/window/foot.html", show=_show)
