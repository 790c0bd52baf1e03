"""The chain's ledger as a page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from chains.access import Right
from chains.spaces import ChainRequest, chain_view
from config.replica import report
from config.ui.books import Book
from config.ui.exports import Progress
from config.ui.pages import PageLink, list_page
from reports.transactions.filters import TransactionFilterSet
from reports.transactions.selection import rows_of
from reports.transactions.tables import TransactionTable
from reports.transactions.workbook import write_workbook


@require_safe
@chain_view(Right.VIEW_REPORTS)
@report
def transactions(request: ChainRequest) -> HttpResponse:
    """The page; its workbook has a sheet of totals beside the rows. Phones are for who may see clients."""
    shows_phones = request.access.has(Right.VIEW_CLIENTS)

    def workbook(
        book: Book,
        progress: Progress,
        *,
        table: TransactionTable,
        filters: TransactionFilterSet,
        columns: Sequence[str],
        **_list: object,
    ) -> None:
        write_workbook(
            book,
            chain=request.chain,
            selection=replace(filters.selection, sort=tuple(table.order_by)),
            at=timezone.now(),
            acting_user=request.user,
            shows_phones=shows_phones,
            chosen=columns,
            progress=progress,
        )

    return list_page(
        request,
        table=partial(TransactionTable, exclude=() if shows_phones else ("phone",)),
        filterset=TransactionFilterSet,
        queryset=rows_of(request.chain),
        title=_("Transactions"),
        nothing_yet=_("Nothing was discounted, accrued or paid with points yet. It begins with the first visit."),
        links=[PageLink(_("My exports"), request.space.page("reports:export_list"))] if request.may_export else [],
        template_name="reports/transactions.html",
        workbook=workbook,
    )
