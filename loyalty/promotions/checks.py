"""What the terms of a promotion cannot be, whoever writes them: a form, a scenario, the demo chain.

Every sentence stands by the column it is about. What is merely of no use, such as 0 %, is for the form to ask about.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from loyalty.promotions.fields import counts_visits, has_rules, is_free_units
from loyalty.rules.bill import MOST_UNITS, is_amount, is_percent
from loyalty.rules.terms import Unit
from loyalty.terms import locations_mistake, period_mistake, period_of

if TYPE_CHECKING:
    from loyalty.promotions.models import PromotionTerms

#: More rows than any table of rules has.
MOST_RULES = 50
#: A month from here on is as long as months get.
_LONG_MONTH = date(2001, 1, 1)


def check_terms(terms: PromotionTerms) -> None:
    """Raise ``ValidationError`` by column where the terms contradict themselves or the currency."""
    found = {column: check(terms) for column, check in CHECKS.items()}
    if mistakes := {column: mistake for column, mistake in found.items() if mistake}:
        raise ValidationError(mistakes)


def figure_mistake(figure: Decimal, unit: str, places: int) -> str:
    """What is wrong with a value in percent or in the chain's currency; empty where nothing is."""
    if unit == Unit.PERCENT:
        return "" if is_percent(figure) else _("Type a percentage from 0 to 100 with at most two decimals.")
    return amount_mistake(figure, places)


def amount_mistake(figure: Decimal, places: int) -> str:
    if is_amount(figure, places):
        return ""
    if not places:
        return _("Type an amount of 0 or more without decimals.")
    return _("Type an amount of 0 or more with at most %(places)s decimals.") % {"places": places}


def start_mistake(start: Decimal, kind: str, places: int) -> str:
    """What is wrong with the figure that a row of the rules begins at; visits are whole."""
    if not counts_visits(kind):
        return amount_mistake(start, places)
    return "" if is_amount(start, 0) else _("Type a whole number of visits, 0 or more.")


def units_mistake(units: Decimal) -> str:
    is_whole = is_amount(units, 0) and 1 <= units <= MOST_UNITS
    return "" if is_whole else _("Type how many units are paid for: a whole number from 1.")


def _value(terms: PromotionTerms) -> str:
    if has_rules(terms.kind):
        return _("This kind takes its values from its rules.") if terms.value else ""
    if is_free_units(terms.kind):
        return units_mistake(terms.value)
    return figure_mistake(terms.value, terms.unit, terms.promotion.chain.places)


def _rules(terms: PromotionTerms) -> str:
    if not has_rules(terms.kind):
        return _("This kind has one value and no rules.") if terms.rules else ""
    if not terms.rules:
        return _("Add at least one row: from which figure on, what value.")
    if len(terms.rules) > MOST_RULES:
        return _("Keep at most %(most)s rows.") % {"most": MOST_RULES}
    try:
        rows = [(Decimal(start), Decimal(value)) for start, value in terms.rules]
    except (InvalidOperation, TypeError, ValueError):
        return _("A row is a figure and a value.")
    return _mistake_in_rows(rows, terms) or twice([start for start, _value in rows])


def _mistake_in_rows(rows: list[tuple[Decimal, Decimal]], terms: PromotionTerms) -> str:
    places = terms.promotion.chain.places
    for start, value in rows:
        mistake = start_mistake(start, terms.kind, places) or figure_mistake(value, terms.unit, places)
        if mistake:
            return _("Row from %(start)s: %(mistake)s") % {"start": f"{start:f}", "mistake": mistake}
    return ""


def twice(starts: list[Decimal]) -> str:
    """That two rows begin at the same figure."""
    found = next((start for start in starts if starts.count(start) > 1), None)
    return "" if found is None else _("Two rows begin at %(start)s. Keep one of them.") % {"start": f"{found:f}"}


def _burn(terms: PromotionTerms) -> str:
    return period_mistake(terms.burn_count, terms.burn_unit)


def _notice(terms: PromotionTerms) -> str:
    burn = None if _burn(terms) else period_of(terms.burn_count, terms.burn_unit)
    if terms.notice is None or burn is None:
        return ""
    longest = (burn.after(_LONG_MONTH) - _LONG_MONTH).days
    if terms.notice <= longest:
        return ""
    return _("The points burn sooner than that. Type at most %(days)s days.") % {"days": longest}


def _every(terms: PromotionTerms) -> str:
    return "" if terms.every >= 1 else _("Type a number from 1; 1 is every visit.")


def _last_day(terms: PromotionTerms) -> str:
    is_before = terms.first_day and terms.last_day and terms.last_day < terms.first_day
    return _("The last day is before the first day.") if is_before else ""


def _locations(terms: PromotionTerms) -> str:
    return locations_mistake(terms.locations, terms.promotion.chain)


CHECKS: Mapping[str, Callable[[Any], str]] = {
    "value": _value,
    "rules": _rules,
    "burn_count": _burn,
    "notice": _notice,
    "every": _every,
    "last_day": _last_day,
    "locations": _locations,
}
