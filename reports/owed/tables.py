"""The table of the points that are owed."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import django_tables2
from django.utils import formats
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chains.access import Right
from chains.spaces import ChainRequest
from config.ui.figures import format_points
from config.ui.tables import BaseTable, Importance, WideData
from loyalty.ledger.models import Lot

NUMBER = {"th": {"class": "number"}, "td": {"class": "number"}}


class OwedTable(BaseTable):
    """Lots with what is left of them, the one that ends first first; of very many the newest, as no index has ends."""

    caption = gettext_lazy("Points owed")
    importance = Importance(
        name="client", figure="remaining", facts=("ends_on", "card"), told=("ends_on", "granted_on", "given_by")
    )
    request: ChainRequest
    data_class = WideData
    first_walk = ("-pk",)

    ends_on = django_tables2.Column(
        gettext_lazy("Last day"), order_by=("ends_on", "granted_at"), default=gettext_lazy("no last day")
    )
    client = django_tables2.Column(
        gettext_lazy("Client"),
        accessor="holder__client",
        order_by=("holder__client__name_folded",),
        default=gettext_lazy("Bearer"),
    )
    card = django_tables2.Column(
        gettext_lazy("Card"), accessor="holder__card", order_by=("holder__card__number_folded",)
    )
    granted_on = django_tables2.Column(gettext_lazy("Accrued on"), order_by=("granted_on", "granted_at"))
    given_by = django_tables2.Column(
        gettext_lazy("Given by"), accessor="transaction", order_by=("transaction__promotion__name_folded",)
    )
    remaining = django_tables2.Column(gettext_lazy("Points left"), attrs=NUMBER)

    class Meta(BaseTable.Meta):
        model = Lot
        fields = ("ends_on", "client", "card", "granted_on", "given_by", "remaining")
        order_by = ("ends_on",)

    def render_ends_on(self, value: date) -> SafeString:
        return format_html('<span class="figure">{}</span>', formats.date_format(value, "SHORT_DATE_FORMAT"))

    render_granted_on = render_ends_on

    def value_ends_on(self, record: Lot) -> date | None:
        ends_on: date | None = getattr(record, "ends_on", None)
        return ends_on

    def render_client(self, record: Lot) -> SafeString:
        assert record.holder.client
        return self._linked(record.holder.client.name, "loyalty_clients:cards", record.holder.client_id)

    def render_card(self, record: Lot) -> SafeString:
        card = record.holder.card
        shown = format_html('{} <small class="figure">{}</small>', card.card_type.name, card.number)
        return self._linked(shown, "loyalty_clients:card", card.pk)

    def render_given_by(self, record: Lot) -> str:
        """The promotion, or what else the row was."""
        row = record.transaction
        return row.promotion.name if row.promotion else row.get_kind_display()

    def render_remaining(self, value: Decimal) -> str:
        return format_points(value, self.request.chain.currency)

    def time_zones(self) -> list[tuple[str, str]]:
        """Days are the chain's."""
        return [(_("Time zone"), self.request.chain.time_zone)]

    def _linked(self, shown: str, url_name: str, pk: object) -> SafeString:
        if not self.request.access.has(Right.VIEW_CLIENTS):
            return format_html("{}", shown)
        return format_html('<a href="{}">{}</a>', self.request.space.page(url_name, pk), shown)
