"""What the terms of a promotion cannot be, whoever writes them: a form, a scenario, the demo chain.

Every sentence stands by the column it is about. What is merely of no use, such as 0 %, is for the form to ask about.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loyalty.programs.checks import FROM_ONE_OR_NEVER, amount_mistake, check_columns, locations_mistake, period_mistake
from loyalty.programs.terms import period_of
from loyalty.promotions.fields import counts_visits, has_rules, is_free_units
from loyalty.rules.bill import MOST_UNITS, is_amount, is_percent
from loyalty.rules.terms import Unit

if TYPE_CHECKING:
    from loyalty.promotions.models import PromotionTerms

#: More rows than any table of rules has.
MOST_RULES = 50
#: A month from here on is as long as months get.
_LONG_MONTH = date(2001, 1, 1)


#: What stands beside a number that is less than any can be.
TOO_SMALL = {
    "every": gettext_lazy("Type a number from 1; 1 is every visit."),
    "limit": gettext_lazy("Type a number from 0; 0 is without limit."),
    "burn_count": FROM_ONE_OR_NEVER,
    "notice": gettext_lazy("Type a number of days from 0, or leave it blank to tell nobody."),
}


def check_terms(terms: PromotionTerms, wrong: frozenset[str] = frozenset()) -> None:
    """Raise ``ValidationError`` by column where the terms contradict themselves or the currency."""
    check_columns(terms, CHECKS, LOOKS_AT, wrong)


def figure_mistake(figure: Decimal, unit: str, places: int) -> str:
    """What is wrong with a value in percent or in the chain's currency; empty where nothing is."""
    if unit == Unit.PERCENT:
        return "" if is_percent(figure) else _("Type a percentage from 0 to 100 with at most two decimals.")
    return amount_mistake(figure, places)


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


def _rules(terms: PromotionTerms) -> list[str]:
    if not has_rules(terms.kind):
        return [_("This kind has one value and no rules.")] if terms.rules else []
    if not terms.rules:
        return [_("Add at least one row: from which figure on, what value.")]
    if len(terms.rules) > MOST_RULES:
        return [_("Keep at most %(most)s rows.") % {"most": MOST_RULES}]
    return mistakes_in_rows(terms.rules, terms.kind, terms.unit, terms.promotion.chain.places)


def mistakes_in_rows(rules: list[Any], kind: str, unit: str, places: int) -> list[str]:
    """What is wrong with each row of a table of rules, and which figures two rows begin at."""
    try:
        rows = [(Decimal(start), Decimal(value)) for start, value in rules]
    except (InvalidOperation, TypeError, ValueError):
        return [_("A row is a figure and a value.")]
    found = [
        _("Row from %(start)s: %(mistake)s") % {"start": f"{start:f}", "mistake": mistake}
        for start, value in rows
        for mistake in (start_mistake(start, kind, places), figure_mistake(value, unit, places))
        if mistake
    ]
    return found + twice([start for start, _value in rows])


def twice(starts: list[Decimal]) -> list[str]:
    """The figures that two rows begin at."""
    found = [start for start in dict.fromkeys(starts) if starts.count(start) > 1]
    return [_("Two rows begin at %(start)s. Keep one of them.") % {"start": f"{start:f}"} for start in found]


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
    return "" if terms.every >= 1 else str(TOO_SMALL["every"])


def _last_day(terms: PromotionTerms) -> str:
    is_before = terms.first_day and terms.last_day and terms.last_day < terms.first_day
    return _("The last day is before the first day.") if is_before else ""


def _locations(terms: PromotionTerms) -> str:
    return locations_mistake(terms.locations, terms.promotion.chain)


CHECKS: Mapping[str, Callable[[Any], str | list[str]]] = {
    "value": _value,
    "rules": _rules,
    "burn_count": _burn,
    "notice": _notice,
    "every": _every,
    "last_day": _last_day,
    "locations": _locations,
}
#: Columns that a check looks at beside its own.
LOOKS_AT = {
    "value": ("kind", "unit"),
    "rules": ("kind", "unit"),
    "burn_count": ("burn_unit",),
    "notice": ("burn_count", "burn_unit"),
    "last_day": ("first_day",),
}
