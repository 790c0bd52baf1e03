"""The base of every list's filters, and the chips that show and take away what is filtered by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import django_filters
from django import forms
from django.http import QueryDict


@dataclass(frozen=True)
class Chip:
    """One filter that is in force, in words, and the query that is left without it."""

    label: str
    value: str
    query_without: str


class BaseFilterSet(django_filters.FilterSet):
    """Filters of a list, declared once: the form, the rows and the chips come from it."""

    def chips(self) -> list[Chip]:
        return [
            Chip(str(field.label), _in_words(field, value), self._query_without(name))
            for name, field in self.form.fields.items()
            if (value := self.form.cleaned_data.get(name)) not in (None, "", [])
        ]

    def _query_without(self, name: str) -> str:
        query = QueryDict(self.data.urlencode(), mutable=True)
        for gone in (name, "page"):
            query.pop(gone, None)
        return query.urlencode()


def _in_words(field: forms.Field, value: Any) -> str:
    widget = field.widget
    choices = dict(widget.choices) if isinstance(widget, forms.Select) else {}
    return str(choices.get(value, value))
