"""Filters of the points that are owed."""

from __future__ import annotations

from functools import cached_property

import django_filters
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from chains.spaces import ChainRequest
from clients.search import find_clients_for
from config.ui.filters import BaseFilterSet
from loyalty.cards.models import Card, CardType
from loyalty.ledger.models import Lot
from reports.filters import PeriodDayFilter, PeriodForm
from reports.owed.lots import Owed


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
        cards = Card.objects.filter(chain=chain).numbered(text).values("holder")
        clients = find_clients_for(self.request.access, text).order_by().values("pk")
        return lots.filter(Q(holder__client__in=clients) | Q(holder__in=cards))

    @cached_property
    def totals(self) -> Owed:
        return Owed.of(self.qs, self.request.chain.local_date(timezone.now()))

    @property
    def known_count(self) -> int:
        return self.totals.lots
