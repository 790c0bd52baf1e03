"""The table of the visits over a period."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import django_tables2
from django.utils import formats
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy

from chains import clocks
from chains.access import Right
from chains.addresses import address_of
from chains.models import Chain
from chains.spaces import ChainRequest
from config.ui.figures import format_points
from config.ui.tables import BaseTable, Importance
from visits.left_column import LeftColumn
from visits.models import Visit

NUMBER = {"th": {"class": "number"}, "td": {"class": "number"}}
FIGURES = ("sold", "discount", "manual_discount", "promotion_discount", "due", "points_paid", "paid", "left")


class VisitTable(LeftColumn, BaseTable):
    """Visits with their figures; amounts without the currency's sign, which the totals above carry."""

    caption = gettext_lazy("Visits")
    request: ChainRequest
    importance = Importance(
        name="client",
        figure="due",
        facts=("starts_at", "status"),
        minor=("location", "sold", "manual_discount", "promotion_discount", "points_paid"),
    )

    starts_at = django_tables2.Column(gettext_lazy("Date"), order_by=("starts_at", "pk"))
    location = django_tables2.Column(gettext_lazy("Location"), order_by=("location__name_folded",))
    client = django_tables2.Column(gettext_lazy("Guest"), accessor="guest_name", order_by=("client__name_folded",))
    status = django_tables2.Column(gettext_lazy("Status"))
    sold = django_tables2.Column(gettext_lazy("Sold"), attrs=NUMBER)
    discount = django_tables2.Column(gettext_lazy("Discount"), attrs=NUMBER)
    manual_discount = django_tables2.Column(gettext_lazy("Of it by hand"), attrs=NUMBER)
    promotion_discount = django_tables2.Column(gettext_lazy("By promotions"), attrs=NUMBER, orderable=False)
    due = django_tables2.Column(gettext_lazy("Due"), attrs=NUMBER)
    points_paid = django_tables2.Column(gettext_lazy("Paid with points"), attrs=NUMBER)
    paid = django_tables2.Column(gettext_lazy("Paid"), attrs=NUMBER)
    left = django_tables2.Column(gettext_lazy("Left"), attrs=NUMBER, orderable=False)

    class Meta(BaseTable.Meta):
        model = Visit
        fields = ("starts_at", "location", "client", "status", *FIGURES)
        order_by = ("-starts_at",)

    def render_starts_at(self, record: Visit) -> SafeString:
        """On the clock of the visit's own location; a link where the reader works there."""
        local = clocks.start_at(record.starts_at, self.chain.locations_by_id[record.location_id])
        when = format_html(
            '<time class="figure" datetime="{}">{}</time>',
            local.isoformat(),
            formats.date_format(local, "SHORT_DATETIME_FORMAT"),
        )
        if not self.request.access.has_at(Right.CHECKOUT_VISITS, record.location_id):
            return when
        return format_html('<a href="{}">{}</a>', address_of("visits:visit", record.location.slug, record.pk), when)

    def value_starts_at(self, record: Visit) -> datetime:
        return clocks.wall_clock_start(record.starts_at, self.chain.locations_by_id[record.location_id])

    def time_zones(self) -> list[tuple[str, str]]:
        location = getattr(self.request, "location", None)
        return clocks.of_starts(self.chain, [location] if location else self.chain.locations_by_id.values())

    def render_client(self, record: Visit) -> SafeString | str:
        name = record.guest_name
        if record.client is None or not self.request.access.has(Right.VIEW_CLIENTS):
            return name
        return format_html(
            '<a href="{}">{}</a>', self.request.space.page("visits_clients:visits", record.client_id), name
        )

    def render_status(self, record: Visit) -> SafeString:
        return format_html('<span class="status-{}">{}</span>', record.status, record.get_status_display())

    def render_sold(self, value: Decimal) -> str:
        return format_points(value, self.chain.currency)

    render_due = render_paid = render_sold

    def value_discount(self, record: Visit) -> Decimal:
        """Below zero, as on the page."""
        return -record.discount

    def value_manual_discount(self, record: Visit) -> Decimal:
        return -record.manual_discount

    def value_promotion_discount(self, record: Visit) -> Decimal:
        return -record.promotion_discount

    def render_discount(self, value: Decimal) -> str:
        return format_points(-value, self.chain.currency) if value else "–"

    render_manual_discount = render_promotion_discount = render_discount

    def render_points_paid(self, value: Decimal) -> str:
        return format_points(value, self.chain.currency) if value else "–"

    @property
    def chain(self) -> Chain:
        return self.request.chain


class CoveredVisitTable(VisitTable):
    """The same in a chain with memberships: sold, less discount and covered, is due."""

    covered = django_tables2.Column(gettext_lazy("Covered"), attrs=NUMBER, orderable=False)

    class Meta(VisitTable.Meta):
        sequence = (*VisitTable.Meta.fields[: VisitTable.Meta.fields.index("due")], "covered", "...")

    render_covered = VisitTable.render_discount

    def value_covered(self, record: Visit) -> Decimal:
        return -record.covered
