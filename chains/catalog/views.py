"""Services and products with their prices, and the categories they stand in.

The list is the chain's: it is the same at every location. The desk may look, who sets programs up may change.
"""

from __future__ import annotations

from django.contrib import messages
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from chains.access import Right
from chains.archiving import set_archived
from chains.catalog.filters import CategoryFilterSet, ItemFilterSet
from chains.catalog.forms import CategoryForm, ItemForm
from chains.catalog.models import Category, Item
from chains.catalog.reading import edited_category, edited_item
from chains.catalog.services import add_category, add_item, change_item, rename_category
from chains.catalog.tables import CategoryTable, ItemTable
from chains.spaces import LocationRequest, location_view
from chains.uses import Room
from config.ui.archiving import Archiving, archive_link, archive_page
from config.ui.pages import PageLink, list_page


def _uses_memberships(request: LocationRequest) -> bool:
    return request.access.uses(Room.MEMBERSHIPS)


def _list(request: LocationRequest) -> PageLink:
    return PageLink(_("Services and products"), reverse("catalog:item_list", args=[request.location.slug]))


def _categories(request: LocationRequest) -> PageLink:
    return PageLink(_("Categories"), reverse("catalog:category_list", args=[request.location.slug]))


@require_safe
@location_view(Right.VIEW_VISITS)
def item_list(request: LocationRequest) -> HttpResponse:
    may_change = request.access.has(Right.MANAGE_PROGRAMS)
    add = PageLink(_("New service or product"), reverse("catalog:item_new", args=[request.location.slug]))
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
    form = ItemForm(request.POST or None, chain=request.chain, item=None, uses_memberships=_uses_memberships(request))

    def save() -> None:
        add_item(chain=request.chain, at=timezone.now(), acting_user=request.user, **form.chosen)

    if form.is_saved(save):
        messages.success(request, _("It was added. Every location can sell it now."))
        return redirect(_list(request).url)
    context = {"page_title": _("New service or product"), "form": form, "breadcrumbs": [_list(request)]}
    return render(request, "chains/settings/form.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@location_view(Right.MANAGE_PROGRAMS)
def item_edit(request: LocationRequest, item_id: int) -> HttpResponse:
    item = _item(request, item_id)
    edited = edited_item(item)
    uses_memberships = _uses_memberships(request)
    form = ItemForm(
        request.POST or None, chain=request.chain, item=item, uses_memberships=uses_memberships, over=edited.now()
    )

    def save() -> None:
        seen = form.cleaned_data["seen"]
        change_item(item=item, seen=seen, at=timezone.now(), acting_user=request.user, **form.chosen)

    if form.is_saved(save):
        messages.success(request, _("The changes were saved. Visits keep the prices they have."))
        return redirect(_list(request).url)
    if form.is_stale:
        item = _item(request, item_id)
        edited = edited_item(item)
        form = ItemForm(
            chain=request.chain, item=item, uses_memberships=uses_memberships, over=form.merged_with(edited)
        )
    context = {
        "page_title": item.name,
        "form": form,
        "history": edited.history(),
        "breadcrumbs": [_list(request)],
        "links": [archive_link("catalog:item", [request.location.slug, item.pk], archived=item.archived)],
    }
    return render(request, "chains/settings/form.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@location_view(Right.MANAGE_PROGRAMS)
def item_archive(request: LocationRequest, item_id: int, archiving: Archiving) -> HttpResponse:
    """Take an item off sale, or put it back; what was sold is never deleted."""
    item = _item(request, item_id)
    effects = [_("The desk finds it again and can put it on a bill at its price.")]
    if archiving.archived:
        effects = [_("The desk no longer finds it for new bills. Visits that have it keep it.")]
    edit = PageLink(item.name, reverse("catalog:item_edit", args=[request.location.slug, item.pk]))
    return archive_page(
        request,
        archiving,
        subject=item,
        act=lambda: set_archived(item, archived=archiving.archived, acting_user=request.user),
        effects=effects,
        restored=_("%(name)s is for sale again."),
        crumbs=(_list(request), edit),
    )


def _item(request: LocationRequest, item_id: int) -> Item:
    return get_object_or_404(request.chain.items.select_related("chain", "category"), pk=item_id)


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
        add=PageLink(_("New category"), reverse("catalog:category_new", args=[request.location.slug])),
        breadcrumbs=[_list(request)],
    )


@require_http_methods(["GET", "HEAD", "POST"])
@location_view(Right.MANAGE_PROGRAMS)
def category_new(request: LocationRequest) -> HttpResponse:
    form = CategoryForm(request.POST or None)

    def save() -> None:
        add_category(chain=request.chain, at=timezone.now(), acting_user=request.user, **form.chosen)

    if form.is_saved(save):
        messages.success(request, _("The category was added."))
        return redirect(_categories(request).url)
    crumbs = [_list(request), _categories(request)]
    context = {"page_title": _("New category"), "form": form, "breadcrumbs": crumbs}
    return render(request, "chains/settings/form.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@location_view(Right.MANAGE_PROGRAMS)
def category_edit(request: LocationRequest, category_id: int) -> HttpResponse:
    category = _category(request, category_id)
    edited = edited_category(category)
    form = CategoryForm(request.POST or None, over=edited.now())

    def save() -> None:
        seen = form.cleaned_data["seen"]
        rename_category(category=category, seen=seen, at=timezone.now(), acting_user=request.user, **form.chosen)

    if form.is_saved(save):
        messages.success(request, _("The category was renamed."))
        return redirect(_categories(request).url)
    if form.is_stale:
        category = _category(request, category_id)
        edited = edited_category(category)
        form = CategoryForm(over=form.merged_with(edited))
    context = {
        "page_title": category.name,
        "form": form,
        "history": edited.history(),
        "breadcrumbs": [_list(request), _categories(request)],
    }
    return render(request, "chains/settings/form.html", context)


def _category(request: LocationRequest, category_id: int) -> Category:
    return get_object_or_404(request.chain.categories.select_related("chain"), pk=category_id)
