"""The fields that panes are made of: short texts, amounts, and what nobody types."""

from __future__ import annotations

from html import escape
from typing import Any, Self

from django import forms
from django.utils.safestring import SafeString, mark_safe

# A long bill has hundreds of fields. Copied, validated and drawn as those of a page with a dozen, they would take more
# of the time of an answer than all that is computed.


def written_input(**attributes: Any) -> SafeString:
    """An input with these attributes, at once; one that is None or False is left out."""
    given = ((name, each) for name, each in attributes.items() if each is not None and each is not False)
    parts = (name if each is True else f'{name}="{escape(str(each))}"' for name, each in given)
    return mark_safe(f"<input {' '.join(parts)}>")  # noqa: S308 - escaped above


class PaneForm(forms.Form):
    """Fields of a pane, bound to what was typed; what may stand in them is for the rules to say."""

    def _clean_fields(self) -> None:
        """Every text is fine: sentences come beside the fields from refusals."""


class PlainInput(forms.TextInput):
    """An input that is written without a template."""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        more = {**self.attrs, **(attrs or {})}
        return written_input(**{"type": self.input_type, "name": name, "value": self.format_value(value), **more})


class PlainText(forms.CharField):
    """A text that all rows share one field of; what differs from row to row stands at the bound field."""

    def __deepcopy__(self, memo: Any) -> Self:
        return self


class AmountText(PlainText):
    """An amount as it was typed; ``places`` are its decimals, None for those of the currency."""

    def __init__(self, *, places: int | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.places = places


def plain_input(style: str, kind: str = "text", **attrs: Any) -> PlainInput:
    widget = PlainInput(attrs={"autocomplete": "off", "class": style, **attrs})
    widget.input_type = kind
    return widget


def text_field(label: Any, style: str = "live", kind: str = "text", **attrs: Any) -> PlainText:
    """A short text; what it means is for the rules to refuse. A change of one that is ``live`` is computed at once."""
    return PlainText(label=label, required=False, widget=plain_input(style, kind, **attrs))


def amount_field(label: Any, style: str = "live number", places: int | None = None) -> AmountText:
    return AmountText(label=label, required=False, widget=plain_input(style, inputmode="decimal"), places=places)


def hidden_field() -> PlainText:
    return PlainText(required=False, widget=forms.HiddenInput)
