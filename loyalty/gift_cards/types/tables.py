"""The table of gift card types."""

from __future__ import annotations

from decimal import Decimal

import django_tables2
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from config.ui.figures import format_money
from config.ui.tables import BaseTable, Importance
from loyalty.gift_cards.models import GiftCardType, GiftCardTypeTerms
from loyalty.gift_cards.sentences import par_in_words, validity_in_words
from loyalty.programs.types.tables import NUMBER, TypeTable


class GiftCardTypeTable(TypeTable):
    caption = gettext_lazy("Gift card types")
    importance = Importance(
        name="name",
        figure="owed",
        facts=("par", "sold"),
        told=("valid", "locations", "write_off", "named"),
        ends=("status",),
        further=("write_off", "named", "copies"),
    )

    name = django_tables2.Column(
        gettext_lazy("Name"),
        order_by=("name_folded",),
        linkify=(
            "loyalty:gift_card_type_edit",
            {"chain_slug": django_tables2.A("chain__slug"), "gift_card_type_id": django_tables2.A("pk")},
        ),
    )
    par = django_tables2.Column(
        gettext_lazy("Par value"), accessor="terms", order_by=("terms__par_least", "terms__par_most")
    )
    valid = django_tables2.Column(gettext_lazy("Valid"), accessor="terms", orderable=False)
    sold = django_tables2.Column(gettext_lazy("Sold"), attrs=NUMBER)
    owed = django_tables2.Column(gettext_lazy("Owed"), attrs=NUMBER)
    write_off = django_tables2.Column(
        gettext_lazy("Used up"), accessor="terms__get_write_off_display", order_by=("terms__write_off",)
    )
    named = django_tables2.Column(gettext_lazy("Who uses it"), accessor="terms__named", order_by=("terms__named",))
    copies = django_tables2.Column(gettext_lazy("May be sold"), accessor="terms__copies", attrs=NUMBER)

    class Meta(BaseTable.Meta):
        model = GiftCardType
        fields = ("name", "par", "valid", "locations", "sold", "owed", "status", "write_off", "named", "copies")
        order_by = ("name",)

    def render_par(self, value: GiftCardTypeTerms) -> str:
        return par_in_words(value, self.request.chain)

    def render_valid(self, value: GiftCardTypeTerms) -> str:
        return capfirst(validity_in_words(value))

    def render_owed(self, value: Decimal) -> str:
        return format_money(value, self.request.chain.currency)

    def render_write_off(self, value: str) -> str:
        return capfirst(value)

    def render_named(self, value: bool) -> str:
        return _("Its buyer alone") if value else _("Whoever brings its code")
