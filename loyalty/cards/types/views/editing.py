"""The form of a card type: a new one, an edit, and an edit of what somebody else changed meanwhile."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from chains.access import Right
from chains.edits import Merge
from chains.spaces import ChainRequest, chain_view
from config.ui.archiving import archive_link
from config.ui.pages import PageLink
from loyalty.cards.history import edited_card_type, history_of_card_type
from loyalty.cards.models import CardType, CardTypeTerms
from loyalty.cards.sentences import card_type_in_sentences
from loyalty.cards.services import change_card_type, create_card_type
from loyalty.cards.types.forms import DEFAULTS, CardTypeForm
from loyalty.cards.types.views.lists import card_type_or_404, card_types_of
from loyalty.cards.warnings import warnings_of_card_type
from loyalty.programs.forms import missing_in, typed_in
from loyalty.programs.terms import terms_of
from loyalty.programs.views import Opened, is_errand, sender, way_back

#: What a draft can do without.
NOT_NEEDED = ("name", "promotions")

#: With the terms that are typed, None where they cannot be.
OpenedCardType = Opened[CardTypeForm, CardTypeTerms | None]


@require_http_methods(["GET", "HEAD", "POST"])
@chain_view(Right.MANAGE_PROGRAMS)
def card_type_new(request: ChainRequest) -> HttpResponse:
    if request.method != "POST":
        form = CardTypeForm(initial=dict(DEFAULTS), chain=request.chain, card_type=None)
        return _page(request, Opened(form, CardTypeTerms()))
    opened = _posted(request, None)
    made: list[CardType] = []
    if opened.form.is_saved(lambda: made.append(_create(request, opened.form))):
        messages.success(request, _("%(name)s was saved.") % {"name": made[0]})
        return redirect(way_back(request, made[0].pk) if is_errand(request) else card_types_of(request).url)
    return _page(request, opened)


@require_http_methods(["GET", "HEAD", "POST"])
@chain_view(Right.MANAGE_PROGRAMS)
def card_type_edit(request: ChainRequest, card_type_id: int) -> HttpResponse:
    card_type = card_type_or_404(request, card_type_id)
    if request.method != "POST":
        return _page(request, _opened(request, card_type), card_type)
    opened = _posted(request, card_type)
    if opened.form.is_saved(lambda: _change(request, opened.form, card_type)):
        messages.success(
            request, _("%(name)s was saved. Points given before keep their last day.") % {"name": card_type}
        )
        return redirect(card_types_of(request).url)
    card_type = card_type_or_404(request, card_type_id)
    if opened.form.is_stale:
        opened = _opened(request, card_type, opened.form.merged_with(edited_card_type(card_type)))
    return _page(request, opened, card_type)


def _opened(request: ChainRequest, card_type: CardType, merge: Merge | None = None) -> OpenedCardType:
    """Over what is kept; where somebody saved first, over what remains of both edits."""
    edited = edited_card_type(card_type)
    form = CardTypeForm(over=merge or edited.now(), chain=request.chain, card_type=card_type)
    return Opened(form, edited.terms_in(merge.both.columns) if merge else terms_of(card_type))


def _posted(request: ChainRequest, card_type: CardType | None) -> OpenedCardType:
    """Bound to be saved; or over what was typed, where a button only changes the page."""
    about: dict[str, Any] = {"chain": request.chain, "card_type": card_type}
    bound = CardTypeForm(request.POST, **about)
    missing = missing_in(bound, NOT_NEEDED)
    draft = None
    if not missing:
        draft = CardTypeTerms(card_type=CardType(chain=bound.chain), **bound.choices)
    if "look" not in request.POST:
        return Opened(bound, draft, missing)
    shown = CardTypeForm(initial=typed_in(request.POST, CardTypeForm, DEFAULTS), **about)
    return Opened(shown, draft, missing)


def _create(request: ChainRequest, form: CardTypeForm) -> CardType:
    return create_card_type(
        chain=request.chain,
        at=timezone.now(),
        acting_user=request.user,
        **form.chosen,
    )


def _change(request: ChainRequest, form: CardTypeForm, card_type: CardType) -> CardTypeTerms:
    return change_card_type(
        card_type=card_type,
        seen=form.cleaned_data["seen"],
        at=timezone.now(),
        acting_user=request.user,
        **form.chosen,
    )


def _page(request: ChainRequest, opened: OpenedCardType, card_type: CardType | None = None) -> HttpResponse:
    terms = opened.draft
    open_locations = frozenset(request.chain.locations.active().values_list("pk", flat=True))
    history_url = reverse("loyalty:card_type_history", args=[request.chain.slug, card_type.pk]) if card_type else ""
    context: dict[str, Any] = {
        "page_title": card_type.name if card_type else _("New card type"),
        "breadcrumbs": [sender(request) if is_errand(request) else card_types_of(request)],
        "card_type": card_type,
        "archive": _archive_link(request, card_type) if card_type else None,
        **opened.context(lambda: history_of_card_type(card_type) if card_type else [], history_url),
        "sentences": card_type_in_sentences(terms, request.chain) if terms else [],
        "missing": opened.missing,
        "nothing_in_words": _("Name it and choose what its cards do. Here the card type then stands in words."),
        "warnings": warnings_of_card_type(terms.as_rules(), open_locations) if terms else [],
        "figures": CardType.objects.with_figures(request.chain).get(pk=card_type.pk) if card_type else None,
    }
    return render(request, "loyalty/card_types/form.html", context)


def _archive_link(request: ChainRequest, card_type: CardType) -> PageLink:
    args = [request.chain.slug, card_type.pk]
    return archive_link("loyalty:card_type", args, archived=terms_of(card_type).archived)
