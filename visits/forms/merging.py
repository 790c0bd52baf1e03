"""A page that somebody else's save made stale: what they changed, what was typed, and both put together.

Three windows are compared: the visit as the page was opened on it (``base``), as it is kept now (``theirs``),
and what was typed (``mine``).
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from visits.forms.amounts import read_amount
from visits.forms.typed import MOST_ROWS, ROW_FIELDS, THE_MOST, Row, Typed

#: Of the visit itself, what staff edit; a referral is its phone and how far it is chosen.
EDITED = ("guest", "status", "date", "time", "referral", "referral_step")

#: What of a line staff edit.
LINE_FIELDS = ("quantity", "unit_price", "manual_discount", "confirmed_quantity")

_MOST_PLACES = 4


@dataclass(frozen=True)
class Change:
    """One thing that they changed: what it is, and how it stands in each of the three windows."""

    kind: str
    key: tuple[str, ...]
    base: Row | None
    theirs: Row | None
    mine: Row | None


def packed(typed: Typed) -> str:
    """A window as a hidden field carries it."""
    parts = {prefix: [list(row.values()) for row in _ordered(typed, prefix)] for prefix in ROW_FIELDS}
    return json.dumps({"visit": [typed.text(name) for name in EDITED], **parts}, separators=(",", ":"))


def _ordered(typed: Typed, prefix: str) -> list[Row]:
    rows: tuple[Row, ...] = getattr(typed, prefix)
    return [{name: row[name] for name in ROW_FIELDS[prefix]} for row in rows]


def unpacked(text: str) -> Typed | None:
    """The window of a hidden field; None for one that no page has written."""
    try:
        parts = json.loads(text)
        visit = dict(zip(EDITED, map(str, parts["visit"]), strict=True))
        rows = {prefix: _rows(parts[prefix], names) for prefix, names in ROW_FIELDS.items()}
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    return Typed(visit=visit, **rows)


def _rows(values: list[list[object]], names: Iterable[str]) -> tuple[Row, ...]:
    return tuple(dict(zip(names, map(str, row), strict=True)) for row in values[:MOST_ROWS])


# What changed
# ----------------------------------------------------------------------------


def changes(base: Typed, theirs: Typed, mine: Typed) -> list[Change]:
    """What they changed since the page was opened, in the order of the window."""
    found = []
    for kind in ("visit", *ROW_FIELDS):
        before, now, typed = _units(base, kind), _units(theirs, kind), _units(mine, kind)
        found += [
            Change(kind, key, before.get(key), now.get(key), typed.get(key))
            for key in dict.fromkeys((*before, *now))
            if not _same(before.get(key), now.get(key))
        ]
    return found


def _units(typed: Typed, kind: str) -> dict[tuple[str, ...], Row]:
    """What may change by itself, by what it is; lines that are not saved yet are nobody else's."""
    if kind == "visit":
        found: dict[tuple[str, ...], Row] = {
            ("guest",): {"guest": typed.text("guest")},
            ("status",): {"status": typed.text("status")},
            ("start",): {"date": typed.text("date"), "time": typed.text("time")},
        }
        if typed.text("referral_step"):
            found[("referral",)] = {"referral": typed.text("referral")}
        return found
    if kind == "lines":
        return {(row["line"],): row for row in typed.lines if row["line"]}
    if kind == "discounts":
        return {(row["card"], row["promotion"]): row for row in typed.discounts}
    rows = typed.points if kind == "points" else typed.payments
    return {(row["card" if kind == "points" else "method"],): row for row in rows if row["amount"]}


def _same(one: Row | None, other: Row | None) -> bool:
    if one is None or other is None:
        return one is other
    return all(_is_same(one.get(name, ""), text) for name, text in other.items() if name != "usual_price")


def _is_same(one: str, other: str) -> bool:
    """Whether two texts mean the same: an amount may be typed in many ways."""
    if one == other:
        return True
    if THE_MOST in (one, other) or not (one and other):
        return False
    return read_amount(one, _MOST_PLACES) == read_amount(other, _MOST_PLACES)


# Both put together
# ----------------------------------------------------------------------------


def merged(base: Typed, theirs: Typed, mine: Typed) -> Typed:
    """What they saved, with all that was typed put onto it; where both changed the same, what was typed stands.

    It is a page of the visit as it is now, under a key of its own.
    """
    texts = {**mine.visit, **_visit(base, theirs, mine)}
    texts |= {"version": theirs.text("version"), "base": packed(theirs), "key": str(uuid.uuid4())}
    return replace(
        mine,
        visit=texts,
        lines=_lines(base, theirs, mine),
        discounts=_discounts(base, theirs, mine),
        points=_amounts(base.points, theirs.points, mine.points, "card"),
        payments=_amounts(base.payments, theirs.payments, mine.payments, "method"),
    )


def _visit(base: Typed, theirs: Typed, mine: Typed) -> Row:
    """A start that is fixed by now is not sent, so a blank one was not typed."""
    start = {name: _latest(base.text(name), theirs.text(name), mine.text(name)) for name in ("date", "time")}
    referral = ("referral", "referral_step")
    changed = any(mine.text(name) != base.text(name) for name in referral)
    source = mine if changed else theirs
    status = _latest(base.text("status"), theirs.text("status"), mine.text("status"))
    guest = _latest(base.text("guest"), theirs.text("guest"), mine.text("guest"))
    return {"guest": guest, "status": status, **start, **{name: source.text(name) for name in referral}}


def _latest(base: str, theirs: str, mine: str) -> str:
    return theirs if not mine or _is_same(mine, base) else mine


def _lines(base: Typed, theirs: Typed, mine: Typed) -> tuple[Row, ...]:
    before, typed = _units(base, "lines"), _units(mine, "lines")
    found: list[Row] = []
    for row in theirs.lines:
        key = (row["line"],)
        if key in typed:
            texts = {name: _latest(before.get(key, row)[name], row[name], typed[key][name]) for name in LINE_FIELDS}
            found.append({**row, **texts})
        elif key not in before:
            found.append(row)
    kept = {row["line"] for row in theirs.lines}
    for row in mine.lines:
        is_new = not row["line"]
        was_taken_off = not is_new and row["line"] not in kept
        if is_new or (was_taken_off and not _same(before.get((row["line"],)), _as_if_sent(row, before))):
            found.append({**row, "line": ""})
    return tuple(found[:MOST_ROWS])


def _as_if_sent(row: Row, before: Mapping[tuple[str, ...], Row]) -> Row:
    """A price that could not be typed is the one that stood there."""
    old = before.get((row["line"],), row)
    return {**row, "unit_price": row["unit_price"] or old["unit_price"]}


def _discounts(base: Typed, theirs: Typed, mine: Typed) -> tuple[Row, ...]:
    before, typed = _units(base, "discounts"), _units(mine, "discounts")
    now = _units(theirs, "discounts")
    stay = [row for key, row in now.items() if key in typed or key not in before]
    added = [row for key, row in typed.items() if key not in before and key not in now]
    return (*stay, *added)


def _amounts(base: tuple[Row, ...], theirs: tuple[Row, ...], mine: tuple[Row, ...], name: str) -> tuple[Row, ...]:
    before, now, typed = ({row[name]: row["amount"] for row in rows} for rows in (base, theirs, mine))
    found = []
    for key in dict.fromkeys((*now, *typed)):
        old, new, own = before.get(key, ""), now.get(key, ""), typed.get(key, "")
        found.append({name: key, "amount": new if _is_same(own, old) else own})
    return tuple(found)
