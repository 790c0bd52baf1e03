"""An account type in whole sentences."""

from __future__ import annotations

from django.utils.translation import gettext as _

from chains.models import Chain
from config.ui.figures import format_money
from loyalty.accounts.models import AccountTypeTerms
from loyalty.programs.differences import ProgramNames


def account_type_in_sentences(terms: AccountTypeTerms, chain: Chain) -> list[str]:
    """Where its accounts work, and how far below zero their payments may go."""
    where = _("all locations")
    if terms.locations is not None:
        where = ProgramNames(chain).of("locations", terms.locations)
    credit = _("It never pays more than what is on it.")
    if terms.credit:
        most = format_money(terms.credit, chain.currency)
        credit = _("It pays on credit too, up to %(credit)s more than what is on it.") % {"credit": most}
    return [
        _("An account of one client that is topped up, pays and is paid out at %(locations)s.") % {"locations": where},
        credit,
        _("What is on it never expires."),
    ]
