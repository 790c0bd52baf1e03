"""The one reader of figures that people type, and how a field shows them.

Both go by the reader's language, so what a field shows is read back as it is: twelve and a half dinar are ``12.500`` in
English and ``12,500`` in German. Other ways to write are read too, as long as they can mean one thing only; thousands
may be set apart by a point, a comma, a space or an apostrophe.
"""

import re
import unicodedata
from decimal import Decimal

from babel.numbers import get_decimal_symbol, get_group_symbol
from django.conf import settings
from django.utils.translation import get_language, to_locale
from django.utils.translation import gettext as _

from config.ui.digits import with_plain_digits

#: Decimals of a percentage, and of any figure whose currency is not known.
USUAL_PLACES = 2

_ARABIC_DECIMAL, _ARABIC_GROUP = "\N{ARABIC DECIMAL SEPARATOR}", "\N{ARABIC THOUSANDS SEPARATOR}"
_MINUS = str.maketrans(dict.fromkeys("\N{MINUS SIGN}\N{SMALL HYPHEN-MINUS}\N{FULLWIDTH HYPHEN-MINUS}", "-"))
_APOSTROPHE = str.maketrans(dict.fromkeys("’ʼ＇′`´", "'"))
_FIGURE = re.compile(r"(-?) ?([0-9][0-9.,' \u066b\u066c]*)")
#: Thousands set apart, all in one way, or as in India.
_GROUPED = re.compile(r"[0-9]{1,3}(?:([.,' \u066c])[0-9]{3})(?:\1[0-9]{3})*|[0-9]{1,2}(?:,[0-9]{2})+,[0-9]{3}")
_MOST_DIGITS, _MOST_DECIMALS = 12, 4


def amount_or_percent(places: int) -> int:
    """The most decimals of a figure that may be an amount of the currency or a percentage."""
    return max(places, USUAL_PLACES)


class Unreadable(ValueError):
    """A text that is no figure, or could be two; says so in words."""


class TwoReadings(Unreadable):
    """A text that could be two figures, such as ``12,500``."""


def read_figure(text: str, places: int = USUAL_PLACES) -> Decimal:
    """The figure in ``text``; raises ``Unreadable`` for what is none, and ``TwoReadings`` for what is two.

    ``places`` are the decimals of the currency. They tell whether three digits behind a single point or comma are
    decimals or thousands: decimals in a currency of three, written as the language writes them; thousands in one
    without decimals. Anything else of that kind is refused. More decimals than the currency has are not refused here.
    """
    found = _FIGURE.fullmatch(_plain(text))
    if found is None:
        raise Unreadable(_no_figure(places))
    whole, decimals = _parted(found[2], places, text)
    is_whole = whole.isdigit() or _GROUPED.fullmatch(whole)
    digits = re.sub(r"[^0-9]", "", whole)
    if not is_whole or len(digits) > _MOST_DIGITS or len(decimals) > _MOST_DECIMALS:
        raise Unreadable(_no_figure(places))
    figure = Decimal(f"{digits}.{decimals}" if decimals else digits)
    return -figure if found[1] and figure else figure


def figure_text(figure: Decimal, places: int = 0) -> str:
    """A figure as a field shows it, with at least ``places`` decimals and no grouping."""
    shown = max(places, -int(figure.normalize().as_tuple().exponent))
    return f"{figure:.{shown}f}".replace(".", _marks()[0])


def _plain(text: str) -> str:
    """The figure in our digits, with one kind of each sign; what is not seen is left out."""
    seen = "".join(each for each in text.translate(_APOSTROPHE) if unicodedata.category(each) != "Cf")
    plain = with_plain_digits(unicodedata.normalize("NFKC", seen)).translate(_MINUS)
    return " ".join(plain.split())


def _parted(body: str, places: int, text: str) -> tuple[str, str]:
    """What stands before and behind the decimal mark."""
    for mark in (_ARABIC_DECIMAL, _decimal_mark(body, places, text)):
        if mark and mark in body:
            whole, _mark, decimals = body.rpartition(mark)
            if not decimals.isdigit() or mark in whole:
                raise Unreadable(_no_figure(places))
            return whole, decimals
    return body, ""


def _decimal_mark(body: str, places: int, text: str) -> str:
    """The point or comma that decimals follow; empty where there are none."""
    marks = [each for each in body if each in ".,"]
    if len(set(marks)) == 2:
        return marks[-1]
    if len(marks) != 1:
        return ""
    mark = marks[0]
    before, _mark, behind = body.partition(mark)
    if len(behind) != 3 or not re.fullmatch(r"[1-9][0-9]{0,2}", before):
        return mark
    decimal, group = _marks()
    if places >= 3 and mark == decimal:
        return mark
    if places == 0 and mark == group:
        return ""
    raise TwoReadings(_two_ways(text, before + behind, places))


def _marks() -> tuple[str, str]:
    """What the reader's language writes before decimals and between thousands."""
    locale = to_locale(get_language() or settings.LANGUAGE_CODE)
    return get_decimal_symbol(locale), get_group_symbol(locale)


def _no_figure(places: int) -> str:
    return _("Type a figure such as %(example)s.") % {"example": example_of(places)}


def _two_ways(text: str, whole: str, places: int) -> str:
    return _(
        "“%(typed)s” can be read in two ways. Type %(whole)s without anything between thousands, or a figure such as "
        "%(example)s."
    ) % {"typed": text.strip(), "whole": whole, "example": example_of(places)}


def example_of(places: int) -> str:
    """A figure with all its decimals, as it is typed."""
    return figure_text(Decimal("12.5"), places) if places else "12"
