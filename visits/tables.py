"""Tables of visits."""

from __future__ import annotations

import django_tables2
from django.urls import reverse
from django.utils import formats, timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chains.access import Right
from chains.models import Chain
from config.ui.figures import format_points
from config.ui.tables import BaseTable
from visits.models import Status, Visit

NUMBER = {"th": {"class": "number"}, "td": {"class": "number"}}

#: More than a location has on most days, so that the day is one page.
VISITS_A_PAGE = 100


class DayTable(BaseTable):
    """The visits of a day; amounts without the currency's sign, which the totals above carry."""

    caption = gettext_lazy("Visits of the day")

    starts_at = django_tables2.Column(gettext_lazy("Time"))
    status = django_tables2.Column(gettext_lazy("Status"))
    client = django_tables2.Column(
        gettext_lazy("Guest"),
        order_by=("client__name_folded",),
        linkify=lambda record, table: table.page_of(record),
    )
    lines = django_tables2.Column(gettext_lazy("Services and products"), orderable=False, empty_values=())
    due = django_tables2.Column(gettext_lazy("Due"), attrs=NUMBER)
    paid = django_tables2.Column(gettext_lazy("Paid"), attrs=NUMBER)
    left = django_tables2.Column(gettext_lazy("Left"), attrs=NUMBER, orderable=False)
    payments = django_tables2.Column(gettext_lazy("Payments"), orderable=False, empty_values=())

    class Meta(BaseTable.Meta):
        model = Visit
        fields = ("starts_at", "status", "client", "lines", "due", "paid", "left", "payments")
        order_by = ("starts_at",)
        per_page = VISITS_A_PAGE

    def render_starts_at(self, record: Visit) -> SafeString:
        local = timezone.localtime(record.starts_at)
        return format_html('<time datetime="{}">{}</time>', local.isoformat(), formats.time_format(local))

    def render_status(self, record: Visit) -> SafeString:
        return format_html('<span class="status-{}">{}</span>', record.status, record.get_status_display())

    def render_lines(self, record: Visit) -> str:
        lines = [
            f"{line.item} × {line.quantity}" if line.quantity > 1 else str(line.item) for line in record.lines.all()
        ]
        return ", ".join(lines) or "–"

    def render_due(self, record: Visit) -> str:
        return format_points(record.due, self.chain.currency)

    def render_paid(self, record: Visit) -> str:
        return format_points(record.paid, self.chain.currency)

    def render_left(self, record: Visit) -> SafeString:
        owed = record.left and record.status == Status.ARRIVED
        style = "is-left" if owed else ""
        return format_html('<span class="{}">{}</span>', style, format_points(record.left, self.chain.currency))

    def render_payments(self, record: Visit) -> str:
        paid = [
            f"{payment.get_method_display()} {format_points(payment.amount, self.chain.currency)}"
            for payment in record.payments.all()
        ]
        if record.points_paid:
            points = format_points(record.points_paid, self.chain.currency)
            paid.append(_("Points %(points)s") % {"points": points})
        return ", ".join(paid) or "–"

    def page_of(self, record: Visit) -> str:
        """The visit's window; for who may only look, its receipt."""
        page = "visits:visit" if self.request.access.has(Right.CHECKOUT_VISITS) else "visits:receipt"
        return reverse(page, args=[record.location.slug, record.pk])

    @property
    def chain(self) -> Chain:
        chain: Chain = self.request.chain
        return chain
