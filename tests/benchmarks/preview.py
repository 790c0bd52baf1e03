"""What a preview costs with a long past beside a short one, measured in the same run: computed alone, and as a page.

Not among the tests, which say nothing about time: `make test ARGS="-n 0 -s tests/benchmarks/preview.py"`.
With `REGULARS_PROFILE=1` it also prints where the time of a page goes.
"""

import cProfile
import os
import pstats
from collections.abc import Callable
from statistics import median
from time import perf_counter, process_time
from urllib.parse import urlencode

import pytest
from django.template.base import Template
from django.test.utils import _TestState

from chains.access import Role
from tests.cast import make_access, make_user
from tests.loyalty.regular import Regular, make_regular
from tests.loyalty.shop import days_later
from tests.visits.window import Window, new_window
from visits.checkout import preview

LINES, CARDS, RUNS = 20, 10, 25


def test_a_preview_with_a_long_past(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    # As Django renders where nobody watches: tests keep a copy of the context of each of hundreds of small templates.
    monkeypatch.setattr(Template, "_render", _TestState.saved_data.template_render)  # type: ignore[attr-defined]
    short, long = make_regular("Short", cards=CARDS, past=3), make_regular("Long", cards=CARDS, past=3000)
    print(f"\nA bill of {LINES} lines for a guest with {CARDS} cards:")
    few, many = window_of(short), window_of(long)
    report("computed", lambda: compute(short), lambda: compute(long))
    report("as a page", lambda: recalculate(few), lambda: recalculate(many))
    if os.environ.get("REGULARS_PROFILE"):
        profile(many)


def report(what: str, short: Callable[[], object], long: Callable[[], object]) -> None:
    few, many = typical(short, perf_counter), typical(long, perf_counter)
    print(f"{what}: {few:.0f} ms after 3 visits, {many:.0f} ms after 3,000; {many / few:.1f} times as long.")
    own = typical(long, process_time)
    print(f"  Of the latter, {own:.0f} ms of the web process itself, whatever else the machine does.")


def typical(work: Callable[[], object], clock: Callable[[], float]) -> float:
    """The median of several runs, in milliseconds."""
    work()
    return 1000 * median(seconds_of(work, clock) for _ in range(RUNS))


def seconds_of(work: Callable[[], object], clock: Callable[[], float]) -> float:
    start = clock()
    work()
    return clock() - start


def compute(regular: Regular) -> object:
    return preview(location=regular.shop.location, plan=regular.plan(LINES), visit=None, at=days_later(1))


def window_of(regular: Regular) -> Window:
    """The visit window, filled: every line its own, every discount applied, points of every card."""
    user = make_user(f"Desk of {regular.shop.chain}")
    make_access(user, regular.shop.chain, Role.MANAGER)
    window = new_window(user, regular.shop.location, regular.guest)
    haircut = regular.shop.haircut
    lines = {
        f"lines-{number}-{name}": text
        for number in range(LINES)
        for name, text in {"item": str(haircut.pk), "quantity": "1", "manual_discount": "5"}.items()
    }
    discounts = {
        f"discounts-{number}-{name}": str(pk)
        for number, (card, discount) in enumerate(zip(regular.cards, regular.discounts, strict=True))
        for name, pk in {"card": card.pk, "promotion": discount.pk}.items()
    }
    sizes = {"lines-TOTAL_FORMS": str(LINES), "discounts-TOTAL_FORMS": str(CARDS)}
    window.post(**lines, **discounts, **sizes)
    points = {f"points-{number}-amount": "1" for number in range(CARDS)}
    return window.post(**points)


def recalculate(window: Window) -> None:
    # Coded as a browser does it; the client of the tests sends parts, as for a file, and reading those takes a twelfth.
    fields = urlencode({**window.fields, "recalculate": "1"})
    coded = "application/x-www-form-urlencoded"
    response = window.browser.post(window.address, fields, content_type=coded, headers={"HX-Request": "true"})
    assert response.status_code == 200


def profile(window: Window) -> None:
    profiler = cProfile.Profile()
    with profiler:
        for _ in range(5):
            recalculate(window)
    ours = r"/(visits|loyalty|config|chains|clients)/|django/(template|forms|db/models/query)"
    pstats.Stats(profiler).sort_stats("cumulative").print_stats(ours, 50)
