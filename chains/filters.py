"""Filters of lists about chains and locations."""

from __future__ import annotations

import django_filters
from django.utils.translation import gettext_lazy as _

from config.ui.filters import BaseFilterSet


class LocationFilterSet(BaseFilterSet):
    name = django_filters.CharFilter(lookup_expr="icontains", label=_("Location"))
