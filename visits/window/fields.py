"""The fields that panes are made of: short texts, amounts, and what nobody types."""

from __future__ import annotations

from typing import Any

from django import forms
from django.forms.utils import flatatt
from django.utils.html import format_html
from django.utils.safestring import SafeString


class PlainInput(forms.TextInput):
    """An input that is written at once: through a template, those of a long bill take longer than all the rest."""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        written = flatatt(self.build_attrs(self.attrs, attrs))
        shown = self.format_value(value)
        if shown is None:
            return format_html('<input type="{}" name="{}"{}>', self.input_type, name, written)
        return format_html('<input type="{}" name="{}" value="{}"{}>', self.input_type, name, shown, written)


class AmountText(forms.CharField):
    """An amount as it was typed; ``places`` are its decimals, None for those of the currency."""

    def __init__(self, *, places: int | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.places = places


def plain_input(style: str, kind: str = "text", **attrs: Any) -> PlainInput:
    widget = PlainInput(attrs={"autocomplete": "off", "class": style, **attrs})
    widget.input_type = kind
    return widget


def text_field(label: Any, style: str = "live", kind: str = "text", **attrs: Any) -> forms.CharField:
    """A short text; what it means is for the rules to refuse. A change of one that is ``live`` is computed at once."""
    return forms.CharField(label=label, required=False, widget=plain_input(style, kind, **attrs))


def amount_field(label: Any, style: str = "live number", places: int | None = None) -> AmountText:
    return AmountText(label=label, required=False, widget=plain_input(style, inputmode="decimal"), places=places)


def hidden_field() -> forms.CharField:
    return forms.CharField(required=False, widget=forms.HiddenInput)
