"""What a workbook costs beside the bare writing of the same cells, and what it holds in memory.

`make bench`, or `python -m tests.benchmarks tests/benchmarks/exports.py`.
"""

import tempfile
from datetime import datetime
from decimal import Decimal
from io import BytesIO
from resource import RUSAGE_SELF, getrusage
from time import process_time
from typing import IO, Any

from django.utils import timezone
from openpyxl import load_workbook
from xlsxwriter import Workbook

from config.ui.exports import Writer, open_list
from tests.benchmarks.chain.making import make_chain
from tests.benchmarks.chain.setting import Setting
from tests.benchmarks.figures import Figure, note

FEW, MANY = 2_000, 20_000


class Measured:
    """Takes a workbook and notes the seconds of the program that writing it took."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.file = BytesIO()

    def take(self, write: Writer) -> None:
        began = process_time()
        write(self.file, lambda _done: None)
        self.seconds = process_time() - began


def test_workbooks(db: None) -> None:
    few, many = (make_chain(f"rows-{rows}", size=rows, at=timezone.now()) for rows in (FEW, MANY))

    def taken(setting: Setting) -> Measured:
        measured = Measured()
        address = f"/chains/{setting.chain.slug}/transactions/"
        open_list(address, user=setting.staff["owner"], language="en", sink=measured)
        return measured

    taken(few)
    small = most_memory()
    measured = taken(many)
    large = most_memory()
    bare, rows = write_bare(measured.file)
    told = f"{rows:,} rows in {measured.seconds:.1f} s of the program, the bare writing in {bare:.1f} s"
    note(Figure("workbook of transactions", measured.seconds / bare, 3, "bare XlsxWriter", told))
    told = f"the process held {large:.0f} MB at most, {small:.0f} MB before"
    note(Figure("its memory", large / small, 1.2, f"that of {FEW:,} rows", told))


def most_memory() -> float:
    """What this process held at most so far, in MB."""
    return getrusage(RUSAGE_SELF).ru_maxrss / 1024


def write_bare(file: IO[bytes]) -> tuple[float, int]:
    """Write the cells of a workbook again with nothing but XlsxWriter; the seconds it took, and how many rows."""
    rows = list(load_workbook(file, read_only=True)["Transactions"].iter_rows(values_only=True))
    with tempfile.TemporaryFile() as again:
        began = process_time()
        book: Any = Workbook(again, {"constant_memory": True})
        instant, figures = book.add_format({"num_format": "yyyy-mm-dd hh:mm"}), book.add_format({"num_format": "0.00"})
        sheet = book.add_worksheet()
        for at, row in enumerate(rows):
            for number, value in enumerate(row):
                if isinstance(value, str):
                    sheet.write_string(at, number, value)
                elif isinstance(value, datetime):
                    sheet.write_datetime(at, number, value, instant)
                elif isinstance(value, int | float | Decimal):
                    sheet.write_number(at, number, value, figures)
        book.close()
        return process_time() - began, len(rows)
