"""The base of every table: a caption, headings that are links to sort by, and an order that never wavers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from html import unescape
from typing import Any, NamedTuple

import django_tables2
from django.conf import settings
from django.db.models import Model, QuerySet
from django.utils import timezone
from django.utils.formats import localize
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timezone import template_localtime  # type: ignore[attr-defined]
from django.utils.translation import gettext as _
from django_tables2.columns import BoundColumn
from django_tables2.data import TableQuerysetData
from django_tables2.rows import BoundRow
from django_tables2.utils import signature

from config.ui.ordering import beside, empty_last


class StableData(TableQuerysetData):
    """Rows whose every order has empty values last and ends with the primary key: no row is on two pages or on none."""

    data: QuerySet[Model]
    #: How many there are, where that is known otherwise; one more than `MOST_NUMBERED` where there are too many.
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
        return self._count != settings.MOST_NUMBERED + 1

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
        """At most so many rows after the one with that key, or before it; None where it is none of these."""
        order = self._order()
        rows = beside(self.data, order, key, is_before=is_before)
        if rows is None:
            return None
        rows = rows.order_by(*order)
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
        # A row may have left between the two queries.
        return [found[each] for each in keys if each in found]


#: So many characters fit any column.
_SHORT = 12
#: With more columns than these a table leaves its minor ones out on a laptop, with fewer only on what is narrower.
_FEW = 7
_TAG = re.compile(r"<[^>]*>")
_NOTHING = {"", "–"}


@dataclass(frozen=True)
class Importance:
    """What the columns of a table are to who reads a row; each screen makes of it how the row is laid out.

    Where the columns do not fit side by side a row is two lines: ``lead`` and ``name`` with ``figure`` at their end,
    below them the ``facts`` in the order of the columns, and what ``ends`` the row. A phone leaves out what stands in
    none of these until it is asked for.
    """

    #: What a row is called: it gives way last.
    name: str
    #: What one came for: it is never cut.
    figure: str = ""
    #: Stands before the name, such as a time.
    lead: str = ""
    facts: tuple[str, ...] = ()
    #: Facts that say nothing without their heading; figures always have it.
    told: tuple[str, ...] = ()
    #: Where a row stands, and what can be done with it.
    ends: tuple[str, ...] = ()
    #: Of these, what a phone leaves out.
    asides: tuple[str, ...] = ()
    #: Left out wherever there is little room.
    minor: tuple[str, ...] = ()
    #: Left out by every page until they are asked for.
    further: tuple[str, ...] = ()

    @property
    def named(self) -> set[str]:
        """All columns that it speaks of."""
        first = {self.name, self.figure, self.lead} - {""}
        return first.union(self.facts, self.told, self.ends, self.asides, self.minor, self.further)

    def roles(self, shown: Sequence[str], *, is_own: bool) -> dict[str, str]:
        """Each shown column by the class that lays it out; of columns that somebody chose none is left out anywhere."""
        name = self.name if self.name in shown else shown[0]
        return {column: "is-name" if column == name else self._role(column, is_own=is_own) for column in shown}

    def _role(self, column: str, *, is_own: bool) -> str:
        if column in self.ends:
            return "is-end is-detail" if column in self.asides and not is_own else "is-end"
        if column in (self.figure, self.lead):
            return "is-figure" if column == self.figure else "is-lead"
        if is_own or column in self.facts:
            return "is-fact"
        return "is-fact is-minor" if column in self.minor else "is-fact is-detail"


class ShownColumn(NamedTuple):
    """A column as a page shows it; ``label`` is the attribute that names it where no heading stands above it."""

    bound: BoundColumn
    heading_class: str
    cell_class: str
    label: str


class PageRow(BoundRow):
    """A row of a page. What the function of a column takes is looked up once a page, where else it is once a cell."""

    def _call_render(self, bound_column: BoundColumn, value: Any = None) -> Any:
        given = self._optional_cell_arguments(bound_column, value)
        names, takes_all = self.table.taken[bound_column.name]
        shown = bound_column.render(**(given if takes_all else {name: given[name] for name in names}))
        return bound_column.link(shown, **given) if bound_column.link else shown


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
    importance: Importance
    #: Whether the reader chose the columns.
    is_chosen = False
    #: By what the rows of the longest lists are sorted: the columns that an index serves, besides the first order.
    walks: tuple[str, ...] = ()
    #: The first order of the longest lists, where no index serves that of the others: fields, and of no column.
    first_walk: tuple[str, ...] = ()

    def __init__(self, data: QuerySet[Any], **kwargs: Any) -> None:
        super().__init__(self.data_class(data), **kwargs)

    def show(self, names: Sequence[str], *, is_chosen: bool) -> None:
        """Show these columns in this order."""
        known, self.is_chosen = self.columns.names(), is_chosen
        self.sequence = [*names, *(name for name in known if name not in names)]
        for name in known:
            if name not in names:
                self.columns.hide(name)

    @cached_property
    def roles(self) -> dict[str, str]:
        """The shown columns, each with how it is laid out."""
        return self.importance.roles([column.name for column in self.columns], is_own=self.is_chosen)

    @cached_property
    def shown_columns(self) -> dict[str, ShownColumn]:
        return {column.name: self._shown(column, self.roles[column.name]) for column in self.columns}

    def _shown(self, column: BoundColumn, role: str) -> ShownColumn:
        attributes = column.attrs
        heading, cell = (attributes[kind].get("class") or "" for kind in ("th", "td"))
        is_told = column.name in self.importance.told or "number" in cell.split()
        label = format_html(' data-label="{}"', column.header) if is_told and "is-fact" in role else ""
        return ShownColumn(column, f"{heading} {role}".strip(), f"{cell} {role}".strip(), label)

    @property
    def is_wide(self) -> bool:
        return len(self.roles) > _FEW

    @property
    def leaves_out(self) -> str:
        """Where something is left out: "minor" on screens with little room, "detail" only where a row is two lines."""
        said = " ".join(self.roles.values())
        return "minor" if "is-minor" in said else "detail" if "is-detail" in said else ""

    @property
    def is_walked(self) -> bool:
        """Whether there are too many rows to sort them by just any column."""
        return len(self.data) > settings.MOST_NUMBERED

    def sort_as_served(self) -> None:
        """Of too many rows, by one of `walks` or in the first order, whatever was asked for."""
        first = () if self.first_walk else self._meta.order_by or ()
        served = {*self.walks, *(each.bare for each in first)}
        for column in self.columns.iterall():
            if column.name not in served:
                column.column.orderable = False
        asked: Any = self.order_by  # type: ignore[has-type]
        if len(asked) != 1 or asked[0].bare not in served:
            self.order_by = first
            if self.first_walk:
                self.data.data = self.data.data.order_by(*self.first_walk)

    def below(self, record: Any) -> SafeString | None:
        """What a row tells at length, over the whole width below it, once its `<details class="row-opens">` is open."""
        return None

    def expect(self, records: list[Any]) -> None:
        """Be told of rows of a workbook that come next, to load at once what they speak of."""

    def time_zones(self) -> list[tuple[str, str]]:
        """Which time zones the instants of the list are in: what is told, and the zone."""
        return [(_("Time zone"), timezone.get_current_timezone_name())]

    @cached_property
    def taken(self) -> dict[str, tuple[tuple[str, ...], str | None]]:
        return {column.name: signature(column.render) for column in self.columns}

    def rows_of_page(self) -> Iterator[SafeString]:
        """The markup of each row, which has too many cells for a template."""
        for each in self.paginated_rows:
            row = PageRow(each.record, self)
            cells = [_cell(column, row.get_cell(name)) for name, column in self.shown_columns.items()]
            yield format_html('<tr role="row">{}</tr>{}', SafeString("".join(cells)), self._below(each.record))

    def _below(self, record: Any) -> SafeString | str:
        if not (said := self.below(record)):
            return ""
        return format_html(
            '<tr class="row-below" role="row"><td id="below-{}" role="cell" colspan="{}"><div>{}</div></td></tr>',
            record.pk,
            len(self.shown_columns),
            said,
        )

    class Meta:
        default = "–"
        per_page = 25
        # The number of rows is read by `list_page`, which knows how many are allowed.
        per_page_field = ""


def _cell(column: ShownColumn, shown: Any) -> SafeString:
    """A cell in one line, with a title that has all of it where that may be cut off."""
    text = as_text(shown)
    nothing = " is-empty" if str(shown).strip() in _NOTHING else ""
    title = format_html(' title="{}"', text) if len(text) > _SHORT else ""
    said = shown if isinstance(shown, str) else localize(template_localtime(shown))
    return format_html(_CELL, column.cell_class, nothing, title, column.label, said)


_CELL = '<td role="cell" class="{}{}"{}><div class="line"{}>{}</div></td>'
