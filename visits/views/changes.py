"""The story of a visit: what each of its saves changed, who saved it and when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from chains.history import Difference
from chains.models import Chain
from visits.changes.wording import words_for
from visits.models import Visit, VisitChange

#: So many of the newest saves are shown; the list of changes has all of them.
MOST = 50


@dataclass(frozen=True)
class ToldChange:
    """One save in words; ``who`` is empty for the program, ``days_after`` 0 on the day of the visit or before."""

    at: datetime
    who: str
    is_first: bool
    days_after: int
    differences: list[Difference]
    reason: str


def told_changes(visit: Visit | None, chain: Chain) -> list[ToldChange]:
    """The newest save first; nothing of a visit that is not saved yet."""
    if visit is None:
        return []
    newest = list(visit.changes.select_related("acting_user", "reason").order_by("-version")[:MOST])
    words, cancelled = words_for(newest, chain), dict(visit.cancellations.values_list("cancelled_at", "reason"))
    return [
        ToldChange(
            at=change.at,
            who=str(change.acting_user or ""),
            is_first=change.version == 1,
            days_after=max(0, change.days_after),
            differences=words.told(change),
            reason=_reason(change) or cancelled.get(change.at, ""),
        )
        for change in newest
    ]


def _reason(change: VisitChange) -> str:
    return change.reason.text if hasattr(change, "reason") else ""
