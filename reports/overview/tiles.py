"""Figures as the page shows them: each with what it was before, and with the address of its rows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from chains.access import Right
from chains.models import Access, Chain, Location
from config.ui.figures import format_money, format_points
from reports.overview.figures import FIGURES, Daily, Figure, Span


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

    def of(self, figure: Figure, span: Span) -> str:
        days = [("since", span.since.isoformat()), ("until", span.until.isoformat())]
        if not figure.kinds:
            return f"{self._visits()}?{urlencode([*days, ('status', 'settled')])}"
        if not self._may_enter_chain:
            return ""
        chosen = [*days, *(("kind", kind.value) for kind in figure.kinds)]
        if self.location:
            chosen.append(("source", str(self.location.pk)))
        return f"{reverse('reports:transactions', args=[self.chain.slug])}?{urlencode(chosen)}"

    def _visits(self) -> str:
        if self.location:
            return reverse("reports:location_visits", args=[self.location.slug])
        return reverse("reports:chain_visits", args=[self.chain.slug])


def tiles_of(daily: Daily, access: Access, location: Location | None) -> list[Tile]:
    chain, rows = access.chain, Rows(access, location)

    def amount(figure: Figure, span: Span) -> Amount:
        total = span.total(daily.days[figure.name])
        return Amount(total, written(figure, total, chain), rows.of(figure, span))

    def tile(figure: Figure) -> Tile:
        spans = daily.spans(figure)
        return Tile(figure, *(amount(figure, span) for span in (spans.last, spans.today, spans.before)))

    return [tile(figure) for figure in FIGURES]


def written(figure: Figure, amount: Decimal, chain: Chain) -> str:
    if figure.unit == "count":
        return number_format(amount, decimal_pos=0, use_l10n=True, force_grouping=True)
    return (format_money if figure.unit == "money" else format_points)(amount, chain.currency)


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


def table_of(daily: Daily, chain: Chain) -> Iterable[tuple[object, list[str]]]:
    """Every figure of every one of the last days, the newest first."""
    days = sorted({*daily.visits.last, *daily.points.last}, reverse=True)
    for day in days:
        yield day, [written(figure, daily.days[figure.name].get(day, Decimal(0)), chain) for figure in FIGURES]
