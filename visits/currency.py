"""When a chain may change its currency: while no amount is kept in it, and all that is set up fits the new one."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from babel.numbers import get_currency_precision
from django.utils.translation import gettext as _

from chains.catalog.models import Item
from chains.models import Chain
from loyalty.cards.models import CardType
from loyalty.ledger.models import Transaction
from loyalty.promotions.models import Promotion
from loyalty.rules.bill import is_amount
from loyalty.rules.terms import Unit
from visits.models import Visit


def why_currency_stays(chain: Chain, currency: str) -> str:
    """Why the chain stays with its currency, or cannot change to this one; empty where it can.

    With the first visit, or the first points by hand, amounts are kept in it. Before that, prices and programs only
    have to have no more decimals than the new one.
    """
    if Visit.objects.filter(chain=chain).exists():
        return _("The chain has visits, and their amounts are in this currency, so it stays.")
    if Transaction.objects.filter(chain=chain).exists():
        return _("Points were given already, and one is worth a unit of this currency, so it stays.")
    places = get_currency_precision(currency) if currency else chain.places
    if places < chain.places and not all(is_amount(amount, places) for amount in _amounts(chain)):
        return _("Some prices or amounts of programs have more decimals than %(currency)s. Change them first.") % {
            "currency": currency
        }
    return ""


def _amounts(chain: Chain) -> Iterator[Decimal]:
    """Every amount that is set up: prices, values and tables of promotions, limits of card types."""
    yield from Item.objects.filter(chain=chain).values_list("price", flat=True)
    for card_type in CardType.objects.filter(chain=chain).select_related("terms"):
        yield card_type.as_rules().limit_amount
    for promotion in Promotion.objects.filter(chain=chain).select_related("terms"):
        terms = promotion.as_rules()
        yield from (start for start, _value in terms.rules)
        if terms.unit is Unit.AMOUNT:
            yield from (terms.value, *(value for _start, value in terms.rules))
