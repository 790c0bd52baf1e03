"""The form of a promotion: a new one, a copy, an edit, and an edit of what somebody else changed meanwhile."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from chains.access import Right
from chains.edits import Merge, Version
from chains.models import Chain
from chains.spaces import ChainRequest, chain_view
from config.ui.amounts import amount_or_percent
from config.ui.archiving import archive_link
from config.ui.pages import PageLink
from loyalty.programs.forms import typed_in, with_defaults
from loyalty.programs.terms import terms_of
from loyalty.programs.views import Opened, is_errand, sender, way_back
from loyalty.promotions.drafts import Draft
from loyalty.promotions.forms import DEFAULTS, PromotionForm
from loyalty.promotions.history import edited_promotion, history_of_promotion
from loyalty.promotions.models import Promotion, PromotionTerms
from loyalty.promotions.rules_field import in_order, with_one_more, with_rows, without
from loyalty.promotions.services import change_promotion, create_promotion, is_used, uses_of
from loyalty.promotions.views.lists import promotion_or_404, promotions_of
from loyalty.promotions.views.pane import draft_in, pane
from loyalty.rules.terms import PromotionKind

#: Buttons that show the page again and save nothing.
SHOW_AGAIN = ("look", "show_fields", "add_rule", "remove_rule", "sort_rules")

OpenedPromotion = Opened[PromotionForm, Draft]


@require_http_methods(["GET", "HEAD", "POST"])
@chain_view(Right.MANAGE_PROGRAMS)
def promotion_new(request: ChainRequest) -> HttpResponse:
    """``?kind=`` asks for that kind alone, ``?from=`` begins with a copy; ``?for=referral`` leads to that program."""
    if request.method != "POST":
        return _page(request, _blank(request))
    opened = _posted(request, None)
    made: list[Promotion] = []
    if opened.form.is_saved(lambda: made.append(_create(request, opened.form))):
        messages.success(request, _("%(name)s was saved.") % {"name": made[0]})
        return redirect(way_back(request, made[0].pk) if is_errand(request) else promotions_of(request).url)
    return _page(request, opened)


@require_http_methods(["GET", "HEAD", "POST"])
@chain_view(Right.MANAGE_PROGRAMS)
def promotion_edit(request: ChainRequest, promotion_id: int) -> HttpResponse:
    promotion = promotion_or_404(request, promotion_id)
    if request.method != "POST":
        return _page(request, _opened(request, promotion), promotion)
    opened = _posted(request, promotion)
    if opened.form.is_saved(lambda: _change(request, opened.form, promotion)):
        said = _("%(name)s was saved. It counts from now on; what was given stays.")
        if terms_of(promotion).archived:
            said = _("%(name)s was saved. It is archived and gives nothing until it is restored.")
        messages.success(request, said % {"name": promotion})
        return redirect(promotions_of(request).url)
    promotion = promotion_or_404(request, promotion_id)
    if opened.form.is_stale:
        opened = _opened(request, promotion, opened.form.merged_with(edited_promotion(promotion)))
    return _page(request, opened, promotion)


# What a page is opened over
# ----------------------------------------------------------------------------


def _about(request: ChainRequest, promotion: Promotion | None) -> dict[str, Any]:
    return {
        "chain": request.chain,
        "promotion": promotion,
        "is_used": promotion is not None and is_used(promotion),
        "is_for_referral": is_errand(request),
        "only_kind": "" if promotion else _only_kind(request),
    }


def _only_kind(request: ChainRequest) -> str:
    """The kind that a link asks for: the form is of that one, and asks no question about it."""
    kind = request.GET.get("kind", "")
    return kind if kind in set(PromotionKind) and not request.GET.get("from") else ""


def _blank(request: ChainRequest) -> OpenedPromotion:
    """A new promotion, or one like another."""
    source = request.GET.get("from", "")
    if source.isascii() and source.isdigit() and len(source) < 18:
        return _copy(request, promotion_or_404(request, int(source)))
    form = PromotionForm(initial=DEFAULTS, **_about(request, None))
    return Opened(form, Draft(request.chain))


def _copy(request: ChainRequest, promotion: Promotion) -> OpenedPromotion:
    """On no card type, so that nobody gets both before the copy is what it should be."""
    kept = edited_promotion(promotion).now().columns
    version = Version({**kept, "name": _("Copy of %(name)s") % {"name": promotion.name}, "card_types": []})
    form = PromotionForm(over=version, **_about(request, None))
    return Opened(form, Draft(request.chain, None, terms_of(promotion)))


def _opened(request: ChainRequest, promotion: Promotion, merge: Merge | None = None) -> OpenedPromotion:
    """Over what is kept; where somebody saved first, over what remains of both edits."""
    edited = edited_promotion(promotion)
    version = merge.both if merge else edited.now()
    attached = request.chain.card_types.select_related("terms").filter(pk__in=version.columns["card_types"])
    form = PromotionForm(over=merge or version, **_about(request, promotion))
    terms = edited.terms_in(version.columns) if merge else promotion.terms
    return Opened(form, Draft(request.chain, promotion, terms, list(attached.order_by("pk"))))


def _posted(request: ChainRequest, promotion: Promotion | None) -> OpenedPromotion:
    """Bound to be saved; or over what was typed, where a button only changes the page."""
    post, about = _rows_changed(request.POST, request.chain), _about(request, promotion)
    if not any(button in post for button in SHOW_AGAIN):
        bound = PromotionForm(post, **about)
        return Opened(bound, draft_in(bound))
    draft = draft_in(PromotionForm(with_defaults(post, DEFAULTS), **about))
    shown = PromotionForm(initial=typed_in(post, PromotionForm, DEFAULTS), **about)
    return Opened(shown, draft)


def _rows_changed(post: QueryDict, chain: Chain) -> QueryDict:
    if "add_rule" in post:
        return with_rows(post, with_one_more)
    if "remove_rule" in post:
        return with_rows(post, lambda rows: without(rows, str(post["remove_rule"])))
    finest = amount_or_percent(chain.places)
    return with_rows(post, lambda rows: in_order(rows, finest)) if "sort_rules" in post else post


# Saving and showing
# ----------------------------------------------------------------------------


def _create(request: ChainRequest, form: PromotionForm) -> Promotion:
    return create_promotion(
        chain=request.chain,
        at=timezone.now(),
        acting_user=request.user,
        **form.chosen,
    )


def _change(request: ChainRequest, form: PromotionForm, promotion: Promotion) -> PromotionTerms:
    return change_promotion(
        promotion=promotion,
        seen=form.cleaned_data["seen"],
        at=timezone.now(),
        acting_user=request.user,
        **form.chosen,
    )


def _page(request: ChainRequest, opened: OpenedPromotion, promotion: Promotion | None = None) -> HttpResponse:
    history_url = reverse("loyalty:promotion_history", args=[request.chain.slug, promotion.pk]) if promotion else ""
    context: dict[str, Any] = {
        "page_title": promotion.name if promotion else _title_of_new(request),
        "breadcrumbs": [sender(request) if is_errand(request) else promotions_of(request)],
        "promotion": promotion,
        "archive": _archive_link(request, promotion) if promotion else None,
        "has_steps": True,
        "is_new": promotion is None and not is_errand(request),
        "carried": opened.form.carried(request.POST),
        "is_of_one_kind": promotion is None and bool(_only_kind(request)) and not is_errand(request),
        "uses": uses_of(promotion) if promotion else 0,
        **opened.context(lambda: history_of_promotion(promotion) if promotion else [], history_url),
        **pane(request, replace(opened.draft, is_of_referral=opened.form.is_of_referral)),
    }
    return render(request, "loyalty/promotions/form.html", context)


def _title_of_new(request: ChainRequest) -> str:
    return _("New promotion for the referral program") if is_errand(request) else _("New promotion")


def _archive_link(request: ChainRequest, promotion: Promotion) -> PageLink:
    args = [request.chain.slug, promotion.pk]
    return archive_link("loyalty:promotion", args, archived=terms_of(promotion).archived)
