"""Filters of the list of accounts, and of the rows of one."""

from __future__ import annotations

from datetime import timedelta
from functools import cached_property
from typing import Any

import django_filters
from django import forms
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from chains.spaces import ChainRequest
from clients.search import find_clients
from config.ui.fields import FigureField
from config.ui.filters import BaseFilterSet, FigureFilter
from loyalty.accounts.held import HeldTogether
from loyalty.accounts.models import Account, AccountQuerySet, AccountType
from loyalty.client_pages.filters import STATUSES
from loyalty.ledger.kinds import HolderKind, rows_of
from loyalty.ledger.models import Transaction

HELD = "held"
BELOW = "below"
BALANCES = ((HELD, _("above zero")), ("none", _("at zero")), (BELOW, _("below zero")))
#: Ten years: who asks for more means all.
MOST_DAYS = 3650


def account_types(request: ChainRequest) -> QuerySet[AccountType]:
    return AccountType.objects.filter(chain=request.chain).order_by("name_folded", "pk")


class AccountForm(forms.Form):
    """Refuses balances between which there is none."""

    def clean(self) -> dict[str, Any]:
        chosen: dict[str, Any] = self.cleaned_data
        lowest, highest = chosen.get("balance_from"), chosen.get("balance_to")
        if lowest is not None and highest is not None and highest < lowest:
            self.add_error("balance_to", _("No balance fits: this one is below the other."))
        return chosen


class DaysFilter(django_filters.Filter):
    """A number of days until today."""

    field_class = forms.IntegerField

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=1, max_value=MOST_DAYS, **kwargs)


class AccountFilterSet(BaseFilterSet):
    q = django_filters.CharFilter(method="matching", label=_("Name or phone"))
    account_type = django_filters.ModelChoiceFilter(queryset=account_types, label=_("Type"), empty_label=_("any"))
    balance = django_filters.ChoiceFilter(
        method="with_balance", choices=BALANCES, label=_("Balance"), empty_label=_("any")
    )
    balance_from = FigureFilter(field_name="holder__balance", lookup_expr="gte", label=_("Balance from"))
    balance_to = FigureFilter(field_name="holder__balance", lookup_expr="lte", label=_("Balance to"))
    moved = DaysFilter(method="moved_within", label=_("Days since moved"))
    status = django_filters.ChoiceFilter(method="in_status", choices=STATUSES, label=_("Status"), empty_label=_("any"))

    class Meta:
        model = Account
        fields: tuple[str, ...] = ()
        form = AccountForm

    def get_form_class(self) -> type[AccountForm]:
        """Balances are read and shown in the figures of the chain's currency."""
        form: type[AccountForm] = super().get_form_class()
        for name in ("balance_from", "balance_to"):
            field = form.base_fields[name]
            assert isinstance(field, FigureField)
            field.count_in(self.request.chain.places)
        return form

    @cached_property
    def totals(self) -> HeldTogether:
        return HeldTogether.of(self.qs)

    @property
    def known_count(self) -> int:
        return self.totals.accounts

    def matching(self, accounts: QuerySet[Account], _name: str, text: str) -> QuerySet[Account]:
        return accounts.filter(client__in=find_clients(self.request.chain, text).order_by().values("pk"))

    def with_balance(self, accounts: QuerySet[Account], _name: str, balance: str) -> QuerySet[Account]:
        wanted = {
            HELD: Q(holder__balance__gt=0),
            "none": Q(holder__balance=0),
            BELOW: Q(holder__balance__lt=0),
        }
        return accounts.filter(wanted[balance])

    def moved_within(self, accounts: AccountQuerySet, _name: str, days: int) -> QuerySet[Account]:
        return accounts.moved_since(timezone.now() - timedelta(days=days))

    def in_status(self, accounts: QuerySet[Account], _name: str, status: str) -> QuerySet[Account]:
        return accounts.filter(blocked_at__isnull=status == "active")


class AccountRowFilterSet(BaseFilterSet):
    q = django_filters.CharFilter(field_name="comment__text", lookup_expr="icontains", label=_("Comment"))
    kind = django_filters.ChoiceFilter(choices=rows_of(HolderKind.ACCOUNT), label=_("Type"), empty_label=_("any"))

    class Meta:
        model = Transaction
        fields: tuple[str, ...] = ()
