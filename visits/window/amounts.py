"""Rows that each pay an amount: what panes of means of payment have in common."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from visits.forms.amounts import amount_text, read_amount
from visits.window.page import Entry, Opening
from visits.window.typed import THE_MOST, Part, Row


def kept_rows(name: str, amounts: Iterable[tuple[str, Decimal | None]], opening: Opening) -> Part:
    """The amounts that a visit keeps, each by what it is of; nothing of zero."""
    places = opening.subject.location.chain.places
    return Part(rows=tuple({name: key, "amount": amount_text(each, places)} for key, each in amounts if each))


def choice_of(row: Row, entry: Entry) -> Decimal | None:
    """The amount of a row for the plan, None for all that is possible."""
    return None if row["amount"] == THE_MOST else read_amount(row["amount"], entry.chain.places)


def with_figure(row: Row, amount: Decimal | None, places: int, is_known: bool) -> Row:
    """The row as it is typed; all that is possible as the figure it is, or as it was before that was asked for."""
    kept = {name: text for name, text in row.items() if name != "before"}
    if row["amount"] != THE_MOST:
        return kept
    figure = amount_text(amount, places) if amount else ""
    return {**kept, "amount": figure if is_known else row.get("before", "")}
