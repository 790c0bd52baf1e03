"""Two people who edit the same: what a page was made from, what was saved since, what was typed, what remains of all.

A page carries in a hidden field the version it was made from: the number of the newest event of the row, and the ids of
what it is linked to. A save that brings an older one is refused, and the page comes back with both edits put together,
column by column: what was not touched is as it was saved meanwhile, what was typed is as it was typed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property, partial
from typing import Any, Protocol

from django.db.models import Model

from chains.history import Fields, HistoryEntry, Links, as_history, changes_of, is_version, shown_at, version_of
from chains.refusals import stale_edit

Columns = Mapping[str, Any]
#: Columns that are chosen together, so that of two edits of the same thing one has all of them.
Together = tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Version:
    """What stands in the columns of something that is edited; ``seen`` is what a page carries that shows them."""

    columns: Columns
    seen: str = ""


class Edited(Protocol):
    """Something that is edited: as it stands now, as a page showed it, and its columns in the reader's words."""

    @property
    def together(self) -> Together: ...

    def now(self) -> Version: ...

    def at(self, seen: str) -> Version | None:
        """As it was when a page was opened; None where it never had that version."""
        ...

    def labels(self) -> Mapping[str, str]:
        """The columns that are told, in the order of the form, with their names."""
        ...

    def words(self, columns: Columns, name: str) -> str:
        """What a column holds, for people."""
        ...


@dataclass(frozen=True)
class EditedRow:
    """A row whose history the database keeps, and by column what it is linked to."""

    row: Any
    fields: Fields
    links: Mapping[str, Links] = field(default_factory=dict)
    together: Together = ()

    def now(self) -> Version:
        links = {name: sorted(links.now) for name, links in self.links.items()}
        return Version({**self.fields.held_by(self.row), **links}, self.version)

    def at(self, seen: str) -> Version | None:
        number, *linked = seen.split(".")
        row = shown_at(self.row, number)
        if row is None or len(linked) != len(self.links):
            return None
        links = dict(zip(self.links, map(linked_in, linked), strict=True))
        return Version({**self.fields.held_by(row), **links}, seen)

    @property
    def version(self) -> str:
        return joined(version_of(self.row), *(links.now for links in self.links.values()))

    def labels(self) -> Mapping[str, str]:
        links = {name: str(links.label) for name, links in self.links.items()}
        return {**{name: self.fields.label(name) for name in self.fields.names}, **links}

    def words(self, columns: Columns, name: str) -> str:
        told = self.links[name].words if name in self.links else partial(self.fields.words_of, name)
        return told(columns[name])

    def history(self) -> list[HistoryEntry]:
        """The newest first; what was saved at once is one change."""
        linked = (change for links in self.links.values() for change in links.changes())
        return as_history([*linked, *changes_of(self.row, self.fields)])


def check_seen(row: Model, seen: str, *linked: Iterable[int]) -> None:
    """Refuse ``stale_edit`` where a row, with the ids of what it is linked to, is no longer at this version.

    The caller holds the lock of the row.
    """
    if seen != joined(version_of(row), *linked):
        raise stale_edit()


def joined(number: str, *linked: Iterable[int]) -> str:
    """A version as a page carries it."""
    return ".".join([number, *("-".join(str(pk) for pk in sorted(ids)) for ids in linked)])


def linked_in(text: str) -> list[int]:
    """The ids in a part of a version; what is none is left out."""
    return sorted(int(part) for part in text.split("-") if is_version(part))


# Both edits
# ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Overtaken:
    """One column that somebody else changed meanwhile: as it was, as it is now, as it was typed, and what stays.

    ``yours`` is empty where it was not touched; then theirs stays.
    """

    label: str
    before: str
    theirs: str
    yours: str
    stays: str

    @property
    def after(self) -> str:
        return self.theirs


@dataclass(frozen=True)
class Merge:
    """What a page was made from, what somebody else saved since, and what was typed."""

    edited: Edited
    base: Version
    theirs: Version
    yours: Version

    @cached_property
    def both(self) -> Version:
        """What remains of both edits, to be saved over what is kept now."""
        base, theirs, yours = self.base.columns, self.theirs.columns, self.yours.columns
        return Version(merged(self.edited.together, base, theirs, yours), self.theirs.seen)

    @cached_property
    def overtaken(self) -> list[Overtaken]:
        """What others changed since, column by column."""
        versions = (self.base, self.theirs, self.yours, self.both)
        found = []
        for name, label in self.edited.labels().items():
            before, theirs, yours, stays = (self.edited.words(version.columns, name) for version in versions)
            if before != theirs:
                is_touched = yours != before or stays != theirs
                found.append(Overtaken(label, before, theirs, yours if is_touched else "", stays))
        return found


def merge(edited: Edited, *, seen: str, typed: Columns) -> Merge:
    """Put together what was typed and what is kept now; columns that a page does not ask for are as it found them.

    Where the page does not say what it was made from, it was made from what is kept now.
    """
    theirs = edited.now()
    base = edited.at(seen) or theirs
    return Merge(edited, base, theirs, Version({**base.columns, **typed}))


def merged(together: Together, was: Columns, now: Columns, typed: Columns) -> dict[str, Any]:
    """The columns after both edits; those that are chosen ``together`` stay together.

    Of lists that both changed, each has what both added and lacks what either took off; of tables, each row is whose
    it was.
    """
    single = [(column,) for column in now if not any(column in group for group in together)]
    columns = dict(now)
    for group in (*together, *single):
        if any(typed[column] != was[column] for column in group):
            columns |= {column: typed[column] for column in group}
            columns |= _merged_lists(group, was, now, typed)
    return columns


def _merged_lists(group: tuple[str, ...], was: Columns, now: Columns, typed: Columns) -> dict[str, Any]:
    """The lists of a group that both sides changed, where nothing else of the group differs between them."""
    lists = [each for each in group if all(isinstance(columns[each], list) for columns in (was, now, typed))]
    if any(not was[each] == now[each] == typed[each] for each in group if each not in lists):
        return {}
    return {each: _merged_list(was[each], now[each], typed[each]) for each in lists}


def _merged_list(was: list[Any], now: list[Any], typed: list[Any]) -> list[Any]:
    if any(isinstance(each, list | dict) for each in (*was, *now, *typed)):
        return _merged_rows(was, now, typed)
    return sorted((set(now) | _without(typed, was)) - _without(was, typed))


def _without(some: Iterable[Any], others: Iterable[Any]) -> set[Any]:
    return set(some) - set(others)


def _merged_rows(was: list[Any], now: list[Any], typed: list[Any]) -> list[Any]:
    """By what the rows are called; one that you changed, added or took away is as you have it."""
    old, theirs, yours = ({_name_of(row): row for row in rows} for rows in (was, now, typed))
    rows = {name: row for name, row in theirs.items() if name in yours or name not in old}
    rows |= {name: row for name, row in yours.items() if old.get(name) != row}
    return [rows[name] for name in sorted(rows)]


def _name_of(row: Any) -> Any:
    """Where a row of a table begins, or its key; one without a key is what all of it says."""
    if isinstance(row, list):
        return Decimal(row[0])
    return row["key"] if "key" in row else repr(sorted(row.items()))
