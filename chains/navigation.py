"""The one list of what stands in the left navigation of a space."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from chains.access import Right
from chains.spaces import Space, SpaceKind


@dataclass(frozen=True)
class Entry:
    """A page that the navigation leads to, and the right without which it is not listed."""

    kind: SpaceKind
    label: Promise
    icon: str
    url_name: str
    right: Right


ENTRIES = (
    Entry(SpaceKind.CHAIN, _("Overview"), "layout-dashboard", "chains:chain", Right.VIEW_CHAIN),
    Entry(SpaceKind.LOCATION, _("Visits"), "calendar-event", "visits:day", Right.VIEW_VISITS),
)


@dataclass(frozen=True)
class Link:
    """An entry as it stands on one page."""

    label: Promise
    icon: str
    url: str
    # The value of aria-current: "page" on the page itself, "true" on those below it.
    current: str


def links(space: Space, path: str) -> list[Link]:
    """What the user may use of this space, with the entry of ``path`` marked."""
    found = []
    for entry in ENTRIES:
        if entry.kind == space.kind and space.access.has(entry.right):
            url = _address(entry, space)
            if url:
                found.append(Link(entry.label, entry.icon, url, _current(url, path, space)))
    return found


def _address(entry: Entry, space: Space) -> str | None:
    try:
        return reverse(entry.url_name, args=[space.slug])
    except NoReverseMatch:
        return None


def _current(url: str, path: str, space: Space) -> str:
    if path == url:
        return "page"
    # The space's own address is the beginning of all of its pages.
    return "true" if url != space.url and path.startswith(url) else ""
