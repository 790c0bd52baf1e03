"""Eight at once on gift cards and client accounts: nothing is spent, sold or given twice, and no row is lost."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from chains.refusals import Code
from clients.models import Client
from loyalty.accounts.models import Account
from loyalty.accounts.services import open_account, pay_out, top_up
from loyalty.gift_cards.models import GiftCard, GiftCardType
from loyalty.gift_cards.services import change_last_day, expire_gift_cards
from loyalty.ledger.kinds import TransactionKind
from loyalty.ledger.models import Holder, Transaction
from loyalty.rules.plan import MeansChoice, Plan, PlanValue
from tests.cast import PROGRAM
from tests.loyalty.shop import (
    NOW,
    REST,
    Shop,
    assert_ledger_adds_up,
    cancel,
    days_later,
    make_client,
    make_plan,
    make_shop,
    save,
)
from tests.loyalty.test_races import _time_to_meet, eight
from tests.programs import make_account, make_account_type, make_gift_card, make_gift_card_type
from visits.models import Visit

__all__ = ["_time_to_meet"]
pytestmark = pytest.mark.races
HAND: dict[str, Any] = {"at": NOW, "acting_user": PROGRAM}


@pytest.fixture
def shop(transactional_db: None) -> Iterator[Shop]:
    yield make_shop()
    assert_ledger_adds_up()


def paid_with(shop: Shop, client: Client, holder_id: int, amount: int | None) -> Plan:
    choice = MeansChoice(holder_id, None if amount is None else Decimal(amount))
    return make_plan(shop, client, means=(choice,))


def sale(shop: Shop, client: Client, of: GiftCardType, amount: int, number: str = "") -> Plan:
    sold = PlanValue("gift_card", Decimal(amount), Decimal(amount), of.pk, number=number)
    return replace(make_plan(shop, client), lines=(), value=(sold,), payments=REST)


def held(holder_id: int) -> Decimal:
    return Holder.objects.get(pk=holder_id).balance


def standing(kind: TransactionKind) -> int:
    return Transaction.objects.standing().filter(kind=kind).count()


def test_one_gift_card_at_eight_desks_is_never_overspent(shop: Shop) -> None:
    card = make_gift_card(make_gift_card_type(shop.chain), "100")
    guests = [make_client(shop.chain, name) for name in ("Anna", "Boris")]
    found = eight(*(lambda guest=guest: save(shop, paid_with(shop, guest, card.holder_id, 30)) for guest in guests))
    assert found == {"done": 3, Code.MEANS_OVER_LIMIT: 5}
    assert held(card.holder_id) == 10


def test_the_rest_of_a_gift_card_is_taken_once(shop: Shop) -> None:
    card, anna = make_gift_card(make_gift_card_type(shop.chain), "150"), make_client(shop.chain, "Anna")
    assert eight(lambda: save(shop, paid_with(shop, anna, card.holder_id, None))) == {"done": 8}
    assert standing(TransactionKind.GIFT_CARD_PAYMENT) == 2 and held(card.holder_id) == 0


def test_a_sale_is_undone_or_its_gift_card_is_used(shop: Shop) -> None:
    anna, boris = make_client(shop.chain, "Anna"), make_client(shop.chain, "Boris")
    sold = save(shop, sale(shop, anna, make_gift_card_type(shop.chain), 100))
    card = GiftCard.objects.get()
    found = eight(
        lambda: cancel(shop, sold), lambda: save(shop, paid_with(shop, boris, card.holder_id, 20)), lambda: None
    )
    used, issued = standing(TransactionKind.GIFT_CARD_PAYMENT), standing(TransactionKind.GIFT_CARD_ISSUE)
    if issued:  # some desk came first: every cancellation is refused
        assert found[Code.GIFT_CARD_USED] == 3 and used == 3 and held(card.holder_id) == 40
    else:
        assert found[Code.GIFT_CARD_NOT_VALID] == 3 and used == 0 and held(card.holder_id) == 0


def test_no_more_are_sold_than_there_are(shop: Shop) -> None:
    few = make_gift_card_type(shop.chain, copies=3)
    guests = [make_client(shop.chain, name) for name in ("Anna", "Boris")]
    found = eight(*(lambda guest=guest: save(shop, sale(shop, guest, few, 50)) for guest in guests))
    assert found == {"done": 3, Code.SOLD_OUT: 5}
    assert standing(TransactionKind.GIFT_CARD_ISSUE) == 3


def test_a_printed_number_is_sold_once(shop: Shop) -> None:
    printed = make_gift_card_type(shop.chain)
    guests = [make_client(shop.chain, name) for name in ("Anna", "Boris")]
    found = eight(*(lambda guest=guest: save(shop, sale(shop, guest, printed, 50, "GC 1")) for guest in guests))
    assert found == {"done": 1, Code.GIFT_CARD_NUMBER_TAKEN: 7}
    assert Visit.objects.count() == 1


def test_what_expires_is_given_longer_or_used_but_never_lost(shop: Shop) -> None:
    card = make_gift_card(make_gift_card_type(shop.chain), "100", last_on=days_later(1).date())
    anna = make_client(shop.chain, "Anna")
    at = days_later(2)
    plan = replace(paid_with(shop, anna, card.holder_id, 20), starts_at=at, starts_on=shop.location.local_date(at))
    longer: dict[str, Any] = {"last_on": days_later(9).date(), "at": at, "acting_user": PROGRAM}
    eight(
        lambda: expire_gift_cards(chain=shop.chain, at=at),
        lambda: change_last_day(gift_card=GiftCard.objects.get(), **longer),
        lambda: save(shop, plan, at=at),
    )
    card.refresh_from_db()
    assert card.last_on == days_later(9).date()
    assert standing(TransactionKind.GIFT_CARD_EXPIRY) == 0
    assert held(card.holder_id) == 100 - 20 * standing(TransactionKind.GIFT_CARD_PAYMENT)


def test_an_account_is_topped_up_and_paid_out_and_no_row_is_lost(shop: Shop) -> None:
    wallet = make_account(make_client(shop.chain, "Anna"), make_account_type(shop.chain), "50")
    found = eight(
        lambda: top_up(account=wallet, amount=Decimal(30), **HAND),
        lambda: pay_out(account=wallet, amount=Decimal(70), **HAND),
    )
    out = standing(TransactionKind.ACCOUNT_PAYOUT)
    assert found == {"done": 4 + out, Code.BALANCE_TOO_LOW: 4 - out}
    assert held(wallet.holder_id) == 50 + 4 * 30 - 70 * out >= 0


def test_credit_is_used_once(shop: Shop) -> None:
    anna = make_client(shop.chain, "Anna")
    wallet = make_account(anna, make_account_type(shop.chain, credit="50"), "20")
    assert eight(lambda: save(shop, paid_with(shop, anna, wallet.holder_id, 30))) == {
        "done": 2,
        Code.MEANS_OVER_LIMIT: 6,
    }
    assert held(wallet.holder_id) == -40


def test_a_client_has_one_account_of_a_type(shop: Shop) -> None:
    anna = make_client(shop.chain, "Anna")
    wallet = make_account_type(shop.chain)
    assert eight(lambda: open_account(client=anna, account_type=wallet, **HAND)) == {
        "done": 1,
        Code.ACCOUNT_TYPE_HELD: 7,
    }
    assert Account.objects.count() == 1
