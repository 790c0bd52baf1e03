"""What a membership type covers, and in which hours, in the reader's words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import time
from typing import TYPE_CHECKING

from django.utils.dates import WEEKDAYS
from django.utils.formats import time_format
from django.utils.translation import gettext as _

from loyalty.memberships.counters import Kept, has_several, hours_of

if TYPE_CHECKING:
    from loyalty.programs.differences import ProgramNames


def counters_in_words(counters: Iterable[Kept], names: ProgramNames) -> str:
    """As in "8 × Haircut, 3 × one of Wash, Blow-dry"; in order, and "none" without any."""
    return ", ".join(_counter(kept, names) for kept in counters) or _("none")


def hours_in_words(hours: Iterable[Kept], _names: object = None) -> str:
    """As in "Monday, Tuesday from 09:00 until 15:00"; "always" where all hours are."""
    return _(" and ").join(_hours(kept) for kept in hours) or _("always")


def _counter(kept: Kept, names: ProgramNames) -> str:
    what = ", ".join(_covered(kept, names)) or _("none")
    if kept["count"] is None:
        return _("%(what)s without limit") % {"what": what}
    sentence = _("%(count)s × one of %(what)s") if has_several(kept) else _("%(count)s × %(what)s")
    return sentence % {"count": kept["count"], "what": what}


def _covered(kept: Kept, names: ProgramNames) -> Iterator[str]:
    if kept["services"]:
        yield names.of("services", kept["services"])
    if kept["categories"]:
        yield _("all of %(categories)s") % {"categories": names.of("service_categories", kept["categories"])}


def _hours(kept: Kept) -> str:
    hours = hours_of(kept)
    days = ", ".join(str(WEEKDAYS[day]) for day in sorted(hours.weekdays)) or _("none")
    about = {
        "days": _("every day") if len(hours.weekdays) == len(WEEKDAYS) else days,
        "since": time_format(hours.since, "TIME_FORMAT"),
        "until": time_format(hours.until, "TIME_FORMAT") if hours.until else "",
    }
    if hours.until:
        return _("%(days)s from %(since)s until %(until)s") % about
    return _("%(days)s from %(since)s on") % about if hours.since > time.min else about["days"]
