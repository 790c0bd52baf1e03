"""The table of card types."""

from __future__ import annotations

from decimal import Decimal

import django_tables2
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy

from chains.folding import folded
from config.ui.figures import format_points
from config.ui.tables import BaseTable, Importance
from loyalty.cards.models import CardType
from loyalty.programs.types.tables import NUMBER, TypeTable


class CardTypeTable(TypeTable):
    caption = gettext_lazy("Card types")
    importance = Importance(
        name="name",
        figure="outstanding",
        facts=("automatic_issue", "card_count"),
        told=("automatic_issue", "promotions", "locations"),
        ends=("status",),
    )

    name = django_tables2.Column(
        gettext_lazy("Name"),
        order_by=("name_folded",),
        linkify=(
            "loyalty:card_type_edit",
            {"chain_slug": django_tables2.A("chain__slug"), "card_type_id": django_tables2.A("pk")},
        ),
    )
    promotions = django_tables2.Column(gettext_lazy("Promotions"), orderable=False, empty_values=())
    automatic_issue = django_tables2.Column(
        gettext_lazy("Automatic issue"),
        accessor="terms__get_automatic_issue_display",
        order_by=("terms__automatic_issue",),
    )
    card_count = django_tables2.Column(gettext_lazy("Cards"), attrs=NUMBER)
    outstanding = django_tables2.Column(gettext_lazy("Points outstanding"), attrs=NUMBER)

    class Meta(BaseTable.Meta):
        model = CardType
        fields = ("name", "promotions", "automatic_issue", "locations", "card_count", "outstanding", "status")
        order_by = ("name",)

    def render_promotions(self, record: CardType) -> str:
        return ", ".join(sorted((promotion.name for promotion in record.promotions.all()), key=folded)) or "–"

    def render_automatic_issue(self, value: str) -> str:
        return capfirst(value)

    def render_outstanding(self, value: Decimal) -> str:
        return format_points(value, self.request.chain.currency)
