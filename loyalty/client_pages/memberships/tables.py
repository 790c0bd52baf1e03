"""The table of the rows of one membership."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import django_tables2
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from config.ui.figures import format_money
from config.ui.tables import Importance
from loyalty.client_pages.tables import NUMBER, RowTable
from loyalty.ledger.models import Transaction


class MembershipRowTable(RowTable):
    """Rows of all counters of one membership, with whose it was, whose visit it covered and what each use is worth."""

    caption = gettext_lazy("What came and went on the membership")
    importance = Importance(
        name="kind",
        figure="amount",
        facts=("at", "client", "value"),
        told=("visit", "acting_user", "value"),
        ends=("why",),
        minor=("location", "visit", "acting_user"),
    )

    client = django_tables2.Column(gettext_lazy("Client"), order_by=("client__name_folded",))
    value = django_tables2.Column(gettext_lazy("Worth"), accessor="why__value", orderable=False, attrs=NUMBER)

    class Meta(RowTable.Meta):
        fields = (
            "at",
            "location",
            "kind",
            "client",
            "visit",
            "amount",
            "balance_after",
            "value",
            "acting_user",
            "why",
        )
        exclude = ("card",)

    def __init__(self, *args: Any, covers: Mapping[int, str], **kwargs: Any) -> None:
        """``covers`` is what each holder counts, of a membership with several counters."""
        super().__init__(*args, **kwargs)
        self.covers = covers

    def render_kind(self, record: Transaction) -> SafeString:
        """With what it is of, where the membership has several counters."""
        return self.kind_of(record, self.covers.get(record.holder_id or 0, ""))

    def render_client(self, record: Transaction) -> SafeString:
        assert record.client
        url = self.request.space.page("loyalty_clients:memberships", record.client_id)
        link = format_html('<a href="{}">{}</a>', url, record.client.name)
        guest = record.visit.client if record.visit else None
        if guest is None or guest.pk == record.client_id:
            return link
        return format_html("{}<small>{}</small>", link, _("visit of %(guest)s") % {"guest": guest.name})

    def render_value(self, value: str) -> str:
        return format_money(Decimal(str(value)), self.chain.currency)

    def value_value(self, value: str) -> Decimal:
        return Decimal(str(value))
