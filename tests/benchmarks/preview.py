"""What a preview costs with a long past beside a short one, measured in the same run.

Not among the tests, which say nothing about time: `make test ARGS="-n 0 -s tests/benchmarks/preview.py"`.
"""

from statistics import median
from time import perf_counter

from tests.loyalty.regular import Regular, make_regular
from tests.loyalty.shop import days_later
from visits.checkout import preview

LINES, CARDS, RUNS = 20, 10, 25


def test_a_preview_with_a_long_past(db: None) -> None:
    short = typical(make_regular("Short", cards=CARDS, past=3))
    long = typical(make_regular("Long", cards=CARDS, past=3000))
    print(f"\nA preview of {LINES} lines and {CARDS} cards takes {short:.1f} ms with 3 visits before, and")
    print(f"{long:.1f} ms with 3,000 visits before: {long / short:.1f} times as long.")


def typical(regular: Regular) -> float:
    """The median of several previews, in milliseconds."""
    return 1000 * median(seconds_of(regular) for _ in range(RUNS))


def seconds_of(regular: Regular) -> float:
    start = perf_counter()
    preview(location=regular.shop.location, plan=regular.plan(LINES), visit=None, at=days_later(1))
    return perf_counter() - start
