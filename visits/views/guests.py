"""Whose visit it is: a guest is found from any page of the location, or registered on the spot."""

from __future__ import annotations

from datetime import date

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from chains.access import Right
from chains.refusals import Code, Refusal
from chains.spaces import LocationRequest, location_view
from clients.services import find_by_phone
from loyalty.cards.services import register_client
from visits.forms.guests import NewGuestForm, SearchForm
from visits.search import Found, known_guests, look_for

#: More than anyone reads through; the next letter typed makes them fewer.
MOST_GUESTS = 20

NOBODY = Found(None, [], has_more=False)


@require_safe
@location_view(Right.CHECKOUT_VISITS)
def guest(request: LocationRequest) -> HttpResponse:
    """Search the chain's clients to begin a visit of one of them, or a visit by its number."""
    form = SearchForm(request.GET)
    search = form.cleaned_data["q"].strip() if form.is_valid() else ""
    found = look_for(search, location=request.location, on=_today(request), most=MOST_GUESTS) if search else NOBODY
    return _page(request, search, found, NewGuestForm(initial=_taken_from(search)))


def _today(request: LocationRequest) -> date:
    return request.location.local_date(timezone.now())


def _taken_from(search: str) -> dict[str, str]:
    """What was searched for in vain is most likely the new guest's."""
    return {"phone": search} if any(character.isdigit() for character in search) else {"name": search}


@require_http_methods(["GET", "HEAD", "POST"])
@location_view(Right.EDIT_CLIENTS)
def register(request: LocationRequest) -> HttpResponse:
    """Register a guest with a phone and a name; a known phone shows whose it is.

    A page that shows what is wrong has this address, so it may be asked for: then the search stands there.
    """
    if request.method != "POST":
        return redirect("visits:guest", request.location.slug)
    form = NewGuestForm(request.POST)
    found = NOBODY
    if form.is_valid():
        try:
            client = register_client(
                chain=request.chain,
                name=form.cleaned_data["name"],
                phone=form.cleaned_data["phone"],
                location=request.location,
                key=form.cleaned_data["key"],
                at=timezone.now(),
                acting_user=request.user,
            )
        except Refusal as refusal:
            form.add_error(refusal.field_of(form.fields), str(refusal))
            if refusal.code == Code.PHONE_TAKEN:
                known = find_by_phone(chain=request.chain, phone=form.data["phone"])
                found = known_guests([known], location=request.location, on=_today(request))
        else:
            return redirect("visits:new", request.location.slug, client.pk)
    return _page(request, "", found, form)


def _page(request: LocationRequest, search: str, found: Found, new_guest: NewGuestForm) -> HttpResponse:
    new_guest.begin_at_the_first_blank(is_wanted=bool(search) and not found)
    context = {
        "page_title": _("Find a guest"),
        "search": SearchForm(initial={"q": search}),
        "searched": search,
        "found": found,
        "new_guest": new_guest if request.access.has(Right.EDIT_CLIENTS) else None,
    }
    return render(request, "visits/guest.html", context)
