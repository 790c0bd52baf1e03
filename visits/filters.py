"""Filters of lists of visits."""

from __future__ import annotations

import django_filters
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from clients.search import find_clients_for
from config.ui.filters import BaseFilterSet
from loyalty.labels import choices_of
from loyalty.rules.plan import Status
from visits.models import Visit


class DayFilterSet(BaseFilterSet):
    place = ("on",)

    guest = django_filters.CharFilter(method="by_guest", label=_("Guest"))
    status = django_filters.ChoiceFilter(choices=choices_of(Status), label=_("Status"), empty_label=_("any"))

    def by_guest(self, visits: QuerySet[Visit], _name: str, text: str) -> QuerySet[Visit]:
        return visits.filter(client__in=find_clients_for(self.request.access, text).order_by().values("pk"))
