"""A list as comma-separated text, for what is no spreadsheet: bookkeeping, mailing, another program.

UTF-8 with a mark at its beginning, without which Excel takes it for another alphabet; RFC 4180 else: commas, lines that
end in CR LF, quotes where a text needs them. A sheet whose language parts lists by a semicolon cuts them elsewhere:
so each row is one line, and behind no sign that it may be cut at stands a formula. Figures have a decimal point and no
other sign, days are ISO 8601, whatever the reader's language: what a program reads must not depend on who fetched it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from io import BufferedRandom, TextIOWrapper
from tempfile import TemporaryFile
from typing import IO, Self

from django.utils.functional import Promise

from config.ui.spreadsheets import IMPOSSIBLE, Column, Value

CONTENT_TYPE = "text/csv; charset=utf-8"

#: Begins like a formula, but a sheet can make no more than a figure of it: phones are to be dialled as they stand.
_ONLY_DIGITS = re.compile(r"[+-][\d ().\-/]*")
#: What begins like a formula, also for a sheet that passes over spaces and quotes.
_LIKE_A_FORMULA = re.compile(r'[ "]*[=+\-@]')
_BREAKS = re.compile(r"[\t\r\n\v\f\x85\u2028\u2029]+")
#: Where sheets cut a line, as their language has it.
_CUTS = re.compile(r"([,;])")
_NEEDS_QUOTES = re.compile(r'[",;]')


class CommaSeparated:
    """A list on its way to a file. Of a workbook it takes what stands in a table; notes and sums have no place here."""

    def __init__(self, *, places: int = 2) -> None:
        self._places = places
        self._file = _scratch()
        self._text = TextIOWrapper(self._file, "utf-8-sig", newline="")

    def add_sheet(self, title: str | Promise) -> Lines:
        return Lines(self._text, self._places)

    def save(self, file: IO[bytes]) -> None:
        self._text.flush()
        self._file.seek(0)
        while piece := self._file.read(1 << 20):
            file.write(piece)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, broke_off: type[BaseException] | None, /, *_more: object) -> None:
        self._text.close()


def _scratch() -> BufferedRandom:
    """Gone from the disk as soon as it is closed."""
    return TemporaryFile()


class Lines:
    """A sheet of which only the table is written, from its heading to its last row."""

    def __init__(self, text: TextIOWrapper, places: int) -> None:
        self._text = text
        self._places = places
        self._is_table = False

    def set_columns(self, columns: Sequence[Column]) -> None:
        """Widths mean nothing here."""

    def begin_table(self, columns: Sequence[Column]) -> None:
        self._is_table = True
        self.add([column.heading for column in columns])

    def add_heading(self) -> None:
        """Of what is no table."""

    def end_table(self) -> None:
        self._is_table = False

    def has_room_for(self, rows: int) -> bool:
        """Nothing may stand below the rows: whoever adds them up would count it twice."""
        return False

    def add(self, values: Sequence[Value], *, is_bold: bool = False) -> None:
        if self._is_table:
            # An empty line would be no row.
            line = ",".join(_quoted(self._cell(value)) for value in values) or '""'
            self._text.write(f"{line}\r\n")

    def _cell(self, value: Value) -> str:
        if value is None:
            return ""
        if isinstance(value, datetime):
            return f"{value:%Y-%m-%d %H:%M}"
        if isinstance(value, date):
            return value.isoformat()
        if isinstance(value, Decimal):
            return _figure(value, self._places)
        return str(value) if isinstance(value, int) else _harmless(_in_one_line(str(value)))


def _figure(value: Decimal, places: int) -> str:
    """With the digits of the currency; with more where it has more."""
    exponent = value.normalize().as_tuple().exponent
    own = -exponent if isinstance(exponent, int) else 0
    return f"{value:.{max(places, own)}f}"


def _in_one_line(text: str) -> str:
    return _BREAKS.sub(" ", IMPOSSIBLE.sub("", text))


def _harmless(text: str) -> str:
    """What a sheet would compute, wherever it cuts, begins with an apostrophe: no cell can be said to be a text."""
    return "".join(f"'{part}" if _is_formula(part) else part for part in _CUTS.split(text))


def _is_formula(part: str) -> bool:
    return bool(_LIKE_A_FORMULA.match(part)) and not _ONLY_DIGITS.fullmatch(part.strip(' "'))


def _quoted(cell: str) -> str:
    doubled = cell.replace('"', '""')
    return f'"{doubled}"' if _NEEDS_QUOTES.search(cell) else cell
