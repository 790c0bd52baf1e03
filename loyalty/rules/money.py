"""Amounts: decimals in a currency's minor unit, rounded half up (docs/rules.md, section 1)."""

from collections.abc import Sequence
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal
from functools import cache

ZERO = Decimal(0)
HUNDRED = Decimal(100)
#: No single figure that a person types may reach this; sums of them still fit the columns.
LIMIT = Decimal(10) ** 9


@cache
def minor_unit(places: int) -> Decimal:
    """The smallest amount of a currency with ``places`` digits: 0.01 for two."""
    return Decimal(1).scaleb(-places)


def rounded(amount: Decimal, places: int) -> Decimal:
    """``amount`` rounded half up at the minor unit."""
    return amount.quantize(minor_unit(places), rounding=ROUND_HALF_UP)


def percent_of(amount: Decimal, percent: Decimal, places: int) -> Decimal:
    """``percent`` % of ``amount``, rounded half up."""
    return (amount * percent / HUNDRED).quantize(minor_unit(places), rounding=ROUND_HALF_UP)


def cap_of(amount: Decimal, percent: Decimal, places: int) -> Decimal:
    """A cap of ``percent`` % of ``amount``: rounded down, so that it is never exceeded."""
    return (amount * percent / HUNDRED).quantize(minor_unit(places), rounding=ROUND_FLOOR)


def is_exact(amount: Decimal, places: int) -> bool:
    """Whether ``amount`` is a finite number no finer than the minor unit."""
    return amount.is_finite() and amount == amount.quantize(minor_unit(places))


def spread(total: Decimal, weights: Sequence[Decimal], places: int) -> list[Decimal]:
    """Split ``total`` in proportion to ``weights``; the parts add up to it exactly.

    By largest remainder, ties to the earlier part. Weights are amounts of 0 or more in the same
    currency; where ``total`` is at most their sum, no part exceeds its weight.
    """
    if not total:
        return [ZERO for _ in weights]
    unit = minor_unit(places)
    units = [int(weight / unit) for weight in weights]
    whole, everything = int(total / unit), sum(units)
    parts = [whole * weight // everything for weight in units]
    by_remainder = sorted(range(len(units)), key=lambda i: (-(whole * units[i] % everything), i))
    for index in by_remainder[: whole - sum(parts)]:
        parts[index] += 1
    return [part * unit for part in parts]
