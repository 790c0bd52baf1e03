"""The overview of a chain and of each of its locations."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from chains.access import Right
from chains.models import Chain, Location
from chains.spaces import ChainRequest, space_page
from config.ui.figures import format_points
from reports.overview.chart import Chart, chart_of
from reports.overview.checklist import first_steps
from reports.overview.figures import Daily, Place, outstanding, read_daily, read_places
from reports.overview.tiles import Amount, change_in_words, figures_of, row_of, table_of, tiles_of


@space_page(Right.VIEW_REPORTS)
@require_safe
def overview(request: ChainRequest) -> HttpResponse:
    """Today and the last days in figures, each with its rows; of a new chain, what to do first."""
    location: Location | None = getattr(request, "location", None)
    at = timezone.now()
    daily = read_daily(request.chain, location, at)
    context: dict[str, Any] = {
        "page_title": _("Overview"),
        "tiles": tiles_of(daily, request.access, location),
        "figures": figures_of(location),
        "days": list(table_of(daily, request.access, location)),
        "sold_chart": _sold(daily, request.chain),
        "points_chart": _points(daily, request.chain),
        "last": daily.visits.last,
        "has_own_clock": daily.visits.today != daily.points.today,
    }
    if location is None:
        context |= _of_the_chain(request, daily, at)
    return render(request, "reports/overview.html", context)


def _sold(daily: Daily, chain: Chain) -> Chart:
    return chart_of(list(daily.visits.last), {"sold": daily.days["sold"]}, {}, _in_words(chain))


def _points(daily: Daily, chain: Chain) -> Chart:
    spent = {name: daily.days[name] for name in ("points_paid", "burned")}
    return chart_of(list(daily.points.last), {"given": daily.days["given"]}, spent, _in_words(chain))


def _in_words(chain: Chain) -> Callable[[Decimal], str]:
    """Amounts at a chart, without the currency's sign."""
    return lambda amount: format_points(amount, chain.currency)


def _of_the_chain(request: ChainRequest, daily: Daily, at: datetime) -> dict[str, Any]:
    """What only a chain has: points outstanding, its locations side by side, the first steps."""
    found = outstanding(request.chain)
    now, currency = found.balance, request.chain.currency
    before = now - daily.moved
    shown = {"to_spend": format_points(found.to_spend, currency), "debt": format_points(found.debt, currency)}
    cards = f"{reverse('loyalty_clients:card_list', args=[request.chain.slug])}?sort=-balance"
    may_see_cards = request.access.has(Right.VIEW_CLIENTS)
    reachable = set(request.access.reachable_locations().values_list("pk", flat=True))
    return {
        "outstanding": Amount(now, format_points(now, currency), cards if may_see_cards else ""),
        "outstanding_words": _("%(to_spend)s to spend, less %(debt)s of debt") % shown if found.debt else "",
        "outstanding_before": format_points(before, currency),
        "outstanding_change": change_in_words(now, before),
        "places": [_row(request, place, reachable, daily) for place in read_places(request.chain, at)],
        "steps": (steps := first_steps(request.chain, request.access)),
        "has_steps_of_others": any(not step.is_done and not step.may_be_done for step in steps),
    }


def _row(request: ChainRequest, place: Place, reachable: set[int], daily: Daily) -> tuple[str, str, list[Amount]]:
    """The name of a location, the address of its overview, and its figures."""
    name, url = _("the chain itself"), ""
    if place.location:
        name = place.location.name
        is_open = place.location.pk in reachable
        url = reverse("reports:location_overview", args=[place.location.slug]) if is_open else ""
    return name, url, row_of(place, request.access, daily)
