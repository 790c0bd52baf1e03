"""The two kinds of space, who may enter one, and the doors to them.

A view stands behind exactly one door: ``chain_view`` or ``location_view``, which name the right it
needs, or ``signed_in_view`` for the few pages that belong to no space. Whoever was not added to a
chain does not see that it exists (404); who was, but lacks the right, is told so (403).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Concatenate, ParamSpec, Protocol, cast

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db.models import Q, TextChoices
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import resolve_url
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _
from django_htmx.http import HttpResponseClientRedirect

from chains import clocks
from chains.access import Right
from chains.addresses import address_of
from chains.lists.keeping import KeptLists
from chains.models import Access, AccessLocation, Chain, Location, LocationQuerySet, User
from chains.sent import forget_where_sent_again, keep_sent
from config.ui.exports import ListRequest

if TYPE_CHECKING:
    from django_htmx.middleware import HtmxDetails

LAST_SPACE = "last_space"


class SpaceKind(TextChoices):
    CHAIN = "chain", _("Chain")
    LOCATION = "location", _("Location")


@dataclass(frozen=True)
class Space:
    """A chain or a location as the frame of a page shows it."""

    kind: SpaceKind
    name: str
    slug: str
    access: Access

    @property
    def url(self) -> str:
        return reverse(f"chains:{self.kind}", args=[self.slug])

    def page(self, url_name: str, *objects: object) -> str:
        """The address in this space of a page that both kinds of space have."""
        app, _colon, name = url_name.rpartition(":")
        own_name = f"{app}:{self.kind}_{name}"
        if len(objects) == 1 and isinstance(objects[0], int):
            return address_of(own_name, self.slug, objects[0])
        return reverse(own_name, args=[self.slug, *objects])


def chain_space(access: Access) -> Space:
    return Space(SpaceKind.CHAIN, access.chain.name, access.chain.slug, access)


def may_enter(space: Space) -> bool:
    """Whether the chain's space is open to the user, or only locations of it are; those are the user's own."""
    return space.kind != SpaceKind.CHAIN or space.access.has(Right.VIEW_CHAIN)


def location_space(access: Access, location: Location) -> Space:
    return Space(SpaceKind.LOCATION, location.name, location.slug, access)


@dataclass(frozen=True)
class ChainSpaces:
    """Of one chain: its own space, where the user may enter it, and those of its locations."""

    chain: Chain
    space: Space | None
    locations: list[Space]

    @property
    def spaces(self) -> list[Space]:
        return [*([self.space] if self.space else []), *self.locations]


def spaces_of(user: User, most: int | None = None) -> list[ChainSpaces]:
    """All that the user may enter, chain by chain, in one query; with ``most`` only so many locations, the first."""
    accesses = user.open_accesses
    locations = _locations_of(accesses).active().order_by("chain__name_folded", "chain", "name_folded", "pk")
    by_chain: dict[int, list[Location]] = {}
    for location in locations[:most]:
        by_chain.setdefault(location.chain_id, []).append(location)
    return [
        ChainSpaces(
            access.chain,
            chain_space(access) if access.has(Right.VIEW_CHAIN) else None,
            [location_space(access, location) for location in by_chain.get(access.chain_id, [])],
        )
        for access in accesses
    ]


def _locations_of(accesses: Iterable[Access]) -> LocationQuerySet:
    """Where the accesses let somebody work, archived locations included."""
    at_all = [access.chain_id for access in accesses if access.all_locations]
    at_some = [access.pk for access in accesses if not access.all_locations]
    covered = AccessLocation.objects.filter(access__in=at_some).values("location")
    return Location.objects.filter(Q(chain__in=at_all) | Q(pk__in=covered))


# Requests
# ----------------------------------------------------------------------------


class UserRequest(HttpRequest):
    """A request of someone who is signed in."""

    user: User
    htmx: HtmxDetails


class ChainRequest(UserRequest, ListRequest):
    """A request inside the space of a chain, by someone who has the right for the page."""

    access: Access
    chain: Chain
    space: Space


class LocationRequest(ChainRequest):
    """A request inside the space of a location; its chain is there too."""

    location: Location


# Doors
# ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Door:
    """What a view asks of its visitor; no space and no right means: only to be signed in."""

    kind: SpaceKind | None = None
    right: Right | None = None


P = ParamSpec("P")


class GuardedView(Protocol):
    """A view behind a door, which a test reads from every address of the site."""

    door: Door

    def __call__(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse: ...


def signed_in_view(view: Callable[Concatenate[UserRequest, P], HttpResponse]) -> GuardedView:
    """Declare a page that belongs to no space: whoever is signed in may see it."""

    @wraps(view)
    def enter(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        return view(cast(UserRequest, request), *args, **kwargs)

    return _guarded(enter, Door())


def chain_view(
    right: Right,
) -> Callable[[Callable[Concatenate[ChainRequest, P], HttpResponse]], GuardedView]:
    """Declare a page of a chain, at an address with ``chain_slug``, and the right it needs beside that to enter."""

    def decorate(view: Callable[Concatenate[ChainRequest, P], HttpResponse]) -> GuardedView:
        @wraps(view)
        def enter(request: HttpRequest, chain_slug: str, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            chain_request = cast(ChainRequest, request)
            _enter_chain(chain_request, chain_slug)
            _require(chain_request, Right.VIEW_CHAIN, right)
            with clocks.on_clock_of(chain_request.chain):
                return view(chain_request, *args, **kwargs)

        return _guarded(enter, Door(SpaceKind.CHAIN, right))

    return decorate


def location_view(
    right: Right,
) -> Callable[[Callable[Concatenate[LocationRequest, P], HttpResponse]], GuardedView]:
    """Declare a page of a location, at an address with ``location_slug``, and the right it needs."""

    def decorate(view: Callable[Concatenate[LocationRequest, P], HttpResponse]) -> GuardedView:
        @wraps(view)
        def enter(request: HttpRequest, location_slug: str, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            location_request = cast(LocationRequest, request)
            _enter_location(location_request, location_slug)
            _require(location_request, right)
            with clocks.on_clock_of(location_request.chain):
                return view(location_request, *args, **kwargs)

        return _guarded(enter, Door(SpaceKind.LOCATION, right))

    return decorate


@dataclass(frozen=True)
class SpacePage:
    """A page that a chain and each of its locations have: one view behind two doors."""

    chain: GuardedView
    location: GuardedView

    def at(self, route: str, name: str) -> list[URLPattern]:
        """Its addresses in both kinds of space, named after the kind."""
        return [
            path(f"chains/<slug:chain_slug>/{route}", self.chain, name=f"{SpaceKind.CHAIN}_{name}"),
            path(f"locations/<slug:location_slug>/{route}", self.location, name=f"{SpaceKind.LOCATION}_{name}"),
        ]


def space_page(
    right: Right,
) -> Callable[[Callable[Concatenate[ChainRequest, P], HttpResponse]], SpacePage]:
    """Declare a page that a chain and its locations have, and the right it needs in either."""

    def decorate(view: Callable[Concatenate[ChainRequest, P], HttpResponse]) -> SpacePage:
        return SpacePage(chain_view(right)(view), location_view(right)(view))

    return decorate


def sign_in_first(request: HttpRequest) -> HttpResponse:
    """Ask for the sign-in; where only a part of a page was asked for, the whole page goes there.

    It leads back to a page that can be asked for: after a form was sent, to one that has what was typed (``sent.py``).
    """
    htmx = cast(UserRequest, request).htmx
    if htmx:
        page = redirect_to_login(htmx.current_url_abs_path or resolve_url("chains:home"))
        return HttpResponseClientRedirect(page.url)
    if request.method in {"GET", "HEAD"}:
        return redirect_to_login(request.get_full_path())
    keep_sent(request)
    return redirect_to_login(resolve_url("chains:sent"))


def _guarded(view: Callable[..., HttpResponse], door: Door) -> GuardedView:
    """Whoever is not signed in stops here, at every door."""

    @wraps(view)
    def enter(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if not request.user.is_authenticated:
            return sign_in_first(request)
        response = view(request, *args, **kwargs)
        if request.method == "POST" and response.status_code < 400:
            forget_where_sent_again(request, cast(UserRequest, request).user)
        return response

    guarded = cast(GuardedView, enter)
    guarded.door = door
    return guarded


def _enter_chain(request: ChainRequest, slug: str) -> None:
    access = next((each for each in request.user.open_accesses if each.chain.slug == slug), None)
    if access is None:
        raise Http404
    request.access = access
    request.chain = access.chain
    request.space = chain_space(access)


def _enter_location(request: LocationRequest, slug: str) -> None:
    accesses = request.user.open_accesses
    location = _locations_of(accesses).filter(slug=slug).first()
    if location is None:
        raise Http404
    access = next(each for each in accesses if each.chain_id == location.chain_id)
    location.chain = access.chain
    request.access = access
    request.chain = access.chain
    request.location = location
    request.space = location_space(access, location)


def _require(request: ChainRequest, *rights: Right) -> None:
    if not request.access.rights.issuperset(rights):
        raise PermissionDenied
    request.may_export = request.access.has(Right.EXPORT_REPORTS)
    request.kept = KeptLists(request.access)
    # So that the next visit to the root of the site leads back here.
    if request.session.get(LAST_SPACE) != request.space.url:
        request.session[LAST_SPACE] = request.space.url
