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
from shutil import rmtree
from tempfile import mkdtemp
from typing import IO, Any, Self

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

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
_BOLD = {"bold": True}
_HEAD = {**_BOLD, "bg_color": "#EDE9FE", "valign": "vcenter", "text_wrap": True}
#: Excel counts what it leaves free beside the characters of a column as part of its width.
_PADDING = 5 / 7

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

    ``places`` are the digits behind the point of amounts. What is written goes to a folder of its own, which is gone
    once the block ends that it is written in, however it ends.
    """

    def __init__(self, *, places: int = 2) -> None:
        self._folder = mkdtemp()
        self._book: Any = Workbook(None, {"constant_memory": True, "tmpdir": self._folder})
        self._styles = Styles(self._book)
        self._places = places

    def add_sheet(self, title: str | Promise) -> Sheet:
        taken = [sheet.get_name() for sheet in self._book.worksheets()]
        return Sheet(self._book.add_worksheet(sheet_title(str(title), taken)), self._styles, self._places)

    def save(self, file: IO[bytes]) -> None:
        self._book.filename = file
        self._book.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, broke_off: type[BaseException] | None, *_more: object) -> None:
        for sheet in self._book.worksheets():
            sheet.row_data_fh.close()
        rmtree(self._folder)


class Styles:
    """How cells look; a workbook has each look once."""

    def __init__(self, book: Any) -> None:
        self._book = book
        self._known: dict[tuple[tuple[str, Any], ...], Format] = {}

    def of(self, **look: Any) -> Format:
        key = tuple(sorted(look.items()))
        if key not in self._known:
            self._known[key] = self._book.add_format(look)
        return self._known[key]


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

    def __init__(self, sheet: Worksheet, styles: Styles, places: int) -> None:
        self._sheet: Any = sheet
        self._styles = styles
        self._amounts = figures_of(places)
        self._columns: Sequence[Column] = ()
        self._looks: dict[tuple[int, type, bool], Format] = {}
        self._rows = 0

    def set_columns(self, columns: Sequence[Column]) -> None:
        """How wide the columns are and how their figures look; before the first row."""
        self._columns = columns
        for number, column in enumerate(columns):
            self._sheet.set_column(number, number, column.width - _PADDING)

    def begin_table(self, columns: Sequence[Column]) -> None:
        """A heading that stays in sight and has a filter for each column; before the first row."""
        self.set_columns(columns)
        self._sheet.freeze_panes(1, 0)
        self.add_heading()

    def add_heading(self) -> None:
        """A row of the columns' headings."""
        at = self._next_row()
        for number, column in enumerate(self._columns):
            self._add_text(at, number, str(column.heading), **_HEAD)

    def end_table(self) -> None:
        self._sheet.autofilter(0, 0, self._rows - 1, len(self._columns) - 1)

    def has_room_for(self, rows: int) -> bool:
        return self._rows + rows <= MOST_ROWS + 1

    def add(self, values: Sequence[Value], *, is_bold: bool = False) -> None:
        at, sheet = self._next_row(), self._sheet
        for number, value in enumerate(values):
            if value is None or value == "":
                continue
            if isinstance(value, str | Promise):
                self._add_text(at, number, str(value), **(_BOLD if is_bold else {}))
            elif isinstance(value, date):
                sheet.write_datetime(at, number, value, self._look(number, value, is_bold=is_bold))
            else:
                sheet.write_number(at, number, value, self._look(number, value, is_bold=is_bold))

    def _next_row(self) -> int:
        if self._rows > MOST_ROWS:
            raise TooManyRows
        self._rows += 1
        return self._rows - 1

    def _look(self, number: int, value: Decimal | int | date, *, is_bold: bool) -> Format:
        key = (number, type(value), is_bold)
        if key not in self._looks:
            own = self._columns[number].number_format if number < len(self._columns) else ""
            look = _BOLD if is_bold else {}
            self._looks[key] = self._styles.of(num_format=own or self._usual_format(value), **look)
        return self._looks[key]

    def _usual_format(self, value: Decimal | int | date) -> str:
        if isinstance(value, datetime):
            return INSTANT
        if isinstance(value, date):
            return DAY
        return self._amounts if isinstance(value, Decimal) else COUNT

    def _add_text(self, at: int, number: int, text: str, **look: Any) -> None:
        text = IMPOSSIBLE.sub("", text)
        if len(text) > _LONGEST_TEXT // 2:
            text = _cut(text, _LONGEST_TEXT)
        if text.startswith(LIKE_A_FORMULA):
            look["quote_prefix"] = True
        elif text.startswith("<r>"):
            # XlsxWriter takes what begins and ends so for a text with looks of its own, and writes it as it stands.
            text = f"{text} "
        self._sheet.write_string(at, number, text, self._styles.of(**look) if look else None)
