"""The counters of a membership type as its terms keep them, and the hours in which it covers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import time
from typing import Any

from loyalty.rules.terms import CoveredHours, MembershipCounter, Scope, ScopeMode

#: A counter or hours as they are kept: plain JSON.
Kept = Mapping[str, Any]


def counter_of(kept: Kept) -> MembershipCounter:
    """``{"key": 1, "services": [1], "categories": [2], "count": 5}``; count None is without one."""
    scope = Scope(ScopeMode.LISTED, frozenset(kept["services"]), frozenset(kept["categories"]))
    return MembershipCounter(kept["key"], scope, kept["count"])


def kept_counter(key: int, services: Iterable[int], categories: Iterable[int], count: int | None) -> dict[str, Any]:
    """A counter as terms keep it: the same choices always written the same way."""
    return {"key": key, "services": sorted(set(services)), "categories": sorted(set(categories)), "count": count}


def hours_of(kept: Kept) -> CoveredHours:
    """``{"weekdays": [0, 1], "since": "09:00", "until": "15:00"}``; Monday is 0, until "" is the end of the day."""
    until = time.fromisoformat(kept["until"]) if kept["until"] else None
    return CoveredHours(frozenset(kept["weekdays"]), time.fromisoformat(kept["since"]), until)


def kept_hours(weekdays: Iterable[int], since: time, until: time | None) -> dict[str, Any]:
    """Hours as terms keep them."""
    return {
        "weekdays": sorted(set(weekdays)),
        "since": since.isoformat("minutes"),
        "until": until.isoformat("minutes") if until else "",
    }


def has_several(kept: Kept) -> bool:
    """Whether a counter is of more than one service, so that more may come to it."""
    return bool(kept["categories"]) or len(kept["services"]) > 1


def only_added_to(before: Iterable[Kept], now: Iterable[Kept]) -> bool:
    """Whether services alone came to counters that have several, and nothing was taken away; counts may differ."""
    was, is_now = ({each["key"]: each for each in kept} for kept in (before, now))
    if was.keys() != is_now.keys():
        return False
    for key, old in was.items():
        new = is_now[key]
        if (old["count"] is None) != (new["count"] is None):
            return False
        scopes = [(set(each["services"]), set(each["categories"])) for each in (old, new)]
        if scopes[0] != scopes[1] and not (
            has_several(old) and scopes[0][0] <= scopes[1][0] and scopes[0][1] <= scopes[1][1]
        ):
            return False
    return True
