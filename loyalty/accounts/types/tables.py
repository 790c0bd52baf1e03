"""The table of account types."""

from __future__ import annotations

from decimal import Decimal

import django_tables2
from django.utils.translation import gettext_lazy

from config.ui.figures import format_money
from config.ui.tables import BaseTable, Importance
from loyalty.accounts.models import AccountType
from loyalty.programs.types.tables import NUMBER, TypeTable


class AccountTypeTable(TypeTable):
    caption = gettext_lazy("Account types")
    importance = Importance(
        name="name",
        figure="owed",
        facts=("opened", "lent"),
        told=("locations",),
        ends=("status",),
    )

    name = django_tables2.Column(
        gettext_lazy("Name"),
        order_by=("name_folded",),
        linkify=(
            "loyalty:account_type_edit",
            {"chain_slug": django_tables2.A("chain__slug"), "account_type_id": django_tables2.A("pk")},
        ),
    )
    credit = django_tables2.Column(gettext_lazy("On credit up to"), accessor="terms__credit", attrs=NUMBER)
    opened = django_tables2.Column(gettext_lazy("Accounts"), attrs=NUMBER)
    owed = django_tables2.Column(gettext_lazy("Owed"), attrs=NUMBER)
    lent = django_tables2.Column(gettext_lazy("Used on credit"), attrs=NUMBER)

    class Meta(BaseTable.Meta):
        model = AccountType
        fields = ("name", "credit", "locations", "opened", "owed", "lent", "status")
        order_by = ("name",)

    def render_credit(self, value: Decimal) -> str:
        return format_money(value, self.request.chain.currency)

    render_owed = render_lent = render_credit
