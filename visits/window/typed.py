"""What stands in the fields of the visit window, as text.

A page that is opened and one that was posted come to the same ``Typed``; buttons change it, and the
forms are bound to it again. So a window is always rendered from one thing.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from django.http import QueryDict

from visits.forms.amounts import read_id, read_number

if TYPE_CHECKING:
    from visits.window.pane import Pane

Row = Mapping[str, str]

#: More lines than any bill has; what is posted beyond them is not read.
MOST_ROWS = 100

#: In the field of an amount: all that is possible, put in figures once the visit is computed.
THE_MOST = "*"


@dataclass(frozen=True)
class Part:
    """What a pane has of the window's texts: single fields by name, and its rows."""

    texts: Row = field(default_factory=dict)
    rows: tuple[Row, ...] = ()


@dataclass(frozen=True)
class Typed:
    """The texts of the window: single fields by name, rows by the name of their pane."""

    texts: Row = field(default_factory=dict)
    rows: Mapping[str, tuple[Row, ...]] = field(default_factory=dict)

    def text(self, name: str) -> str:
        return self.texts.get(name, "")

    def rows_of(self, pane: str) -> tuple[Row, ...]:
        return self.rows.get(pane, ())

    def with_texts(self, **texts: str) -> Typed:
        return replace(self, texts={**self.texts, **texts})

    def with_rows(self, pane: str, rows: Iterable[Row]) -> Typed:
        return replace(self, rows={**self.rows, pane: tuple(rows)})

    def with_part(self, pane: Pane, part: Part) -> Typed:
        typed = self.with_texts(**part.texts)
        return typed.with_rows(pane.name, part.rows) if pane.rows else typed

    def key(self, name: str) -> uuid.UUID:
        """The key in a field, so that what was sent before is done once; a new one where there is none."""
        try:
            return uuid.UUID(self.text(name))
        except ValueError:
            return uuid.uuid4()

    def as_posted(self) -> dict[str, str]:
        """The same as a browser posts it."""
        posted = dict(self.texts)
        for pane, rows in self.rows.items():
            posted[f"{pane}-TOTAL_FORMS"] = str(len(rows))
            for index, row in enumerate(rows):
                posted |= {f"{pane}-{index}-{name}": text for name, text in row.items()}
        return posted


def typed_in(post: QueryDict, panes: Iterable[Pane]) -> Typed:
    """The window as it was posted."""
    typed = Typed()
    for pane in panes:
        texts = {name: _text(post, name) for name in pane.names}
        typed = typed.with_part(pane, Part(texts, tuple(_rows(post, pane.name, pane.row_names))))
    return typed


def _rows(post: QueryDict, pane: str, names: Iterable[str]) -> list[Row]:
    count = min(read_number(post.get(f"{pane}-TOTAL_FORMS", "")), MOST_ROWS)
    return [{name: _text(post, f"{pane}-{index}-{name}") for name in names} for index in range(count)]


def _text(post: QueryDict, name: str) -> str:
    """What was posted, without what the database cannot keep."""
    return str(post.get(name, "")).replace("\x00", "").strip()


# Rows
# ----------------------------------------------------------------------------


def without(rows: Iterable[Row], index: str) -> tuple[Row, ...]:
    """All rows but that of a number, as a button says it."""
    return tuple(row for number, row in enumerate(rows) if str(number) != index)


def first_of_each(rows: Iterable[Row], name: str) -> dict[str, Row]:
    """The first row of each card or method; a browser posts no second one."""
    found: dict[str, Row] = {}
    for row in rows:
        found.setdefault(row[name], row)
    return found


def with_the_most(rows: Iterable[Row], name: str, value: str) -> tuple[Row, ...]:
    """All that is possible by one row, which is the last; what stood there stays where that cannot be computed."""
    rows = tuple(rows)
    before = next((row["amount"] for row in rows if row[name] == value), "")
    others = (row for row in rows if row[name] != value)
    return (*others, {name: value, "amount": THE_MOST, "before": before})


def ids_in(typed: Typed, name: str) -> set[int]:
    """The ids that rows name in a field, whichever pane they are of."""
    return {read_id(row[name]) for rows in typed.rows.values() for row in rows if name in row}
