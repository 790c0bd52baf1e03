"""The locations of a chain: the list, the form and archiving."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from chains.access import Right
from chains.archiving import set_archived
from chains.models import Location
from chains.settings.locations.filters import LocationFilterSet
from chains.settings.locations.forms import LocationForm
from chains.settings.locations.services import add_location, change_location, edited_location
from chains.settings.locations.tables import LocationTable
from chains.spaces import ChainRequest, chain_view
from config.ui.archiving import Archiving, archive_link, archive_page
from config.ui.pages import PageLink, list_page


def _list(request: ChainRequest) -> PageLink:
    return PageLink(_("Locations"), reverse("chains_settings:location_list", args=[request.chain.slug]))


def _edit(location: Location) -> PageLink:
    return PageLink(location.name, reverse("chains_settings:location_edit", args=[location.chain.slug, location.pk]))


@require_safe
@chain_view(Right.MANAGE_SETTINGS)
def location_list(request: ChainRequest) -> HttpResponse:
    return list_page(
        request,
        table=LocationTable,
        filterset=LocationFilterSet,
        queryset=Location.objects.filter(chain=request.chain).with_users().select_related("chain"),
        title=_("Locations"),
        nothing_yet=_("A location is a place where guests come: a salon, a clinic, a café. Add the first one."),
        add=PageLink(_("New location"), reverse("chains_settings:location_new", args=[request.chain.slug])),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@chain_view(Right.MANAGE_SETTINGS)
def location_new(request: ChainRequest) -> HttpResponse:
    form = LocationForm(request.POST or None, chain=request.chain, location=None)
    if form.is_saved(lambda: _add(request, form)):
        said = _("%(name)s was added. Those who may enter all locations can work there now.")
        messages.success(request, said % {"name": form.cleaned_data["name"]})
        return redirect(_list(request).url)
    context = {"page_title": _("New location"), "form": form, "breadcrumbs": [_list(request)]}
    return render(request, "chains/settings/form.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@chain_view(Right.MANAGE_SETTINGS)
def location_edit(request: ChainRequest, location_id: int) -> HttpResponse:
    location = _location(request, location_id)
    edited = edited_location(location)
    form = LocationForm(request.POST or None, chain=request.chain, location=location, over=edited.now())
    if form.is_saved(lambda: _change(request, form, location)):
        messages.success(request, _("%(name)s was saved.") % {"name": form.cleaned_data["name"]})
        return redirect(_list(request).url)
    if form.is_stale:
        location = _location(request, location_id)
        edited = edited_location(location)
        form = LocationForm(chain=request.chain, location=location, over=form.merged_with(edited))
    context = {
        "page_title": location.name,
        "form": form,
        "history": edited.history(),
        "breadcrumbs": [_list(request)],
        "links": [
            archive_link("chains_settings:location", [request.chain.slug, location.pk], archived=location.archived)
        ],
    }
    return render(request, "chains/settings/form.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@chain_view(Right.MANAGE_SETTINGS)
def location_archive(request: ChainRequest, location_id: int, archiving: Archiving) -> HttpResponse:
    """Ask, then close a location or open it again."""
    location = _location(request, location_id)
    effects = [_("It is again among the spaces of its users, and offered where a location is chosen.")]
    if archiving.archived:
        effects = [
            _("It is no longer among the spaces of its users, and no longer offered where a location is chosen."),
            _("Its visits, and the cards and points of its guests, stay as they are and stay in every report."),
        ]
    return archive_page(
        request,
        archiving,
        subject=location,
        act=lambda: set_archived(location, archived=archiving.archived, acting_user=request.user),
        effects=effects,
        restored=_("%(name)s is open again."),
        crumbs=(_list(request), _edit(location)),
    )


def _location(request: ChainRequest, location_id: int) -> Location:
    return get_object_or_404(request.chain.locations.select_related("chain"), pk=location_id)


def _add(request: ChainRequest, form: LocationForm) -> Location:
    chosen = form.cleaned_data
    return add_location(
        chain=request.chain,
        name=chosen["name"],
        slug=chosen["slug"],
        time_zone=chosen["time_zone"],
        bills_without_guest=chosen["bills_without_guest"],
        key=chosen["key"],
        at=timezone.now(),
        acting_user=request.user,
    )


def _change(request: ChainRequest, form: LocationForm, location: Location) -> None:
    chosen = form.cleaned_data
    change_location(
        location=location,
        name=chosen["name"],
        time_zone=chosen["time_zone"],
        bills_without_guest=chosen["bills_without_guest"],
        seen=chosen["seen"],
        key=chosen["key"],
        at=timezone.now(),
        acting_user=request.user,
    )
