"""Figures as the page shows them: each with what it is compared with, and with the address of its rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from chains.access import Right
from chains.models import Access, Chain, Location
from loyalty.ledger.shown import amount_in
from reports.measures import Measure, OfLedger, measures_of
from reports.overview.changes import Change, change_of
from reports.overview.figures import Daily, Place
from reports.overview.sparkline import Sparkline, sparkline_of
from reports.periods import WEEK, Span, is_whole_months
from reports.transactions.selection import CHAIN_ITSELF

#: What a list is asked for by.
Query = list[tuple[str, str]]


@dataclass(frozen=True)
class Amount:
    """A figure over some days, and where its rows are; without an address where the reader may not see them."""

    amount: Decimal
    written: str
    url: str


@dataclass(frozen=True)
class Tile:
    """The figure of a period, how it changed (None: compared with nothing), and its line."""

    measure: Measure
    now: Amount
    before: Amount | None
    change: Change | None
    line: Sparkline | None


class Rows:
    """Where the rows behind a figure are: the visits of a space, or the chain's transactions.

    Who may not enter the chain's space gets no address in it.
    """

    def __init__(self, access: Access, location: Location | None) -> None:
        self.chain, self.location = access.chain, location
        self._may_enter_chain = access.has(Right.VIEW_CHAIN)

    def amount(self, measure: Measure, span: Span, amount: Decimal) -> Amount:
        return Amount(amount, written(measure, amount, self.chain), self.of(measure, span))

    def of(self, measure: Measure, span: Span) -> str:
        days = [("since", span.since.isoformat()), ("until", span.until.isoformat())]
        if not isinstance(measure.rows, OfLedger):
            return self._visits([*days, ("status", "settled")])
        if not self._may_enter_chain:
            return ""
        chosen = [*days, *(("kind", str(kind)) for kind in measure.rows.kinds), *self._source()]
        return f"{self._transactions}?{urlencode(chosen)}"

    def _visits(self, chosen: Query) -> str:
        return f"{self._visits_here if self.location else self._visits_of_chain}?{urlencode(chosen)}"

    # A page has hundreds of figures, whose rows are on few pages.

    @cached_property
    def _transactions(self) -> str:
        return reverse("reports:transactions", args=[self.chain.slug])

    @cached_property
    def _visits_of_chain(self) -> str:
        return reverse("reports:chain_visits", args=[self.chain.slug])

    @cached_property
    def _visits_here(self) -> str:
        assert self.location
        return reverse("reports:location_visits", args=[self.location.slug])

    def _source(self) -> Query:
        return [("source", str(self.location.pk))] if self.location else []


class RowsOfPlace(Rows):
    """Rows of one location, or (None) of the chain itself, in the chain's own lists, by the chain's days."""

    def _visits(self, chosen: Query) -> str:
        place = [*chosen, ("location", str(self.location.pk))] if self.location else chosen
        return f"{self._visits_of_chain}?{urlencode(place)}"

    def _source(self) -> Query:
        return super()._source() or [("source", CHAIN_ITSELF)]


def written(measure: Measure, amount: Decimal, chain: Chain) -> str:
    return amount_in(measure.unit, amount, chain.currency)


# What the page shows
# ----------------------------------------------------------------------------


def tiles_of(daily: Daily, parts: list[Span], access: Access, location: Location | None) -> Iterator[Tile]:
    """The figures of the period; their lines have a corner for each of its ``parts``, but for a last one cut short."""
    rows, whole = Rows(access, location), _without_begun(parts)
    for measure in measures_of(location, access):
        window = daily.window(measure)
        now = rows.amount(measure, window.now, daily.total(measure, window.now))
        line = sparkline_of([daily.total(measure, days) for part in whole if (days := daily.within(measure, part))])
        if window.before is None:
            yield Tile(measure, now, None, None, line)
            continue
        before = rows.amount(measure, window.before, daily.total(measure, window.before))
        change = change_of(now.amount, before.amount, measure.good, _linked(measure, before))
        yield Tile(measure, now, before, change, line)


def _without_begun(parts: list[Span]) -> list[Span]:
    """Without a last week or month that lacks days: a line would tell a fall that is none."""
    if len(parts) < 3 or len(parts[1]) == 1:
        return parts
    is_of_months = len(parts[1]) > WEEK
    is_whole = is_whole_months(parts[-1]) if is_of_months else len(parts[-1]) == WEEK
    return parts if is_whole else parts[:-1]


def _linked(measure: Measure, before: Amount) -> SafeString:
    """A figure within a sentence, whose link says what it is of."""
    if not before.url:
        return format_html('<span class="figure">{}</span>', before.written)
    label = _("%(label)s before: %(amount)s") % {"label": measure.label, "amount": before.written}
    return format_html('<a class="figure" href="{}" aria-label="{}">{}</a>', before.url, label, before.written)


#: Every figure of something, in the order of the measures; None where there can be none.
Cells = list[Amount | None]


def table_of(
    daily: Daily, parts: list[Span], access: Access, location: Location | None
) -> Iterator[tuple[Span, Cells]]:
    """Every figure of every part of the period, the newest first."""
    rows = Rows(access, location)
    columns = [_cells(daily, measure, parts, rows) for measure in measures_of(location, access)]
    yield from zip(reversed(parts), (list(cells) for cells in zip(*map(reversed, columns), strict=True)), strict=True)


def _cells(daily: Daily, measure: Measure, parts: list[Span], rows: Rows) -> Cells:
    """One measure over the parts of the period; None on the day that its clock does not have in it."""
    within = (daily.within(measure, part) for part in parts)
    return [rows.amount(measure, span, daily.total(measure, span)) if span else None for span in within]


def row_of(place: Place, access: Access, span: Span) -> Cells:
    """The figures of one location over the days, with their rows in the chain's lists.

    No visit is the chain's own, and what belongs to no location is no location's.
    """
    rows = RowsOfPlace(access, place.location)
    return [
        rows.amount(measure, span, place.sums[measure.name]) if _may_have(place, measure) else None
        for measure in measures_of(None, access)
    ]


def _may_have(place: Place, measure: Measure) -> bool:
    return not measure.is_of_chain if place.location else isinstance(measure.rows, OfLedger)
