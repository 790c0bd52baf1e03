"""The amounts that are suggested at a sale as one field of a form."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from config.ui.amounts import USUAL_PLACES, figure_text
from config.ui.fields import FigureField
from loyalty.gift_cards.checks import MOST_SUGGESTED


class AmountsWidget(forms.Widget):
    """As many fields as there may be amounts, each as it was typed."""

    template_name = "loyalty/gift_card_types/amounts.html"
    use_fieldset = True

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[str]:
        return [data.get(f"{name}-{number}", "").strip() for number in range(MOST_SUGGESTED)]

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return False

    def id_for_label(self, id_: str) -> str:
        return ""

    def get_context(self, name: str, value: Iterable[str] | None, attrs: dict[str, Any] | None) -> dict[str, Any]:
        texts = [*(value or ()), *[""] * MOST_SUGGESTED][:MOST_SUGGESTED]
        shown = {"texts": texts, "is_wrong": "aria-invalid" in (attrs or {})}
        return {**super().get_context(name, None, attrs), **shown}


class AmountsField(forms.Field):
    """Comes to the amounts, each once, from the least on; which of them can be is for the domain to say."""

    #: The decimals that an amount can have.
    finest = USUAL_PLACES

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=AmountsWidget, required=False, **kwargs)

    def clean(self, value: list[str]) -> list[Decimal]:
        amounts, mistakes = set(), []
        for number, text in enumerate(value, start=1):
            try:
                amounts.add(FigureField(finest=self.finest, required=False).clean(text))
            except ValidationError as error:
                mistakes.append(_("Amount %(number)s: %(mistake)s") % {"number": number, "mistake": error.messages[0]})
        if mistakes:
            raise ValidationError(mistakes)
        return sorted(amount for amount in amounts if amount is not None)

    def prepare_value(self, value: Any) -> list[str]:
        return [figure_text(each, self.finest) if isinstance(each, Decimal) else each for each in value or ()]
