"""Filters of the report on memberships."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from functools import cached_property
from typing import Any

import django_filters
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from chains.spaces import ChainRequest, SpaceKind
from clients.search import find_clients_for
from config.ui.forms import ManyChoices
from loyalty.ledger.kinds import TransactionKind
from loyalty.ledger.models import Transaction
from loyalty.memberships.models import Membership, MembershipStatus, MembershipType
from reports.filters import NumberBeginsFilter, PeriodDayFilter, PeriodFilterSet, PeriodForm, locations
from reports.memberships.reading import MembershipTotals


def membership_types(request: ChainRequest) -> QuerySet[MembershipType]:
    return request.chain.membership_types.order_by("name_folded", "pk")


class MembershipForm(PeriodForm):
    """Refuses what begins after it ends, of every pair."""

    def clean(self) -> dict[str, Any]:
        chosen = super().clean()
        begins, ends = chosen.get("used_since"), chosen.get("used_until")
        if begins and ends and ends < begins:
            self.add_error("used_until", _("The period ends before it begins."))
        fewest, most = chosen.get("left_from"), chosen.get("left_to")
        if fewest is not None and most is not None and most < fewest:
            self.add_error("left_to", _("No number fits: this one is below the other."))
        return chosen


class MembershipFilterSet(PeriodFilterSet):
    """The period is that of the first sale, by the clock of the chain; uses go by the days of their visits."""

    since = PeriodDayFilter(label=_("Sold from"))
    until = PeriodDayFilter(label=_("Sold to"))
    location = django_filters.ModelMultipleChoiceFilter(queryset=locations, label=_("Sold at"), widget=ManyChoices)
    number = NumberBeginsFilter()
    whose = django_filters.CharFilter(label=_("Owner: name or phone"))
    membership_type = django_filters.ModelMultipleChoiceFilter(
        queryset=membership_types, label=_("Type"), widget=ManyChoices
    )
    status = django_filters.MultipleChoiceFilter(
        choices=MembershipStatus.choices, label=_("Status"), widget=ManyChoices
    )
    left_from = django_filters.NumberFilter(label=_("Visits left from"), min_value=0, max_value=1_000_000)
    left_to = django_filters.NumberFilter(label=_("Visits left to"), min_value=0, max_value=1_000_000)
    ends_within = django_filters.NumberFilter(label=_("Ends within days"), min_value=1, max_value=36_500)
    used_since = PeriodDayFilter(label=_("Used from"))
    used_until = PeriodDayFilter(label=_("Used to"))
    used_at = django_filters.ModelMultipleChoiceFilter(queryset=locations, label=_("Used at"), widget=ManyChoices)

    class Meta:
        model = Membership
        fields: tuple[str, ...] = ()
        form = MembershipForm

    def get_form_class(self) -> type[PeriodForm]:
        """A location's own page shows only its sales."""
        form: type[PeriodForm] = super().get_form_class()
        if self.request.space.kind == SpaceKind.LOCATION:
            del form.base_fields["location"]
        return form

    def filter_queryset(self, queryset: QuerySet[Membership]) -> QuerySet[Membership]:
        self.form.is_valid()
        chosen = {name: value for name, value in self.form.cleaned_data.items() if value not in (None, "")}
        found = queryset.filter(self._sold(chosen), self._kept(chosen))
        if "whose" in chosen:
            owners = find_clients_for(self.request.access, chosen["whose"]).order_by().values("pk")
            found = found.filter(client__in=owners)
        return self._used(self.filters["number"].filter(found, chosen.get("number", "")), chosen)

    def _sold(self, chosen: dict[str, Any]) -> Q:
        zone, sold = self.request.chain.zone, Q()
        if "since" in chosen:
            sold &= Q(sold_at__gte=datetime.combine(chosen["since"], time.min, zone))
        if "until" in chosen:
            sold &= Q(sold_at__lt=datetime.combine(chosen["until"] + timedelta(days=1), time.min, zone))
        return sold & Q(location__in=chosen["location"]) if chosen.get("location") else sold

    def _kept(self, chosen: dict[str, Any]) -> Q:
        """What it is and what is left of it."""
        kept = Q()
        if chosen.get("membership_type"):
            kept &= Q(membership_type__in=chosen["membership_type"])
        if "left_from" in chosen:
            kept &= Q(left__gte=chosen["left_from"])
        if "left_to" in chosen:
            kept &= Q(left__lte=chosen["left_to"])
        if "ends_within" in chosen:
            # Today is the first of these days.
            today = self.today_in(self.request)
            ends = today + timedelta(days=int(chosen["ends_within"]))
            kept &= Q(period__last_on__gte=today, period__last_on__lt=ends)
        return kept & Q(status__in=chosen["status"]) if chosen.get("status") else kept

    def _used(self, found: QuerySet[Membership], chosen: dict[str, Any]) -> QuerySet[Membership]:
        """Those with one use that stands and is of these days and places."""
        used = Q()
        if "used_since" in chosen:
            used &= Q(visit__starts_on__gte=chosen["used_since"])
        if "used_until" in chosen:
            used &= Q(visit__starts_on__lte=chosen["used_until"])
        if chosen.get("used_at"):
            used &= Q(location__in=chosen["used_at"])
        if not used:
            return found
        uses = Transaction.objects.standing().filter(used, kind=TransactionKind.MEMBERSHIP_USE)
        return found.filter(Exists(uses.filter(holder__membership_counter__membership=OuterRef("pk"))))

    @cached_property
    def totals(self) -> MembershipTotals:
        return MembershipTotals.of(self.qs, self.request.chain, self.today_in(self.request))

    @property
    def known_count(self) -> int:
        return self.totals.memberships

    @staticmethod
    def today_in(request: ChainRequest) -> date:
        return request.chain.local_date(timezone.now())
