"""Services and products with their prices, and the categories they stand in.

The list is the chain's: it is the same at every location. The desk may look, who sets programs up may change.
"""

from __future__ import annotations

from typing import Any

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
from chains.catalog.reading import CATEGORY_FIELDS, item_fields
from chains.catalog.services import add_category, add_item, change_item, rename_category
from chains.catalog.tables import CategoryTable, ItemTable
from chains.history import Difference, Fields, as_history, changes_of, shown_at, version_of
from chains.settings.forms import SettingsForm
from chains.spaces import LocationRequest, location_view
from config.ui.archiving import Archiving, archive_link, archive_page
from config.ui.pages import PageLink, list_page


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
    form = ItemForm(request.POST or None, chain=request.chain, item=None)

    def save() -> None:
        add_item(chain=request.chain, at=timezone.now(), acting_user=request.user, **form.chosen)

    if form.is_bound and form.is_saved(save):
        messages.success(request, _("It was added. Every location can sell it now."))
        return redirect(_list(request).url)
    context = {"page_title": _("New service or product"), "form": form, "breadcrumbs": [_list(request)]}
    return render(request, "chains/settings/form.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@location_view(Right.MANAGE_PROGRAMS)
def item_edit(request: LocationRequest, item_id: int) -> HttpResponse:
    item = _item(request, item_id)
    form = ItemForm(request.POST or None, chain=request.chain, item=item, initial={"seen": version_of(item)})

    def save() -> None:
        seen = form.cleaned_data["seen"]
        change_item(item=item, seen=seen, at=timezone.now(), acting_user=request.user, **form.chosen)

    if form.is_bound and form.is_saved(save):
        messages.success(request, _("The changes were saved. Visits keep the prices they have."))
        return redirect(_list(request).url)
    return _edit_page(
        request,
        form,
        item,
        item_fields(request.chain),
        breadcrumbs=[_list(request)],
        links=[archive_link("catalog:item", [request.location.slug, item.pk], archived=item.archived)],
    )


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


def _edit_page(
    request: LocationRequest, form: SettingsForm, row: Item | Category, fields: Fields, **context: Any
) -> HttpResponse:
    """The page of a row with its history; an edit that was overtaken holds both, and says what is different now."""
    differences: list[Difference] = []
    if form.is_stale:
        before = shown_at(row, form.cleaned_data["seen"])
        differences = fields.differences(before, row) if before else []
        form.show_as_of(form.initial["seen"], fields.held_by(before))
    history = as_history(changes_of(row, fields))
    shown = {"page_title": row.name, "form": form, "differences": differences, "history": history}
    return render(request, "chains/settings/form.html", {**shown, **context})


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
    form = CategoryForm(request.POST or None, category=None)

    def save() -> None:
        add_category(chain=request.chain, at=timezone.now(), acting_user=request.user, **form.chosen)

    if form.is_bound and form.is_saved(save):
        messages.success(request, _("The category was added."))
        return redirect(_categories(request).url)
    crumbs = [_list(request), _categories(request)]
    context = {"page_title": _("New category"), "form": form, "breadcrumbs": crumbs}
    return render(request, "chains/settings/form.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@location_view(Right.MANAGE_PROGRAMS)
def category_edit(request: LocationRequest, category_id: int) -> HttpResponse:
    category = get_object_or_404(request.chain.categories.select_related("chain"), pk=category_id)
    form = CategoryForm(request.POST or None, category=category, initial={"seen": version_of(category)})

    def save() -> None:
        seen = form.cleaned_data["seen"]
        rename_category(category=category, seen=seen, at=timezone.now(), acting_user=request.user, **form.chosen)

    if form.is_bound and form.is_saved(save):
        messages.success(request, _("The category was renamed."))
        return redirect(_categories(request).url)
    return _edit_page(request, form, category, CATEGORY_FIELDS, breadcrumbs=[_list(request), _categories(request)])
