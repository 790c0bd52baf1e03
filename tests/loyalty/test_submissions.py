"""The same form sent again answers with what it did the first time, and does nothing."""

import uuid
from collections.abc import Callable

import pytest

from chains.models import Submission
from chains.refusals import Code, Refusal
from loyalty.cards.models import Card
from loyalty.cards.services import issue_card
from loyalty.ledger.models import Transaction
from tests.loyalty.shop import (
    NOW,
    Shop,
    balance_of,
    cancel,
    give,
    make_card,
    make_client,
    make_plan,
    make_shop,
    save,
    take,
    undo,
)
from tests.programs import make_card_type
from visits.models import Visit


@pytest.fixture
def shop(db: None) -> Shop:
    return make_shop()


@pytest.fixture
def card(shop: Shop) -> Card:
    return make_card(make_client(shop.chain, "Anna"), make_card_type(shop.chain, "bonus"), points=20)


def give_as_much(card: Card, key: uuid.UUID) -> Transaction:
    return give(card, balance_of(card), key=key)


def take_all(card: Card, key: uuid.UUID) -> Transaction:
    return take(card, balance_of(card), key=key)


def undo_first(card: Card, key: uuid.UUID) -> Transaction:
    return undo(card.transactions.earliest("pk"), key=key)


@pytest.mark.parametrize(("act", "balance"), [(give_as_much, 40), (take_all, 0), (undo_first, 0)])
def test_points_move_once_by_hand(card: Card, act: Callable[[Card, uuid.UUID], Transaction], balance: int) -> None:
    key = uuid.uuid4()
    assert act(card, key) == act(card, key)
    assert balance_of(card) == balance
    assert card.transactions.count() == 2


def test_a_card_is_issued_once(shop: Shop) -> None:
    client, card_type, key = make_client(shop.chain, "Anna"), make_card_type(shop.chain, "bonus"), uuid.uuid4()
    first, second = (
        issue_card(client=client, card_type=card_type, key=key, at=NOW, acting_user=None) for _ in range(2)
    )
    assert first == second == Card.objects.get()


def test_a_visit_is_saved_once_and_cancelled_once(shop: Shop) -> None:
    plan, key = make_plan(shop, make_client(shop.chain, "Anna")), uuid.uuid4()
    assert save(shop, plan, key=key) == save(shop, plan, key=key) == Visit.objects.get()
    key = uuid.uuid4()
    for _ in range(2):
        visit = cancel(shop, Visit.objects.get(), key=key)
    assert (visit.status, visit.version) == ("cancelled", 2)


def test_a_page_that_saved_a_visit_does_not_silently_fail_to_cancel_it(shop: Shop) -> None:
    key = uuid.uuid4()
    visit = save(shop, make_plan(shop, make_client(shop.chain, "Anna")), key=key)
    with pytest.raises(Refusal) as refused:
        cancel(shop, visit, key=key)
    assert refused.value.code == Code.STALE_EDIT
    assert Visit.objects.get().status == "arrived"


def test_a_refused_form_may_be_mended_and_sent_again(card: Card) -> None:
    key = uuid.uuid4()
    with pytest.raises(Refusal):
        take(card, balance_of(card) + 1, key=key)
    assert not Submission.objects.exists()
    take_all(card, key)
    assert balance_of(card) == 0


def test_what_no_form_asked_for_keeps_no_key(card: Card) -> None:
    give(card, 1)
    assert not Submission.objects.exists()
