"""By how much a figure grew or fell, in words: the sign and the colour beside them only say it again."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from reports.measures import Good

UP, DOWN = "▲", "▼"
#: Above so many percent the base is so small that they say nothing: only the base is told.
MOST_PERCENT = 1000


@dataclass(frozen=True)
class Change:
    """``sign`` points up or down, empty where there is neither; ``good`` is None where neither way is."""

    sign: str
    words: SafeString
    good: bool | None = None

    @property
    def style(self) -> str:
        return {True: "is-plus", False: "is-minus", None: "quiet"}[self.good]


def change_of(now: Decimal, before: Decimal, good: Good, shown_before: SafeString) -> Change:
    """The change from ``before``, which stands in the words as it is shown; whole percents, rounded half up."""
    if not before:
        words = _("nothing before") if now else _("nothing, as before")
        return Change("", format_html("{}", words))
    words = format_html(_sentence(now, before), percent=_percent(now, before), before=shown_before)
    if now == before:
        return Change("", words)
    is_up = now > before
    return Change(UP if is_up else DOWN, words, None if good is Good.NEITHER else is_up == (good is Good.UP))


def _sentence(now: Decimal, before: Decimal) -> str:
    if now == before:
        return _("as much as before: {before}")
    if before < 0 or (now - before) * 100 / before > MOST_PERCENT:
        # Of less than nothing there are no percents.
        return _("up from {before}") if now > before else _("down from {before}")
    if not _percent(now, before).strip("0"):
        return _("up a little from {before}") if now > before else _("down a little from {before}")
    return _("up {percent} % from {before}") if now > before else _("down {percent} % from {before}")


def _percent(now: Decimal, before: Decimal) -> str:
    percent = abs((now - before) * 100 / before).quantize(Decimal(1), rounding=ROUND_HALF_UP)
    return number_format(percent, use_l10n=True, force_grouping=True)
