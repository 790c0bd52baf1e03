"""What a list can be taken home as: a row for each, whichever way it is written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import IO, Protocol, Self

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from config.ui import separated, spreadsheets
from config.ui.spreadsheets import Column, Value


class BookSheet(Protocol):
    """A sheet that is written from top to bottom."""

    def set_columns(self, columns: Sequence[Column]) -> None: ...
    def begin_table(self, columns: Sequence[Column]) -> None: ...
    def add_heading(self) -> None: ...
    def end_table(self) -> None: ...
    def has_room_for(self, rows: int) -> bool: ...
    def add(self, values: Sequence[Value], *, is_bold: bool = False) -> None: ...


class Book(Protocol):
    """A file of sheets on its way; what it keeps meanwhile is gone once the block ends that it is written in."""

    def add_sheet(self, title: str | Promise) -> BookSheet: ...
    def save(self, file: IO[bytes]) -> None: ...
    def __enter__(self) -> Self: ...
    def __exit__(self, broke_off: type[BaseException] | None, /, *_more: object) -> None: ...


@dataclass(frozen=True)
class FileFormat:
    """One of the ways; ``name`` is how an address asks for it and how its files end."""

    name: str
    #: What a button says.
    label: str | Promise
    content_type: str
    #: Begins an empty file; ``places`` are the digits of amounts.
    begin: Callable[..., Book]
    #: Whether a sheet of it is full at some time.
    is_limited: bool
    #: The same in full.
    hint: str | Promise


EXCEL = FileFormat(
    "xlsx",
    _("Excel"),
    spreadsheets.CONTENT_TYPE,
    spreadsheets.Spreadsheet,
    is_limited=True,
    hint=_("Export to Excel"),
)
CSV = FileFormat(
    "csv", _("CSV"), separated.CONTENT_TYPE, separated.CommaSeparated, is_limited=False, hint=_("Export to CSV")
)

FORMATS = {each.name: each for each in (EXCEL, CSV)}


def format_of(filename: str) -> FileFormat:
    """In which format a file is, by how its name ends."""
    return FORMATS[filename.rpartition(".")[2]]
