"""What a correction changes, in words: one table of before and after, in the visit window and before a cancellation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chains.models import Chain
from clients.models import Client
from config.ui.figures import format_money
from loyalty.labels import label
from loyalty.ledger.shown import quantity_in_words
from visits.corrections import Correction
from visits.held import HolderChange

_LABELS: dict[str, str | Promise] = {
    "sold": gettext_lazy("Sold"),
    "discount": gettext_lazy("Discount"),
    "covered": gettext_lazy("Covered"),
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
class ShownMoney:
    """Money that stays recorded with the visit, and what becomes of it: nothing of it is changed by saving."""

    what: str
    amount: str


@dataclass(frozen=True)
class ShownCorrection:
    """``burns``: points come back that are past their last day."""

    moves: list[ShownMove]
    money: list[ShownMoney]
    uninvited_by: Client | None
    burns: bool


def shown_correction(correction: Correction, chain: Chain) -> ShownCorrection | None:
    """None where nothing changes."""
    if not correction:
        return None
    return ShownCorrection(
        list(_moves(correction, chain)), _money(correction, chain), correction.uninvited_by, correction.burns
    )


def _moves(correction: Correction, chain: Chain) -> Iterator[ShownMove]:
    for name, figures in correction.figures.items():
        before, after = (format_money(figure, chain.currency) for figure in figures)
        yield ShownMove(_LABELS[name], before, after)
    for each in correction.holders:
        before, after = (quantity_in_words(each.unit, held, chain.currency) for held in (each.before, each.after))
        yield ShownMove(each.name, before, after, each if each.lost else None)


def _money(correction: Correction, chain: Chain) -> list[ShownMoney]:
    called = _("Hand back: %(method)s") if correction.is_off else _("Paid in advance: %(method)s")
    return [
        ShownMoney(called % {"method": label(method)}, format_money(amount, chain.currency))
        for method, amount in correction.money
    ]
