"""The table of the report on memberships."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any

import django_tables2
from django.db.models import QuerySet
from django.utils import formats, timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from chains.access import Right
from chains.spaces import ChainRequest
from config.ui.figures import format_points
from config.ui.tables import BaseTable, Importance, WideData
from loyalty.memberships.models import Membership, MembershipStatus
from loyalty.memberships.worth import Worth
from reports.memberships.reading import sorted_by

NUMBER = {"th": {"class": "number"}, "td": {"class": "number"}}


class MembershipTable(BaseTable):
    """Memberships with their figures, those sold last first; amounts without the currency's sign, as in the totals."""

    caption = gettext_lazy("Memberships")
    request: ChainRequest
    data_class = WideData
    importance = Importance(
        name="number",
        figure="left",
        facts=("membership_type", "client", "last_on"),
        told=("client", "last_on", "sold_at", "location"),
        ends=("status",),
        minor=("location", "sold_for", "used"),
        further=("sold_by", "expired"),
    )

    number = django_tables2.Column(gettext_lazy("Number"), order_by=("number_folded",))
    membership_type = django_tables2.Column(gettext_lazy("Type"), order_by=("membership_type__name_folded",))
    status = django_tables2.Column(gettext_lazy("Status"))
    client = django_tables2.Column(gettext_lazy("Owner"), order_by=("client__name_folded",))
    sold_at = django_tables2.Column(gettext_lazy("Sold"))
    location = django_tables2.Column(gettext_lazy("Sold at"), order_by=("location__name_folded",))
    sold_by = django_tables2.Column(gettext_lazy("Sold by"), order_by=("sold_by__name_folded",))
    sold_for = django_tables2.Column(gettext_lazy("Sold for"), attrs=NUMBER, empty_values=())
    used = django_tables2.Column(pgettext_lazy("value of visits", "Debited"), attrs=NUMBER, empty_values=())
    expired = django_tables2.Column(gettext_lazy("Expired"), attrs=NUMBER, empty_values=(), orderable=False)
    owed = django_tables2.Column(gettext_lazy("Owed"), attrs=NUMBER, empty_values=())
    left = django_tables2.Column(gettext_lazy("Left"), attrs=NUMBER, empty_values=())
    last_on = django_tables2.Column(gettext_lazy("Valid until"), accessor="period__last_on")

    class Meta(BaseTable.Meta):
        model = Membership
        # What is shown once it is asked for comes last, as in a workbook.
        fields = (
            "number",
            "membership_type",
            "status",
            "client",
            "sold_at",
            "location",
            "sold_for",
            "used",
            "owed",
            "left",
            "last_on",
            "sold_by",
            "expired",
        )
        order_by = ("-sold_at",)

    def render_number(self, record: Membership) -> SafeString | str:
        number = self.value_number(record)
        if not self._sees_clients:
            return number
        url = self.request.space.page("loyalty_clients:membership", record.pk)
        return format_html('<a class="figure" href="{}">{}</a>', url, number)

    def value_number(self, record: Membership) -> str:
        may_see = record.is_named or self.request.access.has(Right.SEE_CODES)
        return record.number if may_see else record.masked_number

    def order_number(self, found: QuerySet[Membership], is_descending: bool) -> tuple[QuerySet[Membership], bool]:
        """Whoever may not see codes learns nothing of them by their order, so theirs is that of the sale."""
        name = "number_folded" if self.request.access.has(Right.SEE_CODES) else "pk"
        return found.order_by(f"-{name}" if is_descending else name, "pk"), True

    def render_status(self, record: Membership) -> SafeString:
        status = MembershipStatus(record.status)
        return format_html('<span class="badge {}">{}</span>', status.badge, status.label)

    def value_status(self, record: Membership) -> str:
        return str(MembershipStatus(record.status).label)

    def render_client(self, record: Membership) -> SafeString:
        if not self._sees_clients:
            return format_html("{}", record.client.name)
        url = self.request.space.page("loyalty_clients:memberships", record.client_id)
        return format_html('<a href="{}">{}</a>', url, record.client.name)

    def value_client(self, record: Membership) -> str:
        return record.client.name

    def render_sold_at(self, record: Membership) -> SafeString:
        local = timezone.localtime(record.sold_at)
        shown = formats.date_format(local, "SHORT_DATE_FORMAT")
        return format_html('<time class="figure" datetime="{}">{}</time>', local.isoformat(), shown)

    def value_sold_at(self, record: Membership) -> datetime:
        return record.sold_at

    def render_left(self, record: Membership) -> SafeString | str:
        counts = [each.count for each in record.held_counters.all() if each.count is not None]
        if not counts:
            return _("no count")
        return format_html("{} <small>{}</small>", self.value_left(record), _("of %(count)s") % {"count": sum(counts)})

    def value_left(self, record: Membership) -> int | None:
        """How many are left of all counters that have a count."""
        found: Any = record
        return None if found.left is None else int(found.left)

    def render_last_on(self, value: date) -> SafeString:
        return format_html('<span class="figure">{}</span>', formats.date_format(value, "SHORT_DATE_FORMAT"))

    def time_zones(self) -> list[tuple[str, str]]:
        """Days are the chain's."""
        return [(_("Time zone"), self.request.chain.time_zone)]

    def value_sold_for(self, record: Membership) -> Decimal | None:
        """The prices of all periods whose sale stands; None where there is none, or it was sold before the ledger."""
        periods: Any = record
        is_sold = any(each.visit_id for each in periods.periods_sold)
        return Worth.of_loaded(periods.periods_sold).sold_for if is_sold else None

    def value_used(self, record: Membership) -> Decimal:
        return _worth(record).used

    def value_expired(self, record: Membership) -> Decimal:
        return _worth(record).expired

    def value_owed(self, record: Membership) -> Decimal:
        return _worth(record).owed

    def render_sold_for(self, record: Membership) -> str:
        return self._amount(self.value_sold_for(record))

    def render_used(self, record: Membership) -> str:
        return self._amount(self.value_used(record))

    def render_expired(self, record: Membership) -> str:
        return self._amount(self.value_expired(record))

    def render_owed(self, record: Membership) -> str:
        return self._amount(self.value_owed(record))

    def _amount(self, amount: Decimal | None) -> str:
        return format_points(amount, self.request.chain.currency) if amount else "–"

    def order_sold_for(self, found: Any, is_descending: bool) -> tuple[Any, bool]:
        return self._by(found, "sold_for", is_descending)

    def order_used(self, found: Any, is_descending: bool) -> tuple[Any, bool]:
        return self._by(found, "used", is_descending)

    def order_owed(self, found: Any, is_descending: bool) -> tuple[Any, bool]:
        return self._by(found, "owed", is_descending)

    def _by(self, found: Any, figure: str, is_descending: bool) -> tuple[Any, bool]:
        today = self.request.chain.local_date(timezone.now())
        return sorted_by(found, figure, chain=self.request.chain, today=today, is_descending=is_descending), True

    @cached_property
    def _sees_clients(self) -> bool:
        return self.request.access.has(Right.VIEW_CLIENTS)


def _worth(record: Membership) -> Worth:
    told: Any = record
    return Worth.of_loaded(told.periods_sold)
