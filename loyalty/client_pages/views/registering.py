"""A new client, with the cards that new clients get by themselves."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from chains.access import Right
from chains.refusals import Code
from chains.spaces import ChainRequest, space_page
from clients.services import find_by_phone
from loyalty.client_pages.forms import NewClientForm


@space_page(Right.EDIT_CLIENTS)
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: ChainRequest) -> HttpResponse:
    """Register a client; a phone that is taken shows whose it is."""
    form = NewClientForm(
        request.POST or None,
        chain=request.chain,
        location=getattr(request, "location", None),
        locations=request.access.reachable_locations().active(),
        acting_user=request.user,
    )
    if form.is_saved(form.write) and form.client:
        messages.success(request, _("The client was added."))
        return redirect(request.space.page("loyalty_clients:cards", form.client.pk))
    known = None
    if form.refused == Code.PHONE_TAKEN:
        known = find_by_phone(chain=request.chain, phone=form.data["phone"])
    context = {"page_title": _("New client"), "form": form, "known": known, "button": _("Add client")}
    return render(request, "clients/form.html", context)
