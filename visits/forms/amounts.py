"""Amounts and numbers as staff type them, and as the fields show them.

What cannot be read becomes a figure that no bill can have, so that the rules refuse it like any other.
"""

import re
from decimal import Decimal

from django.utils.formats import number_format

UNREADABLE = Decimal("NaN")
_AMOUNT = re.compile(r"([0-9]{1,12})(?:([.,])([0-9]{1,4}))?")
_GROUPING = dict.fromkeys(map(ord, " \N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}'"))


def read_amount(text: str, places: int) -> Decimal:
    """The amount in ``text`` with a point or a comma before its decimals; blank is 0.

    More decimals than the currency has are never dropped, and "1,000" is never taken for one: both are unreadable.
    """
    text = text.translate(_GROUPING)
    if not text:
        return Decimal(0)
    found = _AMOUNT.fullmatch(text)
    if found is None:
        return UNREADABLE
    whole, separator, decimals = found.groups(default="")
    if len(decimals) > places or (separator == "," and len(decimals) == 3):
        return UNREADABLE
    return Decimal(f"{whole}.{decimals or 0}").quantize(Decimal(1).scaleb(-places))


def read_number(text: str) -> int:
    """A whole number, 0 where there is none."""
    text = text.strip()
    return int(text) if re.fullmatch(r"[0-9]{1,9}", text) else 0


def read_id(text: str) -> int:
    """The id in a hidden field or a button, 0 where it is none."""
    return int(text) if re.fullmatch(r"[0-9]{1,18}", text) else 0


def amount_text(amount: Decimal, places: int) -> str:
    """An amount as a field shows it: all its decimals, no grouping."""
    return number_format(amount, decimal_pos=places, use_l10n=True, force_grouping=False)


def percent_text(percent: Decimal) -> str:
    """A percentage as a field shows it, blank for none."""
    return number_format(percent.normalize().__format__("f"), use_l10n=True) if percent else ""
