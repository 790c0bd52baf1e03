"""What time it is for the tests: the same in every run, whatever the hour and the day.

What runs in this process reads a clock that begins with each test at the same instant, noon of an ordinary Wednesday,
and goes on from there; ``--at "2028-02-29 23:30"`` begins elsewhere, on the clock of Berlin. A test that is about a
certain time travels there itself.

No clock of this process reaches a browser, a worker or PostgreSQL. Tests with those run by the real clock (where it is
PostgreSQL that tells the time, they carry the mark ``real_clock``), and their chains live where it is about noon just
now: no midnight is near, and no clock is ever changed there.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.utils import timezone

USUAL = "2026-12-16 12:00"
_REAL = ("browser", "workers", "real_clock")
# What the servers of the program do is watched from outside.
_REAL_ROOM = "tests/frame/"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--at", default=USUAL, help="the instant at which each test begins, on the clock of Berlin")


@pytest.fixture(autouse=True)
def clock(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    if is_real(request.node):
        monkeypatch.setattr("tests.cast.TIME_ZONE", zone_of_noon(timezone.now()))
        yield
        return
    with time_machine.travel(beginning(request.config), tick=True):
        yield


def is_real(item: pytest.Item) -> bool:
    """Whether a test runs by the real clock."""
    return any(item.get_closest_marker(name) for name in _REAL) or item.nodeid.startswith(_REAL_ROOM)


def beginning(config: pytest.Config) -> datetime:
    """The instant at which each test begins that does not."""
    return datetime.fromisoformat(config.getoption("at")).replace(tzinfo=ZoneInfo("Europe/Berlin"))


def zone_of_noon(at: datetime) -> str:
    """A time zone in which it is between 12 and 13 o'clock, and which never changes its clocks."""
    east = 12 - at.astimezone(UTC).hour
    # By their names these zones are so many hours west.
    return f"Etc/GMT{-east:+d}" if east else "Etc/GMT"
