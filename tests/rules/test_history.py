"""What of a client's past a promotion looks at (docs/rules.md, section 3)."""

from datetime import date
from decimal import Decimal

import pytest

from loyalty.rules.history import (
    GivenUnits,
    PastUnits,
    PastVisit,
    Totals,
    totals_of,
    units_given,
    units_paid,
    window_of,
)
from loyalty.rules.promotions import tier
from loyalty.rules.terms import ItemKind, Period, PeriodUnit, Promotion, PromotionKind, Scope, ScopeMode, Scopes, Source

CENTER, HARBOUR, AIRPORT = 1, 2, 3
JANUARY = [date(2026, 1, day) for day in range(1, 32)]


def promotion(kind: PromotionKind = PromotionKind.DISCOUNT_CUMULATIVE_SOLD, **choices: object) -> Promotion:
    return Promotion(id=1, terms_id=1, kind=kind, **choices)  # type: ignore[arg-type]


def visits(*days: date, location: int = CENTER) -> list[PastVisit]:
    """Visits that sold 10 and were paid with 9 each."""
    return [PastVisit(day, location, Decimal(10), Decimal(9)) for day in days]


def counted(looks: Promotion, past: list[PastVisit], on: date = date(2026, 2, 1)) -> int:
    return totals_of(looks, frozenset({CENTER, HARBOUR}), past, on).visits


RULES = ((Decimal(0), Decimal(3)), (Decimal(100), Decimal(5)), (Decimal("200.50"), Decimal(10)))


@pytest.mark.parametrize(
    ("figure", "value"), [("0", 3), ("99.99", 3), ("100", 5), ("200.49", 5), ("200.50", 10), ("1e6", 10)]
)
def test_the_highest_row_reached_wins(figure: str, value: int) -> None:
    row = tier(RULES, Decimal(figure))
    assert row is not None and row[1] == Decimal(value)


def test_below_the_lowest_row_there_is_nothing() -> None:
    assert tier(RULES[1:], Decimal("99.99")) is None
    assert tier((), Decimal(5)) is None


def test_figures_add_up_over_whole_bills() -> None:
    assert totals_of(promotion(), None, visits(*JANUARY[:3]), date(2026, 2, 1)) == Totals(3, Decimal(30), Decimal(27))


@pytest.mark.parametrize(("source", "number"), [(Source.CHAIN, 3), (Source.ACTIVE, 1), (Source.CARD, 2)])
def test_the_source_says_where(source: Source, number: int) -> None:
    past = [each for place in (CENTER, HARBOUR, AIRPORT) for each in visits(JANUARY[0], location=place)]
    assert counted(promotion(source=source, locations=frozenset({AIRPORT})), past) == number


def test_a_source_without_locations_is_everywhere() -> None:
    past = [each for place in (CENTER, HARBOUR, AIRPORT) for each in visits(JANUARY[0], location=place)]
    assert counted(promotion(source=Source.ACTIVE), past) == 3


def test_the_starting_date_is_included() -> None:
    assert counted(promotion(history_from=JANUARY[1]), visits(*JANUARY[:3])) == 2


THIRTY_DAYS = Period(30, PeriodUnit.DAYS)


@pytest.mark.parametrize(
    ("days", "on", "number"),
    [
        # exactly 30 days is no gap
        ([date(2026, 1, 1)], date(2026, 1, 31), 1),
        ([date(2026, 1, 1)], date(2026, 2, 1), 0),
        ([date(2026, 1, 1), date(2026, 1, 31)], date(2026, 2, 10), 2),
        ([date(2026, 1, 1), date(2026, 2, 1)], date(2026, 2, 10), 1),
        # the last gap cuts
        ([date(2025, 1, 1), date(2025, 6, 1), date(2025, 6, 2)], date(2025, 6, 30), 2),
        ([date(2025, 1, 1), date(2025, 6, 1), date(2025, 6, 2)], date(2025, 12, 1), 0),
        ([], date(2026, 1, 1), 0),
    ],
)
def test_a_gap_cuts_the_history_of_a_cumulative_discount(days: list[date], on: date, number: int) -> None:
    assert counted(promotion(burn=THIRTY_DAYS), visits(*days), on) == number


def test_a_gap_of_a_month_goes_by_the_calendar() -> None:
    looks = promotion(burn=Period(1, PeriodUnit.MONTHS))
    assert counted(looks, visits(date(2026, 1, 31)), date(2026, 2, 28)) == 1
    assert counted(looks, visits(date(2026, 1, 31)), date(2026, 3, 1)) == 0


def test_burning_of_a_cashback_is_of_its_points() -> None:
    looks = promotion(PromotionKind.CASHBACK_CUMULATIVE_SOLD, burn=THIRTY_DAYS)
    assert counted(looks, visits(date(2020, 1, 1))) == 1


def test_units_of_the_listed_services() -> None:
    scopes = Scopes(Scope(ScopeMode.LISTED, frozenset({7}), frozenset({70})), Scope(ScopeMode.NONE))
    looks = promotion(PromotionKind.DISCOUNT_NTH_FREE, value=Decimal(5), scopes=scopes, history_from=JANUARY[1])
    past = [
        PastUnits(JANUARY[0], CENTER, 7, ItemKind.SERVICE, None, 1000),
        PastUnits(JANUARY[1], CENTER, 7, ItemKind.SERVICE, None, 1),
        PastUnits(JANUARY[1], HARBOUR, 8, ItemKind.SERVICE, 70, 20),
        PastUnits(JANUARY[1], CENTER, 9, ItemKind.SERVICE, 71, 300),
        PastUnits(JANUARY[1], CENTER, 7, ItemKind.PRODUCT, None, 4000),
    ]
    given = [GivenUnits(JANUARY[0], CENTER, 5), GivenUnits(JANUARY[1], HARBOUR, 2)]
    window = window_of(looks, None)
    assert units_paid(looks, window, past) == 21
    assert units_given(window, given) == 2
