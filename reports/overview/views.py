"""The overview of a chain and of each of its locations."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from chains.access import Right
from chains.models import Chain, Location
from chains.spaces import ChainRequest, SpaceKind, space_page
from chains.uses import Room
from config.replica import report
from config.ui.figures import format_compact, format_money, format_points
from loyalty.accounts.held import HeldTogether
from loyalty.accounts.models import Account
from loyalty.gift_cards.models import OWED, GiftCardStatus
from loyalty.memberships.worth import OWED_STATUSES, owed_in_services
from reports.measures import BY_NAME, Measure, measures_of
from reports.overview.chart import Chart, Column, chart_of
from reports.overview.checklist import first_steps
from reports.overview.figures import Daily, Place, Window, read_daily, read_places
from reports.overview.forms import OverviewForm
from reports.overview.parts import HEADINGS, IS_PART, STRIDES, column_of, days_in_words
from reports.overview.tiles import Amount, Cells, row_of, table_of, tiles_of
from reports.owed.lots import last_day_of_soon, owed_now
from reports.periods import Span, Step, first_weekday_in


@space_page(Right.VIEW_REPORTS)
@require_safe
@report
def overview(request: ChainRequest) -> HttpResponse:
    """A period in figures, each with its rows and with what it is compared with; of a new chain, what to do first."""
    location: Location | None = getattr(request, "location", None)
    at = timezone.now()
    steps = [] if location else first_steps(request.chain, request.access)
    context: dict[str, Any] = {"page_title": _("Overview"), "steps": steps}
    if steps:
        context["has_steps_of_others"] = any(not step.is_done and not step.may_be_done for step in steps)
    else:
        context |= _of_period(request, location, at)
    return render(request, "reports/overview/page.html", context)


def _of_period(request: ChainRequest, location: Location | None, at: datetime) -> dict[str, Any]:
    chain, access = request.chain, request.access
    here, weekday = (location or chain).local_date(at), first_weekday_in(chain.region)
    form = OverviewForm(request.GET, here, weekday)
    choice = form.choice()
    windows = {
        SpaceKind.LOCATION: choice.window(here, weekday),
        SpaceKind.CHAIN: choice.window(chain.local_date(at), weekday),
    }
    daily = read_daily(chain, location, windows)
    window = windows[SpaceKind.LOCATION]
    step, parts = _parts(windows, weekday)
    columns = {part: column_of(step, part, step.whole(part.since, weekday), here) for part in parts}
    context = {
        "form": form,
        "name": form.name_of(choice),
        "days": days_in_words(window.now),
        "days_before": days_in_words(window.before) if window.before else "",
        "is_under_way": here in window.now,
        "has_own_clock": windows[SpaceKind.LOCATION] != windows[SpaceKind.CHAIN],
        "tiles": list(tiles_of(daily, parts, access, location)),
        "measures": measures_of(location, access),
        "heading": HEADINGS[step] if len(parts) > 1 else "",
        "rows": [(columns[part].words, cells) for part, cells in table_of(daily, parts, access, location)],
        "charts": list(_charts(daily, step, columns, request)),
    }
    return context if location else context | _of_chain(request, window, at)


def _parts(windows: dict[SpaceKind, Window], weekday: int) -> tuple[Step, list[Span]]:
    """The parts of the period; where it is another date by one of the clocks, with the days of both."""
    spans = [window.now for window in windows.values()]
    step = Step.of(spans[0])
    return step, step.parts(Span(min(span.since for span in spans), max(span.until for span in spans)), weekday)


@dataclass(frozen=True)
class DrawnChart:
    """A chart as the page shows it, with what its colours stand for, and what the hatched columns are."""

    title: str
    chart: Chart
    legend: list[Measure]
    is_part: str | Promise


def _charts(daily: Daily, step: Step, columns: dict[Span, Column], request: ChainRequest) -> Iterator[DrawnChart]:
    """What is sold, and what comes and goes of points; amounts without the currency's sign."""

    def stack(measures: list[Measure]) -> dict[str, list[Decimal]]:
        return {measure.name: [daily.of_part(measure, part) for part in columns] for measure in measures}

    def drawn(title: str, up: str, *down: str) -> DrawnChart:
        ups, downs = ([BY_NAME[name] for name in names if BY_NAME[name] in shown] for names in ([up], down))
        chart = chart_of(
            list(columns.values()),
            stack(ups),
            stack(downs),
            write=_in_words(request.chain),
            write_level=format_compact,
            strides=STRIDES[step],
        )
        return DrawnChart(title, chart, [*ups, *downs] if downs else [], IS_PART[step] if chart.has_parts else "")

    shown = measures_of(getattr(request, "location", None), request.access)
    yield drawn(_("Sold"), "sold")
    yield drawn(_("Points"), "given", "points_paid", "burned")


def _in_words(chain: Chain) -> Callable[[Decimal], str]:
    return lambda amount: format_points(amount, chain.currency)


# What only a chain has
# ----------------------------------------------------------------------------


@dataclass(frozen=True)
class OwedValue:
    """What a chain owes of value that it sold; ``credit`` is what guests owe on the other side."""

    label: str
    held: Amount
    credit: Amount | None = None


def _of_chain(request: ChainRequest, window: Window, at: datetime) -> dict[str, Any]:
    """What it owes now, and its locations side by side."""
    places = read_places(request.chain, window.now)
    return {
        "owed": _owed(request, at),
        "owed_value": _owed_value(request, at),
        "places": [_row(request, place, window.now) for place in places],
        "place_measures": measures_of(None, request.access),
    }


def _owed(request: ChainRequest, at: datetime) -> dict[str, Amount]:
    """Points that guests can spend now, and those of them that burn soon, each with its rows."""
    today = request.chain.local_date(at)
    found = owed_now(request.chain, at)
    rows, written = reverse("reports:owed", args=[request.chain.slug]), _in_words(request.chain)
    soon = f"{rows}?until={last_day_of_soon(today).isoformat()}"
    return {
        "points": Amount(found.points, written(found.points), rows),
        "burns": Amount(found.burns, written(found.burns), soon),
    }


def _owed_value(request: ChainRequest, at: datetime) -> list[OwedValue]:
    """What is owed on gift cards, on accounts and of memberships now, where the chain uses them; each by itself.

    Of memberships it is what the visits are worth that can still be used.
    """
    chain, slug, found = request.chain, request.chain.slug, []
    if request.access.uses(Room.GIFT_CARDS):
        amount = chain.gift_cards.with_status_of_many(chain, chain.local_date(at)).aggregate(owed=OWED)["owed"]
        rows = f"{reverse('reports:chain_gift_cards', args=[slug])}?status={GiftCardStatus.ACTIVE.value}"
        found.append(OwedValue(_("Owed on gift cards"), Amount(amount, format_money(amount, chain.currency), rows)))
    if request.access.uses(Room.ACCOUNTS):
        together = HeldTogether.of(Account.objects.filter(chain=chain))
        accounts = reverse("loyalty_clients:account_list", args=[slug])
        held, owed = (
            Amount(amount, format_money(amount, chain.currency), f"{accounts}?balance={balance}")
            for amount, balance in ((together.held, "held"), (together.owed, "below"))
        )
        found.append(OwedValue(_("Owed on client accounts"), held, owed))
    if request.access.uses(Room.MEMBERSHIPS):
        amount = owed_in_services(chain, chain.local_date(at)).owed
        states = urlencode([("status", status.value) for status in OWED_STATUSES])
        rows = f"{reverse('reports:chain_memberships', args=[slug])}?{states}"
        found.append(OwedValue(_("Owed of memberships"), Amount(amount, format_money(amount, chain.currency), rows)))
    return found


def _row(request: ChainRequest, place: Place, span: Span) -> tuple[str, str, Cells]:
    """The name of a location, the address of its overview, and its figures."""
    name, url = _("the chain itself"), ""
    if place.location:
        name = place.location.name
        is_open = request.access.works_at(place.location.pk)
        url = reverse("reports:location_overview", args=[place.location.slug]) if is_open else ""
    return name, url, row_of(place, request.access, span)
