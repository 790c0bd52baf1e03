"""Changing what is known of a client."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from chains.access import Right
from chains.history import as_history, changes_of
from chains.refusals import Code
from chains.spaces import ChainRequest, space_page
from clients.edits import EDITED, differences_since, shown_client
from clients.forms import ClientForm, held_by
from clients.models import Client
from clients.services import find_by_phone
from config.ui.forms import hold_both


@space_page(Right.EDIT_CLIENTS)
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: ChainRequest, client_id: int) -> HttpResponse:
    """Change a client; whoever comes second is told what the first one changed."""
    client = get_object_or_404(request.chain.clients, pk=client_id)
    client.chain = request.chain
    form = ClientForm(request.POST or None, client=client, acting_user=request.user)
    if form.is_bound and form.is_valid():
        form.save()
        if form.is_valid():
            messages.success(request, _("The client was saved."))
            return redirect(request.space.page("loyalty_clients:cards", client.pk))
    return _page(request, client, form)


def _page(request: ChainRequest, client: Client, form: ClientForm) -> HttpResponse:
    meanwhile: dict[str, Any] = {}
    if form.is_stale:
        client = request.chain.clients.get(pk=client.pk)
        shown = shown_client(client, form.cleaned_data["version"])
        meanwhile = {
            "differences": differences_since(client, shown),
            "history": as_history(changes_of(client, EDITED)),
        }
        hold_both(form, was=held_by(shown), now=held_by(client), version=str(client.version))
    known = None
    if form.refused == Code.PHONE_TAKEN:
        known = find_by_phone(chain=request.chain, phone=form.data["phone"])
    context = {
        "page_title": _("Edit %(client)s") % {"client": client},
        "client": client,
        "form": form,
        **meanwhile,
        "known": known,
        "button": _("Save"),
    }
    return render(request, "clients/form.html", context)
