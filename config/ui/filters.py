"""The base of every list's filters, and the chips that show and take away what is filtered by."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

import django_filters
from django import forms
from django.http import QueryDict
from django.utils.formats import date_format
from django_filters.fields import ModelChoiceIterator

from config.ui.days import DayField
from config.ui.fields import FigureField


@dataclass(frozen=True)
class Chip:
    """One filter that is in force, in words, and the query that is left without it."""

    label: str
    value: str
    query_without: str


class DayFilter(django_filters.Filter):
    """A day that is typed or chosen."""

    field_class = DayField


class SignedFigureField(FigureField):
    """A figure that may be below zero, for which keyboards of figures have no key."""

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return {**super().widget_attrs(widget), "inputmode": "text"}


class FigureFilter(django_filters.Filter):
    """A figure as people type it, with its sign."""

    field_class = SignedFigureField


class ChoicesReadOnce(ModelChoiceIterator):
    """The rows that may be chosen, for the field as it is drawn and for its chips."""

    def __iter__(self) -> Iterator[Any]:
        field: Any = self.field
        if not hasattr(field, "known_choices"):
            field.known_choices = list(self._choices())
        return iter(field.known_choices)

    def _choices(self) -> Iterator[Any]:
        if self.field.empty_label is not None:
            yield "", self.field.empty_label
        if self.field.null_label is not None:
            yield self.field.null_value, self.field.null_label
        yield from map(self.choice, self.queryset.all())


class BaseFilterSet(django_filters.FilterSet):
    """Filters of a list, declared once: the form, the rows and the chips come from it."""

    #: What the address says besides, of which rows the list is at all, such as a day; no view keeps it.
    place: tuple[str, ...] = ()

    @property
    def is_cut(self) -> bool:
        """Whether of more than `MOST_NUMBERED` rows only so many are found at all; the page says so."""
        return False

    @property
    def known_count(self) -> int | None:
        """How many rows the filters leave, where that is known without counting them; as `StableData` counts them."""
        return None

    @cached_property
    def form(self) -> forms.Form:
        form: forms.Form = super().form
        for field in form.fields.values():
            if isinstance(field, forms.ModelChoiceField):
                field.iterator = ChoicesReadOnce
                field.widget.choices = field.choices
        return form

    def chips(self) -> list[Chip]:
        return [
            chip
            for name, field in self.form.fields.items()
            if (value := self.form.cleaned_data.get(name)) not in (None, "", [])
            for chip in self._chips_of(name, field, value)
        ]

    def _chips_of(self, name: str, field: forms.Field, value: Any) -> Iterator[Chip]:
        """One chip, or one for each of many choices."""
        if not isinstance(field, forms.MultipleChoiceField | forms.ModelMultipleChoiceField):
            yield Chip(str(field.label), _in_words(field, value), self._without(name).urlencode())
            return
        chosen = dict.fromkeys(self.data.getlist(name))
        words = {str(choice): str(label) for choice, label in _one_by_one(field.choices)} if chosen else {}
        for choice in chosen:
            query = self._without(name)
            query.setlistdefault(name).extend(other for other in chosen if other != choice)
            yield Chip(str(field.label), words.get(choice, choice), query.urlencode())

    def presets(self) -> Iterable[object]:
        """Periods by name, of lists that are asked for by one."""
        return ()

    def names_to_keep(self) -> set[str]:
        """What a view keeps of the address: the filters and the order."""
        return {*self.form.fields, "sort"}

    def place_query(self) -> str:
        place = QueryDict(mutable=True)
        place.update({name: self.data[name] for name in self.place if name in self.data})
        return place.urlencode()

    def others(self) -> list[tuple[str, str]]:
        """What the address says besides the filters, such as its place or an order, and keeps when they change."""
        query = self._without(*self.form.fields)
        return [(name, value) for name, values in query.lists() for value in values]

    def query_without_any(self) -> str:
        return self._without(*self.form.fields).urlencode()

    def _without(self, *names: str) -> QueryDict:
        query = QueryDict(self.data.urlencode(), mutable=True)
        for gone in (*names, "page"):
            query.pop(gone, None)
        return query


def _in_words(field: forms.Field, value: Any) -> str:
    if isinstance(value, date):
        return date_format(value)
    if isinstance(field, FigureField):
        return str(field.prepare_value(value))
    widget = field.widget
    choices = dict(_one_by_one(widget.choices)) if isinstance(widget, forms.Select) else {}
    return str(choices.get(value, value))


def _one_by_one(choices: Any) -> Iterator[tuple[Any, Any]]:
    """Each choice and its words, also of those that stand in groups."""
    for choice, label in choices:
        if isinstance(label, list | tuple):
            yield from _one_by_one(label)
        else:
            yield choice, label
