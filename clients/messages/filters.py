"""Filters of the list of messages."""

from __future__ import annotations

import django_filters
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from clients.messages.models import Message, MessageKind, MessageState
from clients.search import find_clients
from config.ui.filters import BaseFilterSet, DayFilter
from config.ui.forms import ManyChoices


class MessageFilterSet(BaseFilterSet):
    q = django_filters.CharFilter(method="matching", label=_("Client, address or subject"))
    state = django_filters.MultipleChoiceFilter(choices=MessageState.choices, label=_("Status"), widget=ManyChoices)
    kind = django_filters.ChoiceFilter(choices=MessageKind.choices, label=_("About"), empty_label=_("any"))
    since = DayFilter(field_name="queued_at", lookup_expr="date__gte", label=_("Queued from"))
    until = DayFilter(field_name="queued_at", lookup_expr="date__lte", label=_("Queued to"))

    def matching(self, messages: QuerySet[Message], _name: str, text: str) -> QuerySet[Message]:
        clients = find_clients(self.request.chain, text).order_by().values("pk")
        return messages.filter(Q(client__in=clients) | Q(address__icontains=text) | Q(subject__icontains=text))
