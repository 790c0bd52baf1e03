"""Filters of the points that are owed."""

from __future__ import annotations

from functools import cached_property

import django_filters
from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from chains.spaces import ChainRequest
from clients.search import find_clients_for
from config.ui.filters import BaseFilterSet
from loyalty.cards.models import Card, CardType
from loyalty.ledger.models import Holder, Lot
from reports.filters import PeriodDayFilter, PeriodForm
from reports.owed.lots import Owed, owed_now


def card_types(request: ChainRequest) -> QuerySet[CardType]:
    return CardType.objects.filter(chain=request.chain).order_by("name_folded", "pk")


class OwedFilterSet(BaseFilterSet):
    """By the last day that points are good through, both ends included; points without one are in no such period."""

    since = PeriodDayFilter(field_name="ends_on", lookup_expr="gte", label=_("Last day from"))
    until = PeriodDayFilter(field_name="ends_on", lookup_expr="lte", label=_("Last day to"))
    whose = django_filters.CharFilter(method="by_owner", label=_("Client or card"))
    card_type = django_filters.ModelChoiceFilter(
        queryset=card_types, field_name="holder__card__card_type", label=_("Type of card"), empty_label=_("any")
    )

    class Meta:
        model = Lot
        fields: tuple[str, ...] = ()
        form = PeriodForm

    def by_owner(self, lots: QuerySet[Lot], _name: str, text: str) -> QuerySet[Lot]:
        chain = self.request.chain
        numbered = Card.objects.filter(chain=chain).numbered(text).values("holder")
        clients = find_clients_for(self.request.access, text).order_by().values("pk")
        return lots.filter(holder__in=Holder.objects.filter(client__in=clients).values("pk").union(numbered))

    @cached_property
    def totals(self) -> Owed | None:
        """Of at most `MOST_NUMBERED` lots, or of all there are; more that are chosen from these are not added up."""
        if self.known_count <= settings.MOST_NUMBERED:
            return self._few
        return None if any(self.form.cleaned_data.values()) else owed_now(self.request.chain, timezone.now())

    @property
    def known_count(self) -> int:
        assert self._few.lots is not None
        return self._few.lots

    @cached_property
    def _few(self) -> Owed:
        some = self.qs.order_by()[: settings.MOST_NUMBERED + 1]
        return Owed.of(some, self.request.chain.local_date(timezone.now()))
