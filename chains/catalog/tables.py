"""Tables of what the chain sells."""

from __future__ import annotations

import django_tables2
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chains.access import Right
from chains.catalog.models import Category, Item
from config.ui.archiving import archive_badge
from config.ui.figures import format_money
from config.ui.tables import BaseTable, Importance

NUMBER = {"th": {"class": "number"}, "td": {"class": "number"}}


class ItemTable(BaseTable):
    caption = gettext_lazy("Services and products")
    importance = Importance(name="name", figure="price", facts=("kind", "category"), ends=("archived",))

    name = django_tables2.Column(gettext_lazy("Name"), order_by=("name_folded",))
    kind = django_tables2.Column(gettext_lazy("Kind"))
    category = django_tables2.Column(gettext_lazy("Category"), order_by=("category__name_folded",), default="–")
    price = django_tables2.Column(gettext_lazy("Price"), attrs=NUMBER)
    archived = django_tables2.Column(gettext_lazy("Status"))

    class Meta(BaseTable.Meta):
        model = Item
        fields = ("name", "kind", "category", "price", "archived")
        order_by = ("name",)

    def render_name(self, record: Item) -> SafeString | str:
        if not self.request.access.has(Right.MANAGE_PROGRAMS):
            return record.name
        address = reverse("catalog:item_edit", args=[self.request.location.slug, record.pk])
        return format_html('<a href="{}">{}</a>', address, record.name)

    def render_kind(self, record: Item) -> str:
        return capfirst(record.get_kind_display())

    def render_price(self, record: Item) -> str:
        return format_money(record.price, self.request.chain.currency)

    def render_archived(self, record: Item) -> SafeString:
        return archive_badge(archived=record.archived, in_use=_("For sale"))


class CategoryTable(BaseTable):
    caption = gettext_lazy("Categories")
    importance = Importance(name="name", figure="sold")

    name = django_tables2.Column(
        gettext_lazy("Name"),
        order_by=("name_folded",),
        linkify=lambda record, table: reverse("catalog:category_edit", args=[table.request.location.slug, record.pk]),
    )
    sold = django_tables2.Column(gettext_lazy("Services and products"), attrs=NUMBER)

    class Meta(BaseTable.Meta):
        model = Category
        fields = ("name", "sold")
        order_by = ("name",)
