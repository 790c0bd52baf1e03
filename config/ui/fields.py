"""Fields for what people type in many ways."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.formats import number_format
from django.utils.translation import gettext_lazy as _

_GROUPING = dict.fromkeys(map(ord, " \N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}'"))


class FigureField(forms.DecimalField):
    """An amount or a percentage, with a point or a comma before its decimals.

    ``places`` is how many of them are shown at least; without it none that say nothing. "1,000" is never
    taken for one: it is refused, since it may as well mean a thousand.
    """

    default_error_messages = {"invalid": _("Type a figure such as 12.50.")}

    def __init__(self, *, places: int | None = None, **kwargs: Any) -> None:
        self.places = places
        super().__init__(widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}), **kwargs)

    def to_python(self, value: Any) -> Decimal | None:
        if isinstance(value, str):
            value = value.translate(_GROUPING)
            whole, comma, decimals = value.partition(",")
            if comma and "." not in value and len(decimals) != 3:
                value = f"{whole}.{decimals}"
        return super().to_python(value)

    def prepare_value(self, value: Any) -> Any:
        if not isinstance(value, Decimal):
            return value
        decimals = max(self.places or 0, -int(value.normalize().as_tuple().exponent))
        return number_format(value, decimal_pos=decimals, use_l10n=True, force_grouping=False)
