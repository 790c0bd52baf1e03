"""The base of every table: a caption, headings that are links to sort by, and an order that never wavers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property
from html import unescape
from typing import Any, NamedTuple

import django_tables2
from django.conf import settings
from django.db.models import Model, Q, QuerySet
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django_tables2.columns import BoundColumn
from django_tables2.data import TableQuerysetData

from config.ui.ordering import empty_last


class StableData(TableQuerysetData):
    """Rows whose every order has empty values last and ends with the primary key: no row is on two pages or on none."""

    data: QuerySet[Model]
    #: How many there are, where that is known otherwise.
    known_count: int | None = None

    def __len__(self) -> int:
        return self._count

    @cached_property
    def _count(self) -> int:
        """All there are; of more than `MOST_NUMBERED` whose number is not known, one more than these."""
        if self.known_count is not None:
            return self.known_count
        return self.data.order_by().values("pk")[: settings.MOST_NUMBERED + 1].count()

    @property
    def is_counted(self) -> bool:
        return self.known_count is not None or self._count <= settings.MOST_NUMBERED

    def __getitem__(self, key: int | slice) -> Any:
        return self.fetched(self.in_order()[key]) if isinstance(key, slice) else self.in_order()[key]

    def __iter__(self) -> Iterator[Any]:
        return iter(self.in_order())

    def in_order(self) -> QuerySet[Model]:
        return self.data.order_by(*self._order())

    def fetched(self, rows: QuerySet[Model]) -> list[Any]:
        """These rows with all that is shown of them."""
        return list(rows)

    def beside(self, key: int, size: int, *, is_before: bool) -> list[Any] | None:
        """At most so many rows after the one with that key, or before it; None where there is no such place."""
        order = self._order()
        if not all(isinstance(each, str) for each in order):
            return None
        names = [each.removeprefix("-") for each in order]
        row = self.data.model._base_manager.filter(pk=key).values_list(*names).first()
        if row is None or None in row:
            return None
        lies_beside, is_equal = Q(), Q()
        for each, name, value in zip(order, names, row, strict=True):
            is_less = each.startswith("-") != is_before
            lies_beside |= is_equal & Q((f"{name}__{'lt' if is_less else 'gt'}", value))
            is_equal &= Q((name, value))
            if name == names[0]:
                # Said once more for the index.
                begins = Q((f"{name}__{'lte' if is_less else 'gte'}", value))
        rows = self.in_order().filter(begins, lies_beside)
        found = self.fetched((rows.reverse() if is_before else rows)[:size])
        return found[::-1] if is_before else found

    def _order(self) -> list[Any]:
        asked = self.data.query.order_by or self.data.model._meta.ordering or ()
        order = empty_last(self.data, asked)
        return order if {"pk", "-pk"} & {each for each in order if isinstance(each, str)} else [*order, "pk"]


class WideData(StableData):
    """Rows that show much of other tables: first which are on the page, then all that is shown of them.

    To plan one query of a dozen joins and an order takes PostgreSQL many times as long as both.
    """

    def fetched(self, rows: QuerySet[Model]) -> list[Any]:
        keys = list(rows.select_related(None).values_list("pk", flat=True))
        found = self.data.order_by().in_bulk(keys)
        return [found[each] for each in keys]


#: So many characters fit any column.
_SHORT = 12
_TAG = re.compile(r"<[^>]*>")


class Cell(NamedTuple):
    """A cell as a page shows it, in one line; ``whole`` is all of what is cut off where the line is too short."""

    column: BoundColumn
    shown: Any
    whole: str


class ShownRow(NamedTuple):
    record: Any
    cells: list[Cell]
    below: SafeString | None


def as_text(cell: Any) -> str:
    """What a cell says, without what it is made of; a text that is none of HTML may hold anything."""
    said = unescape(_TAG.sub(" ", cell)) if isinstance(cell, SafeString) else str(cell)
    return " ".join(said.split())


class BaseTable(django_tables2.Table):
    """A table over a queryset; ``caption`` says to a screen reader what its rows are.

    In a workbook a figure or a date stands as what it is and anything else as the text of its cell, unless a method
    ``value_<column>`` says otherwise.
    """

    caption: str | Promise
    data: StableData
    data_class: type[StableData] = StableData
    #: Columns that a tablet leaves out until they are asked for.
    minor: tuple[str, ...] = ()
    #: Whether a laptop leaves them out too.
    is_wide = False
    #: Columns that every page leaves out until they are asked for.
    further: tuple[str, ...] = ()
    #: By what the rows of the longest lists are sorted: the columns that an index serves, besides the first order.
    walks: tuple[str, ...] = ()

    def __init__(self, data: QuerySet[Any], **kwargs: Any) -> None:
        super().__init__(self.data_class(data), **kwargs)

    @property
    def is_walked(self) -> bool:
        """Whether there are too many rows to sort them by just any column."""
        return len(self.data) > settings.MOST_NUMBERED

    def sort_as_served(self) -> None:
        """Of too many rows, by one of `walks` or in the first order, whatever was asked for."""
        first = self._meta.order_by or ()
        served = {*self.walks, *(each.bare for each in first)}
        for column in self.columns:
            if column.name not in served:
                column.column.orderable = False
        asked: Any = self.order_by  # type: ignore[has-type]
        if len(asked) != 1 or asked[0].bare not in served:
            self.order_by = first

    def below(self, record: Any) -> SafeString | None:
        """What a row tells at length, over the whole width below it, once its `<details class="row-opens">` is open."""
        return None

    def expect(self, records: list[Any]) -> None:
        """Be told of rows of a workbook that come next, to load at once what they speak of."""

    def time_zones(self) -> list[tuple[str, str]]:
        """Which time zones the instants of the list are in: what is told, and the zone."""
        return [(_("Time zone"), timezone.get_current_timezone_name())]

    def rows_of_page(self) -> Iterator[ShownRow]:
        for row in self.paginated_rows:
            cells = [Cell(column, shown, _whole(as_text(shown))) for column, shown in row.items()]
            yield ShownRow(row.record, cells, self.below(row.record))

    class Meta:
        per_page = 25
        # The number of rows is read by `list_page`, which knows how many are allowed.
        per_page_field = ""


def _whole(text: str) -> str:
    return text if len(text) > _SHORT else ""
