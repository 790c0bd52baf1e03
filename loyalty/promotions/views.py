"""Promotions: the list, the form and archiving."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from chains.access import Right
from chains.spaces import ChainRequest, chain_view
from config.ui.pages import PageLink, confirm_page, list_page
from loyalty.cards.services import is_of_referral_program
from loyalty.changes import Change, changes_between, link_changes, subject_names
from loyalty.forms import read_seen, seen_text, typed_in
from loyalty.promotions.filters import PromotionFilterSet
from loyalty.promotions.forms import DEFAULTS, PromotionForm, texts_of
from loyalty.promotions.models import Promotion, PromotionKind, PromotionTerms
from loyalty.promotions.rules_field import with_one_more, without
from loyalty.promotions.services import change_promotion, create_promotion, is_used, seen_promotion
from loyalty.promotions.tables import PromotionTable
from loyalty.terms import Seen

#: Buttons that show the page again and save nothing.
SHOW_AGAIN = ("show_fields", "add_rule", "remove_rule")


def promotions_of(request: ChainRequest) -> PageLink:
    return PageLink(_("Promotions"), reverse("loyalty:promotion_list", args=[request.chain.slug]))


@require_safe
@chain_view(Right.MANAGE_PROGRAMS)
def promotion_list(request: ChainRequest) -> HttpResponse:
    new = PageLink(_("New promotion"), reverse("loyalty:promotion_new", args=[request.chain.slug]))
    first = PageLink(_("New card type"), reverse("loyalty:card_type_new", args=[request.chain.slug]))
    has_types = request.chain.card_types.exists()
    nothing_yet = _("Promotions say which discounts and points guests get. Make the first one.")
    if not has_types:
        nothing_yet = _("Before the first promotion you need a card type: promotions act through loyalty cards.")
    return list_page(
        request,
        table=PromotionTable,
        filterset=PromotionFilterSet,
        queryset=request.chain.promotions.select_related("chain", "terms").prefetch_related("card_types"),
        title=_("Promotions"),
        nothing_yet=nothing_yet,
        add=new if has_types else first,
        links=[] if has_types else [new],
    )


@require_http_methods(["GET", "HEAD", "POST"])
@chain_view(Right.MANAGE_PROGRAMS)
def promotion_new(request: ChainRequest) -> HttpResponse:
    form = _form(request, None)
    if form.is_bound and form.is_saved(lambda: _create(request, form)):
        messages.success(request, _("%(name)s was saved.") % {"name": form.cleaned_data["name"]})
        return redirect(promotions_of(request).url)
    return _page(request, form, title=_("New promotion"))


@require_http_methods(["GET", "HEAD", "POST"])
@chain_view(Right.MANAGE_PROGRAMS)
def promotion_edit(request: ChainRequest, promotion_id: int) -> HttpResponse:
    promotion = _promotion(request, promotion_id)
    form = _form(request, promotion)
    if form.is_bound and form.is_saved(lambda: _change(request, form, promotion)):
        messages.success(
            request, _("%(name)s was saved. It counts from now on; what was given stays.") % {"name": promotion}
        )
        return redirect(promotions_of(request).url)
    promotion = _promotion(request, promotion_id)
    seen, changes = seen_promotion(promotion), []
    if form.is_bound and not form.is_stale and "seen" in request.POST:
        seen = read_seen(request.POST["seen"])
    elif form.is_stale:
        changes = _changes(promotion, read_seen(request.POST.get("seen", "")))
    return _page(request, form, title=promotion.name, promotion=promotion, seen=seen_text(seen), changes=changes)


@require_http_methods(["GET", "HEAD", "POST"])
@chain_view(Right.MANAGE_PROGRAMS)
def promotion_archive(request: ChainRequest, promotion_id: int) -> HttpResponse:
    """Ask, then archive or restore; a promotion that was used is never deleted."""
    promotion = _promotion(request, promotion_id)
    terms = _terms(promotion)
    if request.method == "POST":
        change_promotion(promotion=promotion, archived=not terms.archived, at=timezone.now(), acting_user=request.user)
        said = _("%(name)s acts again.") if terms.archived else _("%(name)s was archived.")
        messages.success(request, said % {"name": promotion})
        return redirect(promotions_of(request).url)
    question = _("Restore %(name)s?") if terms.archived else _("Archive %(name)s?")
    edit = PageLink(promotion.name, _address(request, "promotion_edit", promotion))
    return confirm_page(
        request,
        title=question % {"name": promotion},
        effects=_effects(promotion, terms),
        button=_("Restore") if terms.archived else _("Archive"),
        back=edit.url,
        breadcrumbs=[promotions_of(request), edit],
    )


def _effects(promotion: Promotion, terms: PromotionTerms) -> list[str]:
    if terms.archived:
        return [_("It acts again on visits from now on, under the terms it had.")]
    effects = [
        _("Visits from now on get nothing of it. What it gave before stays: discounts, points and their last days."),
        _("Discounts of it that stand on visits not yet checked out no longer apply there."),
    ]
    if is_of_referral_program(promotion):
        effects.append(_("The referral program gives it, so referrals give nothing until you choose another there."))
    return [*effects, _("You can restore it at any time.")]


def _promotion(request: ChainRequest, promotion_id: int) -> Promotion:
    return get_object_or_404(request.chain.promotions.select_related("chain", "terms"), pk=promotion_id)


def _terms(promotion: Promotion) -> PromotionTerms:
    assert promotion.terms is not None
    return promotion.terms


def _address(request: ChainRequest, name: str, promotion: Promotion) -> str:
    return reverse(f"loyalty:{name}", args=[request.chain.slug, promotion.pk])


def _form(request: ChainRequest, promotion: Promotion | None) -> PromotionForm:
    """Over what is kept; over what was typed, where a button only changes the page; else bound to be saved."""
    about: dict[str, Any] = {
        "chain": request.chain,
        "promotion": promotion,
        "is_used": promotion is not None and is_used(promotion),
    }
    if request.method != "POST":
        texts = texts_of(promotion, _terms(promotion)) if promotion else _wished(request)
        return PromotionForm(initial=texts, **about)
    if not any(button in request.POST for button in SHOW_AGAIN):
        return PromotionForm(request.POST, **about)
    texts = typed_in(request.POST, PromotionForm, DEFAULTS)
    if "add_rule" in request.POST:
        texts["rules"] = with_one_more(texts.get("rules", []))
    if "remove_rule" in request.POST:
        texts["rules"] = without(texts.get("rules", []), request.POST["remove_rule"])
    return PromotionForm(initial=texts, **about)


def _wished(request: ChainRequest) -> dict[str, Any]:
    """A new promotion, of the kind that a link asks for."""
    kind = request.GET.get("kind", "")
    return {**DEFAULTS, "kind": kind if kind in PromotionKind.values else ""}


def _create(request: ChainRequest, form: PromotionForm) -> Promotion:
    return create_promotion(
        chain=request.chain,
        name=form.cleaned_data["name"],
        card_types=form.cleaned_data["card_types"],
        key=form.cleaned_data["key"],
        at=timezone.now(),
        acting_user=request.user,
        **form.columns,
    )


def _change(request: ChainRequest, form: PromotionForm, promotion: Promotion) -> PromotionTerms:
    return change_promotion(
        promotion=promotion,
        name=form.cleaned_data["name"],
        card_types=form.cleaned_data["card_types"],
        seen=read_seen(request.POST.get("seen", "")),
        at=timezone.now(),
        acting_user=request.user,
        **form.columns,
    )


def _changes(promotion: Promotion, seen: Seen) -> list[Change]:
    """What others changed since the page was made."""
    before = promotion.all_terms.filter(pk=seen.terms_id).first()
    if before is None:
        return []
    attached = subject_names(promotion.card_types.all())
    every = subject_names(promotion.chain.card_types.all())
    return [
        *link_changes(seen, promotion.name, attached, every, _("Card types")),
        *changes_between(before, _terms(promotion), promotion.chain),
    ]


def _page(
    request: ChainRequest,
    form: PromotionForm,
    *,
    title: str,
    promotion: Promotion | None = None,
    seen: str = "",
    changes: list[Change] | None = None,
) -> HttpResponse:
    context: dict[str, Any] = {
        "page_title": title,
        "breadcrumbs": [promotions_of(request)],
        "form": form,
        "promotion": promotion,
        "seen": seen,
        "changes": changes or [],
        "focus_last_rule": "add_rule" in request.POST,
    }
    return render(request, "loyalty/promotions/form.html", context)
