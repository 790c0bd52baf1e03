"""What the pages share on which promotions, card types and the referral program are edited."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from chains.history import HistoryEntry
from chains.models import Chain
from loyalty.programs.differences import ProgramNames
from loyalty.programs.forms import SavedForm
from loyalty.programs.merging import Merge

FormT = TypeVar("FormT", bound=SavedForm)
DraftT = TypeVar("DraftT")


@dataclass(frozen=True)
class Opened(Generic[FormT, DraftT]):
    """A form as it is shown: its fields, the draft beside them, and what the page was made from.

    Bound to be saved; or unbound over what is kept, over what was typed where a button only changes the page, or over
    what remains of two edits where somebody saved first (``merge``).
    """

    form: FormT
    draft: DraftT
    seen: str = ""
    #: What keeps the draft from standing in words.
    missing: list[str] = field(default_factory=list)
    merge: Merge | None = None

    def is_saved(self, save: Callable[[], object]) -> bool:
        return self.form.is_bound and self.form.is_saved(save)

    def context(self, chain: Chain, history: Callable[[], list[HistoryEntry]], history_url: str) -> dict[str, Any]:
        """What ``loyalty/programs/form.html`` shows of it; the newest change is who saved first."""
        return {
            "form": self.form,
            "seen": self.seen,
            "is_stale": self.merge is not None,
            "overtaken": self.merge.overtaken(ProgramNames(chain)) if self.merge else [],
            "history": history()[:1] if self.merge else [],
            "history_url": history_url,
        }
