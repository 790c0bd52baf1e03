"""The points that a chain owes its guests."""

from __future__ import annotations

from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from chains.access import Right
from chains.spaces import ChainRequest, chain_view
from config.replica import report
from config.ui.pages import list_page
from reports.owed.filters import OwedFilterSet
from reports.owed.lots import owed_lots
from reports.owed.tables import OwedTable


@require_safe
@chain_view(Right.VIEW_REPORTS)
@report
def owed(request: ChainRequest) -> HttpResponse:
    shown = ("holder__client", "holder__card__card_type", "transaction__promotion")
    return list_page(
        request,
        table=OwedTable,
        filterset=OwedFilterSet,
        queryset=owed_lots(request.chain, timezone.now()).select_related(*shown),
        title=_("Points owed"),
        nothing_yet=_("No guest has points to spend now. They come with the first accrual by a promotion or by hand."),
        template_name="reports/owed.html",
    )
