"""Tables of client accounts, and of the rows of one."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

import django_tables2
from django.db.models import F
from django.utils import formats, timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from config.ui.figures import format_money
from config.ui.tables import BaseTable, Importance
from loyalty.accounts.models import Account
from loyalty.client_pages.tables import NUMBER, ChainTable


class AccountTable(ChainTable):
    caption = gettext_lazy("Client accounts")
    importance = Importance(
        name="client",
        figure="balance",
        facts=("account_type", "credit_used", "moved_at"),
        told=("credit_used", "credit_left", "moved_at", "opened_at"),
        ends=("blocked_at",),
        minor=("phone", "credit_left", "opened_at"),
    )

    client = django_tables2.Column(gettext_lazy("Client"), order_by=("client__name_folded",))
    phone = django_tables2.Column(gettext_lazy("Phone"), accessor="client__phone")
    account_type = django_tables2.Column(gettext_lazy("Type"), order_by=("account_type__name_folded",))
    balance = django_tables2.Column(gettext_lazy("Balance"), accessor="holder__balance", attrs=NUMBER)
    credit_used = django_tables2.Column(gettext_lazy("Credit used"), attrs=NUMBER)
    credit_left = django_tables2.Column(gettext_lazy("Credit left"), attrs=NUMBER)
    moved_at = django_tables2.Column(gettext_lazy("Last movement"), default=gettext_lazy("none"))
    opened_at = django_tables2.Column(gettext_lazy("Opened"))
    blocked_at = django_tables2.Column(gettext_lazy("Status"), empty_values=())

    class Meta(BaseTable.Meta):
        model = Account
        fields = (
            *("client", "phone", "account_type", "balance", "credit_used", "credit_left"),
            *("moved_at", "opened_at", "blocked_at"),
        )
        order_by = ("-opened_at",)

    def render_client(self, record: Account) -> SafeString:
        url = self.request.space.page("loyalty_clients:accounts", record.client_id)
        return format_html('<a href="{}">{}</a>', url, record.client.name)

    def render_phone(self, record: Account) -> SafeString:
        assert record.client.phone
        return format_html('<span class="figure">{}</span>', record.client.phone.as_international)

    def render_account_type(self, record: Account) -> SafeString:
        url = self.request.space.page("loyalty_clients:account", record.pk)
        return format_html('<a href="{}">{}</a>', url, record.account_type.name)

    def render_balance(self, value: Decimal) -> SafeString:
        written = format_money(value, self.chain.currency)
        return format_html('<span class="{}">{}</span>', "is-minus" if value < 0 else "", written)

    def render_credit_used(self, value: Decimal) -> str:
        return format_money(value, self.chain.currency)

    render_credit_left = render_credit_used

    def render_moved_at(self, value: datetime) -> SafeString:
        local = timezone.localtime(value)
        shown = formats.date_format(local, "SHORT_DATE_FORMAT")
        return format_html('<time class="figure" datetime="{}">{}</time>', local.isoformat(), shown)

    render_opened_at = render_moved_at

    def order_blocked_at(self, accounts: Any, is_descending: bool) -> tuple[Any, bool]:
        """Open accounts are one kind and blocked ones the other: here no value means something."""
        blocked: Any = F("blocked_at")
        ordered = blocked.desc(nulls_last=True) if is_descending else blocked.asc(nulls_first=True)
        return accounts.order_by(ordered), True

    def value_blocked_at(self, record: Account) -> str:
        return _("blocked") if record.is_blocked else _("active")

    def render_blocked_at(self, record: Account) -> SafeString:
        style = "bg-red-lt" if record.is_blocked else "bg-green-lt"
        return format_html('<span class="badge {}">{}</span>', style, self.value_blocked_at(record))
