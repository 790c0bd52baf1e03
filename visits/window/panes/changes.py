"""The story of a visit: what each of its saves changed, who saved it and when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from chains.history import Difference
from visits.changes.wording import words_for
from visits.models import VisitChange
from visits.window.page import Page
from visits.window.pane import Area, Pane

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


def _show(page: Page) -> list[ToldChange] | None:
    """The newest save first. It stands beside the form, so that an answer to the form alone has no use for it."""
    if page.visit is None or page.turn.request.htmx:
        return None
    newest = list(page.visit.changes.select_related("acting_user", "reason").order_by("-version")[:MOST])
    words, cancelled = (
        words_for(newest, page.chain),
        dict(page.visit.cancellations.values_list("cancelled_at", "reason")),
    )
    told = [
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
    return told or None


def _reason(change: VisitChange) -> str:
    return change.reason.text if hasattr(change, "reason") else ""


PANE = Pane(name="changes", area=Area.BESIDE, template="visits/window/changes.html", show=_show)
