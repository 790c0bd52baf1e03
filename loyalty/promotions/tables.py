"""The table of promotions."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

import django_tables2
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chains.access import Right
from chains.folding import folded
from config.ui.archiving import archive_link
from config.ui.figures import format_money, format_points
from config.ui.tables import BaseTable, Importance
from loyalty.cards.services import given_by_referral_program
from loyalty.ledger.kinds import TransactionKind, points_given_by_visits
from loyalty.programs.terms import terms_of
from loyalty.promotions.models import DAYS, Promotion
from loyalty.promotions.words import PromotionStanding, standing_of, value_in_words

NUMBER = {"th": {"class": "number"}, "td": {"class": "number"}}
COLOURS = {
    PromotionStanding.ACTIVE: "bg-green-lt",
    PromotionStanding.ON_NO_CARD: "bg-yellow-lt",
    PromotionStanding.PLANNED: "bg-blue-lt",
    PromotionStanding.ENDED: "bg-secondary-lt",
    PromotionStanding.ARCHIVED: "bg-secondary-lt",
}


class PromotionTable(BaseTable):
    """Promotions with figures, and with the names of the card types that each is ``on``."""

    caption = gettext_lazy("Promotions")
    importance = Importance(
        name="name",
        figure="value",
        facts=("kind",),
        told=("locations", "card_types"),
        ends=("status", "actions"),
        asides=("actions",),
        minor=("locations", "visit_count", "points_given", "discount_given"),
    )

    name = django_tables2.Column(
        gettext_lazy("Name"),
        order_by=("name_folded",),
        linkify=(
            "loyalty:promotion_edit",
            {"chain_slug": django_tables2.A("chain__slug"), "promotion_id": django_tables2.A("pk")},
        ),
    )
    kind = django_tables2.Column(gettext_lazy("Kind"), accessor="terms__get_kind_display", order_by=("terms__kind",))
    value = django_tables2.Column(gettext_lazy("Gives"), accessor="terms", orderable=False)
    locations = django_tables2.Column(gettext_lazy("Locations"), accessor="terms", orderable=False)
    card_types = django_tables2.Column(gettext_lazy("Card types"), orderable=False, empty_values=())
    visit_count = django_tables2.Column(gettext_lazy("Visits"), attrs=NUMBER)
    points_given = django_tables2.Column(gettext_lazy("Points, 30 days"), attrs=NUMBER)
    discount_given = django_tables2.Column(gettext_lazy("Discount, 30 days"), attrs=NUMBER)
    status = django_tables2.Column(
        gettext_lazy("Status"), accessor="terms", order_by=("terms__archived", "terms__last_day", "terms__first_day")
    )
    actions = django_tables2.Column(
        gettext_lazy("Actions"), accessor="terms", orderable=False, exclude_from_export=True
    )

    class Meta(BaseTable.Meta):
        model = Promotion
        fields = (
            "name",
            "kind",
            "value",
            "locations",
            "card_types",
            "visit_count",
            "points_given",
            "discount_given",
            "status",
            "actions",
        )
        order_by = ("name",)

    def render_value(self, record: Promotion) -> str:
        assert record.terms is not None
        return value_in_words(record.terms, self.request.chain)

    def render_locations(self, record: Promotion) -> str:
        assert record.terms is not None
        if record.terms.locations is None:
            return _("all")
        return ", ".join(self.request.chain.locations_by_id[pk].name for pk in record.terms.locations) or _("none")

    def render_card_types(self, record: Promotion) -> str:
        names = sorted(_on(record), key=folded)
        if record.pk in self.given_by_referral:
            names.append(_("Referral program"))
        return ", ".join(names) or "–"

    def render_points_given(self, record: Promotion, value: Decimal) -> SafeString | str:
        shown = format_points(value, self.request.chain.currency)
        return self._explained(record, shown, *points_given_by_visits()) if value else "–"

    def render_discount_given(self, record: Promotion, value: Decimal) -> SafeString | str:
        shown = format_money(value, self.request.chain.currency)
        return self._explained(record, shown, TransactionKind.PROMOTION_DISCOUNT) if value else "–"

    def _explained(self, record: Promotion, shown: str, *kinds: str) -> SafeString | str:
        """The figure, and for those who may see them a way to the rows that it is the sum of."""
        if not self.request.access.has(Right.VIEW_REPORTS):
            return shown
        days = {"since": self.today - timedelta(days=DAYS - 1), "until": self.today}
        query = urlencode({"promotion": record.pk, "kind": kinds, **days}, doseq=True)
        url = reverse("reports:transactions", args=[self.request.chain.slug])
        return format_html('<a href="{}?{}">{}</a>', url, query, shown)

    def render_status(self, record: Promotion) -> SafeString:
        assert record.terms is not None
        is_carried = record.pk in self.given_by_referral or bool(_on(record))
        standing = standing_of(record.terms, self.today, is_carried=is_carried)
        return format_html('<span class="badge {}">{}</span>', COLOURS[standing], standing.label)

    def render_actions(self, record: Promotion) -> SafeString:
        args = [self.request.chain.slug, record.pk]
        archive = archive_link("loyalty:promotion", args, archived=terms_of(record).archived)
        context = {"record": record, "archive": archive, "request": self.request}
        return render_to_string("loyalty/promotions/row_actions.html", context)

    @cached_property
    def given_by_referral(self) -> set[int]:
        return given_by_referral_program(self.request.chain)

    @cached_property
    def today(self) -> date:
        today: date = self.request.chain.local_date(timezone.now())
        return today


def _on(record: Any) -> list[str]:
    """The names of the card types that a promotion of the list is on."""
    names: list[str] = record.on
    return names
