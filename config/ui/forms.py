"""The one way in which forms are rendered: label, field, what is wrong with it, and a summary on top."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from django import forms
from django.core.exceptions import ValidationError
from django.forms.boundfield import BoundField
from django.forms.renderers import TemplatesSetting
from django.forms.widgets import Widget
from django_stubs_ext import StrOrPromise


class StyledBoundField(BoundField):
    """A field whose widget carries the style sheet's classes, by kind of widget; the page may begin at it."""

    autofocus = False

    def build_widget_attrs(self, attrs: dict[str, Any], widget: Widget | None = None) -> dict[str, Any]:
        widget = widget or self.field.widget
        attrs = super().build_widget_attrs(attrs, widget)
        if not widget.is_hidden:
            own = str(widget.attrs.get("class", ""))
            invalid = "is-invalid" if "aria-invalid" in attrs else ""
            attrs["class"] = " ".join(name for name in (own, _style_of(widget), invalid) if name)
            if widget.attrs.get("placeholder") == self.label:
                # It would only look as if something had been typed already.
                del widget.attrs["placeholder"]
        if self.autofocus:
            attrs["autofocus"] = True
        return attrs

    @property
    def is_checkbox(self) -> bool:
        return isinstance(self.field.widget, forms.CheckboxInput)

    @property
    def target(self) -> str:
        """The id that a link to the field leads to; of many boxes, that of the group."""
        return self.id_for_label or self.auto_id


def _style_of(widget: Widget) -> str:
    if isinstance(widget, forms.CheckboxInput | forms.RadioSelect):
        return "form-check-input"
    if isinstance(widget, forms.Select):
        return "form-select"
    return "form-control"


class OneChoice(forms.RadioSelect):
    """Few choices of which one is taken, all to be seen."""

    template_name = "ui/choices.html"


class ManyChoices(forms.CheckboxSelectMultiple):
    """Choices of which any may be ticked; many of them scroll."""

    template_name = "ui/choices.html"


#: Headings, and the names of the fields under each.
Sections = tuple[tuple[StrOrPromise, tuple[str, ...]], ...]


@dataclass(frozen=True)
class Section:
    """Fields of a form under one heading, which may be one step of it."""

    legend: StrOrPromise
    fields: list[BoundField]

    @property
    def name(self) -> str:
        return f"step-{self.fields[0].name}"

    @property
    def has_mistakes(self) -> bool:
        return any(field.errors for field in self.fields)


def sections_of(form: forms.BaseForm, sections: Sections) -> list[Section]:
    """The fields that the form has, heading by heading; a heading without any is left out."""
    found = [(legend, [form[name] for name in names if name in form.fields]) for legend, names in sections]
    return [Section(legend, fields) for legend, fields in found if fields]


class SavableForm(Protocol):
    """A form that a service saves; see chains/writing.py."""

    def is_saved(self, save: Callable[[], object]) -> bool: ...


def add_mistakes(form: forms.BaseForm, error: ValidationError) -> None:
    """Put what the domain found impossible beside the fields it names, the rest above the form."""
    if not hasattr(error, "error_dict"):
        form.add_error(None, error)
        return
    for name, errors in error.error_dict.items():
        form.add_error(name if name in form.fields else None, errors)


class FormRenderer(TemplatesSetting):
    form_template_name = "ui/form.html"
    field_template_name = "ui/field.html"
    bound_field_class = StyledBoundField
