"""The client's past, and what of it a promotion looks at (docs/rules.md, section 3)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from loyalty.rules.money import ZERO
from loyalty.rules.terms import Gives, ItemKind, PickedBy, Promotion, Source


@dataclass(frozen=True, slots=True)
class PastVisit:
    """A settled visit that began before this one: its local date, place and whole-bill figures.

    Or several of one day and place together, where nothing looks at them one by one.
    """

    on: date
    location_id: int
    sold: Decimal
    paid: Decimal
    visits: int = 1


@dataclass(frozen=True, slots=True)
class PastUnits:
    """Units of one service or product that the client paid for on a day at a location."""

    on: date
    location_id: int
    item_id: int
    kind: ItemKind
    category_id: int | None
    units: int


@dataclass(frozen=True, slots=True)
class GivenUnits:
    """Free units that one promotion gave to one card on a day at a location."""

    on: date
    location_id: int
    units: int


@dataclass(frozen=True)
class Totals:
    """History figures: number of visits, money sold and paid."""

    visits: int = 0
    sold: Decimal = ZERO
    paid: Decimal = ZERO

    def picked_by(self, picked_by: PickedBy) -> Decimal:
        if picked_by is PickedBy.HISTORY_VISITS:
            return Decimal(self.visits)
        return self.sold if picked_by is PickedBy.HISTORY_SOLD else self.paid


@dataclass(frozen=True)
class HistoryWindow:
    """The days and locations that count: ``source`` of parameters and starting date of history."""

    locations: frozenset[int] | None
    first_day: date | None

    def holds(self, on: date, location_id: int) -> bool:
        if self.first_day is not None and on < self.first_day:
            return False
        return self.locations is None or location_id in self.locations


def window_of(promotion: Promotion, card_locations: frozenset[int] | None) -> HistoryWindow:
    """Where and since when the promotion looks; ``card_locations`` are those of the card's type."""
    if promotion.source is Source.CHAIN:
        return HistoryWindow(None, promotion.history_from)
    locations = promotion.locations if promotion.source is Source.ACTIVE else card_locations
    return HistoryWindow(locations, promotion.history_from)


def looks_back(promotion: Promotion) -> bool:
    """Whether its value is picked by the client's past visits."""
    return promotion.picked_by in _OF_VISITS


def looks_at_gaps(promotion: Promotion) -> bool:
    """Whether a gap between two visits makes it begin anew: it looks at them one by one, in order of start."""
    return promotion.burn is not None and promotion.gives is Gives.DISCOUNT


_OF_VISITS = frozenset({PickedBy.HISTORY_VISITS, PickedBy.HISTORY_SOLD, PickedBy.HISTORY_PAID})


def totals_of(
    promotion: Promotion, card_locations: frozenset[int] | None, past: Sequence[PastVisit], visit_on: date
) -> Totals:
    """The history of the promotion before a visit on ``visit_on``; ``past`` is in order of start.

    For a cumulative discount with burning, only what came after the last too long gap counts.
    """
    window = window_of(promotion, card_locations)
    counted = [visit for visit in past if window.holds(visit.on, visit.location_id)]
    if looks_at_gaps(promotion):
        counted = _after_last_gap(counted, promotion, visit_on)
    return Totals(
        visits=sum(visit.visits for visit in counted),
        sold=sum((visit.sold for visit in counted), ZERO),
        paid=sum((visit.paid for visit in counted), ZERO),
    )


def _after_last_gap(past: list[PastVisit], promotion: Promotion, visit_on: date) -> list[PastVisit]:
    assert promotion.burn is not None
    next_on = visit_on
    for index in range(len(past) - 1, -1, -1):
        if promotion.burn.after(past[index].on) < next_on:
            return past[index + 1 :]
        next_on = past[index].on
    return past


def units_paid(promotion: Promotion, window: HistoryWindow, past: Iterable[PastUnits]) -> int:
    """Units in the promotion's scope that the client paid for in its history."""
    scopes = promotion.counted_scopes
    return sum(
        each.units
        for each in past
        if window.holds(each.on, each.location_id) and scopes.cover(each.kind, each.item_id, each.category_id)
    )


def units_given(window: HistoryWindow, given: Iterable[GivenUnits]) -> int:
    """Free units already given in the same history."""
    return sum(each.units for each in given if window.holds(each.on, each.location_id))
