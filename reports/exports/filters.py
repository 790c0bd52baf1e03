"""Filters of the list of a user's exports."""

from __future__ import annotations

import django_filters
from django.utils.translation import gettext_lazy as _

from config.ui.filters import BaseFilterSet
from reports.exports.models import ExportState


class ExportFilterSet(BaseFilterSet):
    title = django_filters.CharFilter(lookup_expr="icontains", label=_("List"))
    state = django_filters.ChoiceFilter(choices=ExportState.choices, label=_("State"), empty_label=_("any"))
