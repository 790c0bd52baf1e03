"""What no terms can have: columns that contradict each other, periods, amounts and locations that cannot be."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from chains.models import Chain
from loyalty.rules.bill import is_amount
from loyalty.rules.terms import PeriodUnit

FROM_ONE_OR_NEVER = _("Type a number from 1, or leave it blank for never.")
#: Longer than any program runs; keeps every last day within the calendar.
MOST_YEARS = 100
_A_YEAR = {
    PeriodUnit.DAYS: 366,
    PeriodUnit.WEEKS: 53,
    PeriodUnit.MONTHS: 12,
    PeriodUnit.YEARS: 1,
}


def period_mistake(count: int | None, unit: str) -> str:
    """What is wrong with a period as it is kept; empty where nothing is."""
    if (count is None) != (not unit):
        return gettext("Give both a number and days, weeks, months or years.")
    if count is None:
        return ""
    if count < 1:
        return str(FROM_ONE_OR_NEVER)
    too_long = count > MOST_YEARS * _A_YEAR[PeriodUnit(unit)]
    return gettext("Type at most %(years)s years.") % {"years": MOST_YEARS} if too_long else ""


def locations_mistake(ids: Iterable[int] | None, chain: Chain) -> str:
    """Whether some of the ids are not locations of the chain."""
    chosen = set(ids or ())
    known = chain.locations.filter(pk__in=chosen).count() if chosen else 0
    return "" if known == len(chosen) else gettext("Choose locations of this chain.")


def amount_mistake(figure: Decimal, places: int) -> str:
    """What is wrong with an amount in a currency of so many decimals; empty where nothing is."""
    if is_amount(figure, places):
        return ""
    if not places:
        return gettext("Type an amount of 0 or more without decimals.")
    return gettext("Type an amount of 0 or more with at most %(places)s decimals.") % {"places": places}


def check_columns(
    terms: Any,
    checks: Mapping[str, Callable[[Any], str | list[str]]],
    looks_at: Mapping[str, tuple[str, ...]],
    wrong: frozenset[str],
) -> None:
    """Raise ``ValidationError`` with what each check found; one that looks at a wrong column has to wait."""
    readable = [column for column in checks if not wrong & {column, *looks_at.get(column, ())}]
    found = {column: checks[column](terms) for column in readable}
    if mistakes := {column: mistake for column, mistake in found.items() if mistake}:
        raise ValidationError(mistakes)
