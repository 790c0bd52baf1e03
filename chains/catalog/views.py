"""Services and products with their prices, and the categories they stand in.

The list is the chain's: it is the same at every location. The desk may look, who sets programs up may change.
"""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from chains.access import Right
from chains.catalog.filters import CategoryFilterSet, ItemFilterSet
from chains.catalog.forms import CategoryForm, ItemForm
from chains.catalog.models import Item
from chains.catalog.tables import CategoryTable, ItemTable
from chains.spaces import LocationRequest, location_view
from config.ui.pages import PageLink, confirm_page, form_page, list_page


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
    name = "item_restore" if item.archived else "item_archive"
    address = reverse(f"catalog:{name}", args=[request.location.slug, item.pk])
    return form_page(
        request,
        form=ItemForm(request.POST or None, chain=request.chain, acting_user=request.user, instance=item),
        title=item.name,
        button=_("Save"),
        saved=_("The changes were saved. Visits keep the prices they have."),
        success_url=_list(request).url,
        links=[PageLink(_("Restore") if item.archived else _("Archive"), address)],
        breadcrumbs=[_list(request)],
    )


@require_http_methods(["GET", "HEAD", "POST"])
@location_view(Right.MANAGE_PROGRAMS)
def item_archive(request: LocationRequest, item_id: int) -> HttpResponse:
    """Take an item off sale; what was sold is never deleted."""
    item = get_object_or_404(request.chain.items, pk=item_id)
    return _ask(
        request,
        item,
        archived=True,
        title=_("Archive %(name)s?") % {"name": item.name},
        effects=[
            _(
                "The desk no longer finds it for new bills. "
                "Visits that have it keep it, and you can restore it at any time."
            )
        ],
        button=_("Archive"),
        said=_("%(name)s was archived.") % {"name": item.name},
    )


@require_http_methods(["GET", "HEAD", "POST"])
@location_view(Right.MANAGE_PROGRAMS)
def item_restore(request: LocationRequest, item_id: int) -> HttpResponse:
    item = get_object_or_404(request.chain.items, pk=item_id)
    return _ask(
        request,
        item,
        archived=False,
        title=_("Restore %(name)s?") % {"name": item.name},
        effects=[_("The desk finds it again and can put it on a bill at its price.")],
        button=_("Restore"),
        said=_("%(name)s is for sale again.") % {"name": item.name},
    )


def _ask(request: LocationRequest, item: Item, *, archived: bool, said: str, **page: Any) -> HttpResponse:
    """Ask, then do it; twice is once, so the form needs no key."""
    if request.method == "POST":
        item.archived = archived
        item.save(update_fields=["archived"])
        messages.success(request, said)
        return redirect(_list(request).url)
    edit = PageLink(item.name, reverse("catalog:item_edit", args=[request.location.slug, item.pk]))
    return confirm_page(request, back=edit.url, breadcrumbs=[_list(request), edit], **page)


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
