"""Eight at once, on real connections: nothing is spent, used or given twice, and nobody waits forever."""

import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import cycle, islice, pairwise
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from chains.refusals import Code, Refusal
from clients.models import Client, ClientQuerySet
from loyalty.cards.models import Card
from loyalty.cards.services import change_card_type, issue_card
from loyalty.ledger.kinds import TransactionKind
from loyalty.ledger.models import HolderQuerySet, Transaction
from loyalty.referral.models import ReferralLink, ReferralProgram
from loyalty.referral.services import set_referral_program
from loyalty.rules.desk import Desk
from loyalty.rules.plan import Plan, Status
from loyalty.rules.settlement import Settlement, settle
from loyalty.rules.terms import PromotionKind
from tests.cast import PROGRAM
from tests.loyalty.shop import (
    NOW,
    Shop,
    assert_ledger_adds_up,
    balance_of,
    burn,
    cancel,
    days_later,
    discounts,
    give,
    make_card,
    make_client,
    make_plan,
    make_referral,
    make_shop,
    points,
    save,
    take,
    undo,
)
from tests.plugins.races import race
from tests.programs import make_card_type, make_promotion, plan_line
from tests.programs import make_client as register
from visits.models import Visit
from visits.plans import plan_of

pytestmark = pytest.mark.races


@pytest.fixture
def shop(transactional_db: None) -> Iterator[Shop]:
    yield make_shop()
    assert_ledger_adds_up()


@pytest.fixture(autouse=True)
def _time_to_meet(monkeypatch: pytest.MonkeyPatch) -> None:
    """A while before each lock, and between what a save decides and what it writes.

    What no lock keeps apart meets there, and what takes locks one after the other in an order of its own.
    """

    def slowly(plan: Plan, desk: Desk) -> Settlement:
        settlement = settle(plan, desk)
        time.sleep(0.03)
        return settlement

    monkeypatch.setattr("visits.checkout.settle", slowly)
    for rows in (ClientQuerySet, HolderQuerySet):
        monkeypatch.setattr(rows, "locked", _slow(rows.locked))


def _slow(lock: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def slowly(rows: Any) -> Any:
        time.sleep(0.01)
        return lock(rows)

    return slowly


def eight(*calls: Callable[[], Any]) -> Counter[str]:
    """How often eight calls at once, taken in turn, were refused with each code, or were not: ``done``."""
    found: Counter[str] = Counter()
    for outcome in race(*islice(cycle(calls), 8)):
        # A deadlock, a broken constraint, a row that vanished: a bug.
        if isinstance(outcome, Exception) and not isinstance(outcome, Refusal):
            raise outcome
        found[outcome.code if isinstance(outcome, Refusal) else "done"] += 1
    return found


def rows(kind: TransactionKind) -> int:
    return Transaction.objects.standing().filter(kind=kind).count()


def test_one_card_is_never_overspent(shop: Shop) -> None:
    anna = make_client(shop.chain, "Anna")
    card = make_card(anna, make_card_type(shop.chain, "bonus"), points=100)
    plan = make_plan(shop, anna, means=points(card, 30))
    assert eight(lambda: save(shop, plan)) == {"done": 3, Code.POINTS_OVER_LIMIT: 5}
    assert balance_of(card) == 10


def test_points_are_spent_either_at_the_desk_or_by_hand(shop: Shop) -> None:
    anna = make_client(shop.chain, "Anna")
    card = make_card(anna, make_card_type(shop.chain, "bonus"), points=100)
    plan = make_plan(shop, anna, means=points(card, 30))
    found = eight(lambda: save(shop, plan), lambda: take(card, 30, at=NOW))
    assert found["done"] == 3 and found[Code.POINTS_OVER_LIMIT] + found[Code.BALANCE_TOO_LOW] == 5
    assert balance_of(card) == 10


def test_the_most_is_taken_once(shop: Shop) -> None:
    anna = make_client(shop.chain, "Anna")
    card = make_card(anna, make_card_type(shop.chain, "bonus"), points=150)
    plan = make_plan(shop, anna, means=points(card, None))
    assert eight(lambda: save(shop, plan)) == {"done": 8}
    assert sorted(Visit.objects.values_list("points_paid", flat=True), reverse=True)[:3] == [100, 50, 0]


def test_a_discount_of_one_use_is_used_once(shop: Shop) -> None:
    anna = make_client(shop.chain, "Anna")
    once = make_promotion(shop.chain, "once", PromotionKind.DISCOUNT_FIXED, "10", limit=1)
    card = make_card(anna, make_card_type(shop.chain, "club", [once]))
    plan = make_plan(shop, anna, discounts=discounts(card, once))
    assert eight(lambda: save(shop, plan)) == {"done": 1, Code.PROMOTION_NOT_APPLICABLE: 7}
    assert rows(TransactionKind.PROMOTION_DISCOUNT) == 1


def test_a_cashback_of_one_use_is_given_once(shop: Shop) -> None:
    anna = make_client(shop.chain, "Anna")
    once = make_promotion(shop.chain, "once", PromotionKind.CASHBACK_FIXED_PAID, "10", limit=1)
    card = make_card(anna, make_card_type(shop.chain, "club", [once]))
    assert eight(lambda: save(shop, make_plan(shop, anna))) == {"done": 8}
    assert balance_of(card) == 10


def test_an_inviter_is_rewarded_once_for_eight_guests_where_that_is_the_limit(shop: Shop) -> None:
    """The card that receives the points is issued by whoever comes first, and is one for all."""
    once = make_promotion(shop.chain, "once", PromotionKind.CASHBACK_FIXED_PAID, "10", limit=1)
    make_referral(shop.chain, cashback=once)
    anna = make_client(shop.chain, "Anna")
    plans = [make_plan(shop, make_client(shop.chain, f"Guest {n}"), referral=str(anna.phone)) for n in range(8)]
    assert eight(*(lambda plan=plan: save(shop, plan) for plan in plans)) == {"done": 8}
    assert ReferralLink.objects.filter(inviter=anna).count() == 8
    assert balance_of(Card.objects.get(client=anna)) == 9


def test_every_third_visit_is_every_third(shop: Shop) -> None:
    anna = make_client(shop.chain, "Anna")
    third = make_promotion(shop.chain, "third", PromotionKind.CASHBACK_FIXED_PAID, "10", every=3)
    card = make_card(anna, make_card_type(shop.chain, "club", [third]))
    assert eight(lambda: save(shop, make_plan(shop, anna))) == {"done": 8}
    assert balance_of(card) == 20


def test_a_guest_has_one_first_visit(shop: Shop) -> None:
    make_referral(shop.chain)
    anna, boris, clara = (make_client(shop.chain, name) for name in ("Anna", "Boris", "Clara"))
    plans = [
        make_plan(shop, anna, referral=str(inviter.phone), starts_at=NOW + timedelta(minutes=minute))
        for inviter, minute in ((boris, 0), (clara, 1))
    ]
    found = eight(*(lambda plan=plan: save(shop, plan, at=days_later(1)) for plan in plans))
    assert found["done"] == 1
    assert found[Code.REFERRAL_NOT_FIRST_VISIT] + found[Code.REFERRAL_OTHER_INVITER] == 7
    assert rows(TransactionKind.REFERRAL_ACCRUAL) == rows(TransactionKind.PROMOTION_DISCOUNT) == 1


def test_invitations_around_a_table_never_close_a_circle(shop: Shop) -> None:
    """Eight guests, each inviting the next, at once: every two of them share somebody with others only."""
    make_referral(shop.chain)
    guests = [make_client(shop.chain, f"Guest {n}") for n in range(8)]
    plans = [
        make_plan(shop, guest, referral=str(inviter.phone))
        for guest, inviter in zip(guests, [*guests[1:], guests[0]], strict=True)
    ]
    found = eight(*(lambda plan=plan: save(shop, plan) for plan in plans))
    assert found == {"done": 7, Code.REFERRAL_CIRCLE: 1}


def test_the_same_visit_sent_eight_times_is_saved_once(shop: Shop) -> None:
    anna = make_client(shop.chain, "Anna")
    card = make_card(anna, make_card_type(shop.chain, "bonus"), points=100)
    plan, key = make_plan(shop, anna, means=points(card, 10)), uuid.uuid4()
    assert eight(lambda: save(shop, plan, key=key)) == {"done": 8}
    assert Visit.objects.get().version == 1
    assert balance_of(card) == 90


def test_the_same_cancellation_sent_eight_times_counts_once(shop: Shop) -> None:
    anna = make_client(shop.chain, "Anna")
    card = make_card(anna, make_card_type(shop.chain, "bonus"), points=100)
    visit, key = save(shop, make_plan(shop, anna, means=points(card, 10))), uuid.uuid4()
    assert eight(lambda: cancel(shop, visit, version=1, key=key)) == {"done": 8}
    assert Visit.objects.get().version == 2
    assert balance_of(card) == 100


def test_points_by_hand_sent_eight_times_count_once(shop: Shop) -> None:
    card = make_card(make_client(shop.chain, "Anna"), make_card_type(shop.chain, "bonus"), points=50)
    keys = [uuid.uuid4() for _ in range(3)]
    row = give(card, 7)
    found = [
        eight(lambda: give(card, 10, key=keys[0])),
        eight(lambda: take(card, 20, key=keys[1])),
        eight(lambda: undo(row, key=keys[2])),
    ]
    assert found == [{"done": 8}] * 3
    assert balance_of(card) == 50 + 10 - 20


def test_a_card_is_issued_once(shop: Shop) -> None:
    anna, key = make_client(shop.chain, "Anna"), uuid.uuid4()
    bonus, club = make_card_type(shop.chain, "bonus"), make_card_type(shop.chain, "club")
    assert eight(lambda: issue_card(client=anna, card_type=bonus, key=key, at=NOW, acting_user=PROGRAM)) == {"done": 8}
    found = eight(lambda: issue_card(client=anna, card_type=club, at=NOW, acting_user=PROGRAM))
    assert found == {"done": 1, Code.CARD_TYPE_HELD: 7}
    assert Card.objects.count() == 2


def test_a_client_is_registered_once(shop: Shop) -> None:
    make_card_type(shop.chain, "bonus", automatic_issue="any")
    found = eight(lambda: register(shop.location, "Anna", "0151 12345678"))
    assert found == {"done": 1, Code.PHONE_TAKEN: 7}
    assert Client.objects.count() == Card.objects.count() == 1


def test_of_eight_edits_of_one_page_one_is_saved(shop: Shop) -> None:
    anna = make_client(shop.chain, "Anna")
    visit = save(shop, make_plan(shop, anna))
    plan = replace(make_plan(shop, anna), lines=(plan_line(shop.haircut, 2),))
    found = eight(
        lambda: save(shop, plan, visit_id=visit.pk, version=1),
        lambda: cancel(shop, visit, version=1),
    )
    assert found == {"done": 1, Code.STALE_EDIT: 7}
    assert Visit.objects.get().version == 2


def test_guest_and_inviter_may_be_saved_in_any_order(shop: Shop) -> None:
    """Visits of both at once, the inviter naming the guest in turn: each waits for the other, none forever."""
    bonus = make_referral(shop.chain, accrues="every_visit")
    clients = [make_client(shop.chain, name) for name in ("Anna", "Boris")]
    cards = [make_card(client, bonus, points=1000) for client in clients]
    save(shop, make_plan(shop, clients[0], referral=str(clients[1].phone)))
    found = eight(
        lambda: save(shop, make_plan(shop, clients[0], starts_at=days_later(1))),
        lambda: save(shop, make_plan(shop, clients[1], starts_at=days_later(-1), referral=str(clients[0].phone))),
    )
    assert found == {"done": 4, Code.REFERRAL_CIRCLE: 4}
    found = eight(
        lambda: save(shop, make_plan(shop, clients[0], starts_at=days_later(1), means=points(cards[0], 10))),
        lambda: save(shop, make_plan(shop, clients[1], starts_at=days_later(1), means=points(cards[1], 10))),
        lambda: save(shop, make_plan(shop, clients[1], starts_at=days_later(-1), referral=str(clients[0].phone))),
        lambda: save(shop, make_plan(shop, clients[0], starts_at=days_later(2), referral=str(clients[1].phone))),
    )
    assert found == {"done": 4, Code.REFERRAL_CIRCLE: 2, Code.REFERRAL_NOT_FIRST_VISIT: 2}


def test_burning_and_savers_wait_for_each_other_but_not_forever(shop: Shop) -> None:
    """Guests and their inviters with points past their day, saved, cancelled and burnt from both ends."""
    bonus = make_referral(shop.chain, accrues="every_visit")
    clients = [make_client(shop.chain, f"Guest {n}") for n in range(4)]
    for guest, inviter in pairwise(clients):
        save(shop, make_plan(shop, guest, referral=str(inviter.phone)))
    cards = [Card.objects.filter(client=each).first() or make_card(each, bonus) for each in reversed(clients)]
    for card in cards:
        give(card, 50, at=NOW, last_day=NOW.date())
        give(card, 50, at=NOW)
    first = Visit.objects.get(client=clients[0])
    found = eight(
        lambda: burn(shop, at=days_later(1)),
        *(
            lambda card=card: save(shop, make_plan(shop, card.client, starts_at=days_later(1), means=points(card, 40)))
            for card in cards
        ),
        lambda: cancel(shop, first, at=days_later(1)),
        lambda: burn(shop, at=days_later(1)),
        lambda: give(cards[0], 5, at=days_later(1)),
    )
    # Cancelling the first visit may take the link away from under the guest's next one.
    assert found["done"] >= 7 and found["done"] + found[Code.STALE_EDIT] == 8
    assert Transaction.objects.filter(kind=TransactionKind.BURNING).count() == 4
    assert burn(shop, at=days_later(1)) == 0
    assert Visit.objects.get(pk=first.pk).status == Status.CANCELLED


def test_promotions_are_attached_or_referred_to_but_not_both(shop: Shop) -> None:
    """From a card type the older promotion comes first, from the program the newer: neither waits for the other."""
    cashback = make_promotion(shop.chain, "thanks", PromotionKind.CASHBACK_FIXED_PAID, "5")
    discount = make_promotion(shop.chain, "welcome", PromotionKind.DISCOUNT_FIXED, "5")
    club, bonus = make_card_type(shop.chain, "club"), make_card_type(shop.chain, "bonus")
    program: dict[str, Any] = {"discount": discount, "cashback": cashback, "card_type": bonus}

    def attach() -> None:
        change_card_type(card_type=club, promotions=[discount, cashback], at=NOW, acting_user=PROGRAM)

    def refer() -> None:
        set_referral_program(chain=shop.chain, at=NOW, acting_user=PROGRAM, **program)

    outcomes = race(*islice(cycle((attach, refer)), 8))
    assert all(outcome is None or isinstance(outcome, ValidationError) for outcome in outcomes), outcomes
    assert bool(club.promotions.count()) != ReferralProgram.objects.filter(terms__state="on").exists()


@pytest.mark.parametrize("version", [1, None])
def test_of_two_guests_one_is_put_on_a_bill_without_a_guest(shop: Shop, version: int | None) -> None:
    """And what she gets of it is what she would have got, had the bill been hers from the start."""
    tiers = make_promotion(
        shop.chain, "tiers", PromotionKind.CASHBACK_CUMULATIVE_SOLD, rules=[["0", "0"], ["100", "10"], ["250", "20"]]
    )
    second = make_promotion(shop.chain, "second", PromotionKind.CASHBACK_FIXED_SOLD, "50", every=2)
    card_type = make_card_type(shop.chain, "bonus", [tiers, second])
    cards = [make_card(make_client(shop.chain, name), card_type) for name in ("Anna", "Boris", "Clara")]
    for card in cards:
        save(shop, make_plan(shop, card.client))
    nobodys = replace(
        make_plan(shop, cards[0].client, plan_line(shop.haircut, 2), starts_at=days_later(1)), client_id=None
    )
    visit = save(shop, nobodys)
    kept = plan_of(Visit.objects.with_plan().get(pk=visit.pk))

    def put_on(guest_id: int) -> Callable[[], object]:
        return lambda: save(shop, replace(kept, client_id=guest_id), visit_id=visit.pk, version=version)

    found = eight(*(put_on(card.client_id) for card in cards[:2]))
    assert found == ({"done": 1, Code.STALE_EDIT: 7} if version else {"done": 4, Code.LOCKED: 4})
    visit.refresh_from_db()
    own = next(card for card in cards if card.client_id == visit.client_id)
    save(shop, replace(nobodys, client_id=cards[2].client_id))
    for card in (own, cards[2]):
        save(shop, make_plan(shop, card.client, starts_at=days_later(2)))
    assert written_on(own) == written_on(cards[2])
    assert sorted(balance_of(card) for card in cards[:2]) == [0, balance_of(cards[2])] == [0, 140]


def written_on(card: Card) -> list[tuple[str, Decimal, datetime, Any]]:
    return list(card.holder.transactions.order_by("pk").values_list("kind", "amount", "at", "why"))
