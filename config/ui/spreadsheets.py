"""The one way to write a workbook: row by row, with real dates and figures, and never a formula.

Texts come from people. One that begins like a formula stays a text, also after somebody edits its cell.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import IO, Any, Self

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet._write_only import WriteOnlyWorksheet

CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
INSTANT = "yyyy-mm-dd hh:mm"
DAY = "yyyy-mm-dd"
COUNT = "#,##0"
#: What a sheet can hold below its heading.
MOST_ROWS = 1_048_575

LIKE_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
#: What XML cannot carry, and so no workbook.
IMPOSSIBLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_LONGEST_TEXT = 32_767
_LONGEST_TITLE = 31
_IMPOSSIBLE_IN_TITLE = re.compile(r"[\[\]:*?/\\\s]")
#: Excel keeps this title for itself, and opens no workbook that has it.
_RESERVED = "history"
_BOLD = Font(bold=True)
_HEAD = PatternFill("solid", fgColor="EDE9FE")
_MIDDLE = Alignment(vertical="center", wrap_text=True)

Value = str | Promise | Decimal | int | datetime | date | None


@dataclass(frozen=True)
class Column:
    """A column of a sheet: its heading, how wide it is in characters, and how its figures are written.

    Without a format of their own, days, instants, counts and amounts are written as such.
    """

    heading: str | Promise
    width: int
    number_format: str = ""


def figures_of(places: int) -> str:
    """The format of amounts with so many digits behind the point, negative ones with a sign."""
    return f"#,##0.{'0' * places}" if places else COUNT


class TooManyRows(Exception):
    """More rows than a sheet can hold; a file of them would open as a damaged one."""


class Spreadsheet:
    """A workbook on its way to a file; it never holds more than a row in memory.

    ``places`` are the digits behind the point of amounts. What is written goes to temporary files, which are gone once
    it is saved, or where the block that it is written in breaks off.
    """

    def __init__(self, *, places: int = 2) -> None:
        self._book = Workbook(write_only=True)
        self._places = places

    def add_sheet(self, title: str | Promise) -> Sheet:
        created = self._book.create_sheet(sheet_title(str(title), self._book.sheetnames))
        assert isinstance(created, WriteOnlyWorksheet)
        return Sheet(created, self._places)

    def save(self, file: IO[bytes]) -> None:
        self._book.save(file)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, broke_off: type[BaseException] | None, *_more: object) -> None:
        if broke_off:
            for sheet in self._book.worksheets:
                _discard(sheet)


def _discard(sheet: Any) -> None:
    """openpyxl itself would leave the file until the process ends, and a worker lives long."""
    if sheet._writer is None:
        return
    if not sheet.closed:
        sheet.close()
    if Path(sheet._writer.out).exists():
        sheet._writer.cleanup()


def sheet_title(text: str, taken: Iterable[str] = ()) -> str:
    """The text as a title that Excel takes, and that no other sheet has, whatever its case.

    At most 31 units of UTF-16, none of the signs that stand in references, no apostrophe at an end, never empty.
    """
    possible = _trimmed(_IMPOSSIBLE_IN_TITLE.sub(" ", IMPOSSIBLE.sub("", text)), _LONGEST_TITLE)
    possible = possible if possible.strip() else _("List")
    others = {_compared(each) for each in (*taken, _RESERVED)}
    numbered = (f"{_trimmed(possible, _LONGEST_TITLE - len(end))}{end}" for end in _ENDS)
    return next(title for title in numbered if _compared(title) not in others)


def _trimmed(text: str, units: int) -> str:
    return _cut(text.lstrip("'"), units).rstrip("'")


def _compared(title: str) -> str:
    return unicodedata.normalize("NFKC", title).casefold().strip()


def _cut(text: str, units: int) -> str:
    """So many units of UTF-16 of the text, in which Excel counts, without a half of a letter."""
    return text.encode("utf-16-le")[: 2 * units].decode("utf-16-le", "ignore")


#: What tells sheets of the same title apart.
_ENDS = ("", *(f" ({number})" for number in range(2, 1000)))


class Sheet:
    """A sheet that is written from top to bottom."""

    def __init__(self, sheet: WriteOnlyWorksheet, places: int) -> None:
        self._sheet: Any = sheet
        self._amounts = figures_of(places)
        self._columns: Sequence[Column] = ()
        self._rows = 0

    def set_columns(self, columns: Sequence[Column]) -> None:
        """How wide the columns are and how their figures look; before the first row."""
        self._columns = columns
        for number, column in enumerate(columns, start=1):
            self._sheet.column_dimensions[get_column_letter(number)].width = column.width

    def begin_table(self, columns: Sequence[Column]) -> None:
        """A heading that stays in sight and has a filter for each column; before the first row."""
        self.set_columns(columns)
        self._sheet.freeze_panes = "A2"
        self.add_heading()

    def add_heading(self) -> None:
        """A row of the columns' headings."""
        self._append([self._head(column.heading) for column in self._columns])

    def end_table(self) -> None:
        self._sheet.auto_filter.ref = f"A1:{get_column_letter(len(self._columns))}{self._rows}"

    def has_room_for(self, rows: int) -> bool:
        return self._rows + rows <= MOST_ROWS + 1

    def add(self, values: Sequence[Value], *, is_bold: bool = False) -> None:
        cells = [self._cell(value, number) for number, value in enumerate(values)]
        if is_bold:
            for cell in cells:
                if cell is not None:
                    cell.font = _BOLD
        self._append(cells)

    def _append(self, cells: list[Any]) -> None:
        if self._rows > MOST_ROWS:
            raise TooManyRows
        self._sheet.append(cells)
        self._rows += 1

    def _head(self, heading: str | Promise) -> Any:
        cell = self._text(str(heading))
        cell.font, cell.fill, cell.alignment = _BOLD, _HEAD, _MIDDLE
        return cell

    def _cell(self, value: Value, number: int) -> Any:
        if value is None or value == "":
            return None
        if isinstance(value, str | Promise):
            return self._text(str(value))
        # openpyxl writes decimals and days too, which its stubs leave out.
        typed: Any = value
        cell = WriteOnlyCell(self._sheet, typed)
        own = self._columns[number].number_format if number < len(self._columns) else ""
        cell.number_format = own or self._usual_format(value)
        return cell

    def _usual_format(self, value: Decimal | int | datetime | date) -> str:
        if isinstance(value, datetime):
            return INSTANT
        if isinstance(value, date):
            return DAY
        return self._amounts if isinstance(value, Decimal) else COUNT

    def _text(self, text: str) -> Any:
        text = _cut(IMPOSSIBLE.sub("", text), _LONGEST_TEXT)
        cell: Any = WriteOnlyCell(self._sheet, text)
        # Set after the value, from which openpyxl makes a formula or an error of some texts.
        cell.data_type = "s"
        if text.startswith(LIKE_A_FORMULA):
            cell.quotePrefix = True
        return cell
