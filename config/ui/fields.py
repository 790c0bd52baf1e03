"""Fields for what people type in many ways."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.formats import number_format
from django.utils.translation import gettext_lazy as _

_FIGURE = re.compile(r"([-\N{MINUS SIGN}]?)([0-9]{1,12})(?:([.,])([0-9]{1,4}))?")
_GROUPING = dict.fromkeys(map(ord, " \N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}'"))


class FigureField(forms.Field):
    """An amount or a percentage, with a point or a comma before its decimals.

    ``places`` is how many decimals are shown at least; without it none that say nothing. "1,000" is never taken
    for one: it is refused, since it may as well mean a thousand. What is allowed is for the domain to say.
    """

    def __init__(self, *, places: int = 0, **kwargs: Any) -> None:
        self.places = places
        super().__init__(widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}), **kwargs)

    def to_python(self, value: Any) -> Decimal | None:
        if value in self.empty_values or isinstance(value, Decimal):
            return value if isinstance(value, Decimal) else None
        found = _FIGURE.fullmatch(str(value).translate(_GROUPING))
        if found is None or (found[3] == "," and len(found[4]) == 3):
            raise ValidationError(_("Type a figure such as 12.50."), code="invalid")
        figure = Decimal(f"{found[2]}.{found[4] or 0}")
        return -figure if found[1] else figure

    def prepare_value(self, value: Any) -> Any:
        return figure_text(value, self.places) if isinstance(value, Decimal) else value


def figure_text(figure: Decimal, places: int = 0) -> str:
    """A figure as a field shows it, with at least ``places`` decimals and no grouping."""
    decimals = max(places, -int(figure.normalize().as_tuple().exponent))
    return number_format(figure, decimal_pos=decimals, use_l10n=True, force_grouping=False)
