"""The chain's ledger as a page."""

from __future__ import annotations

from datetime import datetime
from io import BytesIO

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from chains.access import Right
from chains.models import Chain
from chains.spaces import ChainRequest, chain_view
from config.ui.pages import list_page
from config.ui.spreadsheets import CONTENT_TYPE
from reports.transactions.filters import TransactionFilterSet
from reports.transactions.selection import Selection, rows_of
from reports.transactions.tables import TransactionTable
from reports.transactions.workbook import write_workbook


@require_safe
@chain_view(Right.VIEW_REPORTS)
def transactions(request: ChainRequest) -> HttpResponse:
    """The page; with ``?export=xlsx`` its rows, all of them and in their order, as a workbook."""
    if request.GET.get("export") == "xlsx":
        filters = TransactionFilterSet(request.GET, queryset=rows_of(request.chain), request=request)
        _require_export(request)
        if filters.is_valid():
            return _workbook(request, filters.selection)
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


def _require_export(request: ChainRequest) -> None:
    if not request.access.has(Right.EXPORT_REPORTS):
        raise PermissionDenied


def _workbook(request: ChainRequest, selection: Selection) -> HttpResponse:
    file, at = BytesIO(), timezone.now()
    write_workbook(file, chain=request.chain, selection=selection, at=at, acting_user=request.user)
    name = content_disposition_header(as_attachment=True, filename=filename(request.chain, at))
    return HttpResponse(file.getvalue(), content_type=CONTENT_TYPE, headers={"Content-Disposition": str(name)})


def filename(chain: Chain, at: datetime) -> str:
    return f"transactions-{chain.slug}-{chain.local_date(at)}.xlsx"
