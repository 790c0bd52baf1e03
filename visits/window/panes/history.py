"""The newest points on the guest's cards, once somebody asks for them: most visits are paid without a look at them."""

from __future__ import annotations

from dataclasses import dataclass

from chains.access import Right
from chains.models import Chain
from loyalty.explanations.transactions import explanation_of, undoing
from loyalty.ledger.models import Transaction
from visits.window.fields import PaneForm, hidden_field
from visits.window.page import Page
from visits.window.pane import Area, Button, Pane
from visits.window.typed import Typed

MOST_HISTORY = 10

#: What is told of a row beside its own columns.
SHOWN = ("card__card_type", "promotion", "promotion_terms", "comment", "undoes", "undone_by", "granted_lot")


@dataclass(frozen=True)
class ShownRow:
    """A row of the ledger in words; ``may_undo``: it is points typed by hand, and stands."""

    row: Transaction
    sentences: list[str]
    undoing: str
    comment: str
    may_undo: bool


class HistoryForm(PaneForm):
    #: Whether it is open; blank for folded.
    history = hidden_field()


@dataclass(frozen=True)
class ShownHistory:
    """``rows`` are the newest first, None while it is folded."""

    rows: list[ShownRow] | None


def _unfold(typed: Typed, _value: str) -> Typed:
    return typed.with_texts(history="open")


def _fold(typed: Typed, _value: str) -> Typed:
    return typed.with_texts(history="")


def _show(page: Page) -> ShownHistory | None:
    if not page.guest.pk:
        return None
    return ShownHistory(_rows(page) if page.typed.text("history") else None)


def _rows(page: Page) -> list[ShownRow]:
    """First which rows they are, then all that is shown of them: planning both at once takes several times as long."""
    rows = Transaction.objects.filter(card__client=page.guest, holder__isnull=False).order_by("-at", "-pk")
    newest = list(rows.values_list("pk", flat=True)[:MOST_HISTORY])
    found = Transaction.objects.select_related(*SHOWN).in_bulk(newest)
    may_move_points = page.subject.access.has(Right.MANUAL_POINTS)
    return [_shown(found[pk], page.chain, may_move_points) for pk in newest]


def _shown(row: Transaction, chain: Chain, may_move_points: bool) -> ShownRow:
    undone = undoing(row)
    comment = getattr(row, "comment", None)
    return ShownRow(
        row=row,
        sentences=explanation_of(row, chain),
        undoing=undone,
        comment=comment.text if comment else "",
        may_undo=may_move_points and row.is_manual and row.what.has_lots and not undone,
    )


PANE = Pane(
    name="history",
    area=Area.GUEST,
    template="visits/window/history.html",
    fields=HistoryForm,
    buttons={"show_history": Button(_unfold, focus="history"), "fold_history": Button(_fold, focus="history")},
    is_of_the_guest=True,
    show=_show,
)
