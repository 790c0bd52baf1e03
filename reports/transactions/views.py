"""The chain's ledger as a page."""

from __future__ import annotations

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from chains.access import Right
from chains.spaces import ChainRequest, chain_view
from config.ui.pages import list_page
from reports.transactions.filters import TransactionFilterSet
from reports.transactions.selection import rows_of
from reports.transactions.tables import TransactionTable


@require_safe
@chain_view(Right.VIEW_REPORTS)
def transactions(request: ChainRequest) -> HttpResponse:
    return list_page(
        request,
        table=TransactionTable,
        filterset=TransactionFilterSet,
        queryset=rows_of(request.chain),
        title=_("Transactions"),
        nothing_yet=_("Nothing was discounted, accrued or paid with points yet. It begins with the first visit."),
        template_name="reports/transactions.html",
        may_export=request.access.has(Right.EXPORT_REPORTS),
    )
