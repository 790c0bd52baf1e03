"""Filters of the lists of what the chain sells."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from chains.catalog.models import ITEM_KINDS, Category, Item
from chains.folding import finding
from config.ui.archiving import ArchiveFilter
from config.ui.filters import BaseFilterSet


def _categories(request: Any) -> QuerySet[Category]:
    found: QuerySet[Category] = request.chain.categories.order_by("name_folded", "pk")
    return found


class ItemFilterSet(BaseFilterSet):
    name = django_filters.CharFilter(method="by_name", label=_("Name"))
    kind = django_filters.ChoiceFilter(choices=ITEM_KINDS, label=_("Kind"), empty_label=_("any"))
    category = django_filters.ModelChoiceFilter(queryset=_categories, label=_("Category"), empty_label=_("any"))
    status = ArchiveFilter(("for_sale", _("For sale")))

    def by_name(self, items: QuerySet[Item], _name: str, text: str) -> QuerySet[Item]:
        return items.filter(finding(text, "name_spellings"))


class CategoryFilterSet(BaseFilterSet):
    name = django_filters.CharFilter(method="by_name", label=_("Name"))

    def by_name(self, categories: QuerySet[Category], _name: str, text: str) -> QuerySet[Category]:
        return categories.filter(finding(text, "name_spellings"))
