"""The lines of the bill."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django import forms

from chains.catalog.models import Item
from loyalty.rules.bill import MOST_UNITS
from loyalty.rules.money import ZERO
from loyalty.rules.settlement import SettledLine
from visits.forms.amounts import read_id
from visits.forms.reading import often_ids
from visits.views.shown.figures import Figures


@dataclass(frozen=True)
class ShownLine:
    """A line of the bill with its fields; ``figures`` is None while amounts cannot be read.

    ``nominal`` is price × quantity, also of a line that is given away. ``asks_quantity``: so many are unusual.
    """

    index: int
    name: str
    fields: forms.Form
    price: Decimal
    figures: SettledLine | None
    nominal: Decimal
    is_given_away: bool
    asks_quantity: bool
    is_confirmed: bool

    @property
    def discount(self) -> Decimal:
        return self.figures.manual_discount + self.figures.promotion_discount if self.figures else ZERO


def shown_often_sold(figures: Figures) -> list[Item]:
    """What is often sold here, at the price that holds now."""
    found = (figures.known.items.get(pk) for pk in often_ids(figures.form.typed))
    return [item for item in found if item and not item.archived]


def shown_lines(figures: Figures) -> list[ShownLine]:
    computed: Iterable[SettledLine | None] = figures.settlement.lines or [None] * len(figures.plan.lines)
    rows = zip(figures.form.lines, figures.form.typed.lines, figures.plan.lines, computed, strict=True)
    visit, usual_most = figures.subject.visit, figures.subject.location.chain.most_units
    kept = {line.pk: line.quantity for line in visit.lines.all() if not line.removed} if visit else {}
    shown = []
    for index, (fields, row, line, settled) in enumerate(rows):
        most_asked = max(usual_most, kept.get(line.line_id or 0, 0))
        item = figures.known.items.get(line.item_id) or figures.known.items.get(read_id(row["item"]))
        shown.append(
            ShownLine(
                index,
                item.name if item else "",
                fields,
                line.unit_price,
                settled,
                nominal=line.unit_price * line.quantity if settled else ZERO,
                is_given_away=settled is not None and line.is_given_away,
                asks_quantity=most_asked < line.quantity <= MOST_UNITS,
                is_confirmed=line.quantity_confirmed,
            )
        )
    return shown
