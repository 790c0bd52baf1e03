"""The periods that a report is asked for by name; days are local and both ends belong to it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from babel import Locale, UnknownLocaleError
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class ReportPeriod:
    name: str | Promise
    since: date
    until: date


def first_weekday_in(region: str) -> int:
    """On which day weeks begin there, 0 being Monday; Monday where nothing is known."""
    try:
        return Locale.parse(f"und_{region}").first_week_day
    except UnknownLocaleError:
        return 0


def presets(today: date, first_weekday: int) -> list[ReportPeriod]:
    month = today.replace(day=1)
    week = today - timedelta(days=(today.weekday() - first_weekday) % 7)
    last_of_month_before = month - timedelta(days=1)
    return [
        ReportPeriod(_("Today"), today, today),
        ReportPeriod(_("Yesterday"), today - timedelta(days=1), today - timedelta(days=1)),
        ReportPeriod(_("Last 7 days"), today - timedelta(days=6), today),
        ReportPeriod(_("Last week"), week - timedelta(days=7), week - timedelta(days=1)),
        ReportPeriod(_("Last 30 days"), today - timedelta(days=29), today),
        ReportPeriod(_("This month"), month, today),
        ReportPeriod(_("Last month"), last_of_month_before.replace(day=1), last_of_month_before),
        ReportPeriod(_("This year"), today.replace(month=1, day=1), today),
    ]
