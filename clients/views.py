"""Changing what is known of a client."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from chains.access import Right
from chains.refusals import Code
from chains.spaces import ChainRequest, space_page
from clients.edits import edited_client
from clients.forms import ClientForm
from clients.models import Client
from clients.services import change_client, find_by_phone


@space_page(Right.EDIT_CLIENTS)
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: ChainRequest, client_id: int) -> HttpResponse:
    """Change a client; whoever comes second is told what the first one changed."""
    client = _client(request, client_id)
    edited = edited_client(client)
    form = ClientForm(request.POST or None, over=edited.now())
    if form.is_saved(lambda: _change(request, form, client)):
        messages.success(request, _("The client was saved."))
        return redirect(request.space.page("loyalty_clients:cards", client.pk))
    known = None
    if form.refused == Code.PHONE_TAKEN:
        known = find_by_phone(chain=request.chain, phone=form.data["phone"])
    if form.is_stale:
        client = _client(request, client_id)
        edited = edited_client(client)
        form = ClientForm(over=form.merged_with(edited))
    context = {
        "page_title": _("Edit %(client)s") % {"client": client},
        "client": client,
        "form": form,
        "history": edited.history() if form.is_stale else [],
        "known": known,
        "button": _("Save"),
    }
    return render(request, "clients/form.html", context)


def _change(request: ChainRequest, form: ClientForm, client: Client) -> None:
    change_client(client=client, at=timezone.now(), acting_user=request.user, **form.cleaned_data)


def _client(request: ChainRequest, client_id: int) -> Client:
    client = get_object_or_404(request.chain.clients, pk=client_id)
    client.chain = request.chain
    return client
