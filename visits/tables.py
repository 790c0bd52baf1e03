"""Tables of visits."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any

import django_tables2
from django.db.models import QuerySet
from django.middleware.csrf import get_token
from django.template.loader import render_to_string
from django.utils import formats, timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chains import clocks
from chains.access import Right
from chains.addresses import address_of
from chains.models import Chain
from chains.uses import Room
from config.ui.figures import format_points
from config.ui.tables import BaseTable, Importance
from loyalty.ledger.kinds import HolderKind
from loyalty.rules.plan import Status
from visits.debits_told import ToldDebit, told_debits
from visits.left_column import LeftColumn
from visits.models import Visit
from visits.past import first_day
from visits.plans import kept_value_lines
from visits.value import sold_as

NUMBER = {"th": {"class": "number"}, "td": {"class": "number"}}
#: How a status looks in the list; the others are plain.
_LOOKS: dict[str, str] = {Status.ARRIVED: "bg-green-lt", Status.CONFIRMED: "bg-blue-lt", Status.NO_SHOW: "bg-red-lt"}

#: More than a location has on most days, so that the day is one page.
VISITS_A_PAGE = 100


class DayTable(LeftColumn, BaseTable):
    """The visits of a day; amounts without the currency's sign, which the totals above carry."""

    caption = gettext_lazy("Visits of the day")
    marked: Visit | None

    importance = Importance(
        lead="starts_at",
        name="client",
        figure="left",
        facts=("lines",),
        ends=("status",),
        minor=("paid", "payments"),
    )

    starts_at = django_tables2.Column(gettext_lazy("Time"))
    status = django_tables2.Column(gettext_lazy("Status"))
    client = django_tables2.Column(
        gettext_lazy("Guest"),
        accessor="guest_name",
        order_by=("client__name_folded",),
        linkify=lambda record, table: table.page_of(record),
        attrs={
            "a": {
                "autofocus": lambda record, table: table.is_marked(record) or None,
                "title": lambda record: record.guest_name,
            },
        },
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

    def __init__(self, data: QuerySet[Visit], *, marked: Visit | None = None, **kwargs: Any) -> None:
        self.marked = marked
        super().__init__(data, **kwargs)

    def render_starts_at(self, record: Visit) -> SafeString:
        local = clocks.start_at(record.starts_at, self.request.location)
        return format_html(
            '<time class="figure" datetime="{}">{}</time>', local.isoformat(), formats.time_format(local)
        )

    def value_starts_at(self, record: Visit) -> datetime:
        return clocks.wall_clock_start(record.starts_at, self.request.location)

    def time_zones(self) -> list[tuple[str, str]]:
        return clocks.of_starts(self.chain, [self.request.location])

    def render_status(self, record: Visit) -> SafeString:
        look = f"badge {_LOOKS.get(record.status, '')} status-{record.status}"
        status = format_html('<span class="{}">{}</span>', look, record.get_status_display())
        return format_html("{} {}", status, self.arrive_button(record)) if self.may_arrive(record) else status

    def value_status(self, record: Visit) -> str:
        return record.get_status_display()

    def may_arrive(self, record: Visit) -> bool:
        """Nobody arrives before the day of the visit, and nobody twice."""
        is_expected = record.status in {Status.WAITING, Status.CONFIRMED} and record.starts_on <= self.today
        rights = self.request.access.rights
        is_open = Right.EDIT_PAST_VISITS in rights or record.starts_on >= self.first_day
        return is_expected and is_open and Right.CHECKOUT_VISITS in rights

    def arrive_button(self, record: Visit) -> SafeString:
        """The form of a row: what it shows of the visit, under a key of its own."""
        address = address_of("visits:arrive", record.location.slug, record.pk)
        form = {
            "action": f"{address}?{self.request.GET.urlencode()}",
            "csrf_token": self.csrf_token,
            "key": uuid.uuid4(),
            "visit": record,
        }
        return render_to_string("visits/arrive.html", form)

    def is_marked(self, record: Visit) -> bool:
        """Whether this guest was just marked as arrived, so that the keyboard goes on from there."""
        return record == self.marked

    def render_lines(self, record: Visit) -> str:
        sold = self._sold(record)
        told = self.debits.get(record.pk)
        if told is None:
            return sold
        look = "badge bg-green-lt" if told.is_debited else "badge bg-red-lt"
        return format_html('{} <span class="{}">{}</span>', sold, look, told.in_words)

    def value_lines(self, record: Visit) -> str:
        told = self.debits.get(record.pk)
        return f"{self._sold(record)} ({told.in_words})" if told else self._sold(record)

    @cached_property
    def debits(self) -> Mapping[int, ToldDebit]:
        """What was debited by itself for visits of the page that are not arrived, where the chain has memberships."""
        if not self.request.access.uses(Room.MEMBERSHIPS):
            return {}
        rows = self.page.object_list if getattr(self, "page", None) else self.rows
        return told_debits(self.chain, [row.record for row in rows])

    def _sold(self, record: Visit) -> str:
        lines = [
            f"{line.item} × {line.quantity}" if line.quantity > 1 else str(line.item) for line in record.lines.all()
        ]
        sold = [
            f"{sold_as(each.kind)} {format_points(each.price, self.chain.currency)}"
            for each in kept_value_lines(record)
        ]
        return ", ".join((*lines, *sold)) or "–"

    def render_due(self, record: Visit) -> str:
        return format_points(record.due, self.chain.currency)

    def render_paid(self, record: Visit) -> str:
        return format_points(record.paid, self.chain.currency)

    def render_payments(self, record: Visit) -> str:
        paid = [
            f"{payment.get_method_display()} {format_points(payment.amount, self.chain.currency)}"
            for payment in record.payments.all()
        ]
        for label, amount in _paid_with(record).items():
            paid.append(f"{label} {format_points(amount, self.chain.currency)}")
        if record.points_paid:
            points = format_points(record.points_paid, self.chain.currency)
            paid.append(_("Points %(points)s") % {"points": points})
        return ", ".join(paid) or "–"

    def page_of(self, record: Visit) -> str:
        """The visit's window; for who may only look, its receipt."""
        page = "visits:visit" if self.request.access.has(Right.CHECKOUT_VISITS) else "visits:receipt"
        return address_of(page, record.location.slug, record.pk)

    @cached_property
    def csrf_token(self) -> str:
        return get_token(self.request)

    @cached_property
    def today(self) -> date:
        today: date = self.request.location.local_date(timezone.now())
        return today

    @cached_property
    def first_day(self) -> date:
        """The earliest day for which a guest may be marked without the right to edit visits of past days."""
        return first_day(self.request.location, timezone.now())

    @property
    def chain(self) -> Chain:
        chain: Chain = self.request.chain
        return chain


def _paid_with(record: Visit) -> dict[str, Decimal]:
    """What gift cards and the like pay, by what they are; points stand in a figure of their own."""
    paid: dict[str, Decimal] = defaultdict(Decimal)
    for each in record.means.all():
        if each.holder.kind != HolderKind.CARD:
            paid[str(each.holder.what.label)] += each.amount
    return paid
