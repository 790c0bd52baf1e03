"""The cards of a client and of the chain: look, issue, block."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from chains.access import Right
from chains.spaces import ChainRequest, chain_view, space_page
from config.ui.pages import PageLink, confirm_page, form_page, list_page
from loyalty.cards.models import Card
from loyalty.cards.services import block_card
from loyalty.client_pages.filters import CardFilterSet, CardRowFilterSet
from loyalty.client_pages.forms import IssueForm
from loyalty.client_pages.held import held_figures
from loyalty.client_pages.reading import cards_of, clients_of, issuable_types
from loyalty.client_pages.tables import CardRowTable, CardTable
from loyalty.ledger.holdings import granting_rows, holdings_of
from loyalty.ledger.models import Transaction

CARDS = ("chain", "client", "card_type__terms", "holder")


@space_page(Right.VIEW_CLIENTS)
@require_safe
def cards(request: ChainRequest, client_id: int) -> HttpResponse:
    """A client's page, which begins with the cards."""
    client = get_object_or_404(clients_of(request.chain), pk=client_id)
    at = timezone.now()
    held = cards_of(client, at=at)
    context = {
        "page_title": client.name,
        "tab": "cards",
        "client": client,
        "cards": held,
        "held": held_figures(client, held, space=request.space, today=request.chain.local_date(at)),
        "may_issue": request.access.has(Right.ISSUE_CARDS) and issuable_types(client).exists(),
    }
    return render(request, "loyalty/client_pages/cards.html", context)


@space_page(Right.ISSUE_CARDS)
@require_http_methods(["GET", "HEAD", "POST"])
def issue(request: ChainRequest, client_id: int) -> HttpResponse:
    client = get_object_or_404(clients_of(request.chain), pk=client_id)
    page = request.space.page("loyalty_clients:cards", client.pk)
    form = IssueForm(request.POST or None, client=client, acting_user=request.user)
    return form_page(
        request,
        form=form,
        save=form.write,
        title=_("Issue a loyalty card"),
        button=_("Issue card"),
        saved=_("The card was issued."),
        success_url=page,
        template_name="loyalty/client_pages/form.html",
        client=client,
        back=page,
        nothing_to_choose=""
        if form.is_bound or issuable_types(client).exists()
        else _("The client has an active card of every type that is still issued."),
    )


@require_safe
@chain_view(Right.VIEW_CLIENTS)
def card_list(request: ChainRequest) -> HttpResponse:
    return list_page(
        request,
        table=CardTable,
        filterset=CardFilterSet,
        queryset=Card.objects.filter(chain=request.chain).select_related("client", "card_type", "holder"),
        title=_("Loyalty cards"),
        nothing_yet=_("No client has a card yet. Issue one on a client's page, or let a card type issue it by itself."),
        template_name="loyalty/client_pages/card_list.html",
    )


@space_page(Right.VIEW_CLIENTS)
@require_safe
def card(request: ChainRequest, card_id: int) -> HttpResponse:
    """A card: what it holds, and every row of its holder."""
    found = get_object_or_404(request.chain.cards.select_related(*CARDS), pk=card_id)
    today = request.chain.local_date(timezone.now())
    holding = holdings_of([found.holder], today=today)[found.holder_id]
    rows = Transaction.objects.filter(chain=request.chain, holder=found.holder_id)
    return list_page(
        request,
        table=CardRowTable,
        filterset=CardRowFilterSet,
        queryset=rows.in_full(),
        title=_("Card %(number)s") % {"number": found.number},
        nothing_yet=_("No points came or went on this card yet."),
        template_name="loyalty/client_pages/card.html",
        card=found,
        client=found.client,
        holding=holding,
        lots=list(zip(holding.lots, granting_rows(holding), strict=True)),
        may_block=request.access.has(Right.BLOCK_CARDS) and not found.is_blocked,
        may_move_points=request.access.has(Right.MANUAL_POINTS) and not found.is_blocked,
    )


@space_page(Right.BLOCK_CARDS)
@require_http_methods(["GET", "HEAD", "POST"])
def block(request: ChainRequest, card_id: int) -> HttpResponse:
    """Ask, then block; blocking twice is blocking once, so the form needs no key."""
    found = get_object_or_404(request.chain.cards.select_related(*CARDS), pk=card_id)
    page = request.space.page("loyalty_clients:card", found.pk)
    if request.method == "POST":
        block_card(card=found, at=timezone.now())
        messages.success(request, _("The card is blocked."))
        return redirect(page)
    return confirm_page(
        request,
        title=_("Block card %(number)s") % {"number": found.number},
        effects=[
            _("%(card)s of %(client)s.") % {"card": found, "client": found.client},
            _("It will neither accrue nor pay nor discount, and take no points by hand. Its points still burn."),
            _("What it did on past visits stays. It cannot be unblocked; a new card of the type can be issued."),
        ],
        button=_("Block card"),
        back=page,
        breadcrumbs=[PageLink(found.number, page)],
    )
