"""Who changed what and when, in the reader's words: settings, programs and clients all tell it this way.

What the database keeps of a row by triggers (django-pghistory) is read here; a room with another source, such as the
rows of terms, makes the same ``Change`` of it. The newest event of a row is also its version: a page carries its
number, and a save that brings an older one is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any
from uuid import UUID

import pghistory
from django.contrib.postgres.fields import ArrayField
from django.db.models import Field, Model
from django.utils.formats import date_format, number_format
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from chains.acting import Acting, user_of
from chains.folding import folded
from chains.models import User

#: So many of the newest events of a row are looked at.
MOST = 30

#: One save writes its rows within this time; the database and the page each read their own clock.
_ONE_SAVE = timedelta(seconds=2)


@dataclass(frozen=True)
class Difference:
    """One field, as it was and as it is."""

    label: str
    before: str
    after: str


@dataclass
class HistoryEntry:
    """What somebody changed at once; ``who`` is empty where nobody was signed in.

    The making of a thing is told in sentences. ``request`` is that of events of the database; other rows have none.
    """

    at: datetime
    user_id: int | None
    differences: list[Difference] = field(default_factory=list)
    made: list[str] = field(default_factory=list)
    request: UUID | None = None
    who: str = ""


def as_history(changes: Iterable[HistoryEntry]) -> list[HistoryEntry]:
    """The newest first; what one person saved at once is one change."""
    saves: list[HistoryEntry] = []
    for change in sorted(changes, key=lambda each: each.at):
        if saves and _is_of_one_save(saves[-1], change):
            saves[-1].differences = _joined(saves[-1].differences, change.differences)
            saves[-1].request = change.request
        else:
            saves.append(change)
    users = User.objects.in_bulk({save.user_id for save in saves if save.user_id})
    for save in saves:
        save.who = str(users.get(save.user_id or 0, ""))
    return saves[::-1]


def _is_of_one_save(save: HistoryEntry, change: HistoryEntry) -> bool:
    """Whether an event belongs to what was saved just before it: rows without a request are a save of their own."""
    if change.request is None or change.user_id != save.user_id or change.at - save.at >= _ONE_SAVE:
        return False
    return save.request in (None, change.request)


def _joined(differences: list[Difference], more: Iterable[Difference]) -> list[Difference]:
    """What differs twice in one save is one difference from the first to the last."""
    by_label = {each.label: each for each in differences}
    for each in more:
        known = by_label.get(each.label)
        by_label[each.label] = Difference(each.label, known.before if known else each.before, each.after)
    return list(by_label.values())


def in_words(value: Any) -> str:
    """What a column holds, for people; "none" where it holds nothing."""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, Decimal):
        return number_format(value.normalize().__format__("f"))
    if isinstance(value, date) and not isinstance(value, datetime):
        return date_format(value, "SHORT_DATE_FORMAT")
    return _("none") if value in (None, "", []) else str(value)


def listed(ids: Iterable[int], names: Mapping[int, str]) -> str:
    """The names of things that are kept by id; "none" where there are none."""
    return ", ".join(sorted((names.get(pk, "?") for pk in ids), key=folded)) or _("none")


# What the database keeps
# ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Fields:
    """The fields of a model whose history is told, in the order of their form."""

    model: type[Model]
    names: tuple[str, ...]
    #: What a blank field means, where it is not "none".
    blanks: Mapping[str, str | Promise] = field(default_factory=dict)
    #: How a field is told, where its value does not say it by itself.
    words: Mapping[str, Callable[[Any], str]] = field(default_factory=dict)
    #: How a field is put into a form, where it is edited as another thing than is kept.
    edited_as: Mapping[str, Callable[[Any], Any]] = field(default_factory=dict)

    def differences(self, before: Any, after: Any) -> list[Difference]:
        return [
            Difference(self.label(name), *(self.words_of(name, getattr(row, name)) for row in (before, after)))
            for name in self.names
            if getattr(before, name) != getattr(after, name)
        ]

    def held_by(self, row: Any) -> dict[str, Any]:
        """What the fields of a row hold, as they are edited."""
        held = {name: getattr(row, name) for name in self.names}
        return {name: self.edited_as[name](value) if name in self.edited_as else value for name, value in held.items()}

    @property
    def relations(self) -> list[str]:
        """Those fields that hold something with a name of its own."""
        return [name for name in self.names if self._field(name).is_relation]

    def label(self, name: str) -> str:
        return capfirst(str(self._field(name).verbose_name))

    def words_of(self, name: str, value: Any) -> str:
        """What a field holds, for people."""
        field = self._field(name)
        if name in self.words:
            return self.words[name](value)
        if value in ("", None, []) and name in self.blanks:
            return str(self.blanks[name])
        if value and isinstance(field, ArrayField):
            choices = dict(field.base_field.flatchoices)
            return ", ".join(str(choices.get(each, each)) for each in value)
        return in_words(dict(field.flatchoices).get(value, value) if value else value)

    def _field(self, name: str) -> Field[Any, Any]:
        field = self.model._meta.get_field(name)
        assert isinstance(field, Field)
        return field


def kept_as(acting_user: Acting) -> AbstractContextManager[Any]:
    """What is written within is kept in the history as this user's, or with the name of the program."""
    user = user_of(acting_user)
    who = {"user": user.pk} if user else {"user": None, "program": acting_user.name}
    found: AbstractContextManager[Any] = pghistory.context(**who)
    return found


def version_of(row: Model) -> str:
    """The number of the newest event of a row; the caller holds its lock, or only looks."""
    return str(events_of(row).order_by("-pgh_id").values_list("pgh_id", flat=True).first() or 0)


def shown_at(row: Any, version: str) -> Any:
    """The row as it was at a version; None where it never had that one."""
    return events_of(row).filter(pgh_id=version).first() if is_version(version) else None


def is_version(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 10


def changes_of(row: Model, fields: Fields) -> Iterator[HistoryEntry]:
    """What was changed of the fields, event by event; of the newest events only."""
    newest = _told(events_of(row)).select_related(*fields.relations, "pgh_context").reverse()[: MOST + 1]
    for before, after in pairwise(reversed(newest)):
        if differences := fields.differences(before, after):
            yield _change(after, differences)


@dataclass(frozen=True)
class Links:
    """What a row is linked to: the events of the links, the column that says to what, and the names of that."""

    label: str | Promise
    events: Any
    column: str
    names: Mapping[int, str]
    #: To what the row is linked today.
    now: Collection[int] = ()

    def changes(self) -> Iterator[HistoryEntry]:
        """The events of one request are one change."""
        groups: dict[Any, list[Any]] = {}
        for event in _told(self.events):
            groups.setdefault((event.pgh_context_id, event.pgh_created_at), []).append(event)
        linked: set[int] = set()
        for group in groups.values():
            before, linked = linked, self._linked(group, linked)
            if linked != before:
                yield _change(group[-1], [self.difference(before, linked)])

    def difference(self, before: Iterable[int], after: Iterable[int]) -> Difference:
        return Difference(str(self.label), self.words(before), self.words(after))

    def words(self, linked: Iterable[int]) -> str:
        return listed(linked, self.names)

    def _linked(self, events: Iterable[Any], before: Iterable[int]) -> set[int]:
        linked = set(before)
        for event in events:
            (linked.add if event.pgh_label == "insert" else linked.discard)(getattr(event, self.column))
        return linked


def events_of(row: Any) -> Any:
    return type(row).pgh_event_model.objects.filter(pgh_obj=row.pk)


def _told(events: Any) -> Any:
    return events.select_related("pgh_context").order_by("pgh_id")


def _change(event: Any, differences: list[Difference]) -> HistoryEntry:
    context = event.pgh_context
    user_id = (context.metadata if context else {}).get("user")
    return HistoryEntry(event.pgh_created_at, user_id, differences, request=event.pgh_context_id)
