"""Amounts: rounding, caps, spreading (docs/rules.md, section 1)."""

from decimal import Decimal

import pytest

from loyalty.rules.money import cap_of, is_exact, minor_unit, percent_of, rounded, spread


@pytest.mark.parametrize(("places", "unit"), [(0, "1"), (2, "0.01"), (3, "0.001")])
def test_minor_unit(places: int, unit: str) -> None:
    assert minor_unit(places) == Decimal(unit)


@pytest.mark.parametrize(
    ("amount", "places", "expected"),
    [
        ("0.005", 2, "0.01"),
        ("0.0049999", 2, "0.00"),
        ("2.675", 2, "2.68"),
        ("2.665", 2, "2.67"),
        ("10.5", 0, "11"),
        ("11.5", 0, "12"),
        ("10.49", 0, "10"),
        ("0.0005", 3, "0.001"),
        ("1.2345", 3, "1.235"),
    ],
)
def test_half_rounds_up(amount: str, places: int, expected: str) -> None:
    assert rounded(Decimal(amount), places) == Decimal(expected)


@pytest.mark.parametrize(
    ("amount", "percent", "places", "share", "cap"),
    [
        ("12.25", "10", 2, "1.23", "1.22"),
        ("33.35", "30", 2, "10.01", "10.00"),
        ("0.05", "10", 2, "0.01", "0.00"),
        ("1045", "15", 0, "157", "156"),
        ("11.975", "10", 3, "1.198", "1.197"),
        ("99.99", "33.33", 2, "33.33", "33.32"),
        ("100.00", "0", 2, "0", "0"),
        ("100.00", "100", 2, "100", "100"),
    ],
)
def test_a_share_is_rounded_half_up_and_a_cap_down(
    amount: str, percent: str, places: int, share: str, cap: str
) -> None:
    assert percent_of(Decimal(amount), Decimal(percent), places) == Decimal(share)
    assert cap_of(Decimal(amount), Decimal(percent), places) == Decimal(cap)


@pytest.mark.parametrize(
    ("amount", "places", "exact"),
    [
        ("1.10", 2, True),
        ("1.100", 2, True),
        ("1.101", 2, False),
        ("10.0", 0, True),
        ("10.5", 0, False),
        ("1e3", 2, True),
        ("NaN", 2, False),
        ("Infinity", 2, False),
    ],
)
def test_no_finer_than_the_minor_unit(amount: str, places: int, *, exact: bool) -> None:
    assert is_exact(Decimal(amount), places) is exact


@pytest.mark.parametrize(
    ("total", "weights", "places", "parts"),
    [
        ("10.00", ["60", "40"], 2, ["6", "4"]),
        # ties: the earlier part
        ("10.00", ["10", "10", "10"], 2, ["3.34", "3.33", "3.33"]),
        ("20.00", ["10", "10", "10"], 2, ["6.67", "6.67", "6.66"]),
        ("0.01", ["5", "5"], 2, ["0.01", "0"]),
        # 0.142857 0.285714 0.571428: the largest remainder is the second's 0.571
        ("1.00", ["1", "2", "4"], 2, ["0.14", "0.29", "0.57"]),
        # 3.333 6.666: the second's
        ("10.00", ["5", "10"], 2, ["3.33", "6.67"]),
        ("100", ["105", "105", "105"], 0, ["34", "33", "33"]),
        ("0.001", ["1", "1", "2"], 3, ["0", "0", "0.001"]),
        # a line that nothing is left of gets nothing
        ("5.00", ["0", "3", "0", "2"], 2, ["0", "3", "0", "2"]),
        ("0.02", ["0", "1", "1", "1"], 2, ["0", "0.01", "0.01", "0"]),
        # all that is left
        ("100.00", ["33.33", "66.67"], 2, ["33.33", "66.67"]),
        ("0", ["1", "2"], 2, ["0", "0"]),
        ("0", ["0", "0"], 2, ["0", "0"]),
        ("0", [], 2, []),
    ],
)
def test_spread_by_largest_remainder(total: str, weights: list[str], places: int, parts: list[str]) -> None:
    assert spread(Decimal(total), [Decimal(weight) for weight in weights], places) == [Decimal(part) for part in parts]
