"""The table of rules as one field of a form: rows of a figure and the value from there on."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal
from functools import partial
from typing import Any, NamedTuple, TypeVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils.datastructures import MultiValueDict
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from config.ui.amounts import USUAL_PLACES
from config.ui.fields import FigureField
from loyalty.promotions.checks import MOST_RULES

#: How many rows a new table begins with.
BLANK_ROWS = 3


#: What a page posts.
Posted = TypeVar("Posted", bound=MultiValueDict[str, Any])


class Row(NamedTuple):
    """A row as it was typed."""

    start: str
    value: str


class RulesWidget(forms.Widget):
    """A row of two fields for each rule, with buttons that add and take away rows unless there are just so many."""

    template_name = "loyalty/promotions/rules.html"
    use_fieldset = True
    start_label: str | Promise = ""
    value_label: str | Promise = gettext_lazy("Value")
    has_just_so_many = False

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[Row]:
        """The rows of the page, up to the first that is missing."""
        rows: list[Row] = []
        while len(rows) <= MOST_RULES and f"{name}-{len(rows)}-start" in data:
            place = f"{name}-{len(rows)}"
            rows.append(Row(data[f"{place}-start"].strip(), data.get(f"{place}-value", "").strip()))
        return rows

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return False

    def id_for_label(self, id_: str) -> str:
        return ""

    def format_value(self, value: Iterable[Row] | None) -> list[Row]:
        return list(value or ()) or [Row("", "")] * BLANK_ROWS

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, None, attrs)
        labels = {"start_label": self.start_label, "value_label": self.value_label}
        shown = {"rows": self.format_value(value), "has_just_so_many": self.has_just_so_many}
        # A mistake of the table is marked where a figure is missing.
        return {**context, **labels, **shown, "is_wrong": "aria-invalid" in (attrs or {})}


class RulesField(forms.Field):
    """Comes to the rows as terms keep them; which of them can be is for the domain to say."""

    widget: RulesWidget
    #: The decimals that a figure of the table can have.
    finest = USUAL_PLACES

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=RulesWidget, required=False, **kwargs)

    def clean(self, value: list[Row]) -> list[list[str]]:
        mistakes: list[str] = []
        rules = []
        for number, row in enumerate(value, start=1):
            try:
                rules += [[str(figure) for figure in _figures(row, self.finest)]] if any(row) else []
            except ValidationError as error:
                mistakes.append(_("Row %(number)s: %(mistake)s") % {"number": number, "mistake": error.messages[0]})
        if mistakes:
            raise ValidationError(mistakes)
        return rules


def readable_rows(rows: list[Row], finest: int) -> list[list[str]]:
    """Those rows that are a figure and a value."""
    found = []
    for row in rows:
        try:
            found += [[str(figure) for figure in _figures(row, finest)]] if any(row) else []
        except ValidationError:
            continue
    return found


def _figures(row: Row, finest: int) -> list[Decimal]:
    if not all(row):
        raise ValidationError(_("Type both from where and the value, or leave both blank."))
    typed = [FigureField(finest=finest).clean(text) for text in row]
    return [figure for figure in typed if figure is not None]


def with_one_more(rows: list[Row]) -> list[Row]:
    return [*rows, Row("", "")] if len(rows) < MOST_RULES else rows


def without(rows: list[Row], index: str) -> list[Row]:
    return [row for number, row in enumerate(rows) if str(number) != index] or [Row("", "")]


def in_order(rows: list[Row], finest: int) -> list[Row]:
    """By where they begin; what cannot be read comes last."""
    return sorted(rows, key=partial(_start, finest))


def _start(finest: int, row: Row) -> tuple[bool, Decimal]:
    try:
        start = FigureField(finest=finest).clean(row.start)
    except ValidationError:
        start = None
    return (start is None, start or Decimal(0))


def with_rows(post: Posted, change: Callable[[list[Row]], list[Row]], name: str = "rules") -> Posted:
    """What was posted, with other rows in the table."""
    changed = post.copy()
    rows = RulesWidget().value_from_datadict(post, {}, name)
    for number in range(len(rows)):
        for part in Row._fields:
            changed.pop(f"{name}-{number}-{part}", None)
    for number, row in enumerate(change(rows)):
        for part, text in zip(Row._fields, row, strict=True):
            changed[f"{name}-{number}-{part}"] = text
    return changed
