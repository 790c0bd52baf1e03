"""The list of card types, archiving, and the history of one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from chains.access import Right
from chains.spaces import ChainRequest, chain_view
from config.ui.archiving import Archiving, archive_page
from config.ui.figures import format_points
from config.ui.pages import PageLink, list_page
from loyalty.cards.history import history_of_card_type
from loyalty.cards.models import CardType
from loyalty.cards.sentences import card_type_in_sentences
from loyalty.cards.services import change_card_type, receives_of_referral_program
from loyalty.cards.types.filters import CardTypeFilterSet
from loyalty.cards.types.tables import CardTypeTable
from loyalty.programs.terms import terms_of


def card_types_of(request: ChainRequest) -> PageLink:
    return PageLink(_("Card types"), reverse("loyalty:card_type_list", args=[request.chain.slug]))


def page_of(request: ChainRequest, card_type: CardType) -> PageLink:
    return PageLink(card_type.name, reverse("loyalty:card_type_edit", args=[request.chain.slug, card_type.pk]))


@require_safe
@chain_view(Right.MANAGE_PROGRAMS)
def card_type_list(request: ChainRequest) -> HttpResponse:
    types, slug = CardType.objects.filter(chain=request.chain).with_figures(request.chain), request.chain.slug
    new = PageLink(_("New card type"), reverse("loyalty:card_type_new", args=[slug]))
    start = PageLink(_("Start a program"), reverse("loyalty:start", args=[slug]))
    combinations = PageLink(_("Conflicts"), reverse("loyalty:combinations", args=[slug]))
    return list_page(
        request,
        table=CardTypeTable,
        filterset=CardTypeFilterSet,
        queryset=types.select_related("chain", "terms").prefetch_related("promotions"),
        title=_("Card types"),
        nothing_yet=_("Guests hold cards of a type; promotions act through them. Start with both, on one page."),
        add=new,
        links=[combinations, start],
        begin=start,
    )


@require_safe
@chain_view(Right.MANAGE_PROGRAMS)
def card_type_history(request: ChainRequest, card_type_id: int) -> HttpResponse:
    """Every edit with who, when, from and to."""
    card_type = card_type_or_404(request, card_type_id)
    context = {
        "page_title": _("History of %(name)s") % {"name": card_type.name},
        "breadcrumbs": [card_types_of(request), page_of(request, card_type)],
        "history": history_of_card_type(card_type),
    }
    return render(request, "loyalty/programs/history.html", context)


@require_safe
@chain_view(Right.VIEW_REPORTS)
def card_type_read(request: ChainRequest, card_type_id: int) -> HttpResponse:
    """What cards of a type do in words, and the history of it; for who reads reports."""
    card_type = card_type_or_404(request, card_type_id)
    transactions = PageLink(_("Transactions"), reverse("reports:transactions", args=[request.chain.slug]))
    context = {
        "page_title": card_type.name,
        "breadcrumbs": [transactions],
        "sentences": card_type_in_sentences(terms_of(card_type), request.chain),
        "is_archived": terms_of(card_type).archived,
        "promotions": card_type.promotions.order_by("name_folded", "pk"),
        "history": history_of_card_type(card_type),
        "edit": page_of(request, card_type).url if request.access.has(Right.MANAGE_PROGRAMS) else "",
    }
    return render(request, "loyalty/programs/read.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@chain_view(Right.MANAGE_PROGRAMS)
def card_type_archive(request: ChainRequest, card_type_id: int, archiving: Archiving) -> HttpResponse:
    """Ask, then archive or restore; a type that has cards is never deleted."""
    card_type = card_type_or_404(request, card_type_id)
    return archive_page(
        request,
        archiving,
        subject=card_type,
        act=lambda: change_card_type(
            card_type=card_type, archived=archiving.archived, at=timezone.now(), acting_user=request.user
        ),
        effects=_effects(card_type, archived=archiving.archived),
        restored=_("Cards of the type %(name)s are issued again."),
        crumbs=(card_types_of(request), page_of(request, card_type)),
    )


def _effects(card_type: CardType, *, archived: bool) -> Iterator[str]:
    if not archived:
        yield _("Cards of this type can be issued again, by hand and automatically.")
        return
    found: Any = CardType.objects.with_figures(card_type.chain).get(pk=card_type.pk)
    cards = ngettext("%(cards)s card", "%(cards)s cards", found.card_count) % {"cards": found.card_count}
    points = format_points(found.outstanding, card_type.chain.currency)
    yield _("No more cards of this type are issued, neither by hand nor automatically.")
    if receives_of_referral_program(card_type):
        yield _("The referral program gives its points on it: inviters without such a card get nothing from now on.")
    working = _("What exists goes on working: %(cards)s with %(points)s points outstanding.")
    yield working % {"cards": cards, "points": points}


def card_type_or_404(request: ChainRequest, card_type_id: int) -> CardType:
    return get_object_or_404(request.chain.card_types.select_related("chain", "terms"), pk=card_type_id)
