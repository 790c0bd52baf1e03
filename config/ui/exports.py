"""A list as a workbook: all of its rows, in their order and under its filters."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from io import BytesIO
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.html import strip_tags
from django.utils.http import content_disposition_header
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_tables2.rows import BoundRow

from config.ui.filters import BaseFilterSet
from config.ui.spreadsheets import CONTENT_TYPE, INSTANT, Column, Spreadsheet, Value
from config.ui.tables import BaseTable

#: Rows that are read from the database at a time.
PART = 500
#: Characters that a column is wide, where its heading needs no more.
WIDTH = 18


def list_workbook(
    request: HttpRequest, table: BaseTable, filters: BaseFilterSet, *, title: str | Promise, name: str
) -> HttpResponse:
    """The rows as a workbook to be downloaded, called after ``name`` and the day."""
    book, at = Spreadsheet(), timezone.localtime()
    sheet = book.add_sheet(title)
    columns = [column for column in table.columns if not column.column.exclude_from_export]
    sheet.begin_table([_column(column, table) for column in columns])
    for row in _rows(table):
        sheet.add([_value(row.get_cell_value(column.name)) for column in columns])
    sheet.end_table()
    _tell(book, title, at, str(request.user), filters)
    file = BytesIO()
    book.save(file)
    attached = content_disposition_header(as_attachment=True, filename=f"{name}-{at.date()}.xlsx")
    return HttpResponse(file.getvalue(), content_type=CONTENT_TYPE, headers={"Content-Disposition": str(attached)})


def _column(column: Any, table: BaseTable) -> Column:
    heading = str(column.header)
    return Column(heading, max(WIDTH, len(heading) + 4), table.number_formats().get(column.name, ""))


def _rows(table: BaseTable) -> Iterator[BoundRow]:
    for record in table.data.in_order().iterator(chunk_size=PART):
        yield BoundRow(record, table=table)


def _value(value: Any) -> Value:
    """What a cell holds: figures and days as such, all else as the text that the page shows."""
    if isinstance(value, datetime):
        return timezone.localtime(value).replace(tzinfo=None) if timezone.is_aware(value) else value
    if value is None or (isinstance(value, date | Decimal | int) and not isinstance(value, bool)):
        return value
    return strip_tags(value) if isinstance(value, SafeString) else str(value)


def _tell(book: Spreadsheet, title: str | Promise, at: datetime, who: str, filters: BaseFilterSet) -> None:
    """When, by whom and under which filters the list was made."""
    sheet = book.add_sheet(_("About this list"))
    sheet.set_columns([Column(gettext_lazy("What"), 24), Column(gettext_lazy("Value"), 40, INSTANT)])
    sheet.add([str(title)], is_bold=True)
    sheet.add([_("Made"), at.replace(tzinfo=None)])
    sheet.add([_("Made by"), who])
    sheet.add([_("Time zone"), timezone.get_current_timezone_name()])
    for chip in filters.chips():
        sheet.add([chip.label, chip.value])
