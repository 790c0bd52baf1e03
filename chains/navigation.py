"""The one list of what stands in the left navigation of a space."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from chains.access import Right
from chains.models import Access
from chains.spaces import Space, SpaceKind, may_enter
from chains.uses import Room


@dataclass(frozen=True)
class Link:
    """An entry as it stands on one page."""

    label: Promise
    icon: str
    url: str
    # The value of aria-current: "page" on the page itself, "true" on those below it.
    current: str
    group: Promise | None = None


@dataclass(frozen=True)
class Entry:
    """A page that the navigation leads to, and the right without which it is not listed."""

    kind: SpaceKind
    label: Promise
    icon: str
    url_name: str
    right: Right
    #: The heading that neighbouring entries share.
    group: Promise | None = None
    #: What it is about, where a chain may do without: then it is not listed.
    room: Room | None = None

    def is_for(self, access: Access) -> bool:
        return access.has(self.right) and (self.room is None or access.uses(self.room))

    def link(self, space: Space, path: str) -> Link:
        url = reverse(self.url_name, args=[space.slug])
        return Link(self.label, self.icon, url, _current(url, path, space), self.group)


LOYALTY = _("Loyalty")
CLIENTS = _("Clients")
REPORTS = _("Reports")
SETTINGS = _("Settings")

ENTRIES = (
    Entry(SpaceKind.CHAIN, _("Overview"), "layout-dashboard", "reports:chain_overview", Right.VIEW_REPORTS),
    Entry(
        SpaceKind.CHAIN, _("Promotions"), "rosette-discount", "loyalty:promotion_list", Right.MANAGE_PROGRAMS, LOYALTY
    ),
    Entry(SpaceKind.CHAIN, _("Card types"), "cards", "loyalty:card_type_list", Right.MANAGE_PROGRAMS, LOYALTY),
    Entry(SpaceKind.CHAIN, _("Loyalty cards"), "credit-card", "loyalty_clients:card_list", Right.VIEW_CLIENTS, LOYALTY),
    Entry(
        SpaceKind.CHAIN,
        _("Gift card types"),
        "gift-card",
        "loyalty:gift_card_type_list",
        Right.MANAGE_PROGRAMS,
        LOYALTY,
    ),
    Entry(
        SpaceKind.CHAIN,
        _("Membership types"),
        "ticket",
        "loyalty:membership_type_list",
        Right.MANAGE_PROGRAMS,
        LOYALTY,
    ),
    Entry(SpaceKind.CHAIN, _("Account types"), "wallet", "loyalty:account_type_list", Right.MANAGE_PROGRAMS, LOYALTY),
    Entry(
        SpaceKind.CHAIN,
        _("Gift cards"),
        "gift-card",
        "reports:chain_gift_cards",
        Right.VIEW_REPORTS,
        LOYALTY,
        room=Room.GIFT_CARDS,
    ),
    Entry(
        SpaceKind.CHAIN,
        _("Memberships"),
        "ticket",
        "reports:chain_memberships",
        Right.VIEW_REPORTS,
        LOYALTY,
        room=Room.MEMBERSHIPS,
    ),
    Entry(
        SpaceKind.CHAIN,
        _("Client accounts"),
        "cash",
        "loyalty_clients:account_list",
        Right.VIEW_CLIENTS,
        LOYALTY,
        room=Room.ACCOUNTS,
    ),
    Entry(SpaceKind.CHAIN, _("Referral program"), "gift", "loyalty:referral_program", Right.MANAGE_PROGRAMS, LOYALTY),
    Entry(SpaceKind.CHAIN, _("Try a program"), "test-pipe", "visits_scenario:try", Right.MANAGE_PROGRAMS, LOYALTY),
    Entry(SpaceKind.CHAIN, _("Transactions"), "history", "reports:transactions", Right.VIEW_REPORTS, LOYALTY),
    Entry(SpaceKind.CHAIN, _("Client database"), "users", "visits_clients:chain_database", Right.VIEW_CLIENTS, CLIENTS),
    Entry(SpaceKind.CHAIN, _("Visits"), "chart-bar", "reports:chain_visits", Right.VIEW_REPORTS, REPORTS),
    Entry(SpaceKind.CHAIN, _("Points owed"), "coins", "reports:owed", Right.VIEW_REPORTS, REPORTS),
    Entry(
        SpaceKind.CHAIN,
        _("Changes to visits"),
        "receipt",
        "reports:chain_visit_changes",
        Right.VIEW_REPORTS,
        REPORTS,
    ),
    Entry(SpaceKind.CHAIN, _("General"), "settings", "chains_general:general", Right.MANAGE_SETTINGS, SETTINGS),
    Entry(
        SpaceKind.CHAIN,
        _("Locations"),
        "building-store",
        "chains_settings:location_list",
        Right.MANAGE_SETTINGS,
        SETTINGS,
    ),
    Entry(SpaceKind.CHAIN, _("Users"), "user-cog", "chains_settings:user_list", Right.MANAGE_USERS, SETTINGS),
    Entry(SpaceKind.CHAIN, _("Messages"), "mail", "clients:message_list", Right.MANAGE_SETTINGS, SETTINGS),
    Entry(SpaceKind.LOCATION, _("Overview"), "layout-dashboard", "reports:location_overview", Right.VIEW_REPORTS),
    Entry(SpaceKind.LOCATION, _("Visits"), "calendar-event", "visits:day", Right.VIEW_VISITS),
    Entry(SpaceKind.LOCATION, _("All clients"), "users", "visits_clients:location_database", Right.VIEW_CLIENTS),
    Entry(
        SpaceKind.LOCATION,
        _("Look up a gift card"),
        "search",
        "loyalty_clients:gift_card_look_up",
        Right.CHECKOUT_VISITS,
        room=Room.GIFT_CARDS,
    ),
    Entry(SpaceKind.LOCATION, _("Services and products"), "tag", "catalog:item_list", Right.VIEW_VISITS),
    Entry(
        SpaceKind.LOCATION,
        _("Gift cards"),
        "gift-card",
        "reports:location_gift_cards",
        Right.VIEW_REPORTS,
        REPORTS,
        room=Room.GIFT_CARDS,
    ),
    Entry(
        SpaceKind.LOCATION,
        _("Memberships"),
        "ticket",
        "reports:location_memberships",
        Right.VIEW_REPORTS,
        REPORTS,
        room=Room.MEMBERSHIPS,
    ),
    Entry(
        SpaceKind.LOCATION,
        _("Changes to visits"),
        "receipt",
        "reports:location_visit_changes",
        Right.VIEW_REPORTS,
        REPORTS,
    ),
)


def links(space: Space, path: str) -> list[Link]:
    """What the user may use of this space, with the entry of ``path`` marked."""
    if not may_enter(space):
        return []
    return [entry.link(space, path) for entry in ENTRIES if entry.kind == space.kind and entry.is_for(space.access)]


def _current(url: str, path: str, space: Space) -> str:
    if path == url:
        return "page"
    # The space's own address is the beginning of all of its pages.
    return "true" if url != space.url and path.startswith(url) else ""
