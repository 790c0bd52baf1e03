"""What is kept of a list: by each reader the columns that they chose, by the chain filters under a name.

Who keeps it is said by the doors (`request.kept`); here stands what a list makes of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple, Protocol

from django.core import signing
from django.http import QueryDict

from config.ui.filters import BaseFilterSet
from config.ui.tables import BaseTable

_SALT = "what is kept of a list"
#: Seconds for which a page can be sent that keeps something; it may have been open over night.
_OPEN = 24 * 60 * 60


class KeptView(Protocol):
    """A filter with its order and its columns, under a name."""

    pk: Any
    name: str
    query: str
    columns: list[str]


class Kept(Protocol):
    """What somebody who reads a list finds kept of it."""

    def columns_of(self, name: str) -> list[str]: ...
    def views_of(self, name: str) -> Sequence[KeptView]: ...
    def may_change(self, view: KeptView) -> bool: ...


def name_of_list(request: Any) -> str:
    """A list by the name of its address; a chain and its locations have the same one (`SpacePage`)."""
    assert request.resolver_match
    app, colon, name = request.resolver_match.view_name.rpartition(":")
    return f"{app}{colon}{name.removeprefix(f'{request.space.kind}_')}"


# Columns
# ----------------------------------------------------------------------------


class Choice(NamedTuple):
    """A column that may be shown, and where."""

    name: str
    label: str
    is_shown: bool
    place: int


@dataclass(frozen=True)
class ChosenColumns:
    """Which columns a list shows, and in which order; ``is_own`` where that was chosen.

    Those of the address come before those of the reader, and without either the table says which. What the table does
    not have, or not for this reader, is never shown.
    """

    names: list[str]
    is_own: bool
    #: All that this reader may choose here.
    known: list[str]

    @classmethod
    def of(cls, asked: Sequence[str], table: BaseTable) -> ChosenColumns:
        known = table.columns.names()
        names = [name for name in dict.fromkeys(asked) if name in known]
        return cls(names or [name for name in known if name not in table.importance.further], bool(names), known)

    def choices(self, table: BaseTable) -> list[Choice]:
        """Every column that the reader may see, the shown ones first."""
        known = table.columns.names()
        names = [*self.names, *(name for name in known if name not in self.names)]
        return [
            Choice(name, str(table.columns[name].header), name in self.names, place)
            for place, name in enumerate(names, start=1)
        ]

    def show(self, table: BaseTable) -> None:
        # Whoever chose a column wants to see it on every screen.
        table.show(self.names, is_chosen=self.is_own)


def merged_columns(kept: Sequence[str], chosen: Sequence[str], known: Sequence[str]) -> list[str]:
    """The chosen columns, and at their place what is kept that could not be chosen here.

    A list may have others in another space, and for who has other rights.
    """
    merged = list(chosen)
    for place, name in enumerate(kept):
        if name not in known:
            merged.insert(place, name)
    return merged


def columns_of(query: QueryDict, kept: Sequence[str]) -> Sequence[str]:
    """The columns that an address asks for, else those that are kept; asked for without any, those of the beginning."""
    return asked_columns(query) if "columns" in query else kept


def asked_columns(query: QueryDict) -> list[str]:
    return [name for name in query.get("columns", "").split(",") if name]


# Views
# ----------------------------------------------------------------------------


def query_to_keep(filters: BaseFilterSet) -> str:
    """Of an address what its filters and its order are, each always in the same place."""
    kept = QueryDict(mutable=True)
    for name in sorted(filters.names_to_keep()):
        if values := [value for value in filters.data.getlist(name) if value]:
            kept.setlist(name, values)
    return kept.urlencode()


@dataclass(frozen=True)
class Tab:
    """A view as a list leads to it."""

    name: str
    query: str
    is_chosen: bool


class ViewsOfList:
    """The views of a list, the one that is open, and what became of it since it was saved."""

    def __init__(self, kept: Kept, name: str, query: QueryDict, filters: BaseFilterSet) -> None:
        self._kept, self._name, self._query, self._filters = kept, name, query, filters
        self._views = list(kept.views_of(name))

    def tabs(self) -> list[Tab]:
        return [Tab(view.name, _joined(self.place, query_of(view)), view == self.open) for view in self._views]

    @property
    def place(self) -> str:
        """What every view of the list keeps of its address."""
        return self._filters.place_query()

    @cached_property
    def open(self) -> KeptView | None:
        return next((view for view in self._views if str(view.pk) == self._query.get("view")), None)

    def shown(self, path: str, columns: ChosenColumns) -> ShownList:
        own = columns.names if columns.is_own else []
        view = str(self.open.pk) if self.open else ""
        query, seen = query_to_keep(self._filters), query_of(self.open) if self.open else ""
        return ShownList(self._name, path, query, own, view, seen, columns.known, self.place)

    @property
    def has_changed(self) -> bool:
        """Whether the page shows something else than the open view; without one, than the list as it begins."""
        now = query_to_keep(self._filters), asked_columns(self._query)
        return now != ((self.open.query, self.open.columns) if self.open else ("", []))

    @property
    def may_change(self) -> bool:
        return self.open is not None and self._kept.may_change(self.open)

    def senseless(self) -> list[str]:
        """The filters of the open view that mean nothing any more: gone from the list, or of something that is gone."""
        if self.open is None:
            return []
        fields = self._filters.form.fields
        asked = [name for name in QueryDict(self.open.query) if name != "sort"]
        return [str(fields[name].label) if name in fields else name for name in asked if self._is_senseless(name)]

    def _is_senseless(self, name: str) -> bool:
        return name not in self._filters.form.fields or name in self._filters.form.errors


def query_of(view: KeptView) -> str:
    """What opens a view, and so all that it says of its list."""
    query = QueryDict(view.query, mutable=True)
    if view.columns:
        query["columns"] = ",".join(view.columns)
    query["view"] = str(view.pk)
    return query.urlencode()


def _joined(*queries: str) -> str:
    return "&".join(query for query in queries if query)


# What a form of a list carries
# ----------------------------------------------------------------------------


@dataclass(frozen=True)
class ShownList:
    """A list as its page showed it to a user, who cannot make one up: what there is to be kept of it."""

    name: str
    #: Its own address, without anything that it asks for.
    path: str
    query: str
    #: Those that were chosen; empty where the list began with its own.
    columns: list[str]
    #: The view that was open, as the address names it.
    view: str = ""
    #: What that one was when the page was made.
    seen: str = ""
    #: Columns that it has for this reader.
    known: Sequence[str] = ()
    #: What its address says besides, of which rows it is.
    place: str = ""

    def token(self, user_id: int | None, space: str) -> str:
        """Is read again from the same user, in the same space by its address, for a day."""
        shown = [self.name, self.path, self.query, self.columns, self.view, self.seen, self.known, self.place]
        return signing.dumps([[user_id, space], *shown], salt=_SALT, compress=True)

    @classmethod
    def of_token(cls, token: str, user_id: int, space: str) -> ShownList | None:
        try:
            shown_to, *shown = signing.loads(token, salt=_SALT, max_age=_OPEN)
        except signing.BadSignature:
            return None
        return cls(*shown) if shown_to == [user_id, space] else None

    def address(self, **more: str) -> str:
        """The list under the filters that it was shown with, with this besides."""
        query = QueryDict(_joined(self.place, self.query), mutable=True)
        query.update({"view": self.view, **more} if self.view else more)
        return f"{self.path}?{query.urlencode()}" if query else self.path
