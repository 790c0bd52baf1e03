"""Amounts of the ledger as they are read: each in what its kind counts."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from config.ui.figures import format_money, format_points
from loyalty.ledger.kinds import LedgerUnit


def _visits(amount: Decimal, _currency: str) -> str:
    return number_format(amount.normalize(), use_l10n=True, force_grouping=True).replace("-", "−")


_FORMATS: dict[LedgerUnit, Callable[[Decimal, str], str]] = {
    LedgerUnit.POINTS: format_points,
    LedgerUnit.MONEY: format_money,
    LedgerUnit.VISITS: _visits,
}


def amount_in(unit: LedgerUnit, amount: Decimal, currency: str) -> str:
    """The amount with its sign, money with its currency; whoever shows it says what the others count."""
    return _FORMATS[unit](amount, currency)


def quantity_in_words(unit: LedgerUnit, amount: Decimal, currency: str) -> str:
    """The amount with what it counts, to stand within a sentence."""
    written = amount_in(unit, amount, currency)
    words = {
        LedgerUnit.POINTS: _("%(amount)s points"),
        LedgerUnit.MONEY: "%(amount)s",
        LedgerUnit.VISITS: ngettext("%(amount)s visit", "%(amount)s visits", int(abs(amount))),
    }
    return words[unit] % {"amount": written}


def unit_in_words(unit: LedgerUnit, currency: str) -> str:
    """What stands beside a figure in a workbook: the currency's code for money."""
    words = {LedgerUnit.POINTS: _("points"), LedgerUnit.MONEY: currency, LedgerUnit.VISITS: _("visits")}
    return words[unit]
