"""Every loyalty operation of a client, and points moved by hand."""

from __future__ import annotations

from typing import NamedTuple

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from chains.access import Right
from chains.spaces import ChainRequest, space_page
from clients.models import Client
from config.ui.pages import form_page, list_page
from loyalty.cards.models import Card
from loyalty.client_pages.filters import RowFilterSet
from loyalty.client_pages.forms import AccrueForm, UndoForm, WriteOffForm
from loyalty.client_pages.holders import in_full, named_holder
from loyalty.client_pages.reading import clients_of, may_undo_row
from loyalty.client_pages.tables import RowTable
from loyalty.explanations.transactions import undoing
from loyalty.ledger.by_hand import use_of
from loyalty.ledger.models import Transaction
from loyalty.ledger.shown import quantity_in_words


@space_page(Right.VIEW_CLIENTS)
@require_safe
def rows(request: ChainRequest, client_id: int) -> HttpResponse:
    client = get_object_or_404(clients_of(request.chain), pk=client_id)
    return list_page(
        request,
        table=RowTable,
        filterset=RowFilterSet,
        queryset=in_full(Transaction.objects.filter(chain=request.chain, client=client)),
        title=client.name,
        nothing_yet=_("Nothing was discounted, accrued or paid with points yet. It begins with the first visit."),
        template_name="loyalty/client_pages/rows.html",
        tab="rows",
        client=client,
        may_move_points=request.access.has(Right.MANUAL_POINTS) and _active_cards(client).exists(),
    )


@space_page(Right.MANUAL_POINTS)
@require_http_methods(["GET", "HEAD", "POST"])
def accrue(request: ChainRequest, client_id: int) -> HttpResponse:
    words = FormWords(_("Accrue points"), _("Accrue"), _("The points were accrued."))
    return _moving(request, client_id, AccrueForm, words)


@space_page(Right.MANUAL_POINTS)
@require_http_methods(["GET", "HEAD", "POST"])
def write_off(request: ChainRequest, client_id: int) -> HttpResponse:
    words = FormWords(_("Write off points"), _("Write off"), _("The points were written off."))
    return _moving(request, client_id, WriteOffForm, words)


class FormWords(NamedTuple):
    title: str
    button: str
    saved: str


def _moving(request: ChainRequest, client_id: int, form_class: type[WriteOffForm], words: FormWords) -> HttpResponse:
    """A form that moves points of one of the client's cards; ``?card=`` chooses it beforehand."""
    client = get_object_or_404(clients_of(request.chain), pk=client_id)
    page = request.space.page("loyalty_clients:rows", client.pk)
    form = form_class(
        request.POST or None,
        client=client,
        location=getattr(request, "location", None),
        acting_user=request.user,
        initial={"card": request.GET.get("card")},
    )
    has_card = _active_cards(client).exists()
    return form_page(
        request,
        form=form,
        save=form.write,
        title=words.title,
        button=words.button,
        saved=words.saved,
        success_url=page,
        template_name="loyalty/client_pages/form.html",
        client=client,
        back=page,
        nothing_to_choose="" if has_card or form.is_bound else _("The client has no active card. Issue one first."),
    )


@space_page(Right.VIEW_CLIENTS)
@require_http_methods(["GET", "HEAD", "POST"])
def undo(request: ChainRequest, row_id: int) -> HttpResponse:
    """Ask, then undo a row that was written by hand; who lacks the right of its kind is told so before."""
    found = in_full(Transaction.objects.filter(chain=request.chain)).select_related("client", "chain")
    row = get_object_or_404(found, pk=row_id)
    may_undo = may_undo_row(request.access, row)
    if request.method == "POST" and row.is_manual and not may_undo:
        raise PermissionDenied
    holder = named_holder(row)
    page = request.space.page("loyalty_clients:rows", row.client_id) if row.client_id else request.space.url
    if holder and not row.what.has_lots:
        page = holder.url_in(request.space)
    form = UndoForm(request.POST or None, row=row, acting_user=request.user)
    if form.is_saved(form.write):
        messages.success(request, _("It was undone."))
        return redirect(page)
    context = {
        "page_title": _("Undo %(kind)s") % {"kind": row.get_kind_display()},
        "form": form,
        "row": row,
        "holder": holder,
        "client": row.client,
        "may_undo": may_undo,
        "in_the_way": use_of(row, row.holder) if row.holder else None,
        "amount": quantity_in_words(row.what.unit, row.amount, request.chain.currency),
        "undoing": undoing(row),
        "back": page,
    }
    return render(request, "loyalty/client_pages/undo.html", context)


def _active_cards(client: Client) -> QuerySet[Card]:
    return Card.objects.active().filter(client=client)
