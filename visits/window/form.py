"""The one form of the visit window: the fields and rows of its panes, bound to what was typed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.utils.safestring import SafeString

from chains.refusals import Code, Refusal
from config.ui.forms import StyledBoundField
from visits.forms.amounts import two_readings
from visits.refusals import InTheWay, visit_in_the_way
from visits.window.fields import AmountText
from visits.window.page import Computed
from visits.window.pane import Pane, Rows

#: How many rows a pane has is posted beside them, by the last part of its name.
HOW_MANY = "TOTAL_FORMS"


@dataclass(frozen=True)
class Mistake:
    """A sentence in the summary on top, and the field that it leads to, or the visit that is in the way."""

    sentence: str
    label: str = ""
    anchor: str = ""
    used_by: InTheWay | None = None


class WindowForm:
    """The fields of all panes, by name, and their rows.

    Sentences come to it by the dotted place that a refusal names, and stand beside that field.
    """

    def __init__(self, computed: Computed) -> None:
        panes = computed.turn.panes
        self.mistakes: list[Mistake] = []
        self._typed, self._access, self._places = computed.typed, computed.subject.access, computed.chain.places
        self._posted = self._typed.as_posted()
        self._hidden = {HOW_MANY}.union(*(pane.hidden_names for pane in panes))
        self._forms = {name: form for pane in panes for name, form in self._fields_of(pane)}
        self._rows = {pane.name: pane.rows for pane in panes if pane.rows}
        self._rows_of = {name: self._bound(name, rows, computed) for name, rows in self._rows.items()}

    def _fields_of(self, pane: Pane) -> list[tuple[str, forms.Form]]:
        form = pane.fields(self._posted) if pane.fields else None
        return [(name, form) for name in form.fields] if form else []

    def _bound(self, pane: str, rows: Rows, computed: Computed) -> list[forms.Form]:
        """The rows of a pane. The label of each field names its row, as nobody sees the column above it."""
        bound = []
        for index, row in enumerate(self._typed.rows_of(pane)):
            form = rows.form(self._posted, prefix=f"{pane}-{index}")
            for name in rows.typed_names:
                form[name].label = rows.label(computed, row, str(form[name].label))
            bound.append(form)
        return bound

    def __getitem__(self, name: str) -> BoundField:
        return self._forms[name][name]

    @property
    def hidden_fields(self) -> SafeString:
        """All that nobody types: written at once, as one widget each would take most of the time of a long bill."""
        hidden = [(name, text) for name, text in self._posted.items() if name.rpartition("-")[2] in self._hidden]
        return SafeString(
            "".join(f'<input type="hidden" name="{escape(name)}" value="{escape(text)}">' for name, text in hidden)
        )

    def rows(self, pane: str) -> Sequence[forms.Form]:
        return self._rows_of[pane]

    def row(self, pane: str, key: str) -> forms.Form | None:
        """The row of a card or method, or of a number where rows go by that."""
        name, rows = self._rows[pane].key, self._typed.rows_of(pane)
        keys = [row[name] if name else str(index) for index, row in enumerate(rows)]
        return self.rows(pane)[keys.index(key)] if key in keys else None

    def offer(self, name: str, choices: Iterable[tuple[object, object]]) -> None:
        """Let a field be chosen from these."""
        widget: Any = self._forms[name].fields[name].widget
        widget.choices = list(choices)

    def field_at(self, place: str) -> BoundField | None:
        """The field that a dotted place names, None for a row without one or for the whole form."""
        pane, _dot, rest = place.partition(".")
        if pane not in self._rows:
            return self[place] if place in self._forms else None
        key, _dot, name = rest.partition(".")
        row = self.row(pane, key)
        if row is None:
            return None
        is_typed = name in row.fields and not row[name].is_hidden
        name = name if is_typed else self._rows[pane].field
        return row[name] if name else None

    def refuse(self, refusal: Refusal) -> None:
        """Put its sentence beside its field, and into the summary."""
        place, sentence = refusal.field or "", str(refusal)
        field = self.field_at(place)
        if field is not None:
            sentence = (self._doubt(field) if refusal.code == Code.INVALID_AMOUNT else "") or sentence
            field.form.add_error(field.name, sentence)
            self.mistakes.append(Mistake(sentence, str(field.label), field.id_for_label or field.auto_id))
        else:
            used_by = visit_in_the_way(refusal, self._access)
            self.mistakes.append(self._beside_its_row(place, sentence) or Mistake(sentence, used_by=used_by))

    def _beside_its_row(self, place: str, sentence: str) -> Mistake | None:
        pane, _dot, key = place.partition(".")
        rows = self._rows.get(pane)
        row = self.row(pane, key) if rows and rows.anchor else None
        if rows is None or row is None:
            return None
        row.add_error(None, sentence)
        return Mistake(sentence, str(rows.called), rows.anchor.format(key))

    def _doubt(self, field: BoundField) -> str:
        """What is said where an amount can be read in two ways, the same as on any other page."""
        if not isinstance(field.field, AmountText):
            return ""
        places = self._places if field.field.places is None else field.field.places
        return two_readings(str(field.value() or ""), places)

    def focus(self, place: str) -> None:
        """Let the page begin at a field, if the place is one."""
        field = self.field_at(place) if place else None
        if isinstance(field, StyledBoundField):
            field.autofocus = True
