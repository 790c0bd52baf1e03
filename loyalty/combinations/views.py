"""*Conflicts*: what of the programs cannot work, and which promotions act together on which cards and where."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from chains.access import Right
from chains.spaces import ChainRequest, chain_view
from config.ui.pages import PageLink
from loyalty.combinations.combinations import adding_up, combinations_of, invited_where
from loyalty.combinations.warnings import warnings_of_chain
from loyalty.referral.places import all_places


@require_safe
@chain_view(Right.MANAGE_PROGRAMS)
def combinations(request: ChainRequest) -> HttpResponse:
    today = request.chain.local_date(timezone.now())
    places = all_places(request.chain)
    card_types = combinations_of(request.chain, today)
    context = {
        "page_title": _("Conflicts"),
        "breadcrumbs": [PageLink(_("Promotions"), reverse("loyalty:promotion_list", args=[request.chain.slug]))],
        "card_types": card_types,
        "adding_up": adding_up(card_types),
        "warnings": warnings_of_chain(request.chain, today, places),
        "invited": invited_where(places),
    }
    return render(request, "loyalty/combinations/page.html", context)
