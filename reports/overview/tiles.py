"""Figures as the page shows them: each with what it was before, and with the address of its rows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from chains.access import Right
from chains.models import Access, Chain, Location
from loyalty.ledger.shown import amount_in
from reports.overview.figures import FIGURES, OF_LOCATION, Daily, Figure, Place, Span
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
    """A figure of the last days, with today's and that of the days before."""

    figure: Figure
    last: Amount
    today: Amount
    before: Amount

    @property
    def change(self) -> str:
        return change_in_words(self.last.amount, self.before.amount)


class Rows:
    """Where the rows behind a figure are: the visits of a space, or the chain's transactions.

    Who may not enter the chain's space gets no address in it.
    """

    def __init__(self, access: Access, location: Location | None) -> None:
        self.chain, self.location = access.chain, location
        self._may_enter_chain = access.has(Right.VIEW_CHAIN)

    def amount(self, figure: Figure, span: Span, amount: Decimal) -> Amount:
        return Amount(amount, written(figure, amount, self.chain), self.of(figure, span))

    def of(self, figure: Figure, span: Span) -> str:
        days = [("since", span.since.isoformat()), ("until", span.until.isoformat())]
        if not figure.kinds:
            return self._visits([*days, ("status", "settled")])
        if not self._may_enter_chain:
            return ""
        chosen = [*days, *(("kind", str(kind)) for kind in figure.kinds), *self._source()]
        return f"{reverse('reports:transactions', args=[self.chain.slug])}?{urlencode(chosen)}"

    def _visits(self, chosen: Query) -> str:
        if self.location:
            return f"{reverse('reports:location_visits', args=[self.location.slug])}?{urlencode(chosen)}"
        return f"{reverse('reports:chain_visits', args=[self.chain.slug])}?{urlencode(chosen)}"

    def _source(self) -> Query:
        return [("source", str(self.location.pk))] if self.location else []


class RowsOfPlace(Rows):
    """Rows of one location, or (None) of the chain itself, in the chain's own lists, by the chain's days."""

    def _visits(self, chosen: Query) -> str:
        if self.location is None:
            # No visit is the chain's own.
            return ""
        place = [*chosen, ("location", str(self.location.pk))]
        return f"{reverse('reports:chain_visits', args=[self.chain.slug])}?{urlencode(place)}"

    def _source(self) -> Query:
        return super()._source() or [("source", CHAIN_ITSELF)]


def tiles_of(daily: Daily, access: Access, location: Location | None) -> list[Tile]:
    rows = Rows(access, location)

    def amount(figure: Figure, span: Span) -> Amount:
        return rows.amount(figure, span, span.total(daily.days[figure.name]))

    def tile(figure: Figure) -> Tile:
        spans = daily.spans(figure)
        return Tile(figure, *(amount(figure, span) for span in (spans.last, spans.today, spans.before)))

    return [tile(figure) for figure in figures_of(location)]


def figures_of(location: Location | None) -> tuple[Figure, ...]:
    """Those of a location, or (None) those of a chain."""
    return OF_LOCATION if location else FIGURES


def written(figure: Figure, amount: Decimal, chain: Chain) -> str:
    if figure.unit is None:
        return number_format(amount, decimal_pos=0, use_l10n=True, force_grouping=True)
    return amount_in(figure.unit, amount, chain.currency)


def change_in_words(now: Decimal, before: Decimal) -> str:
    """By how many percent a figure grew or fell; in words only where there is something to compare with."""
    if now == before:
        return _("as much as before") if now else _("nothing, as before")
    if before <= 0:
        return _("nothing before")
    percent = abs((now - before) * 100 / before).quantize(Decimal(1), rounding=ROUND_HALF_UP)
    if not percent:
        return _("about as much as before")
    said = _("%(percent)s %% more") if now > before else _("%(percent)s %% less")
    return said % {"percent": percent}


def table_of(daily: Daily, access: Access, location: Location | None) -> Iterable[tuple[date, list[Amount]]]:
    """Every figure of every one of the last days, the newest first."""
    rows = Rows(access, location)
    for day in sorted({*daily.visits.last, *daily.points.last}, reverse=True):
        span = Span(day, day)
        yield day, [rows.amount(figure, span, span.total(daily.days[figure.name])) for figure in figures_of(location)]


def row_of(place: Place, access: Access, daily: Daily) -> list[Amount]:
    """The figures of one location in the last days, with their rows in the chain's lists."""
    rows = RowsOfPlace(access, place.location)
    return [rows.amount(figure, daily.spans(figure).last, place.sums[figure.name]) for figure in FIGURES]
