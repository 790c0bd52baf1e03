"""The list of promotions, archiving, and the history of one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from chains.access import Right
from chains.models import Chain
from chains.spaces import ChainRequest, chain_view
from config.ui.archiving import Archiving, archive_page
from config.ui.pages import PageLink, list_page
from loyalty.cards.models import Attachment
from loyalty.cards.services import is_of_referral_program
from loyalty.programs.terms import terms_of
from loyalty.promotions.drafts import draft_of
from loyalty.promotions.filters import PromotionFilterSet
from loyalty.promotions.history import history_of_promotion
from loyalty.promotions.models import DAYS, Promotion
from loyalty.promotions.services import change_promotion
from loyalty.promotions.tables import PromotionTable


def promotions_of(request: ChainRequest) -> PageLink:
    return PageLink(_("Promotions"), reverse("loyalty:promotion_list", args=[request.chain.slug]))


def transactions_of(request: ChainRequest) -> PageLink:
    return PageLink(_("Transactions"), reverse("reports:transactions", args=[request.chain.slug]))


def page_of(request: ChainRequest, promotion: Promotion) -> PageLink:
    return PageLink(promotion.name, reverse("loyalty:promotion_edit", args=[request.chain.slug, promotion.pk]))


def promotion_or_404(request: ChainRequest, promotion_id: int) -> Promotion:
    return get_object_or_404(request.chain.promotions.select_related("chain", "terms"), pk=promotion_id)


def lately(chain: Chain) -> date:
    """The day from which on the figures of the list count."""
    return chain.local_date(timezone.now()) - timedelta(days=DAYS - 1)


@require_safe
@chain_view(Right.MANAGE_PROGRAMS)
def promotion_list(request: ChainRequest) -> HttpResponse:
    slug = request.chain.slug
    new = PageLink(_("New promotion"), reverse("loyalty:promotion_new", args=[slug]))
    start = PageLink(_("Start a program"), reverse("loyalty:start", args=[slug]))
    combinations = PageLink(_("Conflicts"), reverse("loyalty:combinations", args=[slug]))
    card_types = ArraySubquery(Attachment.objects.filter(promotion=OuterRef("pk")).values("card_type__name"))
    promotions = Promotion.objects.filter(chain=request.chain).with_figures(request.chain, lately(request.chain))
    return list_page(
        request,
        table=PromotionTable,
        filterset=PromotionFilterSet,
        queryset=promotions.select_related("chain", "terms").annotate(on=card_types),
        title=_("Promotions"),
        nothing_yet=_("Promotions say which discounts and points guests get through their cards. Begin with one page."),
        add=new,
        links=[combinations, start],
        begin=start,
    )


@require_safe
@chain_view(Right.MANAGE_PROGRAMS)
def promotion_history(request: ChainRequest, promotion_id: int) -> HttpResponse:
    """Every edit with who, when, from and to."""
    promotion = promotion_or_404(request, promotion_id)
    context = {
        "page_title": _("History of %(name)s") % {"name": promotion.name},
        "breadcrumbs": [promotions_of(request), page_of(request, promotion)],
        "history": history_of_promotion(promotion),
    }
    return render(request, "loyalty/programs/history.html", context)


@require_safe
@chain_view(Right.VIEW_REPORTS)
def promotion_read(request: ChainRequest, promotion_id: int) -> HttpResponse:
    """What a promotion gives in words, what it gave lately, and its history; for who reads reports."""
    promotion = promotion_or_404(request, promotion_id)
    types = list(promotion.card_types.select_related("terms").order_by("name_folded", "pk"))
    draft = draft_of(promotion, types)
    since = lately(request.chain)
    context = {
        "page_title": promotion.name,
        "breadcrumbs": [transactions_of(request)],
        "kind": terms_of(promotion).get_kind_display(),
        "sentences": draft.sentences,
        "is_archived": terms_of(promotion).archived,
        "figures": Promotion.objects.filter(pk=promotion.pk).with_figures(request.chain, since).get(),
        "rows": f"{transactions_of(request).url}?promotion={promotion.pk}&since={since.isoformat()}",
        "card_types": types,
        "is_of_referral": draft.is_of_referral,
        "history": history_of_promotion(promotion),
        "edit": page_of(request, promotion).url if request.access.has(Right.MANAGE_PROGRAMS) else "",
    }
    return render(request, "loyalty/programs/read.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@chain_view(Right.MANAGE_PROGRAMS)
def promotion_archive(request: ChainRequest, promotion_id: int, archiving: Archiving) -> HttpResponse:
    """Ask, then archive or restore; a promotion that was used is never deleted."""
    promotion = promotion_or_404(request, promotion_id)
    return archive_page(
        request,
        archiving,
        subject=promotion,
        act=lambda: change_promotion(
            promotion=promotion, archived=archiving.archived, at=timezone.now(), acting_user=request.user
        ),
        effects=_effects(promotion, archived=archiving.archived),
        restored=_("%(name)s acts again."),
        crumbs=(promotions_of(request), page_of(request, promotion)),
    )


def _effects(promotion: Promotion, *, archived: bool) -> Iterator[str]:
    if not archived:
        yield _("It acts again on visits from now on, under the terms it had.")
        return
    yield _("Visits from now on get nothing of it. What it gave before stays: discounts, points and their last days.")
    yield _("Discounts of it that stand on visits not yet checked out no longer apply there.")
    if is_of_referral_program(promotion):
        yield _("The referral program gives it, so referrals give nothing until you choose another there.")
