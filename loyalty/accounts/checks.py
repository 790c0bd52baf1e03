"""What the terms of an account type cannot be, whoever writes them; sentences stand by the column they are about."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from loyalty.programs.checks import amount_mistake, check_columns, locations_mistake

if TYPE_CHECKING:
    from loyalty.accounts.models import AccountTypeTerms


def check_terms(terms: AccountTypeTerms, wrong: frozenset[str] = frozenset()) -> None:
    """Raise ``ValidationError`` by column where the terms contradict the currency or the chain."""
    check_columns(terms, CHECKS, {}, wrong)


CHECKS: Mapping[str, Callable[[Any], str]] = {
    "credit": lambda terms: amount_mistake(terms.credit, terms.account_type.chain.places),
    "locations": lambda terms: locations_mistake(terms.locations, terms.account_type.chain),
}
