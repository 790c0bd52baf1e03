"""The pages of the visit window."""

from __future__ import annotations

from dataclasses import replace

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_http_methods, require_safe

from chains.access import Right
from chains.csrf import draws_refused
from chains.spaces import LocationRequest, location_view
from clients.models import Client
from visits.models import Visit
from visits.window.layout import PANES
from visits.window.page import Subject
from visits.window.panes.guest import nobody
from visits.window.panes.lines import found_items
from visits.window.rounds import answered


@require_http_methods(["GET", "HEAD", "POST"])
@location_view(Right.CHECKOUT_VISITS)
@draws_refused
def new(request: LocationRequest, client_id: int) -> HttpResponse:
    """The window of a visit that is not saved yet."""
    client = get_object_or_404(request.chain.clients, pk=client_id)
    return answered(request, _subject(request, client, None), PANES)


@require_http_methods(["GET", "HEAD", "POST"])
@location_view(Right.CHECKOUT_VISITS)
@draws_refused
def new_walk_in(request: LocationRequest) -> HttpResponse:
    """The window of a visit of a guest who is not known yet: it begins with the phone."""
    return answered(request, _subject(request, nobody(request.location), None), PANES)


@require_http_methods(["GET", "HEAD", "POST"])
@location_view(Right.CHECKOUT_VISITS)
@draws_refused
def sell(request: LocationRequest) -> HttpResponse:
    """The window of a sale, such as of a gift card to somebody who only comes for that."""
    subject = _subject(request, nobody(request.location), None)
    return answered(request, replace(subject, is_sale=True), PANES)


@require_http_methods(["GET", "HEAD", "POST"])
@location_view(Right.CHECKOUT_VISITS)
@draws_refused
def visit(request: LocationRequest, visit_id: int) -> HttpResponse:
    """The window of a saved visit."""
    found = get_object_or_404(request.location.visits.with_plan(), pk=visit_id)
    found.chain, found.location = request.chain, request.location
    return answered(request, _subject(request, found.client or nobody(request.location), found), PANES)


@require_safe
@location_view(Right.CHECKOUT_VISITS)
def items(request: LocationRequest) -> HttpResponse:
    """Services and products that match what is being typed: the part of the window that htmx asks for."""
    q = request.GET.get("q", "")
    return render(request, "visits/window/found_items.html", {"found": found_items(request.chain, q)})


def _subject(request: LocationRequest, client: Client, visit: Visit | None) -> Subject:
    return Subject(request.location, client, visit, request.access)
