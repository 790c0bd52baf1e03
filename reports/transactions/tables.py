"""The table of the chain's ledger."""

from __future__ import annotations

import django_tables2
from django.utils import formats, timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chains.access import Right
from chains.addresses import address_of
from chains.models import Chain
from chains.spaces import ChainRequest
from config.ui.tables import BaseTable, Importance, WideData
from loyalty.client_pages.holders import named_holder
from loyalty.explanations.why_column import WhyColumn
from loyalty.ledger.models import Transaction
from loyalty.ledger.shown import amount_in
from reports.transactions.details import invited_guest, last_day_of_points
from reports.transactions.selection import NEWEST_FIRST, ORDERS

NUMBER = {"th": {"class": "number"}, "td": {"class": "number"}}


class TransactionTable(WhyColumn, BaseTable):
    """Rows of the ledger; the card stands with its client, and the comment with the type, so that a row fits."""

    caption = gettext_lazy("Transactions")
    request: ChainRequest
    data_class = WideData
    importance = Importance(
        name="client",
        figure="amount",
        facts=("at", "kind"),
        told=("visit", "acting_user", "phone", "invited", "last_on"),
        ends=("why",),
        minor=("location", "visit", "balance_after", "acting_user"),
        further=("visit_number", "phone", "invited", "last_on"),
    )

    at = django_tables2.Column(gettext_lazy("Date and time"), order_by=ORDERS["at"])
    location = django_tables2.Column(gettext_lazy("Location"), order_by=ORDERS["location"], empty_values=())
    kind = django_tables2.Column(gettext_lazy("Type"), order_by=ORDERS["kind"])
    client = django_tables2.Column(gettext_lazy("Client"), order_by=ORDERS["client"], empty_values=())
    card = django_tables2.Column(gettext_lazy("Card or account"), order_by=ORDERS["card"], empty_values=())
    promotion = django_tables2.Column(gettext_lazy("Promotion"), order_by=ORDERS["promotion"])
    visit = django_tables2.Column(gettext_lazy("Visit"), order_by=ORDERS["visit"])
    amount = django_tables2.Column(gettext_lazy("Amount"), order_by=ORDERS["amount"], attrs=NUMBER)
    balance_after = django_tables2.Column(gettext_lazy("Balance after"), order_by=ORDERS["balance_after"], attrs=NUMBER)
    acting_user = django_tables2.Column(
        gettext_lazy("Who"), order_by=ORDERS["acting_user"], default=gettext_lazy("the program")
    )
    visit_number = django_tables2.Column(
        gettext_lazy("Visit number"), accessor="visit_id", order_by=ORDERS["visit_number"], attrs=NUMBER
    )
    phone = django_tables2.Column(gettext_lazy("Phone"), accessor="client__phone", orderable=False)
    invited = django_tables2.Column(gettext_lazy("Invited guest"), accessor="visit", orderable=False)
    last_on = django_tables2.Column(gettext_lazy("Last day of points"), accessor="granted_lot", orderable=False)
    why = django_tables2.Column(gettext_lazy("Why"), orderable=False, empty_values=())

    class Meta(BaseTable.Meta):
        model = Transaction
        fields = (*ORDERS, "phone", "invited", "last_on", "why")
        order_by = NEWEST_FIRST

    def render_at(self, record: Transaction) -> SafeString:
        local = timezone.localtime(record.at)
        return format_html(
            '<time class="figure" datetime="{}">{} <small>{}</small></time>',
            local.isoformat(),
            formats.date_format(local, "SHORT_DATE_FORMAT"),
            formats.time_format(local),
        )

    def render_location(self, record: Transaction) -> str:
        return record.location.name if record.location else _("the chain")

    def render_kind(self, record: Transaction) -> SafeString:
        return self.kind_of(record)

    def render_client(self, record: Transaction) -> SafeString | str:
        if record.client is None:
            # A holder without a client is that of whoever brings it, on whosever bill.
            return _("Without a guest") if record.holder_id is None else _("Bearer")
        name = record.client.name
        return self._linked(name, self.request.space.page("loyalty_clients:rows", record.client_id))

    def render_card(self, record: Transaction) -> SafeString | str:
        holder = named_holder(record)
        if holder is None:
            return str(self.default)
        shown = format_html('{} <small class="figure">{}</small>', holder.type_name, holder.number)
        return self._linked(shown, holder.url_in(self.request.space))

    def render_promotion(self, record: Transaction) -> SafeString:
        """A link to what the promotion gives, in words."""
        assert record.promotion_id
        url = address_of("loyalty:promotion_read", self.chain.slug, record.promotion_id)
        return format_html('<a href="{}">{}</a>', url, record.promotion)

    def render_visit(self, record: Transaction) -> SafeString:
        visit = record.visit
        assert visit
        shown = formats.date_format(visit.starts_on, "SHORT_DATE_FORMAT")
        if not self.may_open(visit.location_id):
            return format_html('<span class="figure">{}</span>', shown)
        url = address_of("visits:visit", visit.location.slug, visit.pk)
        return format_html('<a class="figure" href="{}">{}</a>', url, shown)

    def render_amount(self, record: Transaction) -> SafeString:
        """In what its kind counts; with its sign, so that the colour is never the only one."""
        written = amount_in(record.what.unit, record.amount, self.chain.currency)
        if record.amount > 0:
            return format_html('<span class="is-plus">+{}</span>', written)
        return format_html('<span class="{}">{}</span>', "is-minus" if record.amount < 0 else "", written)

    def render_balance_after(self, record: Transaction) -> str:
        assert record.balance_after is not None
        return amount_in(record.what.unit, record.balance_after, self.chain.currency)

    def render_visit_number(self, record: Transaction) -> SafeString:
        """As its receipt says it."""
        return format_html('<span class="figure">{}</span>', str(record.visit_id))

    def render_phone(self, record: Transaction) -> SafeString:
        assert record.client and record.client.phone
        return format_html('<span class="figure">{}</span>', record.client.phone.as_international)

    def render_invited(self, record: Transaction) -> SafeString | str:
        guest = invited_guest(record)
        if guest is None:
            return str(self.default)
        return self._linked(guest.name, self.request.space.page("loyalty_clients:rows", guest.pk))

    def render_last_on(self, record: Transaction) -> SafeString | str:
        day = last_day_of_points(record)
        if day is None:
            return str(self.default)
        return format_html('<span class="figure">{}</span>', formats.date_format(day, "SHORT_DATE_FORMAT"))

    def render_why(self, record: Transaction) -> SafeString | str:
        return self.why_of(record) or "–"

    def _linked(self, text: str, url: str) -> SafeString | str:
        """A link for those who may open the page behind it."""
        if not self.request.access.has(Right.VIEW_CLIENTS):
            return text
        return format_html('<a href="{}">{}</a>', url, text)

    @property
    def chain(self) -> Chain:
        return self.request.chain
