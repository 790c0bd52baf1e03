"""Filters of the lists of types."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from chains.folding import finding
from config.ui.archiving import ArchiveFilter
from config.ui.filters import BaseFilterSet


class TypeFilterSet(BaseFilterSet):
    name = django_filters.CharFilter(method="by_name", label=_("Name"))
    status = ArchiveFilter(("active", _("Active")), field_name="terms__archived")

    def by_name(self, types: QuerySet[Any], _name: str, text: str) -> QuerySet[Any]:
        return types.filter(finding(text, "name_spellings"))
