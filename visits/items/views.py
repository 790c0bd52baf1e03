"""Services and products with their prices, and the categories they stand in.

The list is the chain's: it is the same at every location. The desk may look, who sets programs up may change.
"""

from __future__ import annotations

from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from chains.access import Right
from chains.archiving import set_archived
from chains.spaces import LocationRequest, location_view
from config.ui.archiving import Archiving, archive_link, archive_page
from config.ui.pages import PageLink, form_page, list_page
from visits.items.filters import CategoryFilterSet, ItemFilterSet
from visits.items.forms import CategoryForm, ItemForm
from visits.items.tables import CategoryTable, ItemTable


def _list(request: LocationRequest) -> PageLink:
    return PageLink(_("Services and products"), reverse("visits:item_list", args=[request.location.slug]))


def _categories(request: LocationRequest) -> PageLink:
    return PageLink(_("Categories"), reverse("visits:category_list", args=[request.location.slug]))


@require_safe
@location_view(Right.VIEW_VISITS)
def item_list(request: LocationRequest) -> HttpResponse:
    may_change = request.access.has(Right.MANAGE_PROGRAMS)
    add = PageLink(_("New service or product"), reverse("visits:item_new", args=[request.location.slug]))
    nothing_yet = _("Add what guests can be sold. All locations of the chain share the list and its prices.")
    if not may_change:
        nothing_yet = _("Nothing is sold here yet. An administrator of the chain adds services and products.")
    return list_page(
        request,
        table=ItemTable,
        filterset=ItemFilterSet,
        queryset=request.chain.items.select_related("category"),
        title=_("Services and products"),
        nothing_yet=nothing_yet,
        add=add if may_change else None,
        links=[_categories(request)] if may_change else [],
    )


@require_http_methods(["GET", "HEAD", "POST"])
@location_view(Right.MANAGE_PROGRAMS)
def item_new(request: LocationRequest) -> HttpResponse:
    return form_page(
        request,
        form=ItemForm(request.POST or None, chain=request.chain, acting_user=request.user),
        title=_("New service or product"),
        button=_("Save"),
        saved=_("It was added. Every location can sell it now."),
        success_url=_list(request).url,
        breadcrumbs=[_list(request)],
    )


@require_http_methods(["GET", "HEAD", "POST"])
@location_view(Right.MANAGE_PROGRAMS)
def item_edit(request: LocationRequest, item_id: int) -> HttpResponse:
    item = get_object_or_404(request.chain.items, pk=item_id)
    return form_page(
        request,
        form=ItemForm(request.POST or None, chain=request.chain, acting_user=request.user, instance=item),
        title=item.name,
        button=_("Save"),
        saved=_("The changes were saved. Visits keep the prices they have."),
        success_url=_list(request).url,
        links=[archive_link("visits:item", [request.location.slug, item.pk], archived=item.archived)],
        breadcrumbs=[_list(request)],
    )


@require_http_methods(["GET", "HEAD", "POST"])
@location_view(Right.MANAGE_PROGRAMS)
def item_archive(request: LocationRequest, item_id: int, archiving: Archiving) -> HttpResponse:
    """Take an item off sale, or put it back; what was sold is never deleted."""
    item = get_object_or_404(request.chain.items, pk=item_id)
    effects = [_("The desk finds it again and can put it on a bill at its price.")]
    if archiving.archived:
        effects = [_("The desk no longer finds it for new bills. Visits that have it keep it.")]
    edit = PageLink(item.name, reverse("visits:item_edit", args=[request.location.slug, item.pk]))
    return archive_page(
        request,
        archiving,
        subject=item,
        act=lambda: set_archived(item, archived=archiving.archived, acting_user=request.user),
        effects=effects,
        restored=_("%(name)s is for sale again."),
        crumbs=(_list(request), edit),
    )


@require_safe
@location_view(Right.MANAGE_PROGRAMS)
def category_list(request: LocationRequest) -> HttpResponse:
    return list_page(
        request,
        table=CategoryTable,
        filterset=CategoryFilterSet,
        queryset=request.chain.categories.annotate(sold=Count("items")),
        title=_("Categories"),
        nothing_yet=_("Categories keep a long list in order, and a promotion can name a whole category."),
        add=PageLink(_("New category"), reverse("visits:category_new", args=[request.location.slug])),
        breadcrumbs=[_list(request)],
    )


@require_http_methods(["GET", "HEAD", "POST"])
@location_view(Right.MANAGE_PROGRAMS)
def category_new(request: LocationRequest) -> HttpResponse:
    return form_page(
        request,
        form=CategoryForm(request.POST or None, chain=request.chain, acting_user=request.user),
        title=_("New category"),
        button=_("Save"),
        saved=_("The category was added."),
        success_url=_categories(request).url,
        breadcrumbs=[_list(request), _categories(request)],
    )


@require_http_methods(["GET", "HEAD", "POST"])
@location_view(Right.MANAGE_PROGRAMS)
def category_edit(request: LocationRequest, category_id: int) -> HttpResponse:
    category = get_object_or_404(request.chain.categories, pk=category_id)
    return form_page(
        request,
        form=CategoryForm(request.POST or None, chain=request.chain, acting_user=request.user, instance=category),
        title=category.name,
        button=_("Save"),
        saved=_("The category was renamed."),
        success_url=_categories(request).url,
        breadcrumbs=[_list(request), _categories(request)],
    )
