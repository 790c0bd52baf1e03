"""What the pages share on which promotions, card types and the referral program are edited."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from chains.history import HistoryEntry
from chains.writing import EditForm

FormT = TypeVar("FormT", bound=EditForm)
DraftT = TypeVar("DraftT")


@dataclass(frozen=True)
class Opened(Generic[FormT, DraftT]):
    """A form as it is shown, and the draft beside it.

    Bound to be saved; or unbound over what is kept, over what was typed where a button only changes the page, or over
    what remains of two edits where somebody saved first.
    """

    form: FormT
    draft: DraftT
    #: What keeps the draft from standing in words.
    missing: list[str] = field(default_factory=list)

    def context(self, history: Callable[[], list[HistoryEntry]], history_url: str) -> dict[str, Any]:
        """What ``loyalty/programs/form.html`` shows of it; the newest change is who saved first."""
        return {
            "form": self.form,
            "history": history()[:1] if self.form.is_stale else [],
            "history_url": history_url,
        }
