"""The people and places that all tests tell their stories with, and how to make more of them."""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.text import slugify

from chains.access import Right, Role
from chains.acting import unrestricted
from chains.models import Access, Chain, Location, User

PASSWORD = "forty-two roses for the guest"
#: Of every chain; where the real clock counts, `tests/plugins/clock.py` moves them.
TIME_ZONE = "Europe/Berlin"
#: Who acts where a test does not care who.
PROGRAM = unrestricted("tests")
LONG_AGO = datetime.datetime(2025, 1, 1, 9, tzinfo=datetime.UTC)


def make_user(name: str, *, password: str = PASSWORD, **fields: object) -> User:
    """Somebody who chose this password by a link that was mailed, unless ``proven_email`` says otherwise."""
    email = f"{slugify(name)}@example.com"
    return User.objects.create_user(email, password, name=name, **{"proven_email": email, **fields})


def make_chain(name: str, **fields: object) -> Chain:
    usual = {"currency": "EUR", "time_zone": TIME_ZONE, "region": "DE", "created_at": LONG_AGO}
    return Chain.objects.create(name=name, **{"slug": slugify(name), **usual, **fields})


def make_location(chain: Chain, name: str, **fields: object) -> Location:
    return Location.objects.create(chain=chain, name=name, **{"slug": slugify(name), **fields})


def make_access(
    user: User,
    chain: Chain,
    role: Role,
    *,
    locations: Iterable[Location] | None = None,
    extra_rights: Iterable[Right] = (),
    suspended: bool = False,
) -> Access:
    """Let a user work for a chain; without locations, at all of them."""
    access = Access.objects.create(
        user=user,
        chain=chain,
        role=role,
        all_locations=locations is None,
        extra_rights=list(extra_rights),
        suspended=suspended,
    )
    access.locations.set(locations or ())
    return access


@dataclass(frozen=True)
class Cast:
    """Aurora with its two locations and one user of every role, and Borealis, which is none of their business.

    The desk works at the center only. The stranger owns Borealis. The newcomer
    was not added to any chain, and the suspended user was shut out of Aurora.
    """

    aurora: Chain
    center: Location
    harbour: Location
    owner: User
    administrator: User
    manager: User
    desk: User
    suspended: User
    newcomer: User
    borealis: Chain
    north: Location
    stranger: User


def make_cast() -> Cast:
    aurora, borealis = make_chain("Aurora"), make_chain("Borealis")
    cast = Cast(
        aurora=aurora,
        center=make_location(aurora, "Center"),
        harbour=make_location(aurora, "Harbour"),
        owner=make_user("Olivia Owner"),
        administrator=make_user("Adam Administrator"),
        manager=make_user("Mara Manager"),
        desk=make_user("Dora Desk"),
        suspended=make_user("Sven Suspended"),
        newcomer=make_user("Nora Newcomer"),
        borealis=borealis,
        north=make_location(borealis, "North"),
        stranger=make_user("Stan Stranger"),
    )
    make_access(cast.owner, aurora, Role.OWNER)
    make_access(cast.administrator, aurora, Role.ADMINISTRATOR)
    make_access(cast.manager, aurora, Role.MANAGER)
    make_access(cast.desk, aurora, Role.FRONT_DESK, locations=[cast.center])
    make_access(cast.suspended, aurora, Role.OWNER, suspended=True)
    make_access(cast.stranger, borealis, Role.OWNER)
    return cast
