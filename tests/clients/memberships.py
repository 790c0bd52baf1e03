"""Memberships that are sold on bills and cover visits, for the pages that tell of them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from chains.catalog.models import Item
from chains.models import Chain, Location
from clients.models import Client
from loyalty.memberships.counters import kept_counter
from loyalty.memberships.models import Membership, MembershipType
from loyalty.memberships.services import create_membership_type
from loyalty.rules.plan import CoverChoice, PlanValue
from tests.cast import LONG_AGO, PROGRAM
from tests.programs import make_visit
from visits.models import Visit


def make_membership_type(
    chain: Chain, name: str, counters: Iterable[tuple[Iterable[Item], int | None]], **choices: Any
) -> MembershipType:
    """One whose counters are of these services, so many units of each or without a count."""
    kept = [
        kept_counter(key, [item.pk for item in items], [], count)
        for key, (items, count) in enumerate(counters, start=1)
    ]
    return create_membership_type(chain=chain, name=name, counters=kept, at=LONG_AGO, acting_user=PROGRAM, **choices)


def sell(
    location: Location,
    membership_type: MembershipType,
    buyer: Client,
    price: str,
    *,
    number: str = "",
    begins_on: date | None = None,
    at: datetime,
) -> Membership:
    """One that is sold alone on a bill and paid in cash."""
    value = PlanValue(
        "membership",
        Decimal(price),
        Decimal(membership_type.as_rules().counts),
        membership_type.pk,
        number=number,
        begins_on=begins_on,
    )
    visit = make_visit(location, buyer, [], at=at, value=(value,))
    return Membership.objects.get(period__visit=visit)


def cover(
    location: Location, guest: Client | None, items: Iterable[Item], membership: Membership, *, at: datetime
) -> Visit:
    """A visit all of whose lines the membership covers."""
    items = list(items)
    covers = tuple(CoverChoice(membership.pk, line, 1) for line in range(len(items)))
    return make_visit(location, guest, items, at=at, covers=covers)


def sale_of(membership: Membership) -> Visit:
    assert membership.period and membership.period.visit
    return membership.period.visit
