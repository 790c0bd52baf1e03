"""Filters of the visits over a period."""

from __future__ import annotations

from datetime import date
from functools import cached_property

import django_filters
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from chains.spaces import ChainRequest, SpaceKind
from clients.search import find_clients_for
from config.ui.forms import ManyChoices
from loyalty.labels import choices_of
from loyalty.rules.plan import Status
from reports.filters import GUESTS, WITHOUT_GUEST, PeriodFilterSet, PeriodForm, locations
from reports.visits.totals import VisitTotals
from visits.models import Visit

SETTLED, UNSETTLED = "settled", "unsettled"
STATUSES = ((SETTLED, _("settled")), (UNSETTLED, _("arrived, not settled")), *choices_of(Status))


class VisitFilterSet(PeriodFilterSet):
    """Days are those of the location of each visit."""

    location = django_filters.ModelMultipleChoiceFilter(queryset=locations, label=_("Location"), widget=ManyChoices)
    status = django_filters.ChoiceFilter(method="by_status", choices=STATUSES, label=_("Status"), empty_label=_("any"))
    guest = django_filters.CharFilter(method="by_guest", label=_("Guest"))
    bills = django_filters.ChoiceFilter(method="by_bills", choices=GUESTS, label=_("Bills"), empty_label=_("any"))

    class Meta:
        model = Visit
        fields: tuple[str, ...] = ()
        form = PeriodForm

    def get_form_class(self) -> type[PeriodForm]:
        """A location's own page shows only its visits."""
        form: type[PeriodForm] = super().get_form_class()
        if self.request.space.kind == SpaceKind.LOCATION:
            del form.base_fields["location"]
        return form

    def filter_queryset(self, queryset: QuerySet[Visit]) -> QuerySet[Visit]:
        since, until = self.chosen_period()
        if since:
            queryset = queryset.filter(starts_on__gte=since)
        if until:
            queryset = queryset.filter(starts_on__lte=until)
        chosen = self.form.cleaned_data
        if chosen.get("location"):
            queryset = queryset.filter(location__in=chosen["location"])
        for name in ("status", "guest", "bills"):
            if chosen.get(name):
                queryset = self.filters[name].filter(queryset, chosen[name])
        return queryset

    def by_status(self, visits: QuerySet[Visit], _name: str, status: str) -> QuerySet[Visit]:
        if status in (SETTLED, UNSETTLED):
            arrived = visits.filter(status=Status.ARRIVED)
            return arrived.filter(settled_at__isnull=status == UNSETTLED)
        return visits.filter(status=status)

    def by_guest(self, visits: QuerySet[Visit], _name: str, text: str) -> QuerySet[Visit]:
        return visits.filter(client__in=find_clients_for(self.request.access, text).order_by().values("pk"))

    def by_bills(self, visits: QuerySet[Visit], _name: str, whose: str) -> QuerySet[Visit]:
        return visits.filter(client__isnull=whose == WITHOUT_GUEST)

    @cached_property
    def totals(self) -> VisitTotals:
        return VisitTotals.of(self.qs)

    @staticmethod
    def today_in(request: ChainRequest) -> date:
        """The location's, where the page is one's own."""
        return getattr(request, "location", request.chain).local_date(timezone.now())
