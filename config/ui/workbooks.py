"""The workbook of a list: all its rows, in their order and under its filters, and a sheet that says so."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import chain, islice
from typing import Any

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_tables2 import A
from django_tables2.columns import BoundColumn
from django_tables2.rows import BoundRow

from config.ui.books import Book
from config.ui.filters import BaseFilterSet
from config.ui.spreadsheets import Column, Value
from config.ui.streamed import PART, in_parts
from config.ui.tables import BaseTable, as_text

#: Rows that say how wide the columns are.
_LOOKED_AT = 100
_NARROWEST, _WIDEST = 12, 60


@dataclass(frozen=True)
class Further:
    """A column of a workbook that its page does not have: its heading, and what it says of a record.

    It may stand for a column that the page has, and is there for whoever chose that one.
    """

    heading: str | Promise
    value: Callable[[Any], Value]
    page_column: str = ""


def write_list(
    book: Book,
    progress: Callable[[int], None],
    *,
    table: BaseTable,
    filters: BaseFilterSet,
    title: str,
    columns: Sequence[str] = (),
    further: Sequence[Further] = (),
) -> None:
    """Write every row of the table; ``progress`` is told now and then how many are done.

    Who chose ``columns`` gets those that the table shows, and of the further ones what stands for them; where a file
    can have none of these, all.
    """
    sheet = book.add_sheet(title)
    written = (_chosen(table, further) if columns else []) or _every(table, further)
    with closing(_rows(table, written)) as rows:
        first = list(islice(rows, _LOOKED_AT))
        sheet.begin_table([_column(each.heading, [row[at] for row in first]) for at, each in enumerate(written)])
        done = 0
        for done, row in enumerate(chain(first, rows), start=1):
            sheet.add(row)
            if done % PART == 0:
                progress(done)
    sheet.end_table()
    progress(done)
    _tell(book, title, table, filters)


@dataclass(frozen=True)
class _Written:
    """A column of the file, and what it says of a row."""

    heading: str | Promise
    value: Callable[[BoundRow], Value]


def _every(table: BaseTable, further: Sequence[Further]) -> list[_Written]:
    """All that the page may show, as they come, and behind them the further ones."""
    of_page = [_of_page(column, table) for column in table.columns.iterall() if not column.column.exclude_from_export]
    return [*of_page, *(_of_record(each) for each in further)]


def _chosen(table: BaseTable, further: Sequence[Further]) -> list[_Written]:
    """Those that the table shows, in their order; what is no more than its page's is not for a file."""
    found: list[_Written] = []
    for column in table.columns:
        if column.column.exclude_from_export:
            found += [_of_record(each) for each in further if each.page_column == column.name]
        else:
            found.append(_of_page(column, table))
    return found


def _of_page(column: BoundColumn, table: BaseTable) -> _Written:
    return _Written(column.header, lambda row: _value(row, column, table))


def _of_record(further: Further) -> _Written:
    return _Written(further.heading, lambda row: further.value(row.record))


def _rows(table: BaseTable, columns: Sequence[_Written]) -> Generator[list[Value]]:
    """Row by row, without ever holding more than a part of them."""
    with closing(in_parts(table.data.in_order())) as records:
        while part := list(islice(records, PART)):
            table.expect(part)
            for record in part:
                row = BoundRow(record, table=table)
                yield [each.value(row) for each in columns]


def _column(heading: str | Promise, values: list[Value]) -> Column:
    """As wide as what its first rows hold."""
    widest = max(len(str(value)) for value in (heading, *values))
    return Column(heading, min(max(_NARROWEST, widest + 2), _WIDEST))


def _value(row: BoundRow, column: BoundColumn, table: BaseTable) -> Value:
    """What the table says with ``value_<column>``; else figures and days as such and the rest as its cell reads."""
    if hasattr(table, f"value_{column.name}"):
        value = row.get_cell_value(column.name)
    else:
        value = A(column.accessor).resolve(row.record, quiet=True)
        if not _is_plain(value) and (value not in column.column.empty_values):
            value = row.get_cell(column.name)
    if isinstance(value, datetime):
        return wall_clock(value)
    return value if value is None or _is_plain(value) else as_text(value)


def _is_plain(value: Any) -> bool:
    return isinstance(value, Decimal | date | int) and not isinstance(value, bool)


def wall_clock(at: datetime) -> datetime:
    """An instant as the clock of the page shows it: a workbook knows no time zones."""
    return timezone.localtime(at).replace(tzinfo=None) if timezone.is_aware(at) else at


def _tell(book: Book, title: str, table: BaseTable, filters: BaseFilterSet) -> None:
    """When, by whom and under which filters the list was made."""
    sheet = book.add_sheet(_("About this list"))
    sheet.set_columns([Column(gettext_lazy("What"), 24), Column(gettext_lazy("Value"), 40)])
    sheet.add([title], is_bold=True)
    sheet.add([_("Made"), wall_clock(timezone.now())])
    sheet.add([_("Made by"), str(table.request.user)])
    for told, zone in table.time_zones():
        sheet.add([told, zone])
    for chip in filters.chips():
        sheet.add([chip.label, chip.value])
