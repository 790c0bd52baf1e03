"""The table of messages."""

from __future__ import annotations

from datetime import datetime

import django_tables2
from django.urls import reverse
from django.utils import formats, timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chains.spaces import ChainRequest
from clients.messages.facts import OF_A_DAY
from clients.messages.models import Message, MessageState
from config.ui.tables import BaseTable, Importance

COLOURS = {
    MessageState.WAITING: "bg-blue-lt",
    MessageState.SENDING: "bg-blue-lt",
    MessageState.SENT: "bg-green-lt",
    MessageState.IN_MAILBOX: "bg-green-lt",
    MessageState.FAILED: "bg-orange-lt",
    MessageState.UNDELIVERABLE: "bg-secondary-lt",
    MessageState.GIVEN_UP: "bg-red-lt",
    MessageState.DROPPED: "bg-secondary-lt",
}


class MessageTable(BaseTable):
    request: ChainRequest
    caption = gettext_lazy("Messages")
    importance = Importance(
        name="client",
        figure="queued_at",
        facts=("kind", "address"),
        told=("due_at",),
        ends=("state",),
        minor=("attempts", "due_at"),
    )

    queued_at = django_tables2.Column(gettext_lazy("Queued"))
    client = django_tables2.Column(gettext_lazy("Client"), empty_values=(), order_by=("client__name_folded",))
    address = django_tables2.Column(gettext_lazy("Address"), default="–")
    kind = django_tables2.Column(gettext_lazy("About"), order_by=("kind", "subject_on"))
    state = django_tables2.Column(gettext_lazy("Status"))
    attempts = django_tables2.Column(
        gettext_lazy("Tries"), attrs={"th": {"class": "number"}, "td": {"class": "number"}}
    )
    due_at = django_tables2.Column(gettext_lazy("Next try"), default="–")

    class Meta(BaseTable.Meta):
        model = Message
        fields = ("queued_at", "client", "address", "kind", "state", "attempts", "due_at")
        order_by = ("-queued_at",)

    def render_queued_at(self, record: Message) -> SafeString:
        url = reverse("clients:message", args=[self.request.chain.slug, record.pk])
        return format_html('<a href="{}">{}</a>', url, _instant(record.queued_at))

    def render_client(self, record: Message) -> SafeString | str:
        if record.client is None:
            return "–"
        url = self.request.space.page("loyalty_clients:cards", record.client_id)
        return format_html('<a href="{}">{}</a>', url, record.client.name)

    def render_kind(self, record: Message) -> SafeString:
        day = formats.date_format(record.subject_on, "SHORT_DATE_FORMAT")
        told = _("last day %(day)s") % {"day": day} if record.kind in OF_A_DAY else day
        return format_html("{} <small>{}</small>", record.get_kind_display(), told)

    def render_state(self, record: Message) -> SafeString:
        """With the reason beneath, where there is one."""
        state = MessageState(record.state)
        badge = format_html('<span class="badge {}">{}</span>', COLOURS[state], state.label)
        if not record.trouble:
            return badge
        return format_html("{} <small>{}</small>", badge, record.get_trouble_display())

    def render_due_at(self, value: datetime) -> SafeString:
        return _instant(value)


def _instant(at: datetime) -> SafeString:
    local = timezone.localtime(at)
    return format_html(
        '<time class="figure" datetime="{}">{} <small>{}</small></time>',
        local.isoformat(),
        formats.date_format(local, "SHORT_DATE_FORMAT"),
        formats.time_format(local),
    )
