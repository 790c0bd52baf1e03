"""The table of card types."""

from __future__ import annotations

from decimal import Decimal

import django_tables2
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chains.folding import folded
from config.ui.archiving import archive_badge
from config.ui.figures import format_points
from config.ui.tables import BaseTable, Importance
from loyalty.cards.models import CardType

NUMBER = {"th": {"class": "number"}, "td": {"class": "number"}}


class CardTypeTable(BaseTable):
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
    locations = django_tables2.Column(gettext_lazy("Locations"), accessor="terms", orderable=False)
    card_count = django_tables2.Column(gettext_lazy("Cards"), attrs=NUMBER)
    outstanding = django_tables2.Column(gettext_lazy("Points outstanding"), attrs=NUMBER)
    status = django_tables2.Column(gettext_lazy("Status"), accessor="terms", order_by=("terms__archived",))

    class Meta(BaseTable.Meta):
        model = CardType
        fields = ("name", "promotions", "automatic_issue", "locations", "card_count", "outstanding", "status")
        order_by = ("name",)

    def render_promotions(self, record: CardType) -> str:
        return ", ".join(sorted((promotion.name for promotion in record.promotions.all()), key=folded)) or "–"

    def render_automatic_issue(self, value: str) -> str:
        return capfirst(value)

    def render_locations(self, record: CardType) -> str:
        assert record.terms is not None
        if record.terms.locations is None:
            return _("all")
        return ", ".join(self.request.chain.locations_by_id[pk].name for pk in record.terms.locations) or _("none")

    def render_outstanding(self, value: Decimal) -> str:
        return format_points(value, self.request.chain.currency)

    def render_status(self, record: CardType) -> SafeString:
        assert record.terms is not None
        return archive_badge(archived=record.terms.archived, in_use=_("Active"))
