"""The chain itself: one page."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from chains.access import Right
from chains.history import as_history, changes_of, shown_at, version_of
from chains.settings.general.forms import ChainForm
from chains.settings.general.services import FIELDS, change_chain, currency_lock
from chains.spaces import ChainRequest, chain_view


@require_http_methods(["GET", "HEAD", "POST"])
@chain_view(Right.MANAGE_SETTINGS)
def general(request: ChainRequest) -> HttpResponse:
    chain, differences = request.chain, []
    initial = {"seen": version_of(chain)}
    form = ChainForm(
        request.POST or None,
        chain=chain,
        locked=currency_lock(chain, ""),
        may_change_limits=request.access.has(Right.MANAGE_USERS),
        initial=initial,
    )
    if form.is_bound and form.is_saved(lambda: _save(request, form)):
        messages.success(request, _("The settings were saved."))
        return redirect("chains_general:general", chain.slug)
    if form.is_stale:
        before = shown_at(chain, form.cleaned_data["seen"])
        differences = FIELDS.differences(before, chain) if before else []
        form.show_as_of(initial["seen"], FIELDS.held_by(before))
    context = {
        "page_title": _("General"),
        "form": form,
        "differences": differences,
        "history": as_history(changes_of(chain, FIELDS)),
    }
    return render(request, "chains/settings/form.html", context)


def _save(request: ChainRequest, form: ChainForm) -> None:
    change_chain(
        chain=request.chain,
        seen=form.cleaned_data["seen"],
        key=form.cleaned_data["key"],
        at=timezone.now(),
        acting_user=request.user,
        **form.columns(),
    )
