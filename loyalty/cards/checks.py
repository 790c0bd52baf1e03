"""What the terms of a card type cannot be, whoever writes them; sentences stand by the column they are about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from loyalty.promotions.checks import amount_mistake
from loyalty.rules.bill import is_percent
from loyalty.terms import locations_mistake, period_mistake

if TYPE_CHECKING:
    from loyalty.cards.models import CardTypeTerms


def check_terms(terms: CardTypeTerms) -> None:
    """Raise ``ValidationError`` by column where the terms contradict themselves or the currency."""
    chain = terms.card_type.chain
    found = {
        "limit_amount": amount_mistake(terms.limit_amount, chain.places),
        "limit_percent": "" if is_percent(terms.limit_percent) else _("Type a percentage from 0 to 100."),
        "inactivity_count": period_mistake(terms.inactivity_count, terms.inactivity_unit),
        "locations": locations_mistake(terms.locations, chain),
    }
    if mistakes := {column: mistake for column, mistake in found.items() if mistake}:
        raise ValidationError(mistakes)
