"""What an edit is computed from: the place and time that it has now, and points as burning will leave them."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from loyalty.ledger.models import Transaction
from loyalty.rules.desk import Desk
from loyalty.rules.plan import PlanValue, Status
from loyalty.rules.terms import PromotionKind
from tests.cast import make_location
from tests.loyalty.shop import (
    NOW,
    REST,
    Shop,
    assert_ledger_adds_up,
    days_later,
    discounts,
    give,
    make_card,
    make_client,
    make_plan,
    make_shop,
    points,
    save,
)
from tests.loyalty.tokens import TOKENS, tokens
from tests.programs import make_card_type, make_promotion
from visits.checkout import preview
from visits.desk import load_desk
from visits.models import Visit
from visits.plans import plan_of

__all__ = ["tokens"]
pytestmark = pytest.mark.usefixtures("tokens")

A_SALE = PlanValue(TOKENS, Decimal(5), Decimal(5))


@pytest.fixture
def shop(db: None) -> Shop:
    return make_shop()


@pytest.mark.parametrize(("moved_to", "discount"), [(days_later(2), 10), (days_later(0), 0)])
def test_a_visit_that_is_moved_looks_back_from_its_new_start(shop: Shop, moved_to: datetime, discount: int) -> None:
    anna = make_client(shop.chain, "Anna")
    tiers = make_promotion(
        shop.chain, "tiers", PromotionKind.DISCOUNT_CUMULATIVE_VISITS, rules=[["0", "0"], ["1", "10"]]
    )
    card = make_card(anna, make_card_type(shop.chain, "club", [tiers]))
    save(shop, make_plan(shop, anna, starts_at=days_later(1)))
    there = {days_later(2): days_later(0), days_later(0): days_later(2)}
    waiting = make_plan(shop, anna, starts_at=there[moved_to], status=Status.WAITING)
    visit = save(shop, waiting, at=NOW)
    moved = make_plan(shop, anna, starts_at=moved_to, discounts=discounts(card, tiers) if discount else ())
    shown = preview(location=shop.location, plan=moved, visit=visit, at=days_later(3)).settlement
    assert [each.amount for each in (*shown.discounts, *shown.available)] == [discount]
    assert save(shop, moved, visit_id=visit.pk, at=days_later(3)).discount == discount
    assert visit.starts_at == there[moved_to]  # looking changes nothing


def test_a_visit_that_is_moved_writes_for_its_new_location(shop: Shop) -> None:
    anna = make_client(shop.chain, "Anna")
    back = make_promotion(shop.chain, "back", PromotionKind.CASHBACK_FIXED_PAID, "5")
    make_card(anna, make_card_type(shop.chain, "club", [back]))
    harbour = replace(shop, location=make_location(shop.chain, "Harbour"))
    visit = save(shop, make_plan(shop, anna, status=Status.WAITING))
    save(harbour, make_plan(harbour, anna), visit_id=visit.pk)
    assert Transaction.objects.get().location == harbour.location


def test_a_preview_survives_a_card_that_is_issued_while_it_looks(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    anna, card_type = make_client(shop.chain, "Anna"), make_card_type(shop.chain, "club")

    def load_late(*arguments: Any) -> Desk:
        make_card(anna, card_type)
        return load_desk(*arguments)

    monkeypatch.setattr("visits.checkout.load_desk", load_late)
    shown = preview(location=shop.location, plan=make_plan(shop, anna), visit=None, at=NOW)
    assert not shown.desk.cards


def test_a_preview_knows_what_the_save_will_burn_first(shop: Shop) -> None:
    """The points of the visit were spent, so undoing them takes others: not those that are past their day."""
    anna = make_client(shop.chain, "Anna")
    back = make_promotion(shop.chain, "back", PromotionKind.CASHBACK_FIXED_SOLD, "10")
    card = make_card(anna, make_card_type(shop.chain, "club", [back]))
    visit = save(shop, make_plan(shop, anna))
    save(shop, make_plan(shop, anna, starts_at=NOW + timedelta(hours=1), means=points(card, 10)))
    give(card, 10, at=NOW, last_day=NOW.date())
    visit.refresh_from_db()
    plan = replace(plan_of(visit), means=points(card, None), payments=REST)
    at = days_later(1)
    shown = preview(location=shop.location, plan=plan, visit=visit, at=at).settlement
    saved = save(shop, plan, visit_id=visit.pk, at=at)
    assert (shown.points_paid, shown.paid) == (saved.points_paid, saved.paid) == (Decimal(0), Decimal(100))
    assert_ledger_adds_up()


@pytest.mark.parametrize("is_anyones", [True, False])
def test_what_becomes_a_visit_of_the_guest_revives_no_points(shop: Shop, is_anyones: bool) -> None:
    """A settled bill that gets its guest, or a settled sale that gets lines, moves the clocks of the points on."""
    anna = make_client(shop.chain, "Anna")
    card = make_card(anna, make_card_type(shop.chain, "bonus", inactivity_count=10, inactivity_unit="days"))
    save(shop, make_plan(shop, anna))
    give(card, 30, at=NOW)
    plan = make_plan(shop, anna, starts_at=days_later(9))
    first = replace(plan, client_id=None) if is_anyones else replace(plan, lines=(), value=(A_SALE,))
    visit = save(shop, first)
    kept = plan_of(Visit.objects.with_plan().get(pk=visit.pk))
    save(shop, replace(kept, client_id=anna.pk, lines=plan.lines, payments=REST), visit_id=visit.pk, at=days_later(12))
    next_day = make_plan(shop, anna, starts_at=days_later(13), status=Status.WAITING)
    shown = preview(location=shop.location, plan=next_day, visit=None, at=days_later(13)).settlement
    turn = shown.turn_of(card.holder_id)
    assert turn and turn.means.available == 0
    assert_ledger_adds_up()
