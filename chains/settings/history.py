"""Who changed which setting and when, read from the history that the database keeps.

The newest event of a row is also its version: a page carries its number, and a save that brings an older one is
refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

import pghistory
from django.contrib.postgres.fields import ArrayField
from django.db.models import Field, Model
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from chains.models import User
from chains.refusals import Code, Refusal

#: So many of the newest changes are shown.
MOST = 30


@dataclass(frozen=True)
class Difference:
    """One field, as it was and as it is."""

    label: str
    before: str
    after: str


@dataclass(frozen=True)
class Change:
    """What somebody changed at once; ``who`` is empty where nobody was signed in."""

    at: datetime
    who: str
    differences: list[Difference]


@dataclass(frozen=True)
class Fields:
    """The fields of a model that are settings, in the order of their form."""

    model: type[Model]
    names: tuple[str, ...]
    #: What a blank field means.
    blanks: Mapping[str, str | Promise]

    def differences(self, before: Any, after: Any) -> list[Difference]:
        return [
            Difference(self._label(name), self._words(before, name), self._words(after, name))
            for name in self.names
            if getattr(before, name) != getattr(after, name)
        ]

    def _label(self, name: str) -> str:
        return capfirst(str(self._field(name).verbose_name))

    def _words(self, row: Any, name: str) -> str:
        value, field = getattr(row, name), self._field(name)
        if isinstance(value, bool):
            return _("yes") if value else _("no")
        if value in ("", None, []):
            return str(self.blanks.get(name, _("none")))
        if isinstance(field, ArrayField):
            choices = dict(field.base_field.flatchoices)
            return ", ".join(str(choices.get(each, each)) for each in value)
        return str(dict(field.flatchoices).get(value, value))

    def _field(self, name: str) -> Field[Any, Any]:
        field = self.model._meta.get_field(name)
        assert isinstance(field, Field)
        return field


def kept_as(acting_user: User | None) -> AbstractContextManager[Any]:
    """What is written within is kept in the history as this user's."""
    found: AbstractContextManager[Any] = pghistory.context(user=acting_user.pk if acting_user else None)
    return found


def version_of(row: Model) -> str:
    """The number of the newest event of a row; the caller holds its lock, or only looks."""
    return newest_of(events_of(row))


def newest_of(events: Any) -> str:
    return str(events.order_by("-pgh_id").values_list("pgh_id", flat=True).first() or 0)


def shown_at(row: Model, version: str) -> Any:
    """The row as it was at a version; None where it never had that one."""
    return events_of(row).filter(pgh_id=version).first() if is_version(version) else None


def is_version(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 10


def changes_of(row: Model, fields: Fields) -> list[Change]:
    """The newest changes of the row, the newest first."""
    events = list(events_of(row).select_related("pgh_context").order_by("-pgh_id")[: MOST + 1])
    found = ((after, fields.differences(before, after)) for after, before in pairwise(events))
    names = _names(events)
    return [_change(after, differences, names) for after, differences in found if differences]


@dataclass(frozen=True)
class Links:
    """What a row is linked to: the events of the links, the column that says to what, and the names of that."""

    label: str | Promise
    events: Any
    column: str
    names: Mapping[int, str]

    def changes(self) -> list[Change]:
        """The newest changes first; the events of one request are one change."""
        groups: dict[Any, list[Any]] = {}
        for event in self.events.select_related("pgh_context").order_by("pgh_id"):
            groups.setdefault((event.pgh_context_id, event.pgh_created_at), []).append(event)
        return list(self._changes(list(groups.values())))[::-1][:MOST]

    def difference(self, before: Iterable[int], after: Iterable[int]) -> Difference:
        return Difference(str(self.label), self._listed(before), self._listed(after))

    def at(self, version: str) -> set[int]:
        """To what the row was linked when this was the newest event."""
        return self._linked(self.events.filter(pgh_id__lte=version).order_by("pgh_id"), ())

    def _changes(self, groups: list[list[Any]]) -> Iterator[Change]:
        linked: set[int] = set()
        users = _names(event for group in groups for event in group)
        for group in groups:
            before, linked = linked, self._linked(group, linked)
            if linked != before:
                yield _change(group[-1], [self.difference(before, linked)], users)

    def _linked(self, events: Iterable[Any], before: Iterable[int]) -> set[int]:
        linked = set(before)
        for event in events:
            (linked.add if event.pgh_label == "insert" else linked.discard)(getattr(event, self.column))
        return linked

    def _listed(self, ids: Iterable[int]) -> str:
        return ", ".join(sorted(self.names.get(pk, "?") for pk in ids)) or _("none")


def stale_edit() -> Refusal:
    return Refusal(
        Code.STALE_EDIT,
        _("Someone else changed this meanwhile. Nothing was saved. See below what is different now, then save again."),
    )


def events_of(row: Any) -> Any:
    return type(row).pgh_event_model.objects.filter(pgh_obj=row.pk)


def _change(event: Any, differences: list[Difference], names: Mapping[int, str]) -> Change:
    return Change(event.pgh_created_at, names.get(_user_id(event), ""), differences)


def _names(events: Iterable[Any]) -> dict[int, str]:
    """The names of those who caused the events, in one query."""
    return {user.pk: str(user) for user in User.objects.filter(pk__in={_user_id(event) for event in events})}


def _user_id(event: Any) -> int:
    context = event.pgh_context
    return int((context.metadata if context else {}).get("user") or 0)
