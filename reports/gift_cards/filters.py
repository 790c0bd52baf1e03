"""Filters of the report on gift cards."""

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
from config.ui.fields import FigureField
from config.ui.filters import FigureFilter
from config.ui.forms import ManyChoices
from loyalty.gift_cards.models import GiftCard, GiftCardQuerySet, GiftCardStatus, GiftCardType
from loyalty.ledger.kinds import TransactionKind
from loyalty.ledger.models import Transaction
from reports.filters import NumberBeginsFilter, PeriodDayFilter, PeriodFilterSet, PeriodForm, locations
from reports.gift_cards.reading import GiftCardTotals


def gift_card_types(request: ChainRequest) -> QuerySet[GiftCardType]:
    return request.chain.gift_card_types.order_by("name_folded", "pk")


class GiftCardForm(PeriodForm):
    """Refuses what begins after it ends, of every pair."""

    def clean(self) -> dict[str, Any]:
        chosen = super().clean()
        begins, ends = chosen.get("used_since"), chosen.get("used_until")
        if begins and ends and ends < begins:
            self.add_error("used_until", _("The period ends before it begins."))
        lowest, highest = chosen.get("balance_from"), chosen.get("balance_to")
        if lowest is not None and highest is not None and highest < lowest:
            self.add_error("balance_to", _("No amount fits: this one is below the other."))
        return chosen


class GiftCardFilterSet(PeriodFilterSet):
    """The period is that of the sale, by the clock of the chain; payments go by the days of their visits."""

    since = PeriodDayFilter(label=_("Sold from"))
    until = PeriodDayFilter(label=_("Sold to"))
    location = django_filters.ModelMultipleChoiceFilter(queryset=locations, label=_("Sold at"), widget=ManyChoices)
    number = NumberBeginsFilter()
    whose = django_filters.CharFilter(label=_("Buyer or holder"))
    gift_card_type = django_filters.ModelMultipleChoiceFilter(
        queryset=gift_card_types, label=_("Type"), widget=ManyChoices
    )
    status = django_filters.MultipleChoiceFilter(choices=GiftCardStatus.choices, label=_("Status"), widget=ManyChoices)
    balance_from = FigureFilter(label=_("Balance from"))
    balance_to = FigureFilter(label=_("Balance to"))
    ends_within = django_filters.NumberFilter(label=_("Ends within days"), min_value=1, max_value=36_500)
    used_since = PeriodDayFilter(label=_("Used from"))
    used_until = PeriodDayFilter(label=_("Used to"))
    used_at = django_filters.ModelMultipleChoiceFilter(queryset=locations, label=_("Used at"), widget=ManyChoices)

    class Meta:
        model = GiftCard
        fields: tuple[str, ...] = ()
        form = GiftCardForm

    def get_form_class(self) -> type[PeriodForm]:
        """A location's own page shows only its sales; amounts are in the figures of the chain's currency."""
        form: type[PeriodForm] = super().get_form_class()
        if self.request.space.kind == SpaceKind.LOCATION:
            del form.base_fields["location"]
        for name in ("balance_from", "balance_to"):
            field = form.base_fields[name]
            assert isinstance(field, FigureField)
            field.count_in(self.request.chain.places)
        return form

    def filter_queryset(self, queryset: GiftCardQuerySet) -> QuerySet[GiftCard]:
        self.form.is_valid()
        chosen = {name: value for name, value in self.form.cleaned_data.items() if value not in (None, "")}
        if "whose" in chosen:
            found = find_clients_for(self.request.access, chosen["whose"]).order_by().values("pk")
            queryset = queryset.maybe_of(found).filter(Q(buyer__in=found) | Q(held_by_id__in=found))
        cards: QuerySet[GiftCard] = queryset.filter(self._sold(chosen), self._kept(chosen))
        return self._used(self.filters["number"].filter(cards, chosen.get("number", "")), chosen)

    def _sold(self, chosen: dict[str, Any]) -> Q:
        zone, sold = self.request.chain.zone, Q()
        if "since" in chosen:
            sold &= Q(sold_at__gte=datetime.combine(chosen["since"], time.min, zone))
        if "until" in chosen:
            sold &= Q(sold_at__lt=datetime.combine(chosen["until"] + timedelta(days=1), time.min, zone))
        return sold & Q(sold_location_id__in=chosen["location"]) if chosen.get("location") else sold

    def _kept(self, chosen: dict[str, Any]) -> Q:
        """What it is and what is on it."""
        kept = Q()
        if chosen.get("gift_card_type"):
            kept &= Q(gift_card_type__in=chosen["gift_card_type"])
        if "balance_from" in chosen:
            kept &= Q(holder__balance__gte=chosen["balance_from"])
        if "balance_to" in chosen:
            kept &= Q(holder__balance__lte=chosen["balance_to"])
        if "ends_within" in chosen:
            # Today is the first of these days.
            today = self.today_in(self.request)
            kept &= Q(last_on__gte=today, last_on__lt=today + timedelta(days=int(chosen["ends_within"])))
        return kept & Q(status__in=chosen["status"]) if chosen.get("status") else kept

    def _used(self, cards: QuerySet[GiftCard], chosen: dict[str, Any]) -> QuerySet[GiftCard]:
        """Those with one payment that stands and is of these days and places."""
        used = Q()
        if "used_since" in chosen:
            used &= Q(visit__starts_on__gte=chosen["used_since"])
        if "used_until" in chosen:
            used &= Q(visit__starts_on__lte=chosen["used_until"])
        if chosen.get("used_at"):
            used &= Q(location__in=chosen["used_at"])
        if not used:
            return cards
        payments = Transaction.objects.standing().filter(kind=TransactionKind.GIFT_CARD_PAYMENT)
        return cards.filter(Exists(payments.filter(used, holder=OuterRef("holder"))))

    @cached_property
    def totals(self) -> GiftCardTotals:
        return GiftCardTotals.of(self.request.chain, self.qs)

    @property
    def known_count(self) -> int:
        return self.totals.cards

    @staticmethod
    def today_in(request: ChainRequest) -> date:
        return request.chain.local_date(timezone.now())
