"""Rows of several fields as one field of a form: the counters of a membership type, and the hours that it covers."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, ClassVar, TypeVar

from django import forms
from django.utils.datastructures import MultiValueDict
from django.utils.dates import WEEKDAYS

from loyalty.memberships.checks import MOST_COUNTERS

#: What a page posts.
Posted = TypeVar("Posted", bound=MultiValueDict[str, Any])
#: A row as it was typed: of each of its fields the texts that were sent.
Row = dict[str, list[str]]


class RowsWidget(forms.Widget):
    """Fields for each row, with buttons that add and take away rows: ``add_<name>`` and ``remove_<name>``."""

    use_fieldset = True
    #: The fields of a row; the first of them is sent of every row.
    parts: ClassVar[tuple[str, ...]]

    @property
    def blank(self) -> Row:
        return {part: [""] if part == self.parts[0] else [] for part in self.parts}

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[Row]:
        """The rows of the page, up to the first that is missing."""
        rows: list[Row] = []
        while len(rows) <= MOST_COUNTERS and f"{name}-{len(rows)}-{self.parts[0]}" in data:
            place = f"{name}-{len(rows)}"
            rows.append({part: [text.strip() for text in data.getlist(f"{place}-{part}")] for part in self.parts})
        return rows

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return False

    def id_for_label(self, id_: str) -> str:
        return ""

    def get_context(self, name: str, value: Iterable[Row] | None, attrs: dict[str, Any] | None) -> dict[str, Any]:
        rows = list(value or ()) or [self.blank]
        return {**super().get_context(name, None, attrs), "rows": rows, "is_wrong": "aria-invalid" in (attrs or {})}

    def changed(self, post: MultiValueDict[str, Any], name: str) -> Callable[[list[Row]], list[Row]] | None:
        """What the button that was pressed does to the rows; None where it was none of these."""
        if f"add_{name}" in post:
            return lambda rows: [*rows, self.blank][:MOST_COUNTERS]
        if f"remove_{name}" in post:
            gone = post[f"remove_{name}"]
            return lambda rows: [row for number, row in enumerate(rows) if str(number) != gone]
        return None

    def with_rows(self, post: Posted, name: str, change: Callable[[list[Row]], list[Row]]) -> Posted:
        """What was posted, with other rows; the page is only shown again."""
        rows, shown = self.value_from_datadict(post, {}, name), post.copy()
        for part in self.parts:
            for number in range(len(rows)):
                shown.pop(f"{name}-{number}-{part}", None)
            for number, row in enumerate(change(rows)):
                shown.setlist(f"{name}-{number}-{part}", row[part])
        shown["look"] = "1"
        return shown


class CountersWidget(RowsWidget):
    """Of each counter the services and categories that are ticked, and its count, or that it has none."""

    template_name = "loyalty/membership_types/counters.html"
    parts = ("key", "count", "unlimited", "services", "categories")
    #: What is offered: the text of the id, and the name.
    services: Iterable[tuple[str, str]] = ()
    categories: Iterable[tuple[str, str]] = ()

    def get_context(self, name: str, value: Iterable[Row] | None, attrs: dict[str, Any] | None) -> dict[str, Any]:
        offered = {"services": list(self.services), "categories": list(self.categories)}
        return {**super().get_context(name, value, attrs), **offered}


class HoursWidget(RowsWidget):
    """Weekdays, since when of each, and until when."""

    template_name = "loyalty/membership_types/hours.html"
    parts = ("since", "until", "weekdays")

    def get_context(self, name: str, value: Iterable[Row] | None, attrs: dict[str, Any] | None) -> dict[str, Any]:
        weekdays = [(str(day), weekday) for day, weekday in WEEKDAYS.items()]
        return {**super().get_context(name, value, attrs), "weekdays": weekdays}


class RowsField(forms.Field):
    """Comes to the rows as they were typed; what they mean is for the form to say."""

    widget: RowsWidget

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, **kwargs)


def with_changed_rows(post: Posted, form: type[forms.Form]) -> Posted:
    """What was posted, once a button has added a row or taken one away."""
    for name, field in form.base_fields.items():
        if isinstance(field, RowsField) and (change := field.widget.changed(post, name)):
            return field.widget.with_rows(post, name, change)
    return post
