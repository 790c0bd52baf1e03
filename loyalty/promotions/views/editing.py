"""The form of a promotion: a new one, a copy, an edit, and an edit of what somebody else changed meanwhile."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from chains.access import Right
from chains.spaces import ChainRequest, chain_view
from config.ui.pages import PageLink
from loyalty.changes import Names, Overtaken, Version, merged, merged_links, merged_name, overtaken
from loyalty.forms import read_seen, seen_text, typed_in, with_defaults
from loyalty.history import history_of_promotion
from loyalty.promotions.drafts import Draft, draft_of
from loyalty.promotions.forms import DEFAULTS, PromotionForm, texts_of
from loyalty.promotions.models import Promotion, PromotionKind, PromotionTerms
from loyalty.promotions.rules_field import in_order, with_one_more, with_rows, without
from loyalty.promotions.services import as_kept, change_promotion, create_promotion, is_used, seen_promotion, uses_of
from loyalty.promotions.views.lists import promotion_or_404, promotions_of, terms_of
from loyalty.promotions.views.pane import draft_in, pane

#: Buttons that show the page again and save nothing.
SHOW_AGAIN = ("look", "show_fields", "add_rule", "remove_rule", "sort_rules")


@dataclass
class Opened:
    """A form as it is shown: the fields, the draft beside them, and what the page was made from."""

    form: PromotionForm
    draft: Draft
    seen: str = ""
    is_stale: bool = False
    overtaken: list[Overtaken] = field(default_factory=list)


@require_http_methods(["GET", "HEAD", "POST"])
@chain_view(Right.MANAGE_PROGRAMS)
def promotion_new(request: ChainRequest) -> HttpResponse:
    """``?kind=`` begins with a kind, ``?from=`` with a copy; ``?for=referral`` goes on to the referral program."""
    if request.method != "POST":
        return _page(request, _blank(request), title=_("New promotion"))
    opened = _posted(request, None)
    if opened.form.is_bound and opened.form.is_saved(lambda: _create(request, opened.form)):
        messages.success(request, _("%(name)s was saved.") % {"name": opened.form.cleaned_data["name"]})
        if _is_for_referral(request):
            return redirect("loyalty:referral_program", request.chain.slug)
        return redirect(promotions_of(request).url)
    return _page(request, opened, title=_("New promotion"))


@require_http_methods(["GET", "HEAD", "POST"])
@chain_view(Right.MANAGE_PROGRAMS)
def promotion_edit(request: ChainRequest, promotion_id: int) -> HttpResponse:
    promotion = promotion_or_404(request, promotion_id)
    if request.method != "POST":
        return _page(request, _kept(request, promotion), title=promotion.name, promotion=promotion)
    opened = _posted(request, promotion)
    form = opened.form
    if form.is_bound and form.is_saved(lambda: _change(request, form, promotion)):
        said = _("%(name)s was saved. It counts from now on; what was given stays.")
        if terms_of(promotion).archived:
            said = _("%(name)s was saved. It is archived and gives nothing until it is restored.")
        messages.success(request, said % {"name": promotion})
        return redirect(promotions_of(request).url)
    promotion = promotion_or_404(request, promotion_id)
    if form.is_stale:
        opened = _both(request, form, promotion)
    return _page(request, opened, title=promotion.name, promotion=promotion)


def _is_for_referral(request: ChainRequest) -> bool:
    return request.GET.get("for") == "referral"


# What a page is opened over
# ----------------------------------------------------------------------------


def _about(request: ChainRequest, promotion: Promotion | None) -> dict[str, Any]:
    return {
        "chain": request.chain,
        "promotion": promotion,
        "is_used": promotion is not None and is_used(promotion),
    }


def _blank(request: ChainRequest) -> Opened:
    """A new promotion, of the kind that a link asks for, or like another one."""
    source = request.GET.get("from", "")
    if source.isascii() and source.isdigit() and len(source) < 18:
        return _copy(request, promotion_or_404(request, int(source)))
    kind = request.GET.get("kind", "")
    texts = {**DEFAULTS, "kind": kind if kind in PromotionKind.values else ""}
    form = PromotionForm(initial=texts, **_about(request, None))
    return Opened(form, Draft(request.chain))


def _copy(request: ChainRequest, promotion: Promotion) -> Opened:
    """On no card type, so that nobody gets both before the copy is what it should be."""
    name = _("Copy of %(name)s") % {"name": promotion.name}
    texts = texts_of(terms_of(promotion), name, [], request.chain.places)
    form = PromotionForm(initial=texts, **_about(request, None))
    return Opened(form, Draft(request.chain, None, terms_of(promotion)))


def _kept(request: ChainRequest, promotion: Promotion) -> Opened:
    types = list(promotion.card_types.select_related("terms").order_by("pk"))
    texts = texts_of(terms_of(promotion), promotion.name, [each.pk for each in types], request.chain.places)
    form = PromotionForm(initial=texts, **_about(request, promotion))
    return Opened(form, draft_of(promotion, types), seen_text(seen_promotion(promotion)))


def _posted(request: ChainRequest, promotion: Promotion | None) -> Opened:
    """Bound to be saved; or over what was typed, where a button only changes the page."""
    post, about = _rows_changed(request.POST), _about(request, promotion)
    seen = request.POST.get("seen", "")
    if not any(button in post for button in SHOW_AGAIN):
        bound = PromotionForm(post, **about)
        return Opened(bound, draft_in(bound), seen)
    draft = draft_in(PromotionForm(with_defaults(post, DEFAULTS), **about))
    shown = PromotionForm(initial=typed_in(post, PromotionForm, DEFAULTS), **about)
    return Opened(shown, draft, seen)


def _rows_changed(post: QueryDict) -> QueryDict:
    if "add_rule" in post:
        return with_rows(post, with_one_more)
    if "remove_rule" in post:
        return with_rows(post, lambda rows: without(rows, str(post["remove_rule"])))
    return with_rows(post, in_order) if "sort_rules" in post else post


def _both(request: ChainRequest, form: PromotionForm, promotion: Promotion) -> Opened:
    """Somebody saved first: the fields with what remains of both edits, to be looked at and saved again."""
    base, theirs = _seen(request, promotion), _version(promotion)
    chosen = frozenset(each.pk for each in form.cleaned_data["card_types"])
    typed = PromotionTerms(**{**base.columns, **as_kept(form.columns)})
    yours = Version(typed, form.cleaned_data["name"].strip(), chosen)
    terms = PromotionTerms(promotion=promotion, **merged(base, theirs, yours))
    attached = merged_links(base, theirs, yours)
    texts = texts_of(terms, merged_name(base, theirs, yours), attached, request.chain.places)
    types = list(request.chain.card_types.select_related("terms").filter(pk__in=attached).order_by("pk"))
    return Opened(
        PromotionForm(initial=texts, **_about(request, promotion)),
        Draft(request.chain, promotion, terms, types),
        seen_text(seen_promotion(promotion)),
        is_stale=True,
        overtaken=overtaken(base, theirs, yours, Names(request.chain), links="card_types"),
    )


def _version(promotion: Promotion) -> Version:
    attached = frozenset(promotion.card_types.values_list("pk", flat=True))
    return Version(terms_of(promotion), promotion.name, attached)


def _seen(request: ChainRequest, promotion: Promotion) -> Version:
    """What the page was made from; as it is now, where the page does not say so."""
    seen = read_seen(request.POST.get("seen", ""))
    terms = promotion.all_terms.filter(pk=seen.terms_id).first()
    return Version(terms, seen.name, seen.attached) if terms else _version(promotion)


# Saving and showing
# ----------------------------------------------------------------------------


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


def _last_edit(promotion: Promotion | None) -> dict[str, Any]:
    """Who saved it meanwhile, and when."""
    if promotion is None:
        return {}
    url = reverse("loyalty:promotion_history", args=[promotion.chain.slug, promotion.pk])
    return {"history": history_of_promotion(promotion)[:1], "history_url": url}


def _page(request: ChainRequest, opened: Opened, *, title: str, promotion: Promotion | None = None) -> HttpResponse:
    crumbs: list[PageLink] = [promotions_of(request)]
    context: dict[str, Any] = {
        "page_title": title,
        "breadcrumbs": crumbs,
        "form": opened.form,
        "promotion": promotion,
        "seen": opened.seen,
        "overtaken": opened.overtaken,
        "is_stale": opened.is_stale,
        "has_steps": True,
        "is_new": promotion is None,
        "uses": uses_of(promotion) if promotion else 0,
        **_last_edit(promotion if opened.is_stale else None),
        **pane(request, replace(opened.draft, is_for_referral=_is_for_referral(request))),
    }
    return render(request, "loyalty/promotions/form.html", context)
