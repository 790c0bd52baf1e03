"""Memberships of the demo chain: sold, used, frozen, given back, blocked, ended, day by day.

Dice of their own, so that the visits beside them are the same with and without.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from math import inf
from typing import Any

from django.db.models import Q

from chains.catalog.models import Item
from clients.models import Client
from loyalty.memberships.counters import kept_counter
from loyalty.memberships.freezes import freeze
from loyalty.memberships.models import Membership, MembershipStatus, MembershipType
from loyalty.memberships.periods import run_memberships
from loyalty.memberships.services import (
    adjust_uses,
    block_membership,
    change_last_day,
    create_membership_type,
    give_membership,
)
from loyalty.rules.plan import CoverChoice, PlanLine, PlanValue
from loyalty.rules.terms import ItemKind
from visits.checkout import cancel_visit
from visits.demo.bills import Bills
from visits.demo.setting import Setting

#: Sold so many, one or two a day.
MEMBERSHIPS = 120
#: On so many days of ten one is used.
USED = 9


@dataclass
class SoldMemberships(Bills):
    """What was sold so far, and the types in the order in which they are sold; with the first service of each."""

    types: list[tuple[MembershipType, Item]] = field(default_factory=list)
    sold: list[int] = field(default_factory=list)


def make_memberships(setting: Setting, at: datetime, *, seed: int) -> SoldMemberships:
    """Four types: at the first use, on purchase and soon over, split by service, and without a count."""
    services = {item.name: item for item in setting.services}

    def membership_type(
        name: str, price: int, counters: Sequence[tuple[tuple[str, ...], int | None]], **choices: Any
    ) -> tuple[MembershipType, Item]:
        kept = [
            kept_counter(key, [services[service].pk for service in names], [], count)
            for key, (names, count) in enumerate(counters, start=1)
        ]
        made = create_membership_type(
            chain=setting.chain,
            name=name,
            counters=kept,
            price=Decimal(price),
            at=at,
            acting_user=setting.owner,
            **choices,
        )
        return made, services[counters[0][0][0]]

    cuts = ("Women's haircut", "Men's haircut", "Children's haircut")
    return SoldMemberships(
        setting,
        random.Random(f"memberships {seed}"),  # noqa: S311 - dice, not secrets
        types=[
            membership_type(
                "Eight haircuts",
                400,
                [(cuts, 8)],
                lasts_count=6,
                lasts_unit="months",
                begins="first_use",
                begins_within_count=2,
                begins_within_unit="months",
                freeze_days=30,
            ),
            membership_type(
                "Three blow-dries in three weeks", 75, [(("Blow-dry",), 3)], lasts_count=3, lasts_unit="weeks"
            ),
            membership_type(
                "Hands and feet",
                199,
                [(("Manicure",), 4), (("Pedicure",), 3)],
                lasts_count=3,
                lasts_unit="months",
                freeze_days=21,
            ),
            membership_type(
                "Gloss without end of uses",
                120,
                [(("Gloss", "Scalp treatment"), None)],
                lasts_count=2,
                lasts_unit="months",
                named=True,
                freeze_days=14,
            ),
        ],
    )


def play_memberships(memberships: SoldMemberships, day: date, guests: list[Client], *, of: int) -> None:
    """A day of them: what is past its last day expires, some are sold, some are used, one is looked after."""
    run_memberships(chain=memberships.setting.chain, at=memberships.at(day, 1))
    for number in range(1 + of % 2):
        if len(memberships.sold) < MEMBERSHIPS:
            _sell(memberships, memberships.at(day, 12, 10 * number), guests)
    if memberships.sold and memberships.dice.randint(1, 10) <= USED:
        _use(memberships, day)
    if of % 10 == 9:
        _freeze(memberships, day)
    if of % 6 == 5:
        _look_after(memberships, day, guests, turn=of // 6 % 5)


def _sell(memberships: SoldMemberships, at: datetime, guests: list[Client]) -> None:
    dice, number = memberships.dice, len(memberships.sold)
    membership_type, _service = memberships.types[number % len(memberships.types)]
    terms = membership_type.as_rules()
    value = PlanValue("membership", terms.price, Decimal(terms.counts), subject_id=membership_type.pk)
    location = dice.choice(memberships.setting.locations)
    manager = memberships.setting.manager
    visit = memberships.save(location, dice.choice(guests), at, value=(value,), seller=manager)
    memberships.sold.append(Membership.objects.get(period__visit=visit).pk)


def _usable(memberships: SoldMemberships, day: date) -> list[Membership]:
    states = (MembershipStatus.ACTIVE, MembershipStatus.ISSUED)
    found = Membership.objects.filter(pk__in=memberships.sold).with_status(day).filter(Q(status__in=states))
    return list(found.select_related("client", "chain", "period__visit", "terms").order_by("pk"))


def _use(memberships: SoldMemberships, day: date) -> None:
    """Its owner comes, for the first service of its type; who has few visits left comes again soon."""
    dice = memberships.dice
    left = {each: _left(each) for each in _usable(memberships, day)}
    usable = [each for each, visits in left.items() if visits]
    if not usable:
        return
    # Of those with as many left the newest, so that some are used up before they end.
    soonest = min(reversed(usable), key=lambda each: left[each])
    bought = soonest if dice.random() < 0.6 else dice.choice(usable)
    service = next(item for kind, item in memberships.types if kind.pk == bought.membership_type_id)
    line = PlanLine(service.pk, ItemKind(service.kind), service.category_id, 1, service.price)
    location, at = dice.choice(memberships.setting.locations), memberships.at(day, 18)
    memberships.save(location, bought.client, at, lines=(line,), covers=(CoverChoice(bought.pk, 0, 1),))


def _left(bought: Membership) -> float:
    """Visits that are left for the first service of its type."""
    counter = _counters(bought).get(key=1)
    return inf if counter.count is None else float(counter.holder.balance)


def _look_after(memberships: SoldMemberships, day: date, guests: list[Client], *, turn: int) -> None:
    """One is brought back, one is blocked, one is given away, one is put right: each in its turn."""
    dice, setting, at = memberships.dice, memberships.setting, memberships.at(day, 20, 45)
    usable = _usable(memberships, day)
    if not usable:
        return
    by_manager: dict[str, Any] = {"at": at, "acting_user": setting.manager}
    bought = dice.choice(usable)
    counter = bought.held_counters.exclude(count=None).select_related("holder", "membership__chain").first()
    if turn == 0:
        _bring_back(memberships, usable[-1], at)
    elif turn == 1:
        block_membership(membership=bought, reason="Reported as lost", at=at)
    elif turn == 2:
        give_membership(membership=bought, client=dice.choice(guests), **by_manager)
    elif turn == 3 and counter:
        adjust_uses(counter=counter, amount=Decimal(1), comment="Apology for a long wait", **by_manager)
    elif turn == 4 and bought.period and bought.period.last_on:
        longer = bought.period.last_on + timedelta(days=10)
        change_last_day(membership=bought, last_on=longer, reason="The salon was closed", **by_manager)


def _bring_back(memberships: SoldMemberships, bought: Membership, at: datetime) -> None:
    """One that nobody has used."""
    setting, period = memberships.setting, bought.period
    assert period and period.visit_id
    if all(each.count is None or each.holder.balance == each.count for each in _counters(bought)):
        cancel_visit(
            visit_id=period.visit_id,
            chain=setting.chain,
            reason="Changed their mind",
            key=memberships.key(),
            at=at,
            acting_user=setting.manager,
        )


def _counters(bought: Membership) -> Any:
    return bought.held_counters.select_related("holder")


def _freeze(memberships: SoldMemberships, day: date) -> None:
    """For up to two weeks from the next day on, at the desk."""
    usable = [(each, each.period) for each in _usable(memberships, day) if each.terms.freeze_days and each.period]
    begun = [each for each, period in usable if period.first_on and not period.freezes.exists()]
    if not begun:
        return
    bought = memberships.dice.choice(begun)
    freeze(
        membership=bought,
        first_on=day + timedelta(days=1),
        last_on=day + timedelta(days=min(bought.terms.freeze_days, 14)),
        at=memberships.at(day, 19, 30),
        acting_user=memberships.setting.desks[memberships.setting.locations[0].pk],
    )
