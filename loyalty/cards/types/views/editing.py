"""The form of a card type: a new one, an edit, and an edit of what somebody else changed meanwhile."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from chains.access import Right
from chains.spaces import ChainRequest, chain_view
from loyalty.cards.models import CardType, CardTypeTerms
from loyalty.cards.sentences import card_type_in_sentences
from loyalty.cards.services import change_card_type, create_card_type, seen_card_type
from loyalty.cards.types.forms import DEFAULTS, CardTypeForm, texts_of
from loyalty.cards.types.views.lists import card_type_or_404, card_types_of, terms_of
from loyalty.cards.warnings import warnings_of_card_type
from loyalty.changes import Names, Overtaken, Version, merged, merged_links, merged_name, overtaken
from loyalty.forms import missing_in, read_seen, seen_text, typed_in
from loyalty.history import history_of_card_type
from loyalty.terms import one_order

#: What a draft can do without.
NOT_NEEDED = ("name", "promotions")


@dataclass
class Opened:
    """A form as it is shown, the draft in it (None where it cannot be), and what the page was made from."""

    form: CardTypeForm
    terms: CardTypeTerms | None
    seen: str = ""
    is_stale: bool = False
    overtaken: list[Overtaken] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)


@require_http_methods(["GET", "HEAD", "POST"])
@chain_view(Right.MANAGE_PROGRAMS)
def card_type_new(request: ChainRequest) -> HttpResponse:
    if request.method != "POST":
        form = CardTypeForm(initial=dict(DEFAULTS), chain=request.chain, card_type=None)
        return _page(request, Opened(form, CardTypeTerms()), title=_("New card type"))
    opened = _posted(request, None)
    if opened.form.is_bound and opened.form.is_saved(lambda: _create(request, opened.form)):
        messages.success(request, _("%(name)s was saved.") % {"name": opened.form.cleaned_data["name"]})
        return redirect(card_types_of(request).url)
    return _page(request, opened, title=_("New card type"))


@require_http_methods(["GET", "HEAD", "POST"])
@chain_view(Right.MANAGE_PROGRAMS)
def card_type_edit(request: ChainRequest, card_type_id: int) -> HttpResponse:
    card_type = card_type_or_404(request, card_type_id)
    if request.method != "POST":
        return _page(request, _kept(request, card_type), title=card_type.name, card_type=card_type)
    opened = _posted(request, card_type)
    form = opened.form
    if form.is_bound and form.is_saved(lambda: _change(request, form, card_type)):
        messages.success(
            request, _("%(name)s was saved. Points given before keep their last day.") % {"name": card_type}
        )
        return redirect(card_types_of(request).url)
    card_type = card_type_or_404(request, card_type_id)
    if form.is_stale:
        opened = _both(request, form, card_type)
    return _page(request, opened, title=card_type.name, card_type=card_type)


def _kept(request: ChainRequest, card_type: CardType) -> Opened:
    attached = card_type.promotions.values_list("pk", flat=True)
    texts = texts_of(terms_of(card_type), card_type.name, attached, request.chain.places)
    form = CardTypeForm(initial=texts, chain=request.chain, card_type=card_type)
    return Opened(form, terms_of(card_type), seen_text(seen_card_type(card_type)))


def _posted(request: ChainRequest, card_type: CardType | None) -> Opened:
    """Bound to be saved; or over what was typed, where a button only changes the page."""
    about: dict[str, Any] = {"chain": request.chain, "card_type": card_type}
    bound = CardTypeForm(request.POST, **about)
    missing = missing_in(bound, NOT_NEEDED)
    draft, seen = None, request.POST.get("seen", "")
    if not missing:
        draft = CardTypeTerms(card_type=CardType(chain=bound.chain), **one_order(bound.columns))
    if "look" not in request.POST:
        return Opened(bound, draft, seen, missing=missing)
    shown = CardTypeForm(initial=typed_in(request.POST, CardTypeForm, DEFAULTS), **about)
    return Opened(shown, draft, seen, missing=missing)


def _both(request: ChainRequest, form: CardTypeForm, card_type: CardType) -> Opened:
    """Somebody saved first: the fields with what remains of both edits, to be looked at and saved again."""
    base, theirs = _seen(request, card_type), _version(card_type)
    chosen = frozenset(each.pk for each in form.cleaned_data["promotions"])
    typed = CardTypeTerms(**{**base.columns, **one_order(form.columns)})
    yours = Version(typed, form.cleaned_data["name"].strip(), chosen)
    terms, attached = CardTypeTerms(**merged(base, theirs, yours)), merged_links(base, theirs, yours)
    texts = texts_of(terms, merged_name(base, theirs, yours), attached, request.chain.places)
    return Opened(
        CardTypeForm(initial=texts, chain=request.chain, card_type=card_type),
        terms,
        seen_text(seen_card_type(card_type)),
        is_stale=True,
        overtaken=overtaken(base, theirs, yours, Names(request.chain), links="promotions"),
    )


def _version(card_type: CardType) -> Version:
    attached = frozenset(card_type.promotions.values_list("pk", flat=True))
    return Version(terms_of(card_type), card_type.name, attached)


def _seen(request: ChainRequest, card_type: CardType) -> Version:
    """What the page was made from; as it is now, where the page does not say so."""
    seen = read_seen(request.POST.get("seen", ""))
    terms = card_type.all_terms.filter(pk=seen.terms_id).first()
    return Version(terms, seen.name, seen.attached) if terms else _version(card_type)


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


def _last_edit(card_type: CardType | None) -> dict[str, Any]:
    """Who saved it meanwhile, and when."""
    if card_type is None:
        return {}
    url = reverse("loyalty:card_type_history", args=[card_type.chain.slug, card_type.pk])
    return {"history": history_of_card_type(card_type)[:1], "history_url": url}


def _page(request: ChainRequest, opened: Opened, *, title: str, card_type: CardType | None = None) -> HttpResponse:
    terms = opened.terms
    open_locations = frozenset(request.chain.locations.active().values_list("pk", flat=True))
    context: dict[str, Any] = {
        "page_title": title,
        "breadcrumbs": [card_types_of(request)],
        "form": opened.form,
        "card_type": card_type,
        "seen": opened.seen,
        "is_stale": opened.is_stale,
        "overtaken": opened.overtaken,
        "sentences": card_type_in_sentences(terms, request.chain) if terms else [],
        **_last_edit(card_type if opened.is_stale else None),
        "missing": opened.missing,
        "nothing_in_words": _("Name it and choose what its cards do. Here the card type then stands in words."),
        "warnings": warnings_of_card_type(terms.as_rules(), open_locations) if terms else [],
        "figures": CardType.objects.with_figures().get(pk=card_type.pk) if card_type else None,
    }
    return render(request, "loyalty/card_types/form.html", context)
