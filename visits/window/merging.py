"""A page that somebody else's save made stale: what they changed, what was typed, and both put together.

Three windows are compared: the visit as the page was opened on it (``base``), as it is kept now (``theirs``),
and what was typed (``mine``). Each pane says what of it may change by itself; nothing here knows any of them.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from visits.forms.amounts import read_amount
from visits.plans import plan_of
from visits.window.page import Entry, Opening, Turn
from visits.window.pane import Pane
from visits.window.typed import MOST_ROWS, THE_MOST, Part, Row, Typed

Key = tuple[str, ...]

_MOST_PLACES = 4


@dataclass(frozen=True)
class Change:
    """One thing that they changed: which, and how it stands in each of the three windows."""

    key: Key
    base: Row | None
    theirs: Row | None
    mine: Row | None


@dataclass(frozen=True)
class ShownChange:
    """What they changed, in words: how it was when the page was opened, how it is now, what was typed."""

    what: str
    before: str
    now: str
    typed: str

    @property
    def is_both(self) -> bool:
        return self.typed not in (self.before, self.now)


def opened(opening: Opening, panes: Iterable[Pane]) -> Typed:
    """The texts of a page that is opened."""
    typed = Typed()
    for pane in panes:
        typed = typed.with_part(pane, pane.open(opening) if pane.open else Part())
    return typed


def kept(turn: Turn) -> Typed:
    """The window of the visit as it is saved now, under a new key; it carries itself, should it become stale."""
    plan = plan_of(turn.subject.visit) if turn.subject.visit else None
    typed = opened(Opening(turn.subject, plan, turn.at, turn.request.user), turn.panes)
    return typed.with_texts(base=packed(typed, turn.panes)) if plan else typed


# What the window was opened on, as a hidden field carries it
# ----------------------------------------------------------------------------


def packed(typed: Typed, panes: Iterable[Pane]) -> str:
    """A window as a hidden field carries it."""
    panes = tuple(panes)
    texts = [typed.text(name) for name in _texts(panes)]
    rows = {
        name: [[row.get(each, "") for each in names] for row in typed.rows_of(name)] for name, names in _rows(panes)
    }
    return json.dumps({"visit": texts, **rows}, separators=(",", ":"))


def unpacked(text: str, panes: Iterable[Pane]) -> Typed | None:
    """The window of a hidden field; None for one that no page has written."""
    panes = tuple(panes)
    try:
        parts = json.loads(text)
        texts = dict(zip(_texts(panes), map(str, parts["visit"]), strict=True))
        rows = {name: _unpacked_rows(parts[name], names) for name, names in _rows(panes)}
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    return Typed(texts, rows)


def _texts(panes: Iterable[Pane]) -> list[str]:
    return [name for pane in panes if pane.merging for name in pane.merging.texts]


def _rows(panes: Iterable[Pane]) -> list[tuple[str, tuple[str, ...]]]:
    return [(pane.name, pane.row_names) for pane in panes if pane.merging and pane.rows]


def _unpacked_rows(values: list[list[object]], names: Iterable[str]) -> tuple[Row, ...]:
    return tuple(dict(zip(names, map(str, row), strict=True)) for row in values[:MOST_ROWS])


# What changed, and both put together
# ----------------------------------------------------------------------------


def shown_changes(entry: Entry, base: Typed, mine: Typed) -> list[ShownChange]:
    """What they changed since the page was opened, in the order of the window."""
    theirs, shown = kept(entry.turn), []
    for pane in entry.turn.panes:
        if pane.merging:
            before, now, typed = (pane.merging.units(each) for each in (base, theirs, mine))
            changes = [
                Change(key, before.get(key), now.get(key), typed.get(key))
                for key in dict.fromkeys((*before, *now))
                if not same(before.get(key), now.get(key))
            ]
            shown += pane.merging.told(changes, entry) if changes else []
    return shown


def is_changed(mine: Typed, panes: Iterable[Pane]) -> bool:
    """Whether something stands in the window that is not as it was opened."""
    panes = tuple(panes)
    base = unpacked(mine.text("base"), panes)
    if base is None:
        return True
    return any(not _is_alike(pane.merging.units(base), pane.merging.units(mine)) for pane in panes if pane.merging)


def _is_alike(one: Mapping[Key, Row], other: Mapping[Key, Row]) -> bool:
    return one.keys() == other.keys() and all(same(row, other[key]) for key, row in one.items())


def merged(turn: Turn) -> Typed:
    """What they saved, with all that was typed put onto it; where both changed the same, what was typed stands.

    It is a page of the visit as it is now, under a key of its own.
    """
    theirs, mine = kept(turn), turn.typed
    base = unpacked(mine.text("base"), turn.panes) or theirs
    both = mine.with_texts(version=theirs.text("version"), base=theirs.text("base"), key=str(uuid.uuid4()))
    for pane in turn.panes:
        if pane.merging:
            both = both.with_part(pane, pane.merging.merged(base, theirs, mine))
    return both


# What panes put themselves together by
# ----------------------------------------------------------------------------


def same(one: Row | None, other: Row | None) -> bool:
    """Whether a unit stands alike in two windows."""
    if one is None or other is None:
        return one is other
    return all(is_same(one.get(name, ""), text) for name, text in other.items() if name != "usual_price")


def is_same(one: str, other: str) -> bool:
    """Whether two texts mean the same: an amount may be typed in many ways."""
    if one == other:
        return True
    if THE_MOST in (one, other) or not (one and other):
        return False
    return read_amount(one, _MOST_PLACES) == read_amount(other, _MOST_PLACES)


def latest(base: str, theirs: str, mine: str) -> str:
    """What was typed where it is another text than before, else what is saved now."""
    return theirs if not mine or is_same(mine, base) else mine


def latest_texts(*names: str) -> Callable[[Typed, Typed, Typed], Part]:
    """Single fields, each merged by itself."""

    def merge(base: Typed, theirs: Typed, mine: Typed) -> Part:
        return Part({name: latest(base.text(name), theirs.text(name), mine.text(name)) for name in names})

    return merge


def amounts_of(pane: str, name: str) -> Callable[[Typed], Mapping[Key, Row]]:
    """Rows with an amount, each by what it is of."""
    return lambda typed: {(row[name],): row for row in typed.rows_of(pane) if row["amount"]}


def merged_amounts(pane: str, name: str) -> Callable[[Typed, Typed, Typed], Part]:
    """Rows with an amount, each merged by itself."""

    def merge(base: Typed, theirs: Typed, mine: Typed) -> Part:
        before, now, typed = ({row[name]: row["amount"] for row in each.rows_of(pane)} for each in (base, theirs, mine))
        found = []
        for key in dict.fromkeys((*now, *typed)):
            old, new, own = before.get(key, ""), now.get(key, ""), typed.get(key, "")
            found.append({name: key, "amount": new if is_same(own, old) else own})
        return Part(rows=tuple(found))

    return merge


def lines_of(pane: str) -> Callable[[Typed], Mapping[Key, Row]]:
    """Rows of the bill, each by its saved line; those that are not saved yet are nobody else's."""
    return lambda typed: {(row["line"],): row for row in typed.rows_of(pane) if row["line"]}


def merged_lines(pane: str, edited: Iterable[str], price: str) -> Callable[[Typed, Typed, Typed], Part]:
    """Rows of the bill, each merged by itself in what is ``edited`` of it; new ones come after."""
    units, edited = lines_of(pane), tuple(edited)

    def as_if_sent(row: Row, before: Mapping[Key, Row]) -> Row:
        """A price that could not be typed is the one that stood there."""
        old = before.get((row["line"],), row)
        return {**row, price: row[price] or old[price]}

    def merge(base: Typed, theirs: Typed, mine: Typed) -> Part:
        before, typed = units(base), units(mine)
        found: list[Row] = []
        for row in theirs.rows_of(pane):
            key = (row["line"],)
            if key in typed:
                texts = {name: latest(before.get(key, row)[name], row[name], typed[key][name]) for name in edited}
                found.append({**row, **texts})
            elif key not in before:
                found.append(row)
        kept = {row["line"] for row in theirs.rows_of(pane)}
        for row in mine.rows_of(pane):
            is_new = not row["line"]
            was_taken_off = not is_new and row["line"] not in kept
            if is_new or (was_taken_off and not same(before.get((row["line"],)), as_if_sent(row, before))):
                found.append({**row, "line": ""})
        return Part(rows=tuple(found[:MOST_ROWS]))

    return merge


def told_change(change: Change, what: object, words: Callable[[Row | None], str]) -> ShownChange:
    return ShownChange(str(what), words(change.base), words(change.theirs), words(change.mine))


def amount_told(row: Row | None) -> str:
    return row["amount"] if row else "–"
