"""The receipt of a visit, and the gift cards that it sold, to be printed or shown to the guest."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from chains.access import Right
from chains.spaces import LocationRequest, location_view
from visits.receipts import printed_cards, receipt_of


@require_safe
@location_view(Right.VIEW_VISITS)
def receipt(request: LocationRequest, visit_id: int) -> HttpResponse:
    visit = get_object_or_404(request.location.visits.select_related("client", "saved_by"), pk=visit_id)
    today = request.chain.local_date(timezone.now())
    shown = receipt_of(visit, chain=request.chain, access=request.access, today=today)
    context = {
        "page_title": _("Receipt of visit %(number)s") % {"number": visit.pk},
        "receipt": shown,
        "sells_cards": any(sold.card for sold in shown.value),
        "visit": visit,
        "may_check_out": request.access.has(Right.CHECKOUT_VISITS),
    }
    return render(request, "visits/receipt.html", context)


@require_safe
@location_view(Right.VIEW_VISITS)
def gift_cards(request: LocationRequest, visit_id: int) -> HttpResponse:
    """The gift cards that a bill sold, one a page: on paper of A6, or as wide as a receipt."""
    visit = get_object_or_404(request.location.visits.select_related("client"), pk=visit_id)
    today = request.chain.local_date(timezone.now())
    cards = printed_cards(visit, access=request.access, today=today)
    context = {
        "page_title": _("Gift cards to print"),
        "cards": cards,
        "visit": visit,
        "paper": "receipt" if request.GET.get("paper") == "receipt" else "a6",
        "may_check_out": request.access.has(Right.CHECKOUT_VISITS),
    }
    return render(request, "visits/gift_cards.html", context)
