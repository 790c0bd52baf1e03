"""The base of every table: a caption, headings that are links to sort by, and an order that never wavers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from typing import Any, NamedTuple

import django_tables2
from django.db.models import Model, QuerySet
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

    def __getitem__(self, key: int | slice) -> Any:
        return self.in_order()[key]

    def __iter__(self) -> Iterator[Any]:
        return iter(self.in_order())

    def in_order(self) -> QuerySet[Model]:
        order = self.data.query.order_by or self.data.model._meta.ordering or ()
        return self.data.order_by(*empty_last(self.data, order), "pk")


class WideData(StableData):
    """Rows that show much of other tables: first which are on the page, then all that is shown of them.

    To plan one query of a dozen joins and an order takes PostgreSQL many times as long as both.
    """

    def __getitem__(self, key: int | slice) -> Any:
        if not isinstance(key, slice):
            return super().__getitem__(key)
        keys = list(self.in_order().select_related(None).values_list("pk", flat=True)[key])
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

    def __init__(self, data: QuerySet[Any], **kwargs: Any) -> None:
        super().__init__(self.data_class(data), **kwargs)

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
