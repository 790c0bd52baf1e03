"""The day at a location: its visits by time, with counts and takings."""

from __future__ import annotations

from datetime import date, timedelta

from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from chains.access import Right
from chains.spaces import LocationRequest, location_view
from config.ui.pages import list_page
from loyalty.rules.money import ZERO
from visits.days import DayFigures, figures_of, visits_of
from visits.filters import DayFilterSet
from visits.forms.reading import YEARS
from visits.models import PaymentMethod, Status
from visits.tables import DayTable


@require_safe
@location_view(Right.VIEW_VISITS)
def day(request: LocationRequest) -> HttpResponse:
    today = request.location.local_date(timezone.now())
    on = _chosen_day(request.GET.get("on", "")) or today
    figures = figures_of(request.location, on)
    return list_page(
        request,
        table=DayTable,
        filterset=DayFilterSet,
        queryset=visits_of(request.location, on),
        title=_("Visits"),
        nothing_yet=_("No visit on this day yet. Search a guest to begin one."),
        template_name="visits/day.html",
        on=on,
        today=today,
        day_before=on - timedelta(days=1),
        day_after=on + timedelta(days=1),
        figures=figures,
        counts=_counts(figures),
        takings=[(method, figures.takings.get(method, ZERO)) for method in PaymentMethod],
        may_check_out=request.access.has(Right.CHECKOUT_VISITS),
    )


def _chosen_day(text: str) -> date | None:
    try:
        on = date.fromisoformat(text)
    except ValueError:
        return None
    return on if on.year in YEARS else None


def _counts(figures: DayFigures) -> list[tuple[Status, int]]:
    """The visits that count, by status; what is cancelled is told apart."""
    counted = [status for status in Status if status is not Status.CANCELLED]
    return [(status, figures.counts[status]) for status in counted if figures.counts.get(status)]
