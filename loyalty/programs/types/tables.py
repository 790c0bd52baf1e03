"""What the tables of types share: where a type counts, and whether it is archived."""

from __future__ import annotations

from typing import Any

import django_tables2
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from config.ui.archiving import archive_badge
from config.ui.tables import BaseTable

NUMBER = {"th": {"class": "number"}, "td": {"class": "number"}}


class TypeTable(BaseTable):
    locations = django_tables2.Column(gettext_lazy("Locations"), accessor="terms", orderable=False)
    status = django_tables2.Column(gettext_lazy("Status"), accessor="terms", order_by=("terms__archived",))

    def render_locations(self, record: Any) -> str:
        if record.terms.locations is None:
            return _("all")
        return ", ".join(self.request.chain.locations_by_id[pk].name for pk in record.terms.locations) or _("none")

    def render_status(self, record: Any) -> SafeString:
        return archive_badge(archived=record.terms.archived, in_use=_("Active"))
