"""The table of the rows of one gift card."""

from __future__ import annotations

import django_tables2
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy

from config.ui.tables import Importance
from loyalty.client_pages.tables import RowTable
from loyalty.ledger.models import Transaction


class GiftCardRowTable(RowTable):
    """Rows of one gift card, with whose each is: a bearer's is brought now by one guest and now by another."""

    caption = gettext_lazy("What came and went on the gift card")
    importance = Importance(
        name="kind",
        figure="amount",
        facts=("at", "client"),
        told=("visit", "acting_user"),
        ends=("why",),
        minor=("location", "visit", "acting_user"),
    )

    client = django_tables2.Column(gettext_lazy("Client"), order_by=("client__name_folded",))

    class Meta(RowTable.Meta):
        fields = ("at", "location", "kind", "client", "visit", "amount", "balance_after", "acting_user", "why")
        exclude = ("card",)

    def render_client(self, record: Transaction) -> SafeString:
        assert record.client
        url = self.request.space.page("loyalty_clients:gift_cards", record.client_id)
        return format_html('<a href="{}">{}</a>', url, record.client.name)
