"""What the terms of a gift card type cannot be, whoever writes them; sentences stand by the column they are about."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from loyalty.programs.checks import amount_mistake, check_columns, locations_mistake, period_mistake

if TYPE_CHECKING:
    from loyalty.gift_cards.models import GiftCardTypeTerms

#: So many amounts may be suggested at the sale.
MOST_SUGGESTED = 6
#: What stands beside a number that is less than any can be.
TOO_SMALL = {"valid_count": _lazy("Type a number from 1."), "copies": _lazy("Type 0 or more; 0 is without limit.")}


def check_terms(terms: GiftCardTypeTerms, wrong: frozenset[str] = frozenset()) -> None:
    """Raise ``ValidationError`` by column where the terms contradict themselves or the currency."""
    check_columns(terms, CHECKS, LOOKS_AT, wrong)


def _places(terms: GiftCardTypeTerms) -> int:
    return terms.gift_card_type.chain.places


def _par(terms: GiftCardTypeTerms, amount: Decimal) -> str:
    if not amount:
        return _("Type an amount above zero.")
    return amount_mistake(amount, _places(terms))


def _par_most(terms: GiftCardTypeTerms) -> str:
    if terms.par_most < terms.par_least:
        return _("Type an amount that is not below the least.")
    return _par(terms, terms.par_most)


def _suggested(terms: GiftCardTypeTerms) -> str:
    if len(terms.suggested) > MOST_SUGGESTED:
        return _("Suggest at most %(most)s amounts.") % {"most": MOST_SUGGESTED}
    if any(not terms.par_least <= amount <= terms.par_most for amount in terms.suggested):
        return _("Suggest amounts that may be sold, from the least to the most.")
    return next((mistake for amount in terms.suggested if (mistake := _par(terms, amount))), "")


def _valid_until(terms: GiftCardTypeTerms) -> str:
    return _("Choose a day or a time, not both.") if terms.valid_until and terms.valid_count else ""


CHECKS: Mapping[str, Callable[[Any], str]] = {
    "par_least": lambda terms: _par(terms, terms.par_least),
    "par_most": _par_most,
    "suggested": _suggested,
    "valid_count": lambda terms: period_mistake(terms.valid_count, terms.valid_unit),
    "valid_until": _valid_until,
    "online_price": lambda terms: (
        amount_mistake(terms.online_price, _places(terms)) if terms.online_price is not None else ""
    ),
    "locations": lambda terms: locations_mistake(terms.locations, terms.gift_card_type.chain),
}
LOOKS_AT = {
    "par_most": ("par_least",),
    "suggested": ("par_least", "par_most"),
    "valid_count": ("valid_unit",),
    "valid_until": ("valid_count",),
}
