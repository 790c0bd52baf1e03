"""The table of a user's exports."""

from __future__ import annotations

import django_tables2
from django.contrib.humanize.templatetags.humanize import intcomma
from django.utils import formats, timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chains.spaces import ChainRequest
from config.ui.tables import BaseTable, Importance
from reports.exports.models import Export, ExportState

COLOURS = {
    ExportState.WAITING: "bg-blue-lt",
    ExportState.WRITING: "bg-blue-lt",
    ExportState.READY: "bg-green-lt",
    ExportState.FAILED: "bg-red-lt",
}


class ExportTable(BaseTable):
    request: ChainRequest
    caption = gettext_lazy("Exports")
    importance = Importance(
        name="title", figure="rows_total", facts=("asked_at", "expires_at"), told=("expires_at",), ends=("state",)
    )

    asked_at = django_tables2.Column(gettext_lazy("Asked for"))
    title = django_tables2.Column(gettext_lazy("List"), order_by=("title_folded",))
    rows_total = django_tables2.Column(
        gettext_lazy("Rows"), attrs={"th": {"class": "number"}, "td": {"class": "number"}}
    )
    state = django_tables2.Column(gettext_lazy("Status"))
    expires_at = django_tables2.Column(gettext_lazy("Kept until"))

    class Meta(BaseTable.Meta):
        model = Export
        fields = ("asked_at", "title", "rows_total", "state", "expires_at")
        order_by = ("-asked_at",)

    def render_asked_at(self, value: object) -> str:
        return formats.date_format(timezone.localtime(value), "SHORT_DATETIME_FORMAT")  # type: ignore[arg-type]

    render_expires_at = render_asked_at

    def render_title(self, record: Export) -> SafeString:
        return format_html('<a href="{}">{}</a>', self.request.space.page("reports:export", record.pk), record.title)

    def render_rows_total(self, value: int) -> str:
        return str(intcomma(value))

    def render_state(self, record: Export) -> SafeString:
        state = ExportState(record.state)
        label = (
            _("%(percent)s %% written") % {"percent": record.percent} if state == ExportState.WRITING else state.label
        )
        return format_html('<span class="badge {}">{}</span>', COLOURS[state], label)
