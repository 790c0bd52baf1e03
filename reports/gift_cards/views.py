"""The gift cards that a chain, or one of its locations, sold."""

from __future__ import annotations

from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from chains.access import Right
from chains.spaces import ChainRequest, space_page
from config.replica import report
from config.ui.pages import list_page
from reports.gift_cards.filters import GiftCardFilterSet
from reports.gift_cards.reading import listed
from reports.gift_cards.tables import GiftCardTable


@space_page(Right.VIEW_REPORTS)
@require_safe
@report
def gift_cards(request: ChainRequest) -> HttpResponse:
    today = request.chain.local_date(timezone.now())
    return list_page(
        request,
        table=GiftCardTable,
        filterset=GiftCardFilterSet,
        queryset=listed(request.chain, today, getattr(request, "location", None)),
        title=_("Gift cards"),
        nothing_yet=_("No gift card was sold yet. Once there is a type of them, the front desk sells them."),
        template_name="reports/gift_cards.html",
    )
