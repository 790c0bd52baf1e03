"""What the members of the rules' enumerations are called, and amounts of the ledger with what they count."""

from decimal import Decimal

from django import template

from chains.models import Chain
from loyalty import labels
from loyalty.ledger.kinds import LedgerUnit
from loyalty.ledger.shown import amount_in, quantity_in_words

register = template.Library()

register.filter("label", labels.label)


@register.simple_tag
def balance(unit: LedgerUnit, amount: Decimal, chain: Chain) -> str:
    """An amount of a holder as figures, such as "5.00"."""
    return amount_in(unit, amount, chain.currency)


@register.simple_tag
def quantity(unit: LedgerUnit, amount: Decimal, chain: Chain) -> str:
    """An amount of a holder, such as "5.00 points"."""
    return quantity_in_words(unit, amount, chain.currency)
