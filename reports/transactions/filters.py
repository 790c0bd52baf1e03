"""Filters of the chain's ledger."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import cached_property
from typing import Any, NamedTuple

import django_filters
from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from chains.models import Location
from chains.spaces import ChainRequest
from config.ui.days import DayField
from config.ui.filters import BaseFilterSet
from config.ui.forms import ManyChoices
from loyalty.ledger.models import Transaction, TransactionKind
from loyalty.promotions.models import Promotion
from reports.transactions.periods import presets
from reports.transactions.selection import NEWEST_FIRST, ORDERS, Selection
from reports.transactions.totals import Totals

#: Days before and after these are slips of the finger.
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2199, 12, 31)

CHAIN_ITSELF = "chain"


def locations(request: ChainRequest) -> QuerySet[Location]:
    return request.chain.locations.order_by("name", "pk")


def promotions(request: ChainRequest) -> QuerySet[Promotion]:
    return request.chain.promotions.order_by("name", "pk")


class DayFilter(django_filters.Filter):
    field_class = DayField

    def __init__(self, **kwargs: Any) -> None:
        usual = [
            MinValueValidator(FIRST_DAY, _("Choose a day from 2000 on.")),
            MaxValueValidator(LAST_DAY, _("Choose a day before 2200.")),
        ]
        super().__init__(validators=usual, **kwargs)


class PeriodForm(forms.Form):
    """Refuses a period that ends before it begins."""

    def clean(self) -> dict[str, Any]:
        since, until = self.cleaned_data.get("since"), self.cleaned_data.get("until")
        if since and until and until < since:
            self.add_error("until", _("The period ends before it begins."))
        return self.cleaned_data


class Preset(NamedTuple):
    """A period by name, and the query that asks for it."""

    name: str | Promise
    query: str
    is_chosen: bool


class TransactionFilterSet(BaseFilterSet):
    since = DayFilter(label=_("Period from"))
    until = DayFilter(label=_("Period to"))
    kind = django_filters.MultipleChoiceFilter(choices=TransactionKind.choices, label=_("Type"), widget=ManyChoices)
    promotion = django_filters.ModelMultipleChoiceFilter(queryset=promotions, label=_("Promotion"), widget=ManyChoices)
    source = django_filters.ModelMultipleChoiceFilter(
        queryset=locations,
        label=_("Sources"),
        widget=ManyChoices,
        null_label=_("the chain itself"),
        null_value=CHAIN_ITSELF,
    )
    whose = django_filters.CharFilter(label=_("Client or card"))

    class Meta:
        model = Transaction
        fields: tuple[str, ...] = ()
        form = PeriodForm

    def filter_queryset(self, queryset: QuerySet[Transaction]) -> QuerySet[Transaction]:
        return self.selection.narrow(queryset, self.request.chain)

    @cached_property
    def selection(self) -> Selection:
        """What is chosen, without what is impossible."""
        self.form.is_valid()
        chosen = self.form.cleaned_data
        sources = chosen.get("source") or []
        return Selection(
            since=chosen.get("since"),
            until=chosen.get("until"),
            kinds=tuple(chosen.get("kind") or ()),
            promotions=tuple(promotion.pk for promotion in chosen.get("promotion") or ()),
            sources=tuple(source.pk for source in sources if source != CHAIN_ITSELF),
            chain_itself=CHAIN_ITSELF in sources,
            whose=chosen.get("whose") or "",
            sort=self._sort(),
        )

    @cached_property
    def totals(self) -> Totals:
        return Totals.of(self.qs)

    def presets(self) -> Iterator[Preset]:
        chosen = (self.selection.since, self.selection.until)
        for period in presets(self.request.chain.local_date(timezone.now())):
            query = self._without("since", "until")
            query["since"], query["until"] = period.since.isoformat(), period.until.isoformat()
            yield Preset(period.name, query.urlencode(), chosen == (period.since, period.until))

    def _sort(self) -> tuple[str, ...]:
        asked = self.data.getlist("sort")
        return tuple(name for name in asked if name.removeprefix("-") in ORDERS) if asked else NEWEST_FIRST
