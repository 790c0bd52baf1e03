"""The table of who works for a chain."""

from __future__ import annotations

from datetime import datetime

import django_tables2
from django.urls import reverse
from django.utils import formats, timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chains.folding import folded
from chains.models import Access
from chains.settings.users.reading import AccessStatus
from chains.spaces import ChainRequest
from config.ui.tables import BaseTable, Importance

COLOURS = {
    AccessStatus.ACTIVE: "green",
    AccessStatus.INVITED: "blue",
    AccessStatus.WAITING: "orange",
    AccessStatus.SUSPENDED: "secondary",
}


class UserTable(BaseTable):
    caption = gettext_lazy("Users")
    importance = Importance(
        name="name",
        facts=("role", "email"),
        told=("locations", "last_login", "second_factor"),
        ends=("status",),
        minor=("last_login", "second_factor"),
    )
    request: ChainRequest

    name = django_tables2.Column(
        gettext_lazy("Name"),
        accessor="user__name",
        order_by=("user__name_folded", "user__email"),
        linkify=lambda record, table: table.address_of(record),
    )
    email = django_tables2.Column(gettext_lazy("E-mail"), accessor="user__email")
    role = django_tables2.Column(gettext_lazy("Role"))
    locations = django_tables2.Column(gettext_lazy("Locations"), orderable=False, empty_values=())
    status = django_tables2.Column(gettext_lazy("Status"))
    last_login = django_tables2.Column(gettext_lazy("Last sign-in"), accessor="user__last_login", default="–")
    second_factor = django_tables2.Column(gettext_lazy("Second factor"))

    class Meta(BaseTable.Meta):
        model = Access
        fields = ("name", "email", "role", "locations", "status", "last_login", "second_factor")
        order_by = ("name",)

    def address_of(self, record: Access) -> str:
        return reverse("chains_settings:user_edit", args=[self.request.chain.slug, record.pk])

    def render_role(self, record: Access) -> str:
        further = len(record.extra_rights)
        role = record.get_role_display()
        return _("%(role)s and %(further)s more rights") % {"role": role, "further": further} if further else role

    def render_locations(self, record: Access) -> str:
        if record.all_locations:
            return _("all")
        return ", ".join(sorted((location.name for location in record.locations.all()), key=folded)) or _("none")

    def render_status(self, value: str) -> SafeString:
        status = AccessStatus(value)
        return format_html('<span class="badge bg-{}-lt">{}</span>', COLOURS[status], status.label)

    def render_last_login(self, value: datetime) -> SafeString:
        local = timezone.localtime(value)
        shown = formats.date_format(local, "SHORT_DATETIME_FORMAT")
        return format_html('<time class="figure" datetime="{}">{}</time>', local.isoformat(), shown)

    def value_last_login(self, value: datetime) -> datetime:
        return value

    def render_second_factor(self, value: bool) -> str:
        return _("yes") if value else _("no")
