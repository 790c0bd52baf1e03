"""Filters of the visits over a period."""

from __future__ import annotations

from datetime import date
from functools import cached_property

import django_filters
from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from chains.models import Location
from chains.spaces import ChainRequest, SpaceKind
from clients.search import find_clients_for
from config.ui.forms import ManyChoices
from loyalty.labels import choices_of
from loyalty.rules.plan import Status
from reports.filters import GUESTS, WITH_GUEST, WITHOUT_GUEST, PeriodFilterSet, PeriodForm, locations
from reports.visits.totals import VisitTotals
from visits.models import Visit
from visits.sums import ChosenVisits

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
    def totals(self) -> VisitTotals | None:
        """Of however many visits by their sums; of those of a guest who is looked for, of at most `MOST_NUMBERED`."""
        self.form.is_valid()
        if not self.form.cleaned_data.get("guest"):
            return VisitTotals.summed(self.request.chain, self._chosen())
        some = self.qs.order_by().values("pk")[: settings.MOST_NUMBERED + 1]
        totals = VisitTotals.of(Visit.objects.filter(pk__in=some))
        return totals if totals.visits <= settings.MOST_NUMBERED else None

    @property
    def known_count(self) -> int:
        return self.totals.visits if self.totals else settings.MOST_NUMBERED + 1

    def _chosen(self) -> ChosenVisits:
        """The same visits as `filter_queryset` leaves, as their sums know them."""
        chosen, since_until = self.form.cleaned_data, self.chosen_period()
        here: Location | None = getattr(self.request, "location", None)
        places = [here] if here else chosen.get("location") or ()
        status, bills = chosen.get("status") or None, chosen.get("bills") or None
        is_settled = {SETTLED: True, UNSETTLED: False}.get(status or "")
        return ChosenVisits(
            *since_until,
            locations=[place.pk for place in places],
            status=status if is_settled is None else Status.ARRIVED,
            is_settled=is_settled,
            has_guest=None if bills is None else bills == WITH_GUEST,
        )

    @staticmethod
    def today_in(request: ChainRequest) -> date:
        """The location's, where the page is one's own."""
        return getattr(request, "location", request.chain).local_date(timezone.now())
