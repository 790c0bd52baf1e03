"""Filters of lists of cards and of a client's rows."""

from __future__ import annotations

from functools import cached_property

import django_filters
from django import forms
from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from chains.folding import finding
from chains.spaces import ChainRequest
from clients.search import find_clients
from config.ui.filters import BaseFilterSet
from loyalty.cards.models import Card, CardType
from loyalty.client_pages.reading import find_cards, outstanding_of
from loyalty.ledger.holdings import Outstanding
from loyalty.ledger.kinds import HolderKind, row_choices, rows_of
from loyalty.ledger.models import Holder, Transaction

STATUSES = (("active", _("active")), ("blocked", _("blocked")))
BALANCES = (("some", _("with points")), ("none", _("without points")), ("debt", _("in debt")))


def card_types(request: ChainRequest) -> QuerySet[CardType]:
    return CardType.objects.filter(chain=request.chain).order_by("name_folded", "pk")


def cards_of_page(request: ChainRequest) -> QuerySet[Card]:
    """The cards of the client whose page it is."""
    assert request.resolver_match
    cards = Card.objects.filter(chain=request.chain, client=request.resolver_match.kwargs["client_id"])
    return cards.select_related("card_type").order_by("issued_at", "pk")


class CardFilterSet(BaseFilterSet):
    q = django_filters.CharFilter(method="matching", label=_("Number, name or phone"))
    card_type = django_filters.ModelChoiceFilter(queryset=card_types, label=_("Type"), empty_label=_("any"))
    status = django_filters.ChoiceFilter(method="in_status", choices=STATUSES, label=_("Status"), empty_label=_("any"))
    balance = django_filters.ChoiceFilter(
        method="with_balance", choices=BALANCES, label=_("Balance"), empty_label=_("any")
    )

    @cached_property
    def totals(self) -> Outstanding | None:
        """What the cards hold: all of some types by the sums of the ledger, else at most `MOST_NUMBERED` cards."""
        chosen = {name: value for name, value in self.form.cleaned_data.items() if value}
        if chosen.keys() <= {"card_type"}:
            return outstanding_of(self.request.chain, chosen.get("card_type"))
        some = list(self.qs.order_by().values_list("holder", flat=True)[: settings.MOST_NUMBERED + 1])
        return Outstanding.of(Holder.objects.filter(pk__in=some)) if len(some) <= settings.MOST_NUMBERED else None

    def matching(self, cards: QuerySet[Card], _name: str, text: str) -> QuerySet[Card]:
        chain = self.request.chain
        owned = Card.objects.filter(client__in=find_clients(chain, text).order_by().values("pk"))
        return cards.filter(pk__in=find_cards(chain, text).values("pk").union(owned.values("pk")))

    def in_status(self, cards: QuerySet[Card], _name: str, status: str) -> QuerySet[Card]:
        return cards.filter(blocked_at__isnull=status == "active")

    def with_balance(self, cards: QuerySet[Card], _name: str, balance: str) -> QuerySet[Card]:
        return cards.filter(
            {
                "some": Q(holder__balance__gt=0),
                "none": Q(holder__balance=0),
                "debt": Q(holder__balance__lt=0),
            }[balance]
        )


class KindFilter(django_filters.ChoiceFilter):
    """By one kind of row, of those that the chain may have."""

    @property
    def field(self) -> forms.Field:
        self.extra["choices"] = row_choices(self.parent.request.access.uses)
        found: forms.Field = super().field
        return found


class RowFilterSet(BaseFilterSet):
    """Filters of the rows of one client."""

    q = django_filters.CharFilter(method="matching", label=_("Promotion or comment"))
    kind = KindFilter(label=_("Type"), empty_label=_("any"))
    card = django_filters.ModelChoiceFilter(
        queryset=cards_of_page,
        label=_("Loyalty card"),
        empty_label=_("any"),
    )

    def matching(self, rows: QuerySet[Transaction], _name: str, text: str) -> QuerySet[Transaction]:
        return rows.filter(finding(text, "promotion__name_spellings") | Q(comment__text__icontains=text))


class CardRowFilterSet(BaseFilterSet):
    """Filters of the rows of one card."""

    q = django_filters.CharFilter(method="matching", label=_("Promotion or comment"))
    kind = django_filters.ChoiceFilter(choices=rows_of(HolderKind.CARD), label=_("Type"), empty_label=_("any"))

    matching = RowFilterSet.matching
