"""Filters of the changes to visits."""

from __future__ import annotations

from datetime import datetime, time, timedelta

import django_filters
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from chains.models import User
from chains.spaces import ChainRequest, SpaceKind
from clients.search import find_clients_for
from config.ui.forms import ManyChoices
from reports.filters import GUESTS, WITHOUT_GUEST, PeriodFilterSet, PeriodForm, locations
from visits.changes.kinds import ChangeKind
from visits.models import VisitChange, VisitChangeQuerySet

#: What may happen to money that is recorded, which is asked for by itself.
MONEY = (ChangeKind.TAKEN_OFF, ChangeKind.MOVED, ChangeKind.CALLED_OFF)
_MONEY_WORDS = [(kind.value, kind.label) for kind in MONEY]
_KIND_WORDS = [(kind.value, kind.label) for kind in ChangeKind if kind not in MONEY]


def users(request: ChainRequest) -> QuerySet[User]:
    return User.objects.filter(accesses__chain=request.chain).order_by("name_folded", "pk")


class ChangeFilterSet(PeriodFilterSet):
    """Days are those of the save, by the clock of the chain. What was entered on its own day is no change yet."""

    who = django_filters.ModelChoiceFilter(queryset=users, label=_("Who"), empty_label=_("anybody"))
    location = django_filters.ModelMultipleChoiceFilter(queryset=locations, label=_("Location"), widget=ManyChoices)
    money = django_filters.ChoiceFilter(choices=_MONEY_WORDS, label=_("Money"), empty_label=_("any"))
    kind = django_filters.MultipleChoiceFilter(choices=_KIND_WORDS, label=_("What changed"), widget=ManyChoices)
    days_after = django_filters.NumberFilter(label=_("Days after, at least"), min_value=0)
    guest = django_filters.CharFilter(label=_("Guest"))
    bills = django_filters.ChoiceFilter(choices=GUESTS, label=_("Bills"), empty_label=_("any"))

    class Meta:
        model = VisitChange
        fields: tuple[str, ...] = ()
        form = PeriodForm

    def get_form_class(self) -> type[PeriodForm]:
        """A location's own page shows only its visits."""
        form: type[PeriodForm] = super().get_form_class()
        if self.request.space.kind == SpaceKind.LOCATION:
            del form.base_fields["location"]
        return form

    def filter_queryset(self, queryset: VisitChangeQuerySet) -> VisitChangeQuerySet:
        chosen = self.form.cleaned_data
        changes = self._of_period(queryset)
        # Most first saves are ordinary checkouts, which only hide what was changed.
        kinds = [*(chosen.get("kind") or ()), *([chosen["money"]] if chosen.get("money") else [])]
        if chosen.get("kind"):
            changes = changes.filter(kinds__overlap=chosen["kind"])
        if chosen.get("money"):
            changes = changes.filter(kinds__contains=[chosen["money"]])
        if not kinds:
            changes = changes.after_entering()
        if chosen.get("who"):
            changes = changes.filter(acting_user=chosen["who"])
        if chosen.get("location"):
            changes = changes.filter(location__in=chosen["location"])
        if chosen.get("days_after") is not None:
            changes = changes.filter(days_after__gte=chosen["days_after"])
        if chosen.get("guest"):
            found = find_clients_for(self.request.access, chosen["guest"])
            changes = changes.filter(visit__client__in=found.order_by().values("pk"))
        if chosen.get("bills"):
            changes = changes.filter(visit__client__isnull=chosen["bills"] == WITHOUT_GUEST)
        return changes

    def _of_period(self, changes: VisitChangeQuerySet) -> VisitChangeQuerySet:
        since, until = self.chosen_period()
        zone = self.request.chain.zone
        if since:
            changes = changes.filter(at__gte=datetime.combine(since, time.min, zone))
        if until:
            changes = changes.filter(at__lt=datetime.combine(until + timedelta(days=1), time.min, zone))
        return changes
