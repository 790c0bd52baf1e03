"""The day at a location: its visits by time, with counts and takings; whoever waits is marked arrived in the row."""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import resolve, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from chains.access import Right
from chains.refusals import Code, Refusal
from chains.spaces import LocationRequest, location_view
from config.ui.pages import list_page
from loyalty.ledger.kinds import ROWS
from loyalty.rules.money import ZERO
from loyalty.rules.plan import PaymentMethod, Status
from visits.checkout import mark_arrived
from visits.days import DayFigures, figures_of, visits_of
from visits.filters import DayFilterSet
from visits.forms.arriving import ArriveForm
from visits.models import Visit
from visits.selling import sell_in_words, sold_now
from visits.tables import DayTable
from visits.window.panes.start import YEARS


@require_safe
@location_view(Right.VIEW_VISITS)
def day(request: LocationRequest) -> HttpResponse:
    return _page(request)


@require_POST
@location_view(Right.CHECKOUT_VISITS)
def arrive(request: LocationRequest, visit_id: int) -> HttpResponse:
    """Mark a guest of the list as arrived; refused, the window of the visit shows why."""
    visit = get_object_or_404(request.location.visits.with_plan(), pk=visit_id)
    visit.chain, visit.location = request.chain, request.location
    try:
        _mark(visit, ArriveForm(request.POST), request)
    except Refusal as refusal:
        if request.location.visits.filter(pk=visit.pk, status=Status.ARRIVED).exists():
            # Two desks pressed the same row: what the second one wanted is so.
            already = _("%(guest)s was marked as arrived already.") % {"guest": visit.client}
            messages.info(request, already if visit.client else _("The bill was marked as arrived already."))
            return _shown_again(request, visit)
        messages.error(request, str(refusal))
        window = f"{reverse('visits:visit', args=[request.location.slug, visit.pk])}?arrive=1"
        return HttpResponseClientRedirect(window) if request.htmx else redirect(window)
    has_arrived = _("%(guest)s has arrived.") % {"guest": visit.client}
    messages.success(request, has_arrived if visit.client else _("The bill is marked as arrived."))
    return _shown_again(request, visit)


def _shown_again(request: LocationRequest, visit: Visit) -> HttpResponse:
    """The list that the browser still has, at its own address; the keyboard goes on from the visit."""
    address = reverse("visits:day", args=[request.location.slug])
    if not request.htmx:
        return redirect(f"{address}?{request.GET.urlencode()}")
    request.path, request.resolver_match = address, resolve(address)
    return _page(request, marked=visit)


def _mark(visit: Visit, form: ArriveForm, request: LocationRequest) -> None:
    if not form.is_valid():
        raise Refusal(Code.STALE_EDIT, _("The list was not sent whole. Look at the visit, then save it."))
    saved = mark_arrived(visit=visit, **form.cleaned_data, at=timezone.now(), acting_user=request.user)
    # A row that was sent before answers with what it saved then, as that is now.
    if (saved.pk, saved.status) != (visit.pk, Status.ARRIVED):
        raise Refusal(
            Code.STALE_EDIT, _("This row was sent before, and the visit was changed since. Look at it first.")
        )


def _page(request: LocationRequest, *, marked: Visit | None = None) -> HttpResponse:
    """The day in the address, with the guest who was just marked as arrived."""
    today = request.location.local_date(timezone.now())
    on = _chosen_day(request.GET.get("on", "")) or today
    figures = figures_of(request.location, on)
    sold = sold_now(request.chain, request.access, request.chain.local_date(timezone.now()))
    return list_page(
        request,
        table=partial(DayTable, marked=marked),
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
        means=[(ROWS[kind].label, amount) for kind, amount in figures.means.items()],
        may_check_out=request.access.has(Right.CHECKOUT_VISITS),
        sells=sell_in_words(sold) if sold else "",
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
