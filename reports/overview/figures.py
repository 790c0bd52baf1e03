"""The figures of a chain or a location over a period, day by day and location by location."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from chains.models import Chain, Location
from chains.spaces import SpaceKind
from loyalty.ledger.sums import Chosen, read_sums
from loyalty.rules.money import ZERO
from reports.measures import MEASURES, Measure, OfLedger, OfVisits
from reports.periods import Span, stretches
from visits.models import Visit

Days = Mapping[date, Decimal]
OF_VISITS = {measure.name: measure.rows for measure in MEASURES if isinstance(measure.rows, OfVisits)}
OF_LEDGER = {measure.name: measure.rows for measure in MEASURES if isinstance(measure.rows, OfLedger)}


@dataclass(frozen=True)
class Window:
    """The days that are looked at, and those that they are compared with, if any."""

    now: Span
    before: Span | None

    @property
    def spans(self) -> list[Span]:
        return [self.now, *([self.before] if self.before else [])]


#: The same period by each clock: where it is another date, "today" is another day.
Windows = Mapping[SpaceKind, Window]


@dataclass(frozen=True)
class Daily:
    """The days of every measure, by its name, and the windows that they were read for."""

    days: Mapping[str, Days]
    windows: Windows

    def total(self, measure: Measure, span: Span) -> Decimal:
        days = self.days[measure.name]
        return sum((days.get(day, ZERO) for day in span), ZERO)

    def window(self, measure: Measure) -> Window:
        return self.windows[measure.clock]

    def within(self, measure: Measure, part: Span) -> Span | None:
        """The days of a part of the period that the clock of the measure has in it, too."""
        return part.within(self.window(measure).now)

    def of_part(self, measure: Measure, part: Span) -> Decimal:
        span = self.within(measure, part)
        return self.total(measure, span) if span else ZERO


def read_daily(chain: Chain, location: Location | None, windows: Windows) -> Daily:
    """All measures on the days of the windows, in as many queries however much there is."""
    days: dict[str, dict[date, Decimal]] = {measure.name: defaultdict(Decimal) for measure in MEASURES}
    for day, *sums in _visit_sums(chain, location, windows[SpaceKind.LOCATION].spans, "starts_on"):
        for name, amount in zip(OF_VISITS, sums, strict=True):
            days[name][day] = Decimal(amount)
    for day, name, amount in _row_sums(chain, location, windows[SpaceKind.CHAIN].spans, "on"):
        days[name][day] += amount
    return Daily(days, windows)


@dataclass(frozen=True)
class Place:
    """The figures of one location, or (None) of what belongs to the chain itself."""

    location: Location | None
    sums: Mapping[str, Decimal]


def read_places(chain: Chain, span: Span) -> list[Place]:
    """The days location by location, in three queries; who has no figure and is closed is left out."""
    sums: dict[int | None, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for location_id, *figures in _visit_sums(chain, None, [span], "location_id"):
        sums[location_id] |= {name: Decimal(amount) for name, amount in zip(OF_VISITS, figures, strict=True)}
    for location_id, name, amount in _row_sums(chain, None, [span], "location"):
        sums[location_id][name] += amount
    locations = chain.locations_by_id.values()
    found = [Place(place, sums[place.pk]) for place in locations if place.pk in sums or not place.archived]
    return [*found, *([Place(None, sums[None])] if None in sums else [])]


def _visit_sums(chain: Chain, location: Location | None, spans: Iterable[Span], by: str) -> Iterable[tuple[Any, ...]]:
    """Rows of what they are grouped by and the figures of ``OF_VISITS``, in their order."""
    place: dict[str, Any] = {"location": location} if location else {}
    sums = {f"sum_{name}": rows.figure for name, rows in OF_VISITS.items()}
    for days in stretches(spans):
        visits = Visit.objects.settled().filter(chain=chain, starts_on__range=(days.since, days.until), **place)
        yield from visits.order_by().values_list(by).annotate(**sums)


def _row_sums(
    chain: Chain, location: Location | None, spans: Iterable[Span], by: str
) -> Iterable[tuple[Any, str, Decimal]]:
    """What rows are grouped by, the name of a measure, and what rows of one of its kinds add to it."""
    kinds = sorted({kind for rows in OF_LEDGER.values() for kind in rows.kinds})
    for span in stretches(spans):
        chosen = Chosen(span.since, span.until, kinds, locations=[location.pk] if location else ())
        for (group, kind), sums in read_sums(chain, (by, "kind"), chosen).items():
            for name, rows in OF_LEDGER.items():
                if kind in rows.kinds:
                    yield group, name, rows.sign * sums.amount
