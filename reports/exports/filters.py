"""Filters of the list of a user's exports."""

from __future__ import annotations

import django_filters
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from chains.folding import finding
from config.ui.filters import BaseFilterSet
from reports.exports.models import Export, ExportState


class ExportFilterSet(BaseFilterSet):
    title = django_filters.CharFilter(method="by_title", label=_("List"))
    state = django_filters.ChoiceFilter(choices=ExportState.choices, label=_("Status"), empty_label=_("any"))

    def by_title(self, exports: QuerySet[Export], _name: str, text: str) -> QuerySet[Export]:
        return exports.filter(finding(text, "title_spellings"))
