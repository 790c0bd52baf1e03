"""Lots in spending order, both clocks, burning, undoing and debt (docs/rules.md, section 5)."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from loyalty.rules.points import Lot, Movement, Pot, burn, give_back, spend, take_back
from loyalty.rules.terms import Period, PeriodUnit

TODAY = date(2026, 1, 20)


def lot(
    key: int, remaining: str, last_on: date | None = None, *, granted: date = date(2026, 1, 1), idle: int = 0
) -> Lot:
    """A lot of noon of the day ``granted``; ``idle`` is the card type's clock in days."""
    at = datetime(granted.year, granted.month, granted.day, 12, tzinfo=UTC)
    inactivity = Period(idle, PeriodUnit.DAYS) if idle else None
    return Lot(key, Decimal(remaining), granted, at, rank=key, last_on=last_on, inactivity=inactivity)


def pot(*lots: Lot, debt: str = "0", visited: date | None = None) -> Pot:
    return Pot(tuple(sorted(lots, key=lambda each: each.order)), Decimal(debt), visited)


def moved(*parts: tuple[int | None, str]) -> list[Movement]:
    return [Movement(key, Decimal(amount)) for key, amount in parts]


@pytest.mark.parametrize(
    ("count", "unit", "day", "after"),
    [
        (30, PeriodUnit.DAYS, date(2026, 1, 1), date(2026, 1, 31)),
        (2, PeriodUnit.WEEKS, date(2026, 2, 20), date(2026, 3, 6)),
        (1, PeriodUnit.MONTHS, date(2026, 1, 31), date(2026, 2, 28)),
        (1, PeriodUnit.MONTHS, date(2028, 1, 31), date(2028, 2, 29)),
        (1, PeriodUnit.MONTHS, date(2026, 2, 28), date(2026, 3, 28)),
        (6, PeriodUnit.MONTHS, date(2026, 8, 31), date(2027, 2, 28)),
        (1, PeriodUnit.YEARS, date(2028, 2, 29), date(2029, 2, 28)),
        (4, PeriodUnit.YEARS, date(2028, 2, 29), date(2032, 2, 29)),
    ],
)
def test_periods_go_by_the_calendar(count: int, unit: PeriodUnit, day: date, after: date) -> None:
    assert Period(count, unit).after(day) == after


@pytest.mark.parametrize(
    ("last_on", "idle", "visited", "ends_on"),
    [
        (None, 0, date(2026, 5, 1), None),
        (date(2026, 1, 31), 0, None, date(2026, 1, 31)),
        (date(2026, 1, 31), 0, date(2026, 5, 1), date(2026, 1, 31)),
        # N days after the later of its own date, 1 January, and the last visit
        (None, 10, None, date(2026, 1, 11)),
        (None, 10, date(2025, 12, 1), date(2026, 1, 11)),
        (None, 10, date(2026, 1, 8), date(2026, 1, 18)),
        # both: the earlier
        (date(2026, 1, 15), 10, None, date(2026, 1, 11)),
        (date(2026, 1, 15), 10, date(2026, 1, 8), date(2026, 1, 15)),
    ],
)
def test_the_earlier_clock_wins(last_on: date | None, idle: int, visited: date | None, ends_on: date | None) -> None:
    assert lot(1, "5", last_on, idle=idle).ends_on(visited) == ends_on


def test_the_last_day_is_good_and_the_day_after_is_not() -> None:
    held = pot(lot(1, "5", date(2026, 1, 19)), lot(2, "3", TODAY), lot(3, "1"))
    assert held.available(TODAY) == Decimal(4)
    assert [each.key for each in held.past(TODAY)] == [1]
    assert held.balance == Decimal(9)


def test_spending_order() -> None:
    """The earliest stamped last day, lots without one last, then the older, then the ledger row."""
    lots = [
        lot(1, "1"),
        lot(2, "1", date(2026, 3, 1)),
        lot(3, "1", date(2026, 2, 1), granted=date(2026, 1, 2)),
        lot(5, "1", date(2026, 2, 1)),
        lot(4, "1", date(2026, 2, 1)),
        # its other clock ends it first, but the stamped day counts
        lot(6, "1", idle=1),
    ]
    assert [each.key for each in pot(*lots).lots] == [4, 5, 3, 2, 1, 6]


@pytest.mark.parametrize(
    ("amount", "movements"),
    [
        ("2.00", [(2, "-2")]),
        ("3.00", [(2, "-3")]),
        ("4.50", [(2, "-3"), (3, "-1.5")]),
        ("8.00", [(2, "-3"), (3, "-5")]),
    ],
)
def test_spending_passes_over_what_is_past(amount: str, movements: list[tuple[int, str]]) -> None:
    held = pot(lot(1, "9", date(2026, 1, 19)), lot(2, "3", TODAY), lot(3, "5"))
    spent = spend(held, Decimal(amount), on=TODAY)
    assert spent == moved(*movements)
    assert held.after(spent).balance == held.balance - Decimal(amount)


def test_more_than_is_available_is_a_bug() -> None:
    with pytest.raises(ValueError, match="more is spent"):
        spend(pot(lot(1, "9", date(2026, 1, 19)), lot(2, "3")), Decimal("3.01"), on=TODAY)


def test_lots_of_the_visit_itself_do_not_pay() -> None:
    held = pot(lot(1, "3", TODAY), lot(2, "5"))
    assert held.available(TODAY, without=[1]) == Decimal(5)
    assert spend(held, Decimal(4), on=TODAY, without=[1]) == moved((2, "-4"))


def test_burning_takes_all_that_remains() -> None:
    assert burn(pot(lot(1, "3.50")), 1) == moved((1, "-3.50"))


@pytest.mark.parametrize(
    ("debt", "movements"),
    [
        ("0", [(1, "2"), (2, "3")]),
        # what would have been spent first fills the debt: the guest keeps what lasts longest
        ("1.50", [(1, "0.5"), (2, "3"), (None, "1.5")]),
        ("2", [(2, "3"), (None, "2")]),
        ("4", [(2, "1"), (None, "4")]),
        ("5", [(None, "5")]),
        ("9", [(None, "5")]),
    ],
)
def test_points_that_come_back_fill_the_debt_first(debt: str, movements: list[tuple[int | None, str]]) -> None:
    held = pot(lot(2, "0"), lot(1, "0", date(2026, 2, 1)), debt=debt)
    assert give_back(held, moved((2, "3"), (1, "2"))) == moved(*movements)


@pytest.mark.parametrize(
    ("own", "others", "debt", "movements"),
    [
        # the lot itself
        ("10", [], "0", [(9, "-10")]),
        ("10", [(1, "5")], "0", [(9, "-10")]),
        # what was spent of it, from the others in spending order
        ("4", [(1, "5"), (2, "5")], "0", [(9, "-4"), (1, "-5"), (2, "-1")]),
        ("0", [(1, "3")], "0", [(1, "-3"), (None, "-7")]),
        ("0", [], "0", [(None, "-10")]),
        # a debt grows
        ("0", [], "2", [(None, "-10")]),
    ],
)
def test_undoing_an_accrual_of_ten(
    own: str, others: list[tuple[int, str]], debt: str, movements: list[tuple[int | None, str]]
) -> None:
    held = pot(lot(9, own), *(lot(key, remaining) for key, remaining in others), debt=debt)
    undone = take_back(held, 9, Decimal(10))
    assert undone == moved(*movements)
    after = held.after(undone)
    assert after.balance == held.balance - Decimal(10)
    assert not (after.debt and any(each.remaining for each in after.lots))
