"""What the frame of every page shows around its content."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from chains import clocks, navigation
from chains.adapter import passkeys_are_possible
from chains.models import Location, User
from chains.spaces import Space, spaces_of

THEME_COOKIE = "theme"
# The switcher stays a list that one can overlook; the page of all spaces has a search.
SPACES_IN_SWITCHER = 12


def frame(request: HttpRequest) -> dict[str, Any]:
    space: Space | None = getattr(request, "space", None)
    return {
        "space": space,
        "theme": theme_of(request),
        "themes": User.Theme,
        # Parts of a page have neither.
        "navigation": SimpleLazyObject(lambda: navigation.links(space, request.path) if space else []),
        "passkeys": passkeys_are_possible(),
        "own_clock": _own_clock(request),
        "switcher": SimpleLazyObject(lambda: _switcher(request)),
    }


def _own_clock(request: HttpRequest) -> Location | None:
    """The location whose space the page is in, where its clock is another than the chain's."""
    location: Location | None = getattr(request, "location", None)
    return location if location and clocks.has_its_own(location) else None


def theme_of(request: HttpRequest) -> str:
    """The user's choice; before the sign-in, what was chosen last in this browser."""
    if request.user.is_authenticated:
        return request.user.theme
    chosen = request.COOKIES.get(THEME_COOKIE)
    return chosen if chosen in User.Theme.values else User.Theme.AUTO


def _switcher(request: HttpRequest) -> list[Space]:
    if not request.user.is_authenticated:
        return []
    spaces = [space for group in spaces_of(request.user, SPACES_IN_SWITCHER) for space in group.spaces]
    return spaces[:SPACES_IN_SWITCHER]
