"""The one form that writes: it counts once however often it is sent, and never takes back what others saved meanwhile.

Every form by which staff write something is made of these two; docs/architecture.md says how another one is added.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django_stubs_ext import StrOrPromise

from chains.edits import Columns, Edited, Merge, Overtaken, Version, merge
from chains.refusals import Code, Refusal, changed_meanwhile
from config.ui.forms import Section, Sections, add_mistakes, sections_of


class SavedForm(forms.Form):
    """Is saved by a service; what that refuses stands beside its field. Its fields may stand in sections."""

    SECTIONS: ClassVar[Sections] = ()
    #: Why it was not saved, where the service refused it.
    refused: Code | None = None
    #: Whether somebody else saved meanwhile, so that this was not.
    is_stale = False

    @property
    def sections(self) -> list[Section]:
        return sections_of(self, self.SECTIONS)

    def is_saved(self, save: Callable[[], object]) -> bool:
        """Save what was sent and is valid; what cannot be is shown beside its field."""
        if not self.is_bound or not self.is_valid():
            return False
        try:
            save()
        except ValidationError as error:
            add_mistakes(self, error)
        except Refusal as refusal:
            self.refused, self.is_stale = refusal.code, changed_meanwhile(refusal)
            self.add_error(refusal.field_of(self.fields), str(refusal))
        return self.is_valid()


class WritingForm(SavedForm):
    """Carries a key, by which the service claims it once, so that it counts once however often it is sent as it is."""

    key = forms.UUIDField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("key", uuid.uuid4())

    def clean_key(self) -> uuid.UUID | None:
        """The page's key together with what was typed: gone back to and changed, the page is another form.

        Else the first one would be answered for, and what was typed then would be lost with words that it was saved.
        """
        key: uuid.UUID | None = self.cleaned_data["key"]
        typed = {name: self[name].data for name in sorted(self.fields) if name not in {"key", "seen"}}
        return uuid.uuid5(key, repr(typed)) if key else None


class EditForm(WritingForm):
    """Edits what is kept, and carries the version that it was made from; of something new it carries none.

    Opened ``over`` a version; where somebody else saved first, over what remains of both edits.
    """

    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, over: Version | Merge | None = None, **kwargs: Any) -> None:
        self.merge = over if isinstance(over, Merge) else None
        version = over.both if isinstance(over, Merge) else over
        kept = {**self.texts_of(version.columns), "seen": version.seen} if version else {}
        super().__init__(*args, **{**kwargs, "initial": {**kwargs.get("initial", {}), **kept}})
        self.is_stale = self.merge is not None

    def texts_of(self, columns: Columns) -> dict[str, Any]:
        """What stands in the fields; those named like the columns hold what these do."""
        return dict(columns)

    @property
    def columns(self) -> dict[str, Any]:
        """What was typed, by column."""
        return {name: value for name, value in self.cleaned_data.items() if name not in {"key", "seen"}}

    def merged_with(self, edited: Edited) -> Merge:
        """What was typed, put together with what is kept now."""
        return merge(edited, seen=self.cleaned_data["seen"], typed=self.columns)

    @property
    def overtaken(self) -> list[Overtaken]:
        """What somebody else saved meanwhile."""
        return self.merge.overtaken if self.merge else []


def stay(field: forms.Field, why: StrOrPromise) -> None:
    """Show a field that cannot be changed any more, and why."""
    field.disabled = True
    field.help_text = why
