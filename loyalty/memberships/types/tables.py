"""The table of membership types."""

from __future__ import annotations

from decimal import Decimal
from functools import cached_property

import django_tables2
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from config.ui.figures import format_money
from config.ui.tables import BaseTable, Importance
from loyalty.memberships.models import MembershipType, MembershipTypeTerms
from loyalty.memberships.sentences import lasts_in_words
from loyalty.memberships.words import counters_in_words
from loyalty.programs.differences import ProgramNames
from loyalty.programs.types.tables import NUMBER, TypeTable


class MembershipTypeTable(TypeTable):
    caption = gettext_lazy("Membership types")
    importance = Importance(
        name="name",
        figure="price",
        facts=("covers", "sold"),
        told=("lasts", "begins", "locations", "named"),
        ends=("status",),
        further=("named", "frozen"),
    )

    name = django_tables2.Column(
        gettext_lazy("Name"),
        order_by=("name_folded",),
        linkify=(
            "loyalty:membership_type_edit",
            {"chain_slug": django_tables2.A("chain__slug"), "membership_type_id": django_tables2.A("pk")},
        ),
    )
    covers = django_tables2.Column(gettext_lazy("Covers"), accessor="terms", orderable=False)
    price = django_tables2.Column(gettext_lazy("Price"), accessor="terms__price", attrs=NUMBER)
    lasts = django_tables2.Column(gettext_lazy("Lasts"), accessor="terms", orderable=False)
    begins = django_tables2.Column(
        gettext_lazy("Begins"), accessor="terms__get_begins_display", order_by=("terms__begins",)
    )
    sold = django_tables2.Column(gettext_lazy("Sold"), attrs=NUMBER)
    named = django_tables2.Column(gettext_lazy("Who uses it"), accessor="terms__named", order_by=("terms__named",))
    frozen = django_tables2.Column(gettext_lazy("Days that may be frozen"), accessor="terms__freeze_days", attrs=NUMBER)

    class Meta(BaseTable.Meta):
        model = MembershipType
        fields = ("name", "covers", "lasts", "begins", "locations", "sold", "price", "status", "named", "frozen")
        order_by = ("name",)

    @cached_property
    def names(self) -> ProgramNames:
        return ProgramNames(self.request.chain)

    def render_covers(self, value: MembershipTypeTerms) -> str:
        return capfirst(counters_in_words(value.counters, self.names))

    def render_price(self, value: Decimal) -> str:
        return format_money(value, self.request.chain.currency)

    def render_lasts(self, value: MembershipTypeTerms) -> str:
        return capfirst(lasts_in_words(value))

    def render_begins(self, value: str) -> str:
        return capfirst(value)

    def render_named(self, value: bool) -> str:
        return _("Its owner alone") if value else _("Whoever brings its code")
