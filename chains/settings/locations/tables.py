"""The table of locations."""

from __future__ import annotations

import django_tables2
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chains.access import Right
from chains.models import Location
from chains.spaces import ChainRequest
from config.ui.archiving import archive_badge
from config.ui.tables import BaseTable, Importance

NUMBER = {"th": {"class": "number"}, "td": {"class": "number"}}


class LocationTable(BaseTable):
    caption = gettext_lazy("Locations")
    importance = Importance(name="name", facts=("slug", "users"), told=("time_zone",), ends=("archived",))
    request: ChainRequest

    name = django_tables2.Column(
        gettext_lazy("Name"),
        order_by=("name_folded",),
        linkify=(
            "chains_settings:location_edit",
            {"chain_slug": django_tables2.A("chain__slug"), "location_id": django_tables2.A("pk")},
        ),
    )
    slug = django_tables2.Column(gettext_lazy("Web address"))
    time_zone = django_tables2.Column(gettext_lazy("Time zone"), empty_values=())
    users = django_tables2.Column(gettext_lazy("Users who may enter"), attrs=NUMBER)
    archived = django_tables2.Column(gettext_lazy("Status"))

    class Meta(BaseTable.Meta):
        model = Location
        fields = ("name", "slug", "time_zone", "users", "archived")
        order_by = ("name",)

    def render_slug(self, record: Location) -> SafeString | str:
        """The address of the location's space, a link for those who may enter it."""
        address = reverse("chains:location", args=[record.slug])
        return (
            format_html('<a href="{}">{}</a>', address, address) if self.request.access.works_at(record.pk) else address
        )

    def render_time_zone(self, record: Location) -> str:
        return record.time_zone or _("as the chain")

    def render_users(self, record: Location, value: int) -> SafeString | int:
        if not self.request.access.has(Right.MANAGE_USERS):
            return value
        address = reverse("chains_settings:user_list", args=[self.request.chain.slug])
        return format_html('<a href="{}?location={}">{}</a>', address, record.pk, value)

    def value_users(self, value: int) -> int:
        return value

    def render_archived(self, record: Location) -> SafeString:
        return archive_badge(archived=record.archived, in_use=_("Active"))
