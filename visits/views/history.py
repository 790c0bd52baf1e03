"""The newest points on the guest's cards, as the visit window shows them."""

from __future__ import annotations

from dataclasses import dataclass

from loyalty.ledger.models import Transaction
from loyalty.told import told, undoing
from visits.forms.reading import Subject

MOST_HISTORY = 10


@dataclass(frozen=True)
class ShownRow:
    """A row of the ledger in words; ``may_undo``: it was typed by hand and stands."""

    row: Transaction
    sentences: list[str]
    undoing: str
    comment: str
    may_undo: bool


def shown_history(subject: Subject, may_move_points: bool) -> list[ShownRow]:
    rows = Transaction.objects.filter(card__client=subject.client, holder__isnull=False).in_full()
    return [_shown(row, subject, may_move_points) for row in rows.order_by("-at", "-pk")[:MOST_HISTORY]]


def _shown(row: Transaction, subject: Subject, may_move_points: bool) -> ShownRow:
    undone = undoing(row)
    comment = getattr(row, "comment", None)
    return ShownRow(
        row=row,
        sentences=told(row, subject.location.chain),
        undoing=undone,
        comment=comment.text if comment else "",
        may_undo=may_move_points and row.is_manual and not undone,
    )
