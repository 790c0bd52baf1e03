"""What a workbook of many rows holds in memory beside one of few, measured in the same run.

Not among the tests: `make test ARGS="-n 0 -s tests/benchmarks/exports.py"`.
"""

import gc
import tempfile
import tracemalloc
from time import perf_counter

from config.ui.exports import Writer, open_list
from tests.cast import make_cast
from tests.reports.conftest import LEDGER, fill_ledger, make_books

FEW, MANY = 1_000, 30_000


class Measured:
    """Takes a workbook and notes how much memory writing it needed at most."""

    peak = seconds = 0.0

    def take(self, write: Writer) -> None:
        gc.collect()
        tracemalloc.start()
        start = perf_counter()
        with tempfile.TemporaryFile() as file:
            write(file, lambda _done: None)
        self.seconds = perf_counter() - start
        self.peak = tracemalloc.get_traced_memory()[1] / 2**20
        tracemalloc.stop()


def test_a_workbook_of_many_rows(db: None) -> None:
    books = make_books(make_cast())
    measured = {}
    # Twice with few: what is loaded once and for all is no part of what rows need.
    for rows in (FEW, FEW, MANY):
        fill_ledger(rows)
        measured[rows] = Measured()
        open_list(LEDGER, user=books.manager, language="en", sink=measured[rows])
    few, many = measured[FEW], measured[MANY]
    print(f"\n{FEW:,} rows need {few.peak:.1f} MB at most, {MANY:,} rows {many.peak:.1f} MB:", end=" ")
    print(f"{many.peak / few.peak:.2f} times as much. They take {few.seconds:.1f} and {many.seconds:.1f} seconds.")
