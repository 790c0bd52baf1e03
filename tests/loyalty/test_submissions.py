"""The same form sent again answers with what it did the first time, and does nothing."""

import uuid
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from chains.acting import Acting
from chains.history import version_of
from chains.models import Submission, User
from chains.refusals import Code, Refusal
from clients.models import Client
from clients.services import change_client
from config.ui.exports import WantedWorkbook
from loyalty.cards.models import Card
from loyalty.cards.services import issue_card
from loyalty.ledger.models import Transaction
from reports.exports.models import Export
from reports.exports.services import ask_export
from tests.cast import PROGRAM, make_location, make_user
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
        issue_card(client=client, card_type=card_type, key=key, at=NOW, acting_user=PROGRAM) for _ in range(2)
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


# Somebody else's key
# ----------------------------------------------------------------------------


@pytest.mark.parametrize("act", [give_as_much, take_all, undo_first])
@pytest.mark.parametrize("who", ["another user", "nobody"])
def test_the_key_of_a_user_moves_points_for_nobody_else(
    card: Card, monkeypatch: pytest.MonkeyPatch, act: Callable[[Card, uuid.UUID], Transaction], who: str
) -> None:
    key, user = uuid.uuid4(), make_user("Dora Desk")
    act(card, key)
    Submission.objects.update(user=user if who == "nobody" else make_user("Mara Manager"))
    refuses(lambda: act(card, key))
    assert card.transactions.count() == 2


def test_the_key_of_one_card_moves_no_points_of_another(shop: Shop, card: Card) -> None:
    key, other = uuid.uuid4(), make_card(make_client(shop.chain, "Berta"), card.card_type, points=20)
    give(card, 5, key=key)
    refuses(lambda: give(other, 5, key=key))
    refuses(lambda: give(card, 5, key=key, location=shop.location))
    assert balance_of(card) == 25 and balance_of(other) == 20


def test_the_key_of_one_row_undoes_no_other(card: Card) -> None:
    key, second = uuid.uuid4(), give(card, 5)
    undo(second, key=key)
    refuses(lambda: undo(card.transactions.earliest("pk"), key=key))
    assert balance_of(card) == 20


def test_the_key_of_one_client_is_none_of_another(shop: Shop) -> None:
    key, card_type = uuid.uuid4(), make_card_type(shop.chain, "bonus")
    first, second = make_client(shop.chain, "Anna"), make_client(shop.chain, "Berta")
    usual: dict[str, Any] = {"card_type": card_type, "key": key, "at": NOW, "acting_user": PROGRAM}
    issue_card(client=first, **usual)
    refuses(lambda: issue_card(client=second, **usual))
    assert Card.objects.get().client == first
    key = uuid.uuid4()
    rename(first, key)
    refuses(lambda: rename(second, key))
    refuses(lambda: rename(first, key, make_user("Dora Desk")))
    assert sorted(Client.objects.values_list("name", flat=True)) == ["Berta", "Renamed"]


def rename(client: Client, key: uuid.UUID, user: Acting = PROGRAM) -> None:
    change_client(
        client=client,
        name="Renamed",
        phone="",
        email="",
        birthday_on=None,
        comment="",
        seen=version_of(client),
        key=key,
        at=NOW,
        acting_user=user,
    )


def test_the_key_of_one_visit_saves_and_cancels_no_other(shop: Shop) -> None:
    anna, berta = make_client(shop.chain, "Anna"), make_client(shop.chain, "Berta")
    key, elsewhere = uuid.uuid4(), make_location(shop.chain, "Elsewhere")
    first, second = save(shop, make_plan(shop, anna), key=key), save(shop, make_plan(shop, berta))
    plan = make_plan(shop, berta)
    refuses(lambda: save(shop, plan, key=key, visit_id=second.pk, version=second.version))
    refuses(lambda: save(shop, plan, key=key, acting_user=make_user("Dora Desk")))
    refuses(lambda: save(replace(shop, location=elsewhere), plan, key=key))
    key = uuid.uuid4()
    cancel(shop, first, key=key)
    refuses(lambda: cancel(shop, second, key=key))
    refuses(lambda: cancel(shop, first, key=key, acting_user=make_user("Mara Manager")))
    assert [visit.status for visit in Visit.objects.order_by("pk")] == ["cancelled", "arrived"]


def test_the_key_of_one_list_asks_for_no_other(shop: Shop) -> None:
    key, dora, mara = uuid.uuid4(), make_user("Dora Desk"), make_user("Mara Manager")

    def ask(path: str, user: User) -> Export:
        wanted = WantedWorkbook(path, "List", "list.xlsx", 1)
        return ask_export(chain=shop.chain, wanted=wanted, language="en", key=key, at=NOW, acting_user=user)

    assert ask("/a/", dora) == ask("/a/", dora)
    refuses(lambda: ask("/b/", dora))
    refuses(lambda: ask("/a/", mara))
    assert Export.objects.count() == 1


def refuses(act: Callable[[], object]) -> None:
    with pytest.raises(Refusal) as refused:
        act()
    assert (refused.value.code, str(refused.value)) == (
        Code.STALE_EDIT,
        "This page was sent before. Look at it as it is now, then try again.",
    )


def test_what_no_form_asked_for_keeps_no_key(card: Card) -> None:
    give(card, 1)
    assert not Submission.objects.exists()
