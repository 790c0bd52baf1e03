"""Fields for what people type in many ways."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from config.ui.amounts import USUAL_PLACES, Unreadable, figure_text, read_figure


class FigureField(forms.Field):
    """An amount or a percentage, read by the one reader of figures; it accepts whatever it shows.

    ``places`` is how many decimals are shown at least; without it none that say nothing. ``finest`` are the decimals
    that a figure can have here. What is allowed is for the domain to say.
    """

    def __init__(self, *, places: int = 0, finest: int = USUAL_PLACES, **kwargs: Any) -> None:
        self.places, self.finest = places, finest
        super().__init__(widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}), **kwargs)

    def count_in(self, places: int) -> None:
        """Ask for an amount of a currency with so many decimals."""
        self.places = self.finest = places

    def to_python(self, value: Any) -> Decimal | None:
        if value in self.empty_values or isinstance(value, Decimal):
            return value if isinstance(value, Decimal) else None
        try:
            return read_figure(str(value), self.finest)
        except Unreadable as error:
            raise ValidationError(str(error), code="invalid") from error

    def prepare_value(self, value: Any) -> Any:
        return figure_text(value, self.places) if isinstance(value, Decimal) else value
