"""Amounts and numbers as staff type them, and as the fields show them.

What cannot be read becomes a figure that no bill can have, so that the rules refuse it like any other.
"""

import re
from decimal import Decimal

from config.ui.amounts import USUAL_PLACES, TwoReadings, Unreadable, figure_text, read_figure
from config.ui.digits import with_plain_digits

UNREADABLE = Decimal("NaN")


def read_amount(text: str, places: int) -> Decimal:
    """The amount in ``text``, 0 or more; blank is 0.

    What the one reader of figures refuses is unreadable, and so are more decimals than the currency has: none is
    dropped.
    """
    if not text.strip():
        return Decimal(0)
    try:
        amount = read_figure(text, places)
    except Unreadable:
        return UNREADABLE
    is_too_fine = -int(amount.as_tuple().exponent) > places
    return UNREADABLE if is_too_fine or amount < 0 else amount.quantize(Decimal(1).scaleb(-places))


def read_percent(text: str) -> Decimal:
    """The percentage in ``text``, with its sign or without; blank is 0."""
    return read_amount(_without_sign(text), USUAL_PLACES)


def two_readings(text: str, places: int) -> str:
    """What is said of an amount or a percentage that can be read in two ways; empty for any other text."""
    try:
        read_figure(_without_sign(text), places)
    except TwoReadings as doubt:
        return str(doubt)
    except Unreadable:
        return ""
    return ""


def _without_sign(text: str) -> str:
    return text.strip().rstrip("%\N{ARABIC PERCENT SIGN}\N{FULLWIDTH PERCENT SIGN}")


def read_number(text: str) -> int:
    """A whole number, 0 where there is none."""
    text = with_plain_digits(text).strip()
    return int(text) if re.fullmatch(r"[0-9]{1,9}", text) else 0


def read_id(text: str) -> int:
    """The id in a hidden field or a button, 0 where it is none."""
    return int(text) if re.fullmatch(r"[0-9]{1,18}", text) else 0


def amount_text(amount: Decimal, places: int) -> str:
    """An amount as a field shows it: all its decimals, no grouping."""
    return figure_text(amount, places)


def percent_text(percent: Decimal) -> str:
    """A percentage as a field shows it, blank for none."""
    return figure_text(percent) if percent else ""
