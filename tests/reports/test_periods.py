"""What periods are compared with, and the parts they are told in."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from reports.periods import Comparison, Shape, Span, Step, presets, shape_of

MONDAY, SUNDAY = 0, 6


def span(text: str) -> Span:
    return Span(*(date.fromisoformat(day) for day in text.split(" ")))


def told(found: Span | None) -> str:
    return f"{found.since} {found.until}" if found else ""


@pytest.mark.parametrize(
    ("today", "code", "before", "a_year_ago"),
    [
        # Less than a week: the same weekdays, of the week before and of the year before.
        ("2026-03-03", "today", "2026-02-24 2026-02-24", "2025-03-04 2025-03-04"),
        ("2026-03-04", "this_week", "2026-02-23 2026-02-25", "2025-03-03 2025-03-05"),
        ("2026-03-04", "last_week", "2026-02-16 2026-02-22", "2025-02-24 2025-03-02"),
        # Months to the same day, or whole.
        ("2026-03-03", "this_month", "2026-02-01 2026-02-03", "2025-03-01 2025-03-03"),
        ("2026-03-30", "this_month", "2026-02-01 2026-02-28", "2025-03-01 2025-03-30"),
        ("2026-01-15", "this_month", "2025-12-01 2025-12-15", "2025-01-01 2025-01-15"),
        ("2026-03-03", "last_month", "2026-01-01 2026-01-31", "2025-02-01 2025-02-28"),
        ("2024-03-03", "last_month", "2024-01-01 2024-01-31", "2023-02-01 2023-02-28"),
        ("2025-03-03", "last_month", "2025-01-01 2025-01-31", "2024-02-01 2024-02-29"),
        # As many days.
        ("2026-03-03", "last_30_days", "2026-01-03 2026-02-01", "2025-02-02 2025-03-03"),
        ("2026-03-03", "last_90_days", "2025-09-05 2025-12-03", "2024-12-04 2025-03-03"),
        ("2026-01-15", "this_year", "2025-01-01 2025-01-15", "2025-01-01 2025-01-15"),
        ("2024-02-29", "this_year", "2023-01-01 2023-02-28", "2023-01-01 2023-02-28"),
    ],
)
def test_what_a_period_is_compared_with(today: str, code: str, before: str, a_year_ago: str) -> None:
    found = next(each for each in presets(date.fromisoformat(today), MONDAY) if each.code == code)
    assert told(Comparison.BEFORE.of(found.span, found.shape)) == before
    assert told(Comparison.YEAR.of(found.span, found.shape)) == a_year_ago
    assert Comparison.NONE.of(found.span, found.shape) is None


def test_whole_months_are_months_whoever_chose_them() -> None:
    quarter = span("2025-10-01 2025-12-31")
    assert told(Comparison.BEFORE.of(quarter, shape_of(quarter))) == "2025-07-01 2025-09-30"
    assert shape_of(span("2026-02-01 2026-02-28")) is Shape.MONTHS
    assert shape_of(span("2026-02-01 2026-02-27")) is Shape.DAYS


@pytest.mark.parametrize(
    ("days", "weekday", "parts", "first", "last"),
    [
        ("2026-03-03 2026-03-03", MONDAY, 1, "2026-03-03 2026-03-03", "2026-03-03 2026-03-03"),
        ("2026-02-02 2026-03-18", MONDAY, 45, "2026-02-02 2026-02-02", "2026-03-18 2026-03-18"),
        ("2026-02-03 2026-03-20", MONDAY, 7, "2026-02-03 2026-02-08", "2026-03-16 2026-03-20"),
        ("2026-02-03 2026-03-20", SUNDAY, 7, "2026-02-03 2026-02-07", "2026-03-15 2026-03-20"),
        ("2025-01-30 2026-03-03", MONDAY, 15, "2025-01-30 2025-01-31", "2026-03-01 2026-03-03"),
    ],
)
def test_the_parts_of_a_period(days: str, weekday: int, parts: int, first: str, last: str) -> None:
    period = span(days)
    found = Step.of(period).parts(period, weekday)
    assert (len(found), told(found[0]), told(found[-1])) == (parts, first, last)
    assert [day for part in found for day in part] == list(period)


def test_a_period_never_has_many_parts() -> None:
    for length in range(1, 5 * 366, 13):
        period = Span(date(2024, 1, 31), date(2024, 1, 30) + timedelta(days=length))
        assert len(Step.of(period).parts(period, MONDAY)) <= 61
