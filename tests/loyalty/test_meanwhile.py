"""One operation overtaken by another: what it decides on, it has read under its locks.

The second begins while the first is done but not committed, so each of these ends the same way every time.
"""

import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from chains.refusals import Code, Refusal
from clients.models import Client
from loyalty.cards.models import Card
from loyalty.cards.services import block_card, issue_card
from loyalty.ledger.kinds import TransactionKind
from loyalty.ledger.models import Transaction
from loyalty.referral.models import ReferralLink
from loyalty.rules.plan import Status
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
from tests.plugins.races import overtaken
from tests.programs import make_card_type, make_promotion, plan_line
from tests.programs import make_client as register
from visits.models import Visit

pytestmark = pytest.mark.races


@pytest.fixture
def shop(transactional_db: None) -> Iterator[Shop]:
    yield make_shop()
    assert_ledger_adds_up()


@pytest.fixture
def anna(shop: Shop) -> Client:
    return make_client(shop.chain, "Anna")


@pytest.fixture
def boris(shop: Shop) -> Client:
    return make_client(shop.chain, "Boris")


def saving(shop: Shop, client: Client, **choices: Any) -> Callable[[], Visit]:
    plan = make_plan(shop, client, **choices)
    return lambda: save(shop, plan)


def code_of(outcome: object) -> Code:
    assert isinstance(outcome, Refusal), repr(outcome)
    return outcome.code


def test_points_written_off_meanwhile_are_not_paid_with(shop: Shop, anna: Client) -> None:
    card = make_card(anna, make_card_type(shop.chain, "bonus"), points=20)
    outcome = overtaken(
        saving(shop, anna, means=points(card, 20)),
        by=lambda: take(card, balance_of(card)),
    )
    assert code_of(outcome) == Code.POINTS_OVER_LIMIT
    assert balance_of(card) == 0
    assert not Visit.objects.exists()


def test_points_paid_meanwhile_are_not_written_off(shop: Shop, anna: Client) -> None:
    card = make_card(anna, make_card_type(shop.chain, "bonus"), points=20)
    outcome = overtaken(
        lambda: take(card, balance_of(card)),
        by=saving(shop, anna, means=points(card, 15)),
    )
    assert code_of(outcome) == Code.BALANCE_TOO_LOW
    assert balance_of(card) == 5


def test_a_card_blocked_meanwhile_neither_pays_nor_accrues(shop: Shop, anna: Client) -> None:
    cashback = make_promotion(shop.chain, "back", PromotionKind.CASHBACK_FIXED_PAID, "5")
    card = make_card(anna, make_card_type(shop.chain, "bonus", [cashback]), points=20)
    outcome = overtaken(saving(shop, anna, means=points(card, 20)), by=lambda: block_card(card=card, at=NOW))
    assert code_of(outcome) == Code.CARD_BLOCKED
    unblocked = make_card(anna, card.card_type, points=20)
    assert isinstance(overtaken(saving(shop, anna), by=lambda: block_card(card=unblocked, at=NOW)), Visit)
    assert not Transaction.objects.filter(kind=TransactionKind.PROMOTION_ACCRUAL).exists()


def test_a_card_issued_meanwhile_takes_part(shop: Shop, anna: Client) -> None:
    cashback = make_promotion(shop.chain, "back", PromotionKind.CASHBACK_FIXED_PAID, "5")
    card_type = make_card_type(shop.chain, "bonus", [cashback], acts_from="at_once")
    outcome = overtaken(
        saving(shop, anna), by=lambda: issue_card(client=anna, card_type=card_type, at=NOW, acting_user=PROGRAM)
    )
    assert isinstance(outcome, Visit)
    assert balance_of(Card.objects.get()) == 5


def test_a_use_made_meanwhile_counts_against_the_limit(shop: Shop, anna: Client) -> None:
    once = make_promotion(shop.chain, "once", PromotionKind.DISCOUNT_FIXED, "10", limit=1)
    card = make_card(anna, make_card_type(shop.chain, "club", [once]))
    using = saving(shop, anna, discounts=discounts(card, once))
    assert code_of(overtaken(using, by=using)) == Code.PROMOTION_NOT_APPLICABLE
    assert Visit.objects.count() == 1


def test_a_visit_settled_meanwhile_is_history(shop: Shop, anna: Client) -> None:
    tiers = make_promotion(shop.chain, "tiers", PromotionKind.DISCOUNT_CUMULATIVE_VISITS, rules=[["1", "10"]])
    card = make_card(anna, make_card_type(shop.chain, "club", [tiers]))
    outcome = overtaken(saving(shop, anna, discounts=discounts(card, tiers)), by=saving(shop, anna))
    assert isinstance(outcome, Visit)
    assert outcome.discount == 10


@pytest.mark.parametrize("other_inviter", [False, True])
def test_a_guest_is_invited_once(shop: Shop, anna: Client, boris: Client, other_inviter: bool) -> None:
    make_referral(shop.chain)
    inviter = make_client(shop.chain, "Clara") if other_inviter else boris
    outcome = overtaken(
        saving(shop, anna, referral=str(inviter.phone)), by=saving(shop, anna, referral=str(boris.phone))
    )
    assert code_of(outcome) == Code.REFERRAL_NOT_FIRST_VISIT
    assert ReferralLink.objects.get().inviter == boris


def test_two_links_that_share_nobody_do_not_close_a_circle(shop: Shop, anna: Client, boris: Client) -> None:
    make_referral(shop.chain)
    clara, david = make_client(shop.chain, "Clara"), make_client(shop.chain, "David")
    save(shop, make_plan(shop, boris, referral=str(clara.phone)))
    save(shop, make_plan(shop, david, referral=str(anna.phone)))
    outcome = overtaken(
        saving(shop, clara, referral=str(david.phone)), by=saving(shop, anna, referral=str(boris.phone))
    )
    assert code_of(outcome) == Code.REFERRAL_CIRCLE


def test_the_inviter_of_the_first_visit_saved_meanwhile_is_not_overlooked(
    shop: Shop, anna: Client, boris: Client
) -> None:
    make_referral(shop.chain, accrues="every_visit")
    first = saving(shop, anna, referral=str(boris.phone))
    later = saving(shop, anna, starts_at=days_later(1))
    assert code_of(overtaken(later, by=first)) == Code.STALE_EDIT
    assert Visit.objects.count() == 1
    later()
    assert Transaction.objects.filter(kind=TransactionKind.REFERRAL_ACCRUAL).count() == 2


def test_a_phone_that_changes_hands_meanwhile_invites_nobody(shop: Shop, anna: Client, boris: Client) -> None:
    make_referral(shop.chain)
    clara = make_client(shop.chain, "Clara")
    phone = str(boris.phone)

    def hand_over() -> None:
        Client.objects.filter(pk=boris.pk).update(phone=None)
        Client.objects.filter(pk=clara.pk).update(phone=phone)

    inviting = saving(shop, anna, referral=phone)
    assert code_of(overtaken(inviting, by=hand_over)) == Code.STALE_EDIT
    assert not ReferralLink.objects.exists()
    inviting()
    assert ReferralLink.objects.get().inviter == clara


def editing(shop: Shop, visit: Visit, client: Client, **choices: Any) -> Callable[[], Visit]:
    plan = replace(make_plan(shop, client), **choices)
    return lambda: save(shop, plan, visit_id=visit.pk, version=visit.version)


def test_an_edit_overtaken_by_an_edit_is_stale(shop: Shop, anna: Client) -> None:
    visit = save(shop, make_plan(shop, anna))
    outcome = overtaken(
        editing(shop, visit, anna, lines=(plan_line(shop.haircut, 2),)),
        by=editing(shop, visit, anna, lines=(plan_line(shop.haircut, 3),)),
    )
    assert code_of(outcome) == Code.STALE_EDIT
    assert Visit.objects.get().due == 300


def test_an_edit_overtaken_by_a_change_of_guest_is_stale(shop: Shop, anna: Client, boris: Client) -> None:
    visit = save(shop, make_plan(shop, anna, status=Status.WAITING))
    outcome = overtaken(editing(shop, visit, anna), by=editing(shop, visit, boris, status=Status.WAITING))
    assert code_of(outcome) == Code.STALE_EDIT
    assert Visit.objects.get().client == boris


def cancelling(shop: Shop, visit: Visit, *, version: int | None = None) -> Callable[[], Visit]:
    return lambda: cancel(shop, visit, version=version)


def test_an_edit_overtaken_by_a_cancellation_is_stale(shop: Shop, anna: Client) -> None:
    visit = save(shop, make_plan(shop, anna))
    assert code_of(overtaken(editing(shop, visit, anna), by=cancelling(shop, visit))) == Code.STALE_EDIT
    assert Visit.objects.get().status == "cancelled"


def test_a_cancellation_undoes_what_was_saved_meanwhile(shop: Shop, anna: Client, boris: Client) -> None:
    """Even where it does not say what it saw: a waiting visit, which is a first visit paid with points by now."""
    make_referral(shop.chain)
    card = make_card(anna, make_card_type(shop.chain, "bonus"), points=20)
    visit = save(shop, make_plan(shop, anna, status=Status.WAITING))
    arriving = editing(shop, visit, anna, referral=str(boris.phone), means=points(card, 20))
    assert isinstance(overtaken(cancelling(shop, visit), by=arriving), Visit)
    assert not Transaction.objects.standing().of_visit(visit.pk).exists()
    assert not ReferralLink.objects.exists()
    assert balance_of(card) == 20


def test_points_spent_meanwhile_do_not_burn(shop: Shop, anna: Client) -> None:
    card = make_card(anna, make_card_type(shop.chain, "bonus"))
    give(card, 20, at=NOW, last_day=NOW.date())
    burning = lambda: burn(shop, at=days_later(1))  # noqa: E731
    assert overtaken(burning, by=saving(shop, anna, means=points(card, 15))) == 1
    assert [row.amount for row in card.transactions.order_by("pk")] == [20, -15, -5]


def test_points_burnt_meanwhile_are_not_spent(shop: Shop, anna: Client) -> None:
    card = make_card(anna, make_card_type(shop.chain, "bonus"))
    give(card, 20, at=NOW, last_day=NOW.date())
    outcome = overtaken(
        saving(shop, anna, means=points(card, 20)),
        by=lambda: burn(shop, at=days_later(1)),
    )
    assert code_of(outcome) == Code.POINTS_OVER_LIMIT


def test_points_kept_alive_by_a_visit_settled_meanwhile_do_not_burn(shop: Shop, anna: Client) -> None:
    card = make_card(anna, make_card_type(shop.chain, "bonus", inactivity_count=30, inactivity_unit="days"))
    give(card, 20, at=NOW)
    burning = lambda: burn(shop, at=days_later(31))  # noqa: E731
    assert overtaken(burning, by=saving(shop, anna, starts_at=days_later(29))) == 0
    assert balance_of(card) == 20


def test_points_are_undone_once(shop: Shop, anna: Client) -> None:
    row = give(make_card(anna, make_card_type(shop.chain, "bonus")), 20)
    undoing = lambda: undo(row)  # noqa: E731
    assert code_of(overtaken(undoing, by=undoing)) == Code.ALREADY_UNDONE


def test_a_card_of_a_type_is_issued_once(shop: Shop, anna: Client) -> None:
    card_type = make_card_type(shop.chain, "bonus")
    issuing = lambda: issue_card(client=anna, card_type=card_type, at=NOW, acting_user=PROGRAM)  # noqa: E731
    assert code_of(overtaken(issuing, by=issuing)) == Code.CARD_TYPE_HELD
    assert Card.objects.count() == 1


def test_a_number_is_given_once(shop: Shop, anna: Client, boris: Client) -> None:
    card_type = make_card_type(shop.chain, "bonus")

    def issuing(client: Client) -> Callable[[], Card]:
        return lambda: issue_card(client=client, card_type=card_type, number="A7", at=NOW, acting_user=PROGRAM)

    assert code_of(overtaken(issuing(anna), by=issuing(boris))) == Code.CARD_NUMBER_TAKEN


def test_a_phone_is_registered_once(shop: Shop) -> None:
    def registering(name: str) -> Callable[[], Client]:
        return lambda: register(shop.location, name, "015112345678")

    assert code_of(overtaken(registering("Anna"), by=registering("Ana"))) == Code.PHONE_TAKEN
    assert Client.objects.get().name == "Ana"


def test_a_form_sent_while_it_is_being_saved_gets_its_result(shop: Shop, anna: Client) -> None:
    plan, key = make_plan(shop, anna), uuid.uuid4()
    outcome = overtaken(lambda: save(shop, plan, key=key), by=lambda: save(shop, replace(plan), key=key))
    assert outcome == Visit.objects.get()
