"""Eight at once on memberships: no unit is covered twice, and a sale stands or its use does not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

import pytest

from chains.refusals import Code
from clients.models import Client
from loyalty.ledger.kinds import TransactionKind
from loyalty.memberships.counters import kept_counter
from loyalty.memberships.models import Membership
from loyalty.rules.plan import CoverChoice, Plan, PlanValue
from tests.loyalty.shop import REST, Shop, assert_ledger_adds_up, cancel, make_client, make_plan, make_shop, save
from tests.loyalty.test_races import _time_to_meet, eight
from tests.loyalty.test_value_races import held, standing
from tests.programs import make_membership, make_membership_type

__all__ = ["_time_to_meet"]
pytestmark = pytest.mark.races


@pytest.fixture
def shop(transactional_db: None) -> Iterator[Shop]:
    yield make_shop()
    assert_ledger_adds_up()


def covered_by(shop: Shop, client: Client, membership: Membership) -> Plan:
    return make_plan(shop, client, covers=(CoverChoice(membership.pk, 0, 1),))


def test_the_last_unit_at_eight_desks_is_covered_once(shop: Shop) -> None:
    anna, boris = make_client(shop.chain, "Anna"), make_client(shop.chain, "Boris")
    membership = make_membership(make_membership_type(shop.chain, "Hair", shop.haircut), anna, left={1: 1})
    found = eight(*(lambda guest=guest: save(shop, covered_by(shop, guest, membership)) for guest in (anna, boris)))
    assert found == {"done": 1, Code.MEANS_OVER_LIMIT: 7}
    assert standing(TransactionKind.MEMBERSHIP_USE) == 1 and held(membership.held_counters.get().holder_id) == 0


def test_a_sale_is_undone_or_its_membership_is_used(shop: Shop) -> None:
    anna, boris = make_client(shop.chain, "Anna"), make_client(shop.chain, "Boris")
    eight_uses = [kept_counter(1, [shop.haircut.pk], [], 8)]
    sold_type = make_membership_type(shop.chain, "Hair", shop.haircut, counters=eight_uses)
    line = PlanValue("membership", Decimal(400), Decimal(8), sold_type.pk)
    sold = save(shop, replace(make_plan(shop, anna), lines=(), value=(line,), payments=REST))
    membership = Membership.objects.get()
    found = eight(lambda: cancel(shop, sold), lambda: save(shop, covered_by(shop, boris, membership)), lambda: None)
    used, issued = standing(TransactionKind.MEMBERSHIP_USE), standing(TransactionKind.MEMBERSHIP_ISSUE)
    left = held(membership.held_counters.get().holder_id)
    if issued:  # some desk came first: every cancellation is refused
        assert found[Code.MEMBERSHIP_USED] == 3 and (used, int(left)) == (3, 5)
    else:
        assert found[Code.MEMBERSHIP_NOT_VALID] == 3 and (used, int(left)) == (0, 0)
