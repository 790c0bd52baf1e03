"""How amounts are written for a person: in the reader's language, with the currency's own digits."""

import re
from decimal import Decimal

from babel import Locale
from babel.numbers import format_currency
from django.conf import settings
from django.utils.translation import get_language, to_locale

# Points are written like amounts of the currency that they are worth, without its sign.
_WITHOUT_SIGN = "#,##0.00"
_MINUS = "\N{MINUS SIGN}"
# A currency without a sign of its own is written by its code, which must not stick to the figure.
_CODE_BEFORE_DIGIT = re.compile(r"(?<=[A-Z])(?=\d)")


def format_money(amount: Decimal, currency: str) -> str:
    written = format_currency(amount, currency, locale=_locale()).replace("-", _MINUS)
    return _CODE_BEFORE_DIGIT.sub("\N{NO-BREAK SPACE}", written)


def format_points(amount: Decimal, currency: str) -> str:
    return format_currency(amount, currency, _WITHOUT_SIGN, locale=_locale()).replace("-", _MINUS)


def _locale() -> Locale:
    return Locale.parse(to_locale(get_language() or settings.LANGUAGE_CODE))
