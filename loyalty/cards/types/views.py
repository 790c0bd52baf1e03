"""Card types: the list, the form and archiving."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from chains.access import Right
from chains.spaces import ChainRequest, chain_view
from config.ui.figures import format_points
from config.ui.pages import PageLink, confirm_page, list_page
from loyalty.cards.models import CardType, CardTypeTerms
from loyalty.cards.services import change_card_type, create_card_type, seen_card_type
from loyalty.cards.types.filters import CardTypeFilterSet
from loyalty.cards.types.forms import DEFAULTS, CardTypeForm, texts_of
from loyalty.cards.types.tables import CardTypeTable
from loyalty.changes import Change, changes_between, link_changes, subject_names
from loyalty.forms import read_seen, seen_text
from loyalty.terms import Seen


def card_types_of(request: ChainRequest) -> PageLink:
    return PageLink(_("Card types"), reverse("loyalty:card_type_list", args=[request.chain.slug]))


@require_safe
@chain_view(Right.MANAGE_PROGRAMS)
def card_type_list(request: ChainRequest) -> HttpResponse:
    types = CardType.objects.filter(chain=request.chain).with_figures()
    return list_page(
        request,
        table=CardTypeTable,
        filterset=CardTypeFilterSet,
        queryset=types.select_related("chain", "terms").prefetch_related("promotions"),
        title=_("Card types"),
        nothing_yet=_("Guests hold cards of a type; promotions act through them. Make the first type."),
        add=PageLink(_("New card type"), reverse("loyalty:card_type_new", args=[request.chain.slug])),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@chain_view(Right.MANAGE_PROGRAMS)
def card_type_new(request: ChainRequest) -> HttpResponse:
    form = _form(request, None)
    if form.is_bound and form.is_saved(lambda: _create(request, form)):
        messages.success(request, _("%(name)s was saved.") % {"name": form.cleaned_data["name"]})
        return redirect(card_types_of(request).url)
    return _page(request, form, title=_("New card type"))


@require_http_methods(["GET", "HEAD", "POST"])
@chain_view(Right.MANAGE_PROGRAMS)
def card_type_edit(request: ChainRequest, card_type_id: int) -> HttpResponse:
    card_type = _card_type(request, card_type_id)
    form = _form(request, card_type)
    if form.is_bound and form.is_saved(lambda: _change(request, form, card_type)):
        messages.success(
            request, _("%(name)s was saved. Points given before keep their last day.") % {"name": card_type}
        )
        return redirect(card_types_of(request).url)
    card_type = _card_type(request, card_type_id)
    seen, changes = seen_card_type(card_type), []
    if form.is_stale:
        changes = _changes(card_type, read_seen(request.POST.get("seen", "")))
    elif form.is_bound:
        seen = read_seen(request.POST.get("seen", ""))
    return _page(request, form, title=card_type.name, card_type=card_type, seen=seen_text(seen), changes=changes)


@require_http_methods(["GET", "HEAD", "POST"])
@chain_view(Right.MANAGE_PROGRAMS)
def card_type_archive(request: ChainRequest, card_type_id: int) -> HttpResponse:
    """Ask, then archive or restore; a type that has cards is never deleted."""
    card_type = _card_type(request, card_type_id)
    is_archived = _terms(card_type).archived
    if request.method == "POST":
        change_card_type(card_type=card_type, archived=not is_archived, at=timezone.now(), acting_user=request.user)
        said = _("Cards of the type %(name)s are issued again.") if is_archived else _("%(name)s was archived.")
        messages.success(request, said % {"name": card_type})
        return redirect(card_types_of(request).url)
    question = _("Restore %(name)s?") if is_archived else _("Archive %(name)s?")
    edit = PageLink(card_type.name, reverse("loyalty:card_type_edit", args=[request.chain.slug, card_type.pk]))
    return confirm_page(
        request,
        title=question % {"name": card_type},
        effects=_effects(card_type),
        button=_("Restore") if is_archived else _("Archive"),
        back=edit.url,
        breadcrumbs=[card_types_of(request), edit],
    )


def _effects(card_type: CardType) -> list[str]:
    if _terms(card_type).archived:
        return [_("Cards of this type can be issued again, by hand and automatically.")]
    found: Any = CardType.objects.with_figures().get(pk=card_type.pk)
    cards = ngettext("%(cards)s card", "%(cards)s cards", found.card_count) % {"cards": found.card_count}
    points = format_points(found.outstanding, card_type.chain.currency)
    return [
        _("No more cards of this type are issued, neither by hand nor automatically."),
        _("What exists goes on working: %(cards)s with %(points)s points outstanding.")
        % {"cards": cards, "points": points},
        _("You can restore it at any time."),
    ]


def _card_type(request: ChainRequest, card_type_id: int) -> CardType:
    return get_object_or_404(request.chain.card_types.select_related("chain", "terms"), pk=card_type_id)


def _terms(card_type: CardType) -> CardTypeTerms:
    assert card_type.terms is not None
    return card_type.terms


def _form(request: ChainRequest, card_type: CardType | None) -> CardTypeForm:
    if request.method == "POST":
        return CardTypeForm(request.POST, chain=request.chain, card_type=card_type)
    texts = texts_of(card_type, _terms(card_type)) if card_type else dict(DEFAULTS)
    return CardTypeForm(initial=texts, chain=request.chain, card_type=card_type)


def _create(request: ChainRequest, form: CardTypeForm) -> CardType:
    return create_card_type(
        chain=request.chain,
        name=form.cleaned_data["name"],
        promotions=form.cleaned_data["promotions"],
        key=form.cleaned_data["key"],
        at=timezone.now(),
        acting_user=request.user,
        **form.columns,
    )


def _change(request: ChainRequest, form: CardTypeForm, card_type: CardType) -> CardTypeTerms:
    return change_card_type(
        card_type=card_type,
        name=form.cleaned_data["name"],
        promotions=form.cleaned_data["promotions"],
        seen=read_seen(request.POST.get("seen", "")),
        at=timezone.now(),
        acting_user=request.user,
        **form.columns,
    )


def _changes(card_type: CardType, seen: Seen) -> list[Change]:
    """What others changed since the page was made."""
    before = card_type.all_terms.filter(pk=seen.terms_id).first()
    if before is None:
        return []
    attached = subject_names(card_type.promotions.all())
    every = subject_names(card_type.chain.promotions.all())
    return [
        *link_changes(seen, card_type.name, attached, every, _("Promotions")),
        *changes_between(before, _terms(card_type), card_type.chain),
    ]


def _page(
    request: ChainRequest,
    form: CardTypeForm,
    *,
    title: str,
    card_type: CardType | None = None,
    seen: str = "",
    changes: list[Change] | None = None,
) -> HttpResponse:
    context: dict[str, Any] = {
        "page_title": title,
        "breadcrumbs": [card_types_of(request)],
        "form": form,
        "card_type": card_type,
        "seen": seen,
        "changes": changes or [],
    }
    return render(request, "loyalty/card_types/form.html", context)
