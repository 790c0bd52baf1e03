"""On whose clock an instant is shown: the one place that says it (docs/rules.md, section 1).

The start of a visit is shown on the clock of its location, wherever it is shown: it is when somebody came through that
door. Everything else is shown on the clock of the chain, at its locations too: when a row was written, a card issued, a
message sent, a form saved. So a page, its filters, its workbook and the note about their time zones say the same.

The doors (`chains/spaces.py`) make the chain's clock the current one, which templates and workbooks go by unless told
otherwise; what shows a start asks `start_at`.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from chains.models import Chain, Location


class Local(datetime):
    """An instant on a clock that was chosen for it: templates show it as it stands."""

    convert_to_local_time = False


def on_clock_of(chain: Chain) -> AbstractContextManager[None]:
    """Everything that is shown meanwhile is on the chain's clock, but the starts of visits."""
    return timezone.override(chain.zone)


def start_at(at: datetime, location: Location) -> datetime:
    """The start of a visit as it is shown: on the clock of its location."""
    local = location.local_datetime(at)
    return Local.combine(local.date(), local.timetz())


def wall_clock_start(at: datetime, location: Location) -> datetime:
    """The same for a workbook, which knows no time zones."""
    return location.local_datetime(at).replace(tzinfo=None)


# In words
# ----------------------------------------------------------------------------

#: What is told, and the time zone.
Told = tuple[str, str]


def of_starts(chain: Chain, locations: Iterable[Location]) -> list[Told]:
    """The time zones of a list whose instants are the starts of visits at these locations."""
    zones = _zones(chain, locations)
    made = [] if zones == chain.time_zone else [(_("Time zone of “Made”"), chain.time_zone)]
    return [(_("Time zone"), zones), *made]


def of_rows(chain: Chain, locations: Iterable[Location]) -> list[Told]:
    """The time zones of a list of what was written, with a column of the visits it belongs to."""
    zones = _zones(chain, locations)
    visits = [] if zones == chain.time_zone else [(_("Time zone of visits"), zones)]
    return [(_("Time zone"), chain.time_zone), *visits]


def _zones(chain: Chain, locations: Iterable[Location]) -> str:
    """The chain's, if it is the clock of any of them, and beside it that of each location with another."""
    places = list(locations)
    zones = {place.zone.key for place in places}
    if len(zones) <= 1:
        return next(iter(zones), chain.time_zone)
    own = [f"{place.name}: {place.zone.key}" for place in places if place.zone.key != chain.time_zone]
    return "; ".join([*([chain.time_zone] if chain.time_zone in zones else []), *own])


def has_its_own(location: Location) -> bool:
    """Whether the clock of a location is another than the chain's."""
    return location.zone.key != location.chain.time_zone
