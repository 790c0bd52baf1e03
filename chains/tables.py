"""Tables about chains and locations."""

from __future__ import annotations

import django_tables2
from django.utils import formats, timezone
from django.utils.translation import gettext_lazy as _

from chains.models import Location
from config.ui.tables import BaseTable


class LocationTable(BaseTable):
    caption = _("Locations")

    name = django_tables2.Column(linkify=("chains:location", {"location_slug": django_tables2.A("slug")}))
    local_time = django_tables2.Column(_("Local time"), accessor="zone", orderable=False)
    zone = django_tables2.Column(_("Time zone"), orderable=False)

    class Meta(BaseTable.Meta):
        model = Location
        fields = ("name", "local_time", "zone")
        order_by = ("name",)

    def render_local_time(self, record: Location) -> str:
        return formats.time_format(record.local_datetime(timezone.now()))
