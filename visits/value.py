"""What is sold beside the lines of a bill, and granted when nothing is left to pay (docs/rules.md, section 11).

A kind of value line is a row of ``VALUE_KINDS``; the checkout knows nothing else of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from chains.refusals import Code, Refusal
from loyalty.ledger.journal import Journal
from loyalty.ledger.kinds import ROWS
from loyalty.ledger.models import Holder, Transaction
from loyalty.rules.money import ZERO
from loyalty.rules.plan import Plan
from visits.models import ValueLine, Visit


@dataclass(frozen=True)
class ValueKind:
    """What a value line of a kind grants.

    ``row`` is the kind of ledger row that grants it, ``opens`` finds or makes the holder it is granted to. ``used`` is
    the refusal of taking back a grant of which something was used; None where the holder may be overdrawn by it.
    """

    row: str
    opens: Callable[[Journal, Visit, ValueLine], Holder]
    used: Code | None = None


VALUE_KINDS: dict[str, ValueKind] = {}


def sold_holder(kind: str) -> str:
    """The kind of holder that value lines of a kind are granted to."""
    holder = ROWS[VALUE_KINDS[kind].row].holder
    assert holder is not None
    return holder


def open_holders(journal: Journal, visit: Visit, lines: Iterable[ValueLine]) -> None:
    """Let each value line have the holder that it is granted to.

    One that was granted before keeps its own, unless that is another client's: who came in their place was not theirs.
    """
    for line in lines:
        kept = journal.books.holders.get(line.holder_id or 0)
        if kept is None or kept.client_id not in (None, visit.client_id):
            line.holder = VALUE_KINDS[line.kind].opens(journal, visit, line)
            line.save(update_fields=["holder"])
            if line.holder.pk not in journal.books.holders:
                journal.add_holder(line.holder)


def check_granted(visit: Visit, plan: Plan, rows: Iterable[Transaction]) -> None:
    """Refuse ``locked`` for a value line that was granted, and would become another one; its price stays free."""
    granted = {row.value_line_id for row in rows if row.value_line_id}
    if not granted:
        return
    before = {line.pk: (line.kind, line.subject_id, line.amount) for line in visit.value_lines.all()}
    for index, value in enumerate(plan.value):
        pk = value.value_line_id
        if pk in granted and before[pk or 0] != (value.kind, value.subject_id, value.amount):
            raise Refusal(
                Code.LOCKED,
                _("It was granted as it is. Put it aside and add another one."),
                field=f"value.{index}.amount",
            )


def check_unused(journal: Journal, rows: Iterable[Transaction]) -> None:
    """Refuse to undo the grant of a value line of which something was used, if its kind asks that."""
    rows = list(rows)
    refusals = {kind.row: kind.used for kind in VALUE_KINDS.values()}
    for row in rows:
        used = refusals.get(row.kind)
        if row.value_line_id is None or row.holder_id is None or used is None:
            continue
        back = sum((each.amount for each in rows if each.holder_id == row.holder_id), ZERO)
        if journal.books.holders[row.holder_id].balance - back < ZERO:
            raise Refusal(used, _("Something of what this bill sold was used. Undo that first, then put it aside."))
