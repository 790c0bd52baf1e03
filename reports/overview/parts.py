"""The days, weeks or months that a period is told in, in words."""

from __future__ import annotations

from datetime import date

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from reports.overview.chart import Column
from reports.periods import Span, Step, is_whole_months

HEADINGS: dict[Step, str | Promise] = {
    Step.DAY: gettext_lazy("Day by day"),
    Step.WEEK: gettext_lazy("Week by week"),
    Step.MONTH: gettext_lazy("Month by month"),
}
#: What is told of columns that are not over, or not whole.
IS_PART: dict[Step, str | Promise] = {
    Step.DAY: gettext_lazy("today so far"),
    Step.WEEK: gettext_lazy("not a whole week"),
    Step.MONTH: gettext_lazy("not a whole month"),
}
#: Of many columns one in so many is named, such as one weekday, or one month of each quarter.
STRIDES = {Step.DAY: (1, 2, 7, 14), Step.WEEK: (1, 2, 3, 4, 6), Step.MONTH: (1, 2, 3, 6, 12, 24)}


def column_of(step: Step, part: Span, whole: Span, today: date) -> Column:
    """A part of a period in words, and its short name below a column: a day, or a month.

    Of ``whole`` it may have some days only; a week or a month that ends ``today`` is not over either.
    """
    mark = date_format(part.since, "M Y") if step is Step.MONTH else date_format(part.since, "j M")
    days = _days_of(step, part)
    if part != whole:
        words = {"days": days, "number": len(part), "whole": len(whole)}
        return Column(_("%(days)s, %(number)s of %(whole)s days") % words, mark, is_part=True)
    if part.until >= today:
        return Column(_("%(days)s, so far") % {"days": days}, mark, is_part=True)
    return Column(days, mark)


def _days_of(step: Step, part: Span) -> str:
    if step is Step.DAY:
        return date_format(part.since, "D j M")
    if step is Step.MONTH and is_whole_months(part):
        return date_format(part.since, "F Y")
    return days_in_words(part, "j M Y" if step is Step.MONTH else "j M")


def days_in_words(span: Span, written: str = "SHORT_DATE_FORMAT") -> str:
    """One day, or the first and the last."""
    if len(span) == 1:
        return date_format(span.since, written)
    ends = {"since": date_format(span.since, written), "until": date_format(span.until, written)}
    return _("%(since)s – %(until)s") % ends
