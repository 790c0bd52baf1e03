"""The newest points on the guest's cards, as the visit window shows them."""

from __future__ import annotations

from dataclasses import dataclass

from loyalty.explanations.transactions import explanation_of, undoing
from loyalty.ledger.kinds import LedgerUnit, rows_in
from loyalty.ledger.models import Transaction
from visits.forms.reading import Subject

MOST_HISTORY = 10

#: What is told of a row beside its own columns.
SHOWN = ("card__card_type", "promotion", "promotion_terms", "comment", "undoes", "undone_by", "granted_lot")


@dataclass(frozen=True)
class ShownRow:
    """A row of the ledger in words; ``may_undo``: it was typed by hand and stands."""

    row: Transaction
    sentences: list[str]
    undoing: str
    comment: str
    may_undo: bool


def shown_history(subject: Subject, may_move_points: bool) -> list[ShownRow]:
    """First which rows they are, then all that is shown of them: planning both at once takes several times as long."""
    rows = Transaction.objects.filter(holder__client=subject.client, kind__in=rows_in(LedgerUnit.POINTS)).order_by(
        "-at", "-pk"
    )
    newest = list(rows.values_list("pk", flat=True)[:MOST_HISTORY])
    found = Transaction.objects.select_related(*SHOWN).in_bulk(newest)
    return [_shown(found[pk], subject, may_move_points) for pk in newest]


def _shown(row: Transaction, subject: Subject, may_move_points: bool) -> ShownRow:
    undone = undoing(row)
    comment = getattr(row, "comment", None)
    return ShownRow(
        row=row,
        sentences=explanation_of(row, subject.location.chain),
        undoing=undone,
        comment=comment.text if comment else "",
        may_undo=may_move_points and row.is_manual and not undone,
    )
