"""The column *Left* of every table of visits: what is left to pay, or to be handed back."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from config.ui.figures import format_points
from loyalty.rules.plan import Status
from visits.models import Visit


class LeftColumn:
    """The column *Left* of a table of visits."""

    request: Any

    def render_left(self, record: Visit) -> SafeString:
        """What is left to pay; of a visit that does not take place, what is to be handed back."""
        currency = self.request.chain.currency
        if record.to_hand_back is not None:
            return _hand_back(record.to_hand_back, currency)
        owed = record.left and record.status == Status.ARRIVED
        style = "is-left" if owed else ""
        return format_html('<span class="{}">{}</span>', style, format_points(record.left, currency))

    def value_left(self, record: Visit) -> Decimal:
        """What is to be handed back is less than nothing."""
        return record.left if record.to_hand_back is None else -record.to_hand_back


def _hand_back(amount: Decimal, currency: str) -> SafeString:
    if not amount:
        return format_html("{}", "–")
    return format_html(
        '<small>{}</small> <span class="is-left">{}</span>', _("hand back"), format_points(amount, currency)
    )
