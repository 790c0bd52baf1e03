"""Filters of the list of locations."""

from __future__ import annotations

import django_filters
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from chains.folding import finding
from chains.models import Location
from config.ui.archiving import ArchiveFilter
from config.ui.filters import BaseFilterSet

CLOCKS = (("chain", _("as the chain")), ("own", _("its own")))


class LocationFilterSet(BaseFilterSet):
    name = django_filters.CharFilter(method="by_name", label=_("Name or address"))
    clock = django_filters.ChoiceFilter(method="by_clock", choices=CLOCKS, label=_("Time zone"), empty_label=_("any"))
    status = ArchiveFilter(("active", _("Active")))

    def by_name(self, locations: QuerySet[Location], _name: str, text: str) -> QuerySet[Location]:
        return locations.filter(finding(text, "name_spellings") | Q(slug__icontains=text))

    def by_clock(self, locations: QuerySet[Location], _name: str, clock: str) -> QuerySet[Location]:
        return locations.filter(time_zone="") if clock == "chain" else locations.exclude(time_zone="")
