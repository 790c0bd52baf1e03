"""The table of the report on gift cards."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any

import django_tables2
from django.db.models import QuerySet
from django.utils import formats, timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chains.access import Right
from chains.addresses import address_of
from chains.spaces import ChainRequest
from config.ui.figures import format_money, format_points
from config.ui.tables import BaseTable, Importance, WideData
from loyalty.gift_cards.models import GiftCard, GiftCardStatus
from loyalty.ledger.models import Transaction

NUMBER = {"th": {"class": "number"}, "td": {"class": "number"}}
#: So many payments stand in a row; the card's page has all.
MOST_PAYMENTS = 2
FIGURES = ("sold_for", "par", "adjusted", "debited", "forfeited", "expired", "balance")


class GiftCardTable(BaseTable):
    """Gift cards with their figures, those sold last first; amounts without the currency's sign, as in the totals."""

    caption = gettext_lazy("Gift cards")
    request: ChainRequest
    data_class = WideData
    importance = Importance(
        name="number",
        figure="balance",
        facts=("gift_card_type", "held_by", "last_on"),
        told=("held_by", "last_on", "buyer", "sold_at", "sold_location"),
        ends=("status",),
        minor=("buyer", "sold_location", "sold_for", "par", "payments"),
        further=("sold_by", "adjusted", "forfeited", "expired"),
    )

    number = django_tables2.Column(gettext_lazy("Number"), order_by=("number_folded",))
    gift_card_type = django_tables2.Column(gettext_lazy("Type"), order_by=("gift_card_type__name_folded",))
    status = django_tables2.Column(gettext_lazy("Status"))
    held_by = django_tables2.Column(gettext_lazy("Holder"), order_by=("held_by_folded",))
    buyer = django_tables2.Column(gettext_lazy("Buyer"), order_by=("buyer__name_folded",))
    sold_at = django_tables2.Column(gettext_lazy("Sold"))
    sold_location = django_tables2.Column(gettext_lazy("Sold at"), order_by=("sold_location_folded",))
    sold_by = django_tables2.Column(gettext_lazy("Sold by"), order_by=("sold_by__name_folded",))
    sold_for = django_tables2.Column(gettext_lazy("Sold for"), attrs=NUMBER)
    par = django_tables2.Column(gettext_lazy("Par value"), attrs=NUMBER)
    adjusted = django_tables2.Column(gettext_lazy("Adjusted"), attrs=NUMBER)
    payments = django_tables2.Column(gettext_lazy("Payments"), empty_values=(), orderable=False)
    debited = django_tables2.Column(gettext_lazy("Debited"), attrs=NUMBER)
    forfeited = django_tables2.Column(gettext_lazy("Forfeited"), attrs=NUMBER)
    expired = django_tables2.Column(gettext_lazy("Expired"), attrs=NUMBER)
    balance = django_tables2.Column(gettext_lazy("Balance"), accessor="holder__balance", attrs=NUMBER)
    last_on = django_tables2.Column(gettext_lazy("Valid until"))

    class Meta(BaseTable.Meta):
        model = GiftCard
        # What is shown once it is asked for comes last, as in a workbook.
        fields = (
            "number",
            "gift_card_type",
            "status",
            "held_by",
            "buyer",
            "sold_at",
            "sold_location",
            "sold_for",
            "par",
            "payments",
            "debited",
            "balance",
            "last_on",
            "sold_by",
            "adjusted",
            "forfeited",
            "expired",
        )
        order_by = ("-sold_at",)

    def render_number(self, record: GiftCard) -> SafeString | str:
        number = self.value_number(record)
        if not self._sees_clients:
            return number
        url = self.request.space.page("loyalty_clients:gift_card", record.pk)
        return format_html('<a class="figure" href="{}">{}</a>', url, number)

    def order_number(self, cards: QuerySet[GiftCard], is_descending: bool) -> tuple[QuerySet[GiftCard], bool]:
        """Whoever may not see codes learns nothing of them by their order, so theirs is that of the sale."""
        name = "number_folded" if self.request.access.has(Right.SEE_CODES) else "pk"
        return cards.order_by(f"-{name}" if is_descending else name, "pk"), True

    def value_number(self, record: GiftCard) -> str:
        return record.number if self.request.access.has(Right.SEE_CODES) else record.masked_number

    def render_status(self, record: GiftCard) -> SafeString:
        status = GiftCardStatus(record.status)
        return format_html('<span class="badge {}">{}</span>', status.badge, status.label)

    def value_status(self, record: GiftCard) -> str:
        return str(GiftCardStatus(record.status).label)

    def render_held_by(self, record: GiftCard) -> SafeString:
        return self._client(record.held_by, record.held_by_id)

    def render_buyer(self, record: GiftCard) -> SafeString:
        assert record.buyer
        return self._client(record.buyer.name, record.buyer_id)

    def render_sold_at(self, record: GiftCard) -> SafeString:
        local = timezone.localtime(record.sold_at)
        shown = formats.date_format(local, "SHORT_DATE_FORMAT")
        return format_html('<time class="figure" datetime="{}">{}</time>', local.isoformat(), shown)

    def value_sold_at(self, record: GiftCard) -> datetime:
        return record.sold_at

    def render_sold_for(self, value: Decimal) -> str:
        return format_points(value, self.request.chain.currency)

    render_par = render_balance = render_sold_for

    def render_debited(self, value: Decimal) -> str:
        return format_points(value, self.request.chain.currency) if value else "–"

    render_adjusted = render_forfeited = render_expired = render_debited

    def render_payments(self, record: GiftCard) -> SafeString | str:
        """The newest payments, each a link to its visit where the reader works there."""
        paid = _payments_of(record)
        if not paid:
            return "–"
        shown = format_html_join(" · ", "{}", ((self._payment(row),) for row in paid[:MOST_PAYMENTS]))
        more = len(paid) - MOST_PAYMENTS
        return format_html("{} +{}", shown, more) if more > 0 else shown

    def value_payments(self, record: GiftCard) -> str | None:
        """All of them, each with the number of its visit."""
        currency = self.request.chain.currency
        told = [
            _("visit %(number)s of %(day)s: %(amount)s")
            % {"number": row.visit_id, "day": _day(row), "amount": format_money(-row.amount, currency)}
            for row in reversed(_payments_of(record))
        ]
        return "; ".join(told) or None

    def render_last_on(self, value: date) -> SafeString:
        return format_html('<span class="figure">{}</span>', formats.date_format(value, "SHORT_DATE_FORMAT"))

    def time_zones(self) -> list[tuple[str, str]]:
        """Days are the chain's."""
        return [(_("Time zone"), self.request.chain.time_zone)]

    def _payment(self, row: Transaction) -> SafeString:
        visit = row.visit
        assert visit
        if not self.request.access.has_at(Right.CHECKOUT_VISITS, visit.location_id):
            return format_html('<span class="figure">{}</span>', _day(row))
        place = self.request.chain.locations_by_id[visit.location_id]
        url = address_of("visits:visit", place.slug, visit.pk)
        return format_html('<a class="figure" href="{}">{}</a>', url, _day(row))

    def _client(self, name: str | None, pk: int | None) -> SafeString:
        if not self._sees_clients:
            return format_html("{}", name)
        return format_html('<a href="{}">{}</a>', self.request.space.page("loyalty_clients:gift_cards", pk), name)

    @cached_property
    def _sees_clients(self) -> bool:
        return self.request.access.has(Right.VIEW_CLIENTS)


def _payments_of(card: GiftCard) -> list[Transaction]:
    """Those that stand, the newest first."""
    holder: Any = card.holder
    found: list[Transaction] = holder.payments_standing
    return found


def _day(row: Transaction) -> str:
    assert row.visit
    return formats.date_format(row.visit.starts_on, "SHORT_DATE_FORMAT")
