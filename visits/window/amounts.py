"""Rows that each pay an amount: what panes of means of payment have in common."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal

from loyalty.rules.plan import MeansChoice, Plan
from visits.forms.amounts import amount_text, read_amount
from visits.window.page import Entry, Opening
from visits.window.typed import THE_MOST, Part, Row, Typed


def kept_rows(name: str, amounts: Iterable[tuple[str, Decimal | None]], opening: Opening) -> Part:
    """The amounts that a visit keeps, each by what it is of; nothing of zero."""
    places = opening.subject.location.chain.places
    return Part(rows=tuple({name: key, "amount": amount_text(each, places)} for key, each in amounts if each))


def choice_of(row: Row, entry: Entry) -> Decimal | None:
    """The amount of a row for the plan, None for all that is possible."""
    return None if row["amount"] == THE_MOST else read_amount(row["amount"], entry.chain.places)


def paid_with(plan: Plan, kind: str, choices: Iterable[MeansChoice], entry: Entry) -> Plan:
    """The plan with these means of a kind in the place of those that the visit keeps; other kinds stay."""
    visit = entry.subject.visit
    kinds = {each.holder_id: each.holder.kind for each in visit.means.all()} if visit else {}
    others = (each for each in plan.means if kinds.get(each.holder_id) != kind)
    return replace(plan, means=(*others, *choices))


def with_figure(row: Row, amount: Decimal | None, places: int, is_known: bool) -> Row:
    """The row as it is typed; all that is possible as the figure it is, or as it was before that was asked for."""
    kept = {name: text for name, text in row.items() if name != "before"}
    if row["amount"] != THE_MOST:
        return kept
    figure = amount_text(amount, places) if amount else ""
    return {**kept, "amount": figure if is_known else row.get("before", "")}


def opened_with(shown: str, rows: Iterable[Row], name: str) -> str:
    """Which amounts are shown, apart by commas: those with a figure, and those that were shown before.

    What is cleared to be typed anew stays.
    """
    before, rows = shown.split(","), tuple(rows)
    return ",".join(row[name] for row in rows if row["amount"] or row[name] in before)


def without_amount(typed: Typed, pane: str, name: str, key: str, *, shown: str) -> Typed:
    """The texts with nothing paid by this row, whose amount is shown no longer."""
    rows = [{**row, "amount": ""} if row[name] == key else row for row in typed.rows_of(pane)]
    others = ",".join(each for each in typed.text(shown).split(",") if each != key)
    return typed.with_rows(pane, rows).with_texts(**{shown: others})
