"""Tables of clients, and of the visits of one."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

import django_tables2
from django.template.loader import render_to_string
from django.utils import formats
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy

from chains import clocks
from chains.access import Right
from chains.addresses import address_of
from chains.models import Chain
from chains.spaces import ChainRequest
from clients.models import Client
from config.ui.figures import format_money, format_points
from config.ui.tables import BaseTable, Importance
from visits.models import Visit

NUMBER = {"th": {"class": "number"}, "td": {"class": "number"}}


class ClientTable(BaseTable):
    request: ChainRequest
    caption = gettext_lazy("Clients")
    importance = Importance(
        name="name",
        figure="phone",
        facts=("cards", "last_visit_on"),
        told=("last_visit_on",),
        minor=("email",),
    )

    name = django_tables2.Column(gettext_lazy("Name"), order_by=("name_folded",))
    phone = django_tables2.Column(gettext_lazy("Phone"))
    email = django_tables2.Column(gettext_lazy("E-mail"))
    cards = django_tables2.Column(
        gettext_lazy("Cards"),
        order_by=("points",),
        empty_values=(),
        exclude_from_export=True,
    )
    last_visit_on = django_tables2.Column(gettext_lazy("Last visit"))
    visits_made = django_tables2.Column(gettext_lazy("Visits"), attrs=NUMBER)

    class Meta(BaseTable.Meta):
        model = Client
        fields = ("name", "phone", "email", "cards", "last_visit_on", "visits_made")
        order_by = ("name",)

    def render_name(self, record: Client) -> SafeString:
        url = self.request.space.page("loyalty_clients:cards", record.pk)
        return format_html('<a href="{}">{}</a>', url, record.name)

    def render_phone(self, record: Client) -> SafeString:
        return format_html('<span class="figure">{}</span>', record.phone.as_international)

    def render_cards(self, record: Client) -> SafeString:
        return render_to_string(
            "visits/client_pages/held.html", {"cards": record.cards.all(), "chain": self.request.chain}
        )

    def render_last_visit_on(self, value: Any) -> SafeString:
        return format_html('<span class="figure">{}</span>', formats.date_format(value, "SHORT_DATE_FORMAT"))


class ClientVisitTable(BaseTable):
    request: ChainRequest
    caption = gettext_lazy("Visits")
    importance = Importance(
        name="starts_at",
        figure="due",
        facts=("location", "points_given"),
        ends=("status",),
        minor=("sold", "discount"),
    )

    starts_at = django_tables2.Column(gettext_lazy("Date"))
    location = django_tables2.Column(gettext_lazy("Location"), order_by=("location__name_folded",))
    status = django_tables2.Column(gettext_lazy("Status"))
    sold = django_tables2.Column(gettext_lazy("Sold"), attrs=NUMBER)
    discount = django_tables2.Column(gettext_lazy("Discount"), attrs=NUMBER)
    due = django_tables2.Column(gettext_lazy("Due"), attrs=NUMBER)
    paid = django_tables2.Column(gettext_lazy("Paid"), attrs=NUMBER)
    points_paid = django_tables2.Column(gettext_lazy("Paid with points"), attrs=NUMBER)
    points_given = django_tables2.Column(gettext_lazy("Points given"), attrs=NUMBER)

    class Meta(BaseTable.Meta):
        model = Visit
        fields = (
            "starts_at",
            "location",
            "status",
            "sold",
            "discount",
            "due",
            "paid",
            "points_paid",
            "points_given",
        )
        order_by = ("-starts_at",)

    def render_starts_at(self, record: Visit) -> SafeString:
        """On the clock of the visit's own location; a link where the reader works there."""
        local = clocks.start_at(record.starts_at, self.chain.locations_by_id[record.location_id])
        shown = formats.date_format(local, "SHORT_DATETIME_FORMAT")
        when = format_html('<time class="figure" datetime="{}">{}</time>', local.isoformat(), shown)
        if not self.request.access.has_at(Right.CHECKOUT_VISITS, record.location_id):
            return when
        return format_html('<a href="{}">{}</a>', address_of("visits:visit", record.location.slug, record.pk), when)

    def value_starts_at(self, record: Visit) -> datetime:
        return clocks.wall_clock_start(record.starts_at, self.chain.locations_by_id[record.location_id])

    def time_zones(self) -> list[tuple[str, str]]:
        return clocks.of_starts(self.chain, self.chain.locations_by_id.values())

    def render_status(self, record: Visit) -> SafeString:
        return format_html('<span class="status-{}">{}</span>', record.status, record.get_status_display())

    def render_sold(self, value: Any) -> str:
        return format_money(value, self.chain.currency)

    render_due = render_paid = render_sold

    def value_discount(self, record: Visit) -> Decimal:
        return -record.discount

    def render_discount(self, value: Any) -> str:
        return format_money(-value, self.chain.currency) if value else "–"

    def render_points_paid(self, value: Any) -> str:
        return format_points(value, self.chain.currency) if value else "–"

    render_points_given = render_points_paid

    @property
    def chain(self) -> Chain:
        return self.request.chain


class CoveredVisitTable(ClientVisitTable):
    """The same in a chain with memberships: sold, less discount and covered, is due."""

    covered = django_tables2.Column(gettext_lazy("Covered"), attrs=NUMBER, orderable=False)

    class Meta(ClientVisitTable.Meta):
        sequence = (*ClientVisitTable.Meta.fields[: ClientVisitTable.Meta.fields.index("due")], "covered", "...")

    render_covered = ClientVisitTable.render_discount

    def value_covered(self, record: Visit) -> Decimal:
        return -record.covered
