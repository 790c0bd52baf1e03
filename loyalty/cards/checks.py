"""What the terms of a card type cannot be, whoever writes them; sentences stand by the column they are about."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from loyalty.programs.checks import FROM_ONE_OR_NEVER, amount_mistake, check_columns, locations_mistake, period_mistake
from loyalty.rules.bill import is_percent

if TYPE_CHECKING:
    from loyalty.cards.models import CardTypeTerms


#: What stands beside a number that is less than any can be.
TOO_SMALL = {"inactivity_count": FROM_ONE_OR_NEVER}


def check_terms(terms: CardTypeTerms, wrong: frozenset[str] = frozenset()) -> None:
    """Raise ``ValidationError`` by column where the terms contradict themselves or the currency."""
    check_columns(terms, CHECKS, LOOKS_AT, wrong)


def _limit_percent(terms: CardTypeTerms) -> str:
    return "" if is_percent(terms.limit_percent) else _("Type a percentage from 0 to 100.")


CHECKS: Mapping[str, Callable[[Any], str]] = {
    "limit_amount": lambda terms: amount_mistake(terms.limit_amount, terms.card_type.chain.places),
    "limit_percent": _limit_percent,
    "inactivity_count": lambda terms: period_mistake(terms.inactivity_count, terms.inactivity_unit),
    "locations": lambda terms: locations_mistake(terms.locations, terms.card_type.chain),
}
LOOKS_AT = {"inactivity_count": ("inactivity_unit",)}
