"""The periods that a report is asked for by name; days are local and both ends belong to it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class ReportPeriod:
    name: str | Promise
    since: date
    until: date


def presets(today: date) -> list[ReportPeriod]:
    month = today.replace(day=1)
    last_of_month_before = month - timedelta(days=1)
    return [
        ReportPeriod(_("Today"), today, today),
        ReportPeriod(_("Yesterday"), today - timedelta(days=1), today - timedelta(days=1)),
        ReportPeriod(_("Last 7 days"), today - timedelta(days=6), today),
        ReportPeriod(_("Last 30 days"), today - timedelta(days=29), today),
        ReportPeriod(_("This month"), month, today),
        ReportPeriod(_("Last month"), last_of_month_before.replace(day=1), last_of_month_before),
    ]
