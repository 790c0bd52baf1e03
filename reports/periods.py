"""Periods of days that reports are asked for, what they are compared with, and the parts they are told in.

Days are local and both ends belong to a period. Pure arithmetic of dates.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum

from babel import Locale, UnknownLocaleError
from dateutil.relativedelta import relativedelta
from django.db.models import TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

DAY = timedelta(days=1)
WEEK = 7
#: The same weekday of the year before.
WEEKS_OF_A_YEAR = timedelta(weeks=52)
#: Up to so many days a period is told day by day, and up to so many week by week.
MOST_DAYS, MOST_WEEKS = 45, 190


@dataclass(frozen=True)
class Span:
    """Days, both of which belong to it."""

    since: date
    until: date

    def __iter__(self) -> Iterator[date]:
        return (self.since + timedelta(days=number) for number in range(len(self)))

    def __len__(self) -> int:
        return (self.until - self.since).days + 1

    def within(self, other: Span) -> Span | None:
        """The days that both have; None where there are none."""
        since, until = max(self.since, other.since), min(self.until, other.until)
        return Span(since, until) if since <= until else None


def stretches(spans: Iterable[Span]) -> list[Span]:
    """The same days without gaps or repetition: one span for those that touch one another."""
    found: list[Span] = []
    for span in sorted(spans, key=lambda each: each.since):
        if found and span.since <= found[-1].until + DAY:
            found[-1] = Span(found[-1].since, max(found[-1].until, span.until))
        else:
            found.append(span)
    return found


class Shape(Enum):
    """What a period is made of, and so what its neighbours are."""

    DAYS = "days"
    MONTHS = "months"
    YEAR = "year"


# Periods by name
# ----------------------------------------------------------------------------


@dataclass(frozen=True)
class ReportPeriod:
    """A period that has a name on some day; ``code`` stands for it in addresses."""

    code: str
    name: str | Promise
    span: Span
    shape: Shape = Shape.DAYS


def first_weekday_in(region: str) -> int:
    """On which day weeks begin there, 0 being Monday; Monday where nothing is known."""
    try:
        return Locale.parse(f"und_{region}").first_week_day
    except UnknownLocaleError:
        return 0


def presets(today: date, first_weekday: int) -> list[ReportPeriod]:
    """The periods that every report offers by name; those of now end today."""
    month = today.replace(day=1)
    week = _first_of_week(today, first_weekday)
    last_month = month - DAY

    def last(days: int) -> Span:
        return Span(today - timedelta(days=days - 1), today)

    return [
        ReportPeriod("today", _("Today"), Span(today, today)),
        ReportPeriod("yesterday", _("Yesterday"), Span(today - DAY, today - DAY)),
        ReportPeriod("this_week", _("This week"), Span(week, today)),
        ReportPeriod("last_week", _("Last week"), Span(week - timedelta(days=WEEK), week - DAY)),
        ReportPeriod("this_month", _("This month"), Span(month, today), Shape.MONTHS),
        ReportPeriod("last_month", _("Last month"), Span(last_month.replace(day=1), last_month), Shape.MONTHS),
        ReportPeriod("last_30_days", _("Last 30 days"), last(30)),
        ReportPeriod("last_90_days", _("Last 90 days"), last(90)),
        ReportPeriod("this_year", _("This year"), Span(today.replace(month=1, day=1), today), Shape.YEAR),
    ]


def is_whole_months(span: Span) -> bool:
    return span.since.day == 1 and (span.until + DAY).day == 1


def shape_of(span: Span) -> Shape:
    """What days that somebody chose are made of."""
    return Shape.MONTHS if is_whole_months(span) else Shape.DAYS


# What a period is compared with
# ----------------------------------------------------------------------------


class Comparison(TextChoices):
    BEFORE = "before", _("the period before")
    YEAR = "year", _("the same period last year")
    NONE = "none", _("nothing")

    def of(self, span: Span, shape: Shape) -> Span | None:
        """The days that a period is compared with; None where with none.

        Before months come as many months, to the same day of the last one; before a year the year before. Before days
        come as many days; of less than a week the same weekdays of the week before. A year ago are the same dates, and
        of days that are less than a week, or whole weeks, the same weekdays.
        """
        return _COMPARED[self](span, shape)


def _before(span: Span, shape: Shape) -> Span:
    if shape is Shape.YEAR:
        return _months_back(span, 12)
    if shape is Shape.MONTHS:
        return _months_back(span, _months_of(span))
    return _days_back(span, timedelta(days=max(len(span), WEEK)))


def _a_year_ago(span: Span, shape: Shape) -> Span:
    has_weekdays = shape is Shape.DAYS and (len(span) < WEEK or not len(span) % WEEK)
    return _days_back(span, WEEKS_OF_A_YEAR) if has_weekdays else _months_back(span, 12)


_COMPARED: dict[str, Callable[[Span, Shape], Span | None]] = {
    Comparison.BEFORE: _before,
    Comparison.YEAR: _a_year_ago,
    Comparison.NONE: lambda _span, _shape: None,
}


def _days_back(span: Span, days: timedelta) -> Span:
    return Span(span.since - days, span.until - days)


def _months_back(span: Span, months: int) -> Span:
    """So many months earlier; the last day of a month stays one."""
    back = relativedelta(months=months)
    is_whole = (span.until + DAY).day == 1
    return Span(span.since - back, span.until + DAY - back - DAY if is_whole else span.until - back)


def _months_of(span: Span) -> int:
    """How many months it has days of."""
    return (span.until.year - span.since.year) * 12 + span.until.month - span.since.month + 1


# What a period is told in
# ----------------------------------------------------------------------------


class Step(Enum):
    """What a period is told in: days, weeks or months."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"

    @classmethod
    def of(cls, span: Span) -> Step:
        """The smallest one of which a period has not too many to look at."""
        if len(span) <= MOST_DAYS:
            return cls.DAY
        return cls.WEEK if len(span) <= MOST_WEEKS else cls.MONTH

    def parts(self, span: Span, first_weekday: int) -> list[Span]:
        """The days, weeks or months of a period in their order; the first and the last end where the period does."""
        parts = []
        since = span.since
        while since <= span.until:
            until = min(self.whole(since, first_weekday).until, span.until)
            parts.append(Span(since, until))
            since = until + DAY
        return parts

    def whole(self, day: date, first_weekday: int) -> Span:
        """The whole day, week or month that a day belongs to."""
        if self is Step.DAY:
            return Span(day, day)
        if self is Step.WEEK:
            since = _first_of_week(day, first_weekday)
            return Span(since, since + timedelta(days=WEEK - 1))
        since = day.replace(day=1)
        return Span(since, since + relativedelta(months=1) - DAY)


def _first_of_week(day: date, first_weekday: int) -> date:
    return day - timedelta(days=(day.weekday() - first_weekday) % WEEK)
