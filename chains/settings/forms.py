"""What the forms of settings let choose."""

from __future__ import annotations

from operator import itemgetter
from typing import Any
from zoneinfo import available_timezones

from django.utils.translation import gettext_lazy as _


def time_zone_choices(kept: str) -> list[Any]:
    """Time zones by continent, each found by typing the name of its city; and the one there is."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for name in sorted(available_timezones()):
        area, _slash, place = name.partition("/")
        if place and area in _AREAS:
            city = place.replace("_", " ").rpartition("/")[2]
            groups.setdefault(area, []).append((name, f"{city} ({name})"))
    listed: list[Any] = [(str(_AREAS[area]), sorted(places, key=itemgetter(1))) for area, places in groups.items()]
    known = {name for places in groups.values() for name, _place in places} | {""}
    return [*listed, (_("World"), [(name, name) for name in sorted({"UTC", kept} - known)])]


_AREAS = {
    "Africa": _("Africa"),
    "America": _("America"),
    "Antarctica": _("Antarctica"),
    "Arctic": _("Arctic"),
    "Asia": _("Asia"),
    "Atlantic": _("Atlantic"),
    "Australia": _("Australia"),
    "Europe": _("Europe"),
    "Indian": _("Indian Ocean"),
    "Pacific": _("Pacific"),
}
