"""Filters of the chain's ledger."""

from __future__ import annotations

from collections.abc import Collection
from functools import cached_property
from typing import Any

import django_filters
from django import forms
from django.conf import settings
from django.db.models import QuerySet
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from chains.access import Right
from chains.spaces import ChainRequest
from config.ui.fields import FigureField
from config.ui.filters import FigureFilter
from config.ui.forms import ManyChoices
from loyalty.ledger.kinds import Group, row_choices
from loyalty.ledger.models import Transaction
from loyalty.promotions.models import Promotion
from reports.filters import PeriodFilterSet, PeriodForm, locations
from reports.transactions.selection import CHAIN_ITSELF, Selection
from reports.transactions.totals import Totals


def promotions(request: ChainRequest) -> QuerySet[Promotion]:
    return request.chain.promotions.order_by("name_folded", "pk")


class TransactionForm(PeriodForm):
    """Refuses amounts between which there is none, too."""

    def clean(self) -> dict[str, Any]:
        chosen = super().clean()
        lowest, highest = chosen.get("amount_from"), chosen.get("amount_to")
        if lowest is not None and highest is not None and highest < lowest:
            self.add_error("amount_to", _("No amount fits: this one is below the other."))
        return chosen


class KindsFilter(django_filters.MultipleChoiceFilter):
    """By kinds of rows, or by whole groups of them; only those that the chain may have are offered."""

    @property
    def field(self) -> forms.Field:
        whole: dict[StrOrPromise, tuple[str, StrOrPromise]] = {
            group.label: (group.value, format_lazy(_("All of {group}"), group=group.label)) for group in Group
        }
        self.extra["choices"] = [
            (label, [whole[label], *kinds]) for label, kinds in row_choices(self.parent.request.access.uses)
        ]
        found: forms.Field = super().field
        return found


class TransactionFilterSet(PeriodFilterSet):
    kind = KindsFilter(label=_("Type"), widget=ManyChoices)
    promotion = django_filters.ModelMultipleChoiceFilter(queryset=promotions, label=_("Promotion"), widget=ManyChoices)
    source = django_filters.ModelMultipleChoiceFilter(
        queryset=locations,
        label=_("Sources"),
        widget=ManyChoices,
        null_label=_("the chain itself"),
        null_value=CHAIN_ITSELF,
    )
    whose = django_filters.CharFilter(label=_("Client or card"))
    amount_from = FigureFilter(label=_("Amount from"))
    amount_to = FigureFilter(label=_("Amount to"))

    class Meta:
        model = Transaction
        fields: tuple[str, ...] = ()
        form = TransactionForm

    def get_form_class(self) -> type[TransactionForm]:
        """Amounts are read and shown in the figures of the chain's currency."""
        form: type[TransactionForm] = super().get_form_class()
        for name in ("amount_from", "amount_to"):
            field = form.base_fields[name]
            assert isinstance(field, FigureField)
            field.count_in(self.request.chain.places)
        return form

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
            kinds=_kinds(chosen.get("kind") or ()),
            promotions=tuple(promotion.pk for promotion in chosen.get("promotion") or ()),
            sources=tuple(source.pk for source in sources if source != CHAIN_ITSELF),
            chain_itself=CHAIN_ITSELF in sources,
            whose=chosen.get("whose") or "",
            by_name_only=not self.request.access.has(Right.VIEW_CLIENTS),
            amount_from=chosen.get("amount_from"),
            amount_to=chosen.get("amount_to"),
        )

    @cached_property
    def totals(self) -> Totals | None:
        """Of however many rows, where the sums of the ledger know them, else of at most `MOST_NUMBERED`."""
        if summed := self.selection.summed:
            return Totals.summed(self.request.chain, summed)
        some = self.qs.order_by().values("pk")[: settings.MOST_NUMBERED + 1]
        totals = Totals.of(Transaction.objects.filter(pk__in=some))
        return totals if totals.rows <= settings.MOST_NUMBERED else None

    @property
    def known_count(self) -> int:
        return self.totals.rows if self.totals else settings.MOST_NUMBERED + 1


def _kinds(chosen: Collection[str]) -> tuple[str, ...]:
    """The kinds that are chosen, by themselves or with their group."""
    groups = {group.value: group.kinds for group in Group}
    return tuple(dict.fromkeys(kind for each in chosen for kind in groups.get(each, [each])))
