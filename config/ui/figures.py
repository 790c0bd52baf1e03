"""How amounts are written for a person: in the reader's language, with the currency's own digits."""

import re
from copy import copy
from decimal import Decimal

from babel import Locale
from babel.numbers import NumberPattern, parse_pattern
from django.conf import settings
from django.utils.translation import get_language, to_locale

from config.ui.currencies import minor_unit

# Points are written like amounts of the currency that they are worth, without its sign.
_WITHOUT_SIGN = parse_pattern("#,##0.00")
_MINUS = "\N{MINUS SIGN}"
# A currency without a sign of its own is written by its code, which must not stick to the figure.
_CODE_BEFORE_DIGIT = re.compile(r"(?<=[A-Z])(?=\d)")


def format_money(amount: Decimal, currency: str) -> str:
    written = _format(amount, currency, _locale().currency_formats["standard"])
    return _CODE_BEFORE_DIGIT.sub("\N{NO-BREAK SPACE}", written)


def format_points(amount: Decimal, currency: str) -> str:
    return _format(amount, currency, _WITHOUT_SIGN)


def _format(amount: Decimal, currency: str, pattern: NumberPattern) -> str:
    exact = copy(pattern)
    exact.frac_prec = (minor_unit(currency), minor_unit(currency))
    written: str = exact.apply(amount, _locale(), currency=currency, currency_digits=False)
    return written.replace("-", _MINUS)


def _locale() -> Locale:
    return Locale.parse(to_locale(get_language() or settings.LANGUAGE_CODE))
