"""The chain itself: one page."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from chains.access import Right
from chains.models import Chain
from chains.settings.general.forms import ChainForm
from chains.settings.general.services import change_chain, currency_lock, edited_chain
from chains.spaces import ChainRequest, chain_view


@require_http_methods(["GET", "HEAD", "POST"])
@chain_view(Right.MANAGE_SETTINGS)
def general(request: ChainRequest) -> HttpResponse:
    chain = request.chain
    edited = edited_chain(chain)
    form = ChainForm(request.POST or None, over=edited.now(), **_about(request, chain))
    if form.is_saved(lambda: _save(request, form)):
        messages.success(request, _("The settings were saved."))
        return redirect("chains_general:general", chain.slug)
    if form.is_stale:
        chain = Chain.objects.get(pk=chain.pk)
        edited = edited_chain(chain)
        form = ChainForm(over=form.merged_with(edited), **_about(request, chain))
    context = {"page_title": _("General"), "form": form, "history": edited.history()}
    return render(request, "chains/settings/form.html", context)


def _about(request: ChainRequest, chain: Chain) -> dict[str, Any]:
    may_change_limits = request.access.has(Right.MANAGE_USERS)
    return {"chain": chain, "locked": currency_lock(chain, ""), "may_change_limits": may_change_limits}


def _save(request: ChainRequest, form: ChainForm) -> None:
    change_chain(
        chain=request.chain,
        seen=form.cleaned_data["seen"],
        key=form.cleaned_data["key"],
        at=timezone.now(),
        acting_user=request.user,
        **form.columns,
    )
