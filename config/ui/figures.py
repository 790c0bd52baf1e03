"""How amounts are written for a person: in the reader's language, with the currency's own digits."""

import re
from copy import copy
from decimal import Decimal
from functools import lru_cache

from babel import Locale
from babel.numbers import NumberPattern, format_compact_decimal, format_decimal, parse_pattern
from django.conf import settings
from django.utils.translation import get_language, to_locale

from config.ui.currencies import minor_unit

# Points are written like amounts of the currency that they are worth, without its sign.
_WITHOUT_SIGN = parse_pattern("#,##0.00")
_MINUS = "\N{MINUS SIGN}"
# A currency without a sign of its own is written by its code, which must not stick to the figure.
_CODE_BEFORE_DIGIT = re.compile(r"(?<=[A-Z])(?=\d)")


def format_money(amount: Decimal, currency: str) -> str:
    return _money(amount, currency, _language())


def format_points(amount: Decimal, currency: str) -> str:
    return _points(amount, currency, _language())


def format_compact(figure: Decimal) -> str:
    """A round figure in as few characters as it takes, as in 2K or 10M."""
    digits = max(0, -int(figure.normalize().as_tuple().exponent))
    return str(format_compact_decimal(figure, locale=_language(), fraction_digits=digits)).replace("-", _MINUS)


def format_number(figure: Decimal) -> str:
    """A figure that is no amount, such as a percentage: with the decimals that it has."""
    return _number(figure, _language())


# A page shows hundreds of figures, and the same ones again and again.


@lru_cache(maxsize=4096)
def _money(amount: Decimal, currency: str, language: str) -> str:
    locale = Locale.parse(language)
    written = _format(amount, currency, locale.currency_formats["standard"], locale)
    return _CODE_BEFORE_DIGIT.sub("\N{NO-BREAK SPACE}", written)


@lru_cache(maxsize=4096)
def _points(amount: Decimal, currency: str, language: str) -> str:
    return _format(amount, currency, _WITHOUT_SIGN, Locale.parse(language))


@lru_cache(maxsize=4096)
def _number(figure: Decimal, language: str) -> str:
    return str(format_decimal(figure, locale=language))


def _format(amount: Decimal, currency: str, pattern: NumberPattern, locale: Locale) -> str:
    exact = copy(pattern)
    exact.frac_prec = (minor_unit(currency), minor_unit(currency))
    written: str = exact.apply(amount, locale, currency=currency, currency_digits=False)
    return written.replace("-", _MINUS)


def _language() -> str:
    return to_locale(get_language() or settings.LANGUAGE_CODE)
