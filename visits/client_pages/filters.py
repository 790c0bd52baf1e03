"""Filters of the client database and of a client's visits."""

from __future__ import annotations

from datetime import date

import django_filters
from django.conf import settings
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext_lazy as _

from chains.models import Location
from chains.spaces import ChainRequest
from clients.models import Client
from clients.search import with_keys
from config.ui.exports import wanted_format
from config.ui.filters import BaseFilterSet, DayFilter
from loyalty.cards.models import Card, CardType
from loyalty.labels import choices_of
from loyalty.rules.plan import Status
from visits.client_pages.reading import who_came, who_stayed_away
from visits.models import Visit, VisitLine
from visits.search import found_by


def locations(request: ChainRequest) -> QuerySet[Location]:
    return request.chain.locations.order_by("name_folded", "pk")


def card_types(request: ChainRequest) -> QuerySet[CardType]:
    return request.chain.card_types.order_by("name_folded", "pk")


class ClientFilterSet(BaseFilterSet):
    q = django_filters.CharFilter(method="matching", label=_("Name, phone, e-mail or card"))
    registered_location = django_filters.ModelChoiceFilter(
        queryset=locations, label=_("Registered at"), empty_label=_("any")
    )
    card_type = django_filters.ModelChoiceFilter(
        method="with_card", queryset=card_types, label=_("Has card"), empty_label=_("any")
    )
    came_since = DayFilter(method="by_coming", label=_("Came since"))
    not_since = DayFilter(method="by_staying_away", label=_("Not come since"))

    def matching(self, clients: QuerySet[Client], _name: str, text: str) -> QuerySet[Client]:
        return clients.filter(found_by(self.request.chain, text))

    def filter_queryset(self, clients: QuerySet[Client]) -> QuerySet[Client]:
        """Of very many that are searched for, as many as a list counts are found and then sorted; a file has all."""
        found: QuerySet[Client] = super().filter_queryset(clients)
        if not self.is_cut:
            return found
        return clients.filter(with_keys(found.order_by().values("pk")[: settings.MOST_NUMBERED + 1]))

    @property
    def is_cut(self) -> bool:
        return bool(self.form.cleaned_data["q"]) and not wanted_format(self.request)

    def with_card(self, clients: QuerySet[Client], _name: str, card_type: CardType) -> QuerySet[Client]:
        return clients.filter(pk__in=Card.objects.active().filter(card_type=card_type).values("client"))

    def by_coming(self, clients: QuerySet[Client], _name: str, since: date) -> QuerySet[Client]:
        return who_came(clients, starts_on__gte=since)

    def by_staying_away(self, clients: QuerySet[Client], _name: str, since: date) -> QuerySet[Client]:
        return who_stayed_away(clients, starts_on__gte=since)


class ClientVisitFilterSet(BaseFilterSet):
    q = django_filters.CharFilter(method="with_item", label=_("Service or product"))
    status = django_filters.ChoiceFilter(choices=choices_of(Status), label=_("Status"), empty_label=_("any"))
    location = django_filters.ModelChoiceFilter(queryset=locations, label=_("Location"), empty_label=_("any"))

    def with_item(self, visits: QuerySet[Visit], _name: str, text: str) -> QuerySet[Visit]:
        sold = VisitLine.objects.filter(visit=OuterRef("pk"), item__in=self.request.chain.items.matching(text))
        return visits.filter(Exists(sold))
