"""Tables of cards, and of the rows of a client or a card."""

from __future__ import annotations

from datetime import date
from typing import Any

import django_tables2
from django.db.models import F
from django.utils import formats, timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chains.addresses import address_of
from chains.models import Chain
from chains.spaces import ChainRequest
from config.ui.figures import format_points
from config.ui.tables import BaseTable, Importance
from loyalty.cards.models import Card
from loyalty.client_pages.holders import named_holder
from loyalty.client_pages.reading import has_receipt, may_undo_row
from loyalty.explanations.transactions import undoing
from loyalty.explanations.why_column import WhyColumn
from loyalty.ledger.models import Transaction
from loyalty.ledger.shown import amount_in

NUMBER = {"th": {"class": "number"}, "td": {"class": "number"}}


class ChainTable(BaseTable):
    """A table on a page of a space."""

    request: ChainRequest

    @property
    def chain(self) -> Chain:
        return self.request.chain


class CardTable(ChainTable):
    caption = gettext_lazy("Loyalty cards")
    importance = Importance(
        name="client",
        figure="balance",
        facts=("number", "card_type"),
        told=("issued_at",),
        ends=("blocked_at",),
        minor=("issued_at",),
    )

    number = django_tables2.Column(gettext_lazy("Number"), order_by=("number_folded",))
    card_type = django_tables2.Column(gettext_lazy("Type"), order_by=("card_type__name_folded",))
    client = django_tables2.Column(gettext_lazy("Owner"), order_by=("client__name_folded",))
    phone = django_tables2.Column(gettext_lazy("Phone"), accessor="client__phone")
    balance = django_tables2.Column(gettext_lazy("Balance"), accessor="holder__balance", attrs=NUMBER)
    issued_at = django_tables2.Column(gettext_lazy("Issued"))
    blocked_at = django_tables2.Column(gettext_lazy("Status"), empty_values=())

    class Meta(BaseTable.Meta):
        model = Card
        fields = ("number", "card_type", "client", "phone", "balance", "issued_at", "blocked_at")
        order_by = ("-issued_at",)

    def render_number(self, record: Card) -> SafeString:
        url = self.request.space.page("loyalty_clients:card", record.pk)
        return format_html('<a href="{}">{}</a>', url, record.number)

    def render_client(self, record: Card) -> SafeString:
        url = self.request.space.page("loyalty_clients:cards", record.client_id)
        return format_html('<a href="{}">{}</a>', url, record.client.name)

    def render_phone(self, record: Card) -> SafeString:
        return format_html('<span class="figure">{}</span>', record.client.phone.as_international)

    def render_balance(self, value: Any) -> SafeString:
        return format_html("{}", format_points(value, self.chain.currency))

    def render_issued_at(self, record: Card) -> SafeString:
        local = timezone.localtime(record.issued_at)
        shown = formats.date_format(local, "SHORT_DATE_FORMAT")
        return format_html('<time class="figure" datetime="{}">{}</time>', local.isoformat(), shown)

    def order_blocked_at(self, cards: Any, is_descending: bool) -> tuple[Any, bool]:
        """Active cards are one kind and blocked ones the other: here no value means something."""
        blocked: Any = F("blocked_at")
        return cards.order_by(blocked.desc(nulls_last=True) if is_descending else blocked.asc(nulls_first=True)), True

    def value_blocked_at(self, record: Card) -> str:
        return _("blocked") if record.is_blocked else _("active")

    def render_blocked_at(self, record: Card) -> SafeString:
        if record.is_blocked:
            return format_html('<span class="badge bg-red-lt">{}</span>', _("blocked"))
        return format_html('<span class="badge bg-green-lt">{}</span>', _("active"))


class RowTable(WhyColumn, ChainTable):
    """Rows of the ledger; what belongs together stands in one cell, so that a row fits the page."""

    caption = gettext_lazy("Loyalty operations")
    importance = Importance(
        name="kind",
        figure="amount",
        facts=("at", "card"),
        told=("visit", "acting_user"),
        ends=("why",),
        minor=("location", "visit", "acting_user"),
    )

    at = django_tables2.Column(gettext_lazy("Date and time"))
    location = django_tables2.Column(gettext_lazy("Location"), order_by=("location__name_folded",), empty_values=())
    kind = django_tables2.Column(gettext_lazy("Type"))
    card = django_tables2.Column(
        gettext_lazy("Card or account"),
        order_by=(
            "card__card_type__name_folded",
            "card__number_folded",
            "holder__gift_card__gift_card_type__name_folded",
            "holder__account__account_type__name_folded",
            "holder__membership_counter__membership__membership_type__name_folded",
            "holder_id",
        ),
        empty_values=(),
    )
    visit = django_tables2.Column(gettext_lazy("Visit"), order_by=("visit__starts_at",))
    amount = django_tables2.Column(gettext_lazy("Amount"), attrs=NUMBER)
    balance_after = django_tables2.Column(gettext_lazy("Balance after"), attrs=NUMBER)
    acting_user = django_tables2.Column(
        gettext_lazy("Who"), order_by=("acting_user__name_folded",), default=gettext_lazy("the program")
    )
    why = django_tables2.Column(gettext_lazy("Why"), orderable=False, empty_values=())

    class Meta(BaseTable.Meta):
        model = Transaction
        fields: tuple[str, ...] = (
            "at",
            "location",
            "kind",
            "card",
            "visit",
            "amount",
            "balance_after",
            "acting_user",
            "why",
        )
        order_by = ("-at",)

    def order_at(self, rows: Any, is_descending: bool) -> tuple[Any, bool]:
        """Rows of one instant stand in the order in which they were written."""
        return rows.order_by(*(("-at", "-pk") if is_descending else ("at", "pk"))), True

    def render_at(self, record: Transaction) -> SafeString:
        local = timezone.localtime(record.at)
        return format_html(
            '<time class="figure" datetime="{}">{}<small>{}</small></time>',
            local.isoformat(),
            formats.date_format(local, "SHORT_DATE_FORMAT"),
            formats.time_format(local),
        )

    def render_location(self, record: Transaction) -> str:
        return record.location.name if record.location else _("the chain")

    def render_kind(self, record: Transaction) -> SafeString:
        """With what it is for: the promotion."""
        return self.kind_of(record, record.promotion.name if record.promotion else "")

    def render_card(self, record: Transaction) -> SafeString | str:
        holder = named_holder(record)
        if holder is None:
            return str(self.default)
        shown = format_html("{}<small>{}</small>", holder.type_name, holder.number)
        return format_html('<a href="{}">{}</a>', holder.url_in(self.request.space), shown)

    def value_card(self, record: Transaction) -> str:
        holder = named_holder(record)
        return f"{holder.type_name} {holder.number}".strip() if holder else ""

    def render_visit(self, record: Transaction) -> SafeString:
        visit = record.visit
        assert visit
        shown = formats.date_format(visit.starts_on, "SHORT_DATE_FORMAT")
        if not self.may_open(visit.location_id):
            return format_html('<span class="figure">{}</span>', shown)
        url = address_of("visits:visit", visit.location.slug, visit.pk)
        return format_html('<a class="figure" href="{}">{}</a>', url, shown)

    def value_visit(self, record: Transaction) -> date | None:
        return record.visit.starts_on if record.visit else None

    def render_amount(self, record: Transaction) -> str:
        """In what its kind counts; what comes to a holder with its sign."""
        sign = "+" if record.amount > 0 and record.holder_id else ""
        return f"{sign}{amount_in(record.what.unit, record.amount, self.chain.currency)}"

    def render_balance_after(self, record: Transaction) -> str:
        assert record.balance_after is not None
        return amount_in(record.what.unit, record.balance_after, self.chain.currency)

    def value_why(self, record: Transaction) -> str:
        return " ".join(self.reasons_of(record))

    def render_why(self, record: Transaction) -> SafeString:
        space, acts = self.request.space, []
        if has_receipt(record):
            acts.append((space.page("loyalty_clients:receipt", record.pk), _("Receipt")))
        if may_undo_row(self.request.access, record) and not undoing(record):
            acts.append((space.page("loyalty_clients:undo", record.pk), _("Undo")))
        links = format_html_join(" ", '<a class="btn btn-sm" href="{}">{}</a>', acts)
        return format_html('<div class="row-acts">{} {}</div>', self.why_of(record), links)


class CardRowTable(RowTable):
    """Rows of one card."""

    class Meta(RowTable.Meta):
        exclude = ("card",)
