"""A gift card: look, adjust, let it last longer, block; what a client has of them; how much is on one."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from functools import partial
from typing import Any, NamedTuple

from allauth.account.adapter import get_adapter
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from chains.access import Right
from chains.history import as_history, changes_of
from chains.spaces import ChainRequest, LocationRequest, location_view, space_page
from chains.writing import SavedForm
from config.ui.pages import PageLink, form_page, list_page
from loyalty.client_pages.gift_cards.filters import GiftCardRowFilterSet
from loyalty.client_pages.gift_cards.forms import AdjustForm, BlockForm, CodeForm, LastDayForm, LetterForm
from loyalty.client_pages.gift_cards.reading import (
    TOLD,
    ToldGiftCard,
    edited_gift_card,
    gift_cards_of,
    gift_cards_of_client,
    told,
)
from loyalty.client_pages.gift_cards.tables import GiftCardRowTable
from loyalty.client_pages.reading import clients_of
from loyalty.gift_cards.codes import find_by_code
from loyalty.gift_cards.models import GiftCardStatus
from loyalty.ledger.models import Transaction

FORM = "loyalty/client_pages/gift_cards/form.html"


@space_page(Right.VIEW_CLIENTS)
@require_safe
def gift_card(request: ChainRequest, gift_card_id: int) -> HttpResponse:
    """A gift card: what is on it, whose it is, and every row of its holder."""
    shown = _told(request, gift_card_id)
    rows = Transaction.objects.filter(chain=request.chain, holder=shown.card.holder_id)
    stands = shown.status != GiftCardStatus.RETURNED
    return list_page(
        request,
        table=GiftCardRowTable,
        filterset=GiftCardRowFilterSet,
        queryset=rows.in_full().select_related("client"),
        title=_title(shown),
        nothing_yet=_("Nothing came or went on this gift card yet."),
        template_name="loyalty/client_pages/gift_cards/gift_card.html",
        shown=shown,
        card=shown.card,
        may_adjust=stands and request.access.has(Right.ADJUST_VALUE),
        may_block=stands and request.access.has(Right.BLOCK_VALUE),
    )


@space_page(Right.VIEW_CLIENTS)
@require_safe
def gift_card_history(request: ChainRequest, gift_card_id: int) -> HttpResponse:
    """Who changed its last day, blocked and unblocked it, and why."""
    shown = _told(request, gift_card_id)
    context = {
        "page_title": _("History of gift card %(number)s") % {"number": shown.number},
        "breadcrumbs": [_link(request, shown)],
        "history": as_history(changes_of(shown.card, TOLD)),
    }
    return render(request, "loyalty/programs/history.html", context)


@space_page(Right.ADJUST_VALUE)
@require_http_methods(["GET", "HEAD", "POST"])
def gift_card_adjust(request: ChainRequest, gift_card_id: int) -> HttpResponse:
    shown = _told(request, gift_card_id)
    form = AdjustForm(request.POST or None, gift_card=shown.card, acting_user=request.user)
    words = FormWords(_("Adjust the balance"), _("Adjust"), _("The balance was adjusted."))
    return _form_page(request, shown, form, form.write, words)


@space_page(Right.ADJUST_VALUE)
@require_http_methods(["GET", "HEAD", "POST"])
def gift_card_last_day(request: ChainRequest, gift_card_id: int) -> HttpResponse:
    """Let it be good through another day; whoever comes second is told what the first one changed."""
    shown = _told(request, gift_card_id)
    edited = edited_gift_card(shown.card)
    last_day_form = partial(LastDayForm, gift_card=shown.card, acting_user=request.user)
    form = last_day_form(request.POST or None, over=edited.now())
    if form.is_saved(form.write):
        messages.success(request, _("The gift card is valid as you said."))
        return redirect(_link(request, shown).url)
    if form.is_stale:
        shown = _told(request, gift_card_id)
        edited = edited_gift_card(shown.card)
        form = last_day_form(over=form.merged_with(edited))
    context = {
        "page_title": _("Change until when it is valid"),
        "form": form,
        "button": _("Save"),
        "history": edited.history() if form.is_stale else [],
        **_around(request, shown),
    }
    return render(request, FORM, context)


@space_page(Right.BLOCK_VALUE)
@require_http_methods(["GET", "HEAD", "POST"])
def gift_card_block(request: ChainRequest, gift_card_id: int) -> HttpResponse:
    shown = _told(request, gift_card_id)
    form = BlockForm(request.POST or None)
    effects = [_("It will pay no more until it is unblocked. What it paid stays, and it still expires.")]
    words = FormWords(_("Block the gift card"), _("Block gift card"), _("The gift card is blocked."))
    return _form_page(request, shown, form, lambda: form.block(shown.card), words, effects=effects)


@space_page(Right.BLOCK_VALUE)
@require_http_methods(["GET", "HEAD", "POST"])
def gift_card_unblock(request: ChainRequest, gift_card_id: int) -> HttpResponse:
    shown = _told(request, gift_card_id)
    form = BlockForm(request.POST or None)
    effects = [_("It pays again, with what is left on it, through its last day.")]
    words = FormWords(_("Unblock the gift card"), _("Unblock gift card"), _("The gift card pays again."))
    return _form_page(request, shown, form, lambda: form.unblock(shown.card), words, effects=effects)


@space_page(Right.SELL_VALUE)
@require_http_methods(["GET", "HEAD", "POST"])
def gift_card_letter(request: ChainRequest, gift_card_id: int) -> HttpResponse:
    """Send the letter about it again, such as after its address was mended on the bill."""
    shown = _told(request, gift_card_id)
    form = LetterForm(request.POST or None, shown=shown, acting_user=request.user)
    where = {"address": shown.letter_to}
    effects = [
        _("It goes to %(address)s at once, and tells of the gift card as it is now.") % where
        if shown.letter_to
        else _("Nobody is to be told of it: it has no address to go to, or is not active.")
    ]
    words = FormWords(_("Send the letter again"), _("Send the letter"), _("The letter is on its way."))
    return _form_page(request, shown, form, form.write, words, effects=effects)


@space_page(Right.VIEW_CLIENTS)
@require_safe
def gift_cards(request: ChainRequest, client_id: int) -> HttpResponse:
    """The tab of a client's page with what they bought and what they hold."""
    client, today = get_object_or_404(clients_of(request.chain), pk=client_id), _today(request)
    context = {
        "page_title": client.name,
        "tab": "gift_cards",
        "client": client,
        "gift_cards": told(gift_cards_of_client(client, today), request.access, today),
    }
    return render(request, "loyalty/client_pages/gift_cards/of_client.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@location_view(Right.CHECKOUT_VISITS)
def gift_card_look_up(request: LocationRequest) -> HttpResponse:
    """How much is on a gift card of which the code is known; the code is in no address, and wrong ones are limited."""
    form, found = CodeForm(request.POST or None), []

    def find() -> None:
        card = find_by_code(
            request.chain,
            form.cleaned_data["code"],
            user=request.user,
            address=get_adapter(request).get_client_ip(request),
            at=timezone.now(),
        )
        found.append(_told(request, card.pk))

    if form.is_saved(find):
        form = CodeForm()
    context = {
        "page_title": _("Look up a gift card"),
        "form": form,
        "shown": found[0] if found else None,
        "is_accepted_here": bool(found) and found[0].card.terms.as_rules().works_at(request.location.pk),
    }
    return render(request, "loyalty/client_pages/gift_cards/look_up.html", context)


class FormWords(NamedTuple):
    title: str
    button: str
    saved: str


def _form_page(
    request: ChainRequest,
    shown: ToldGiftCard,
    form: SavedForm,
    save: Callable[[], None],
    words: FormWords,
    effects: Iterable[str] = (),
) -> HttpResponse:
    """A form about one gift card, which leads back to its page."""
    return form_page(
        request,
        form=form,
        save=save,
        title=words.title,
        button=words.button,
        saved=words.saved,
        success_url=_link(request, shown).url,
        template_name=FORM,
        effects=effects,
        **_around(request, shown),
    )


def _around(request: ChainRequest, shown: ToldGiftCard) -> dict[str, Any]:
    """What every form about it is drawn with."""
    back = _link(request, shown)
    return {"shown": shown, "card": shown.card, "back": back.url, "breadcrumbs": [back]}


def _told(request: ChainRequest, gift_card_id: int) -> ToldGiftCard:
    card = get_object_or_404(gift_cards_of(request.chain, _today(request)), pk=gift_card_id)
    return ToldGiftCard(card, request.access, _today(request))


def _title(shown: ToldGiftCard) -> str:
    return _("Gift card %(number)s") % {"number": shown.number}


def _link(request: ChainRequest, shown: ToldGiftCard) -> PageLink:
    return PageLink(_title(shown), request.space.page("loyalty_clients:gift_card", shown.card.pk))


def _today(request: ChainRequest) -> date:
    return request.chain.local_date(timezone.now())
