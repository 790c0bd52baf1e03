"""The base of the forms of settings."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from operator import itemgetter
from typing import Any, ClassVar
from zoneinfo import available_timezones

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from chains.refusals import Refusal, changed_meanwhile
from config.ui.forms import Section, Sections, add_mistakes, hold_both, sections_of


class SettingsForm(forms.Form):
    """Counts once, however often it is sent, and knows the version of what it was made from."""

    key = forms.UUIDField(widget=forms.HiddenInput, required=False)
    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    SECTIONS: ClassVar[Sections] = ()
    #: Whether somebody else saved meanwhile, so that this was not.
    is_stale = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("key", uuid.uuid4())

    @property
    def sections(self) -> list[Section]:
        return sections_of(self, self.SECTIONS)

    def is_saved(self, save: Callable[[], object]) -> bool:
        """Save what is valid; what cannot be is shown beside its field."""
        if not self.is_valid():
            return False
        try:
            save()
        except ValidationError as error:
            add_mistakes(self, error)
        except Refusal as refusal:
            self.is_stale = changed_meanwhile(refusal)
            self.add_error(refusal.field_of(self.fields), str(refusal))
        return self.is_valid()

    def show_as_of(self, version: str, was: Mapping[str, Any]) -> None:
        """Let what was typed be saved over the row as it is now; ``was`` is what the page was opened with."""
        hold_both(self, was={name: was[name] for name in self.fields if name in was}, now=self.initial, seen=version)


def stay(field: forms.Field, why: StrOrPromise) -> None:
    """Show a field that cannot be changed any more, and why."""
    field.disabled = True
    field.help_text = why


def time_zone_choices(kept: str) -> list[Any]:
    """Time zones by continent, each found by typing the name of its city; and the one there is."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for name in sorted(available_timezones()):
        area, _slash, place = name.partition("/")
        if place and area in _AREAS:
            city = place.replace("_", " ").rpartition("/")[2]
            groups.setdefault(area, []).append((name, f"{city} ({name})"))
    listed: list[Any] = [(str(_AREAS[area]), sorted(places, key=itemgetter(1))) for area, places in groups.items()]
    known = {name for places in groups.values() for name, _place in places} | {""}
    return [*listed, (_("World"), [(name, name) for name in sorted({"UTC", kept} - known)])]


_AREAS = {
    "Africa": _("Africa"),
    "America": _("America"),
    "Antarctica": _("Antarctica"),
    "Arctic": _("Arctic"),
    "Asia": _("Asia"),
    "Atlantic": _("Atlantic"),
    "Australia": _("Australia"),
    "Europe": _("Europe"),
    "Indian": _("Indian Ocean"),
    "Pacific": _("Pacific"),
}
