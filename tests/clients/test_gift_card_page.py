"""The page of a gift card, what is done there by hand, and the gift cards of a client."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from django.test import Client as Browser
from django.utils import timezone

from chains.access import ROLE_RIGHTS, Right, Role
from chains.catalog.models import Item
from chains.refusals import Code, Refusal
from clients.models import Client
from loyalty.gift_cards.models import GiftCard, GiftCardType
from loyalty.gift_cards.services import adjust_balance, block_gift_card, change_last_day, expire_gift_cards
from loyalty.ledger.models import Transaction
from loyalty.rules.plan import Recipient
from tests.cast import PROGRAM, Cast
from tests.clients.gift_cards import pay, sale_of, sell, take_back
from tests.loyalty.shop import assert_ledger_adds_up
from tests.pages import differences, fill, history, mistakes, rows_of, sorts_by_every_column, text_of
from tests.plugins.query_counts import CountQueries
from tests.programs import make_client, make_gift_card, make_gift_card_type, make_item
from tests.scene import scene

if TYPE_CHECKING:
    pass

NUMBER = "AB3C DEF4 GHJ6 KMN7"


@dataclass(frozen=True)
class Shop:
    """A card of 80 that Anna bought for 70 for Boris's birthday; Boris paid 50 of a haircut with it, Clara 10."""

    cast: Cast
    at: datetime
    spring: GiftCardType
    haircut: Item
    anna: Client
    boris: Client
    card: GiftCard

    @property
    def page(self) -> str:
        return page_of(self.card)

    @property
    def balance(self) -> Decimal:
        self.card.holder.refresh_from_db()
        return self.card.holder.balance


def today() -> date:
    return timezone.localdate()


def page_of(card: GiftCard, end: str = "") -> str:
    return f"/chains/aurora/gift-cards/{card.pk}/{end}"


@scene
def shop(cast: Cast) -> Shop:
    at = timezone.now() - timedelta(days=30)
    spring = make_gift_card_type(cast.aurora, "Spring", valid_count=6, valid_unit="months")
    haircut = make_item(cast.aurora, "Haircut", "60.00")
    anna, boris, clara = (
        make_client(cast.center, name, f"+49 151 1234 560{digit}")
        for digit, name in enumerate(("Anna", "Boris", "Clara"))
    )
    gift = Recipient("Boris B.", "boris@example.com", "Happy birthday")
    card = sell(cast.center, spring, "80", buyer=anna, price="70", number=NUMBER, recipient=gift, at=at)
    pay(cast.center, clara, [haircut], card, "10", at=at + timedelta(days=1))
    pay(cast.harbour, boris, [haircut], card, "50", at=at + timedelta(days=2))
    return Shop(cast, at, spring, haircut, anna, boris, card)


def test_a_gift_card_tells_all_of_itself(shop: Shop, manager: Browser) -> None:
    page = manager.get(shop.page)
    text = text_of(page)
    assert "Gift card AB3C ····" in text and NUMBER not in text
    for told in (
        "€20.00 is on it",
        "Par value€80.00",
        "Sold for €70.00",
        "Place of sale Center",
        "Sold bythe program",
        "Buyer Anna",
        "Holder Boris usable by whoever has the code",
        "ForBoris B. boris@example.com",
        "MessageHappy birthday",
        "Accepted atall locations",
        "Pays foreverything",
        "Active",
    ):
        assert told in text, told
    assert shop.card.last_on and shop.card.last_on > today() + timedelta(days=100)
    assert [(row[2], row[3], row[5], row[6]) for row in rows_of(page)] == [
        ("Paid with gift card", "Boris", "−€50.00", "€20.00"),
        ("Paid with gift card", "Clara", "−€10.00", "€70.00"),
        ("Gift card sold", "Anna", "+€80.00", "€80.00"),
    ]
    assert "Sold for €70.00 on this bill." in text and "At most €60.00 could be paid" in text
    for visit in (sale_of(shop.card), *shop.boris.visits.all()):
        assert f'href="/locations/{visit.location.slug}/visits/{visit.pk}/"' in page.content.decode()
    sorts_by_every_column(manager, shop.page)


def test_codes_are_shown_to_who_may_see_them(shop: Shop, manager: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ROLE_RIGHTS, Role.MANAGER, ROLE_RIGHTS[Role.MANAGER] | {Right.SEE_CODES})
    for address in (shop.page, page_of(shop.card, "adjust/"), f"/chains/aurora/clients/{shop.anna.pk}/gift-cards/"):
        assert NUMBER in text_of(manager.get(address))
        with monkeypatch.context() as without:
            without.setitem(ROLE_RIGHTS, Role.MANAGER, ROLE_RIGHTS[Role.MANAGER] - {Right.SEE_CODES})
            assert NUMBER[:9] not in text_of(manager.get(address)) and "AB3C" in text_of(manager.get(address))


def test_whose_it_is_follows_the_payments_that_stand(shop: Shop, manager: Browser) -> None:
    for visit in shop.boris.visits.all():
        take_back(visit, at=shop.at + timedelta(days=3))
    assert "Holder Clara" in text_of(manager.get(shop.page))
    take_back(Client.objects.get(name="Clara").visits.get(), at=shop.at + timedelta(days=3))
    assert "Holder Anna" in text_of(manager.get(shop.page))
    unknown = sell(shop.cast.center, shop.spring, "30", at=shop.at)
    text = text_of(manager.get(page_of(unknown)))
    assert "Buyer not known" in text and "Holder whoever has the code" in text
    named = make_gift_card_type(shop.cast.aurora, "Named", named=True)
    own = sell(shop.cast.center, named, "30", buyer=shop.boris, at=shop.at)
    assert "Holder Boris usable by that client alone" in text_of(manager.get(page_of(own)))


def test_the_balance_is_adjusted_and_that_is_undone(shop: Shop, manager: Browser) -> None:
    form = fill(manager.get(page_of(shop.card, "adjust/")), amount="5", comment="The voucher of the fair")
    for _again in range(2):
        assert manager.post(page_of(shop.card, "adjust/"), form)["Location"] == shop.page
    assert shop.balance == 25
    taken = fill(manager.get(page_of(shop.card, "adjust/")), way="take_off", amount="25", comment="Sold by mistake")
    manager.post(page_of(shop.card, "adjust/"), taken)
    assert shop.balance == 0
    page = manager.get(shop.page)
    assert "Used up" in text_of(page) and "Sold by mistake" in text_of(page)
    row = Transaction.objects.latest("pk")
    undo = f"/chains/aurora/loyalty-rows/{row.pk}/undo/"
    assert undo in page.content.decode()
    assert manager.post(undo, fill(manager.get(undo)))["Location"] == shop.page
    assert shop.balance == 25
    assert undo not in manager.get(shop.page).content.decode()
    assert_ledger_adds_up()


@pytest.mark.parametrize(
    ("typed", "field", "sentence"),
    [
        ({"amount": "0", "comment": "x"}, "amount", "Type an amount above zero."),
        ({"amount": "-5", "comment": "x"}, "amount", "Type an amount above zero."),
        ({"amount": "1.005", "comment": "x"}, "amount", "can be read in two ways"),
        ({"amount": "9" * 30, "comment": "x"}, "amount", ""),
        ({"amount": "20.01", "way": "take_off", "comment": "x"}, "amount", "Only 20.00 is on the gift card"),
        ({"amount": "5", "comment": "  "}, "comment", "required"),
        ({"amount": "5", "way": "both", "comment": "x"}, "way", "valid choice"),
    ],
)
def test_what_cannot_be_adjusted_is_refused_beside_its_field(
    shop: Shop, manager: Browser, typed: dict[str, str], field: str, sentence: str
) -> None:
    rows = Transaction.objects.count()
    page = manager.post(page_of(shop.card, "adjust/"), fill(manager.get(page_of(shop.card, "adjust/")), **typed))
    assert sentence in mistakes(page)[field][0]
    assert shop.balance == 20 and Transaction.objects.count() == rows


def test_what_was_used_of_an_adjustment_stays(shop: Shop, manager: Browser) -> None:
    now = timezone.now()
    row = adjust_balance(gift_card=shop.card, amount=Decimal(30), comment="Fair", at=now, acting_user=PROGRAM)
    pay(shop.cast.center, shop.anna, [shop.haircut], shop.card, "40", at=now)
    undo = f"/chains/aurora/loyalty-rows/{row.pk}/undo/"
    page = manager.get(undo)
    assert "so it cannot be undone" in text_of(page) and "It is taken back" not in text_of(page)
    assert "so it cannot be undone" in text_of(manager.post(undo, fill(page)))
    assert shop.balance == 10


def test_a_longer_validity_undoes_the_expiry(shop: Shop, manager: Browser) -> None:
    GiftCard.objects.filter(pk=shop.card.pk).update(last_on=today() - timedelta(days=3))
    expire_gift_cards(chain=shop.cast.aurora, at=timezone.now())
    page = text_of(manager.get(shop.page))
    assert shop.balance == 0 and "Expired" in page
    address, longer = page_of(shop.card, "last-day/"), today() + timedelta(days=60)
    form = fill(manager.get(address), last_on=str(longer), last_on_reason="The guest was ill")
    for _again in range(2):
        assert manager.post(address, form)["Location"] == shop.page
    shop.card.refresh_from_db()
    assert shop.card.last_on == longer and shop.balance == 20
    page = text_of(manager.get(shop.page))
    assert "Active" in page and "The guest was ill" in page
    assert "Undone because the gift card was made valid for longer, or its sale was undone." in page
    [(who, told), *_older] = history(manager.get(page_of(shop.card, "history/")))
    assert who == "Mara Manager"
    assert ("Reason of the last day", "none", "The guest was ill") in told
    yesterday = str(today() - timedelta(days=1))
    refused = manager.post(address, fill(manager.get(address), last_on=yesterday, last_on_reason="x"))
    assert "The day is past" in mistakes(refused)["last_on"][0]
    manager.post(address, fill(manager.get(address), last_on="", last_on_reason="For good"))
    assert "Valid until without end For good" in text_of(manager.get(shop.page))
    assert_ledger_adds_up()


def test_who_comes_second_is_told_what_the_first_one_changed(shop: Shop, manager: Browser) -> None:
    address = page_of(shop.card, "last-day/")
    mine = today() + timedelta(days=90)
    form = fill(manager.get(address), last_on=str(mine), last_on_reason="Mine")
    theirs = today() + timedelta(days=10)
    now = timezone.now()
    change_last_day(gift_card=shop.card, last_on=theirs, reason="Theirs", at=now, acting_user=PROGRAM)
    page = manager.post(address, form)
    shop.card.refresh_from_db()
    assert shop.card.last_on == theirs
    assert {label for label, _before, _after in differences(page)} == {"Valid until", "Reason of the last day"}
    manager.post(address, fill(page))
    shop.card.refresh_from_db()
    assert (shop.card.last_on, shop.card.last_on_reason) == (mine, "Mine")


def test_blocking_and_unblocking_say_why(shop: Shop, manager: Browser) -> None:
    block, unblock = page_of(shop.card, "block/"), page_of(shop.card, "unblock/")
    assert "required" in mistakes(manager.post(block, {"reason": " "}))["reason"][0]
    assert block in manager.get(shop.page).content.decode()
    for reason in ("Reported as stolen", "Twice"):
        assert manager.post(block, {"reason": reason})["Location"] == shop.page
    page = manager.get(shop.page)
    assert "Reported as stolen" in text_of(page) and "Blocked" in text_of(page) and unblock in page.content.decode()
    assert manager.post(unblock, {"reason": "It was found"})["Location"] == shop.page
    assert "Active" in text_of(manager.get(shop.page))
    told = [change[2] for _who, changes in history(manager.get(page_of(shop.card, "history/"))) for change in changes]
    assert {"Reported as stolen", "It was found"} <= set(told) and "Twice" not in told


def test_a_returned_card_is_only_looked_at(shop: Shop, manager: Browser) -> None:
    card = sell(shop.cast.center, shop.spring, "30", buyer=shop.anna, at=shop.at)
    take_back(sale_of(card), at=shop.at)
    page = manager.get(page_of(card))
    assert "Returned" in text_of(page)
    for act in ("adjust/", "last-day/", "block/"):
        assert page_of(card, act) not in page.content.decode()
    address = page_of(card, "adjust/")
    refused = manager.post(address, fill(manager.get(address), amount="5", comment="x"))
    assert "was returned" in text_of(refused)
    address = page_of(card, "last-day/")
    assert "was returned" in text_of(manager.post(address, fill(manager.get(address), last_on_reason="x")))
    assert_ledger_adds_up()


def test_the_desk_looks_and_does_nothing(shop: Shop, client: Browser) -> None:
    client.force_login(shop.cast.desk)
    place = f"/locations/center/gift-cards/{shop.card.pk}/"
    page = client.get(place).content.decode()
    for act in ("adjust/", "last-day/", "block/", "unblock/"):
        assert f"{place}{act}" not in page
        assert client.post(f"{place}{act}", {"amount": "5", "comment": "x", "reason": "x"}).status_code == 403
    assert f"/visits/{sale_of(shop.card).pk}/" in page
    [at_harbour] = shop.boris.visits.all()
    assert f"/visits/{at_harbour.pk}/" not in page
    assert shop.balance == 20


def test_a_client_has_what_was_bought_and_what_is_held(shop: Shop, manager: Browser) -> None:
    def told(guest: Client) -> str:
        return text_of(manager.get(f"/chains/aurora/clients/{guest.pk}/gift-cards/"))

    assert "bought" in told(shop.anna) and "held by Boris" in told(shop.anna)
    assert "holds it" in told(shop.boris) and "bought" not in told(shop.boris)
    nobody = make_client(shop.cast.center, "Nora", "")
    assert "No gift card yet" in told(nobody)
    block_gift_card(gift_card=shop.card, reason="Lost", at=timezone.now())
    assert "Blocked" in told(shop.boris)
    assert f'href="{shop.page}"' in manager.get(f"/chains/aurora/clients/{shop.boris.pk}/gift-cards/").content.decode()


def test_the_tab_is_there_once_the_chain_has_gift_cards(cast: Cast, manager: Browser) -> None:
    guest = make_client(cast.center, "Gina", "")
    page, tab = f"/chains/aurora/clients/{guest.pk}/", f"/chains/aurora/clients/{guest.pk}/gift-cards/"
    assert tab not in manager.get(page).content.decode()
    make_gift_card_type(cast.aurora)
    assert tab in manager.get(page).content.decode()


def test_an_opening_balance_was_sold_nowhere(cast: Cast, manager: Browser) -> None:
    owner = make_client(cast.center, "Olga", "")
    voucher = make_gift_card_type(cast.aurora, "Voucher", named=True)
    until = today() + timedelta(days=10)
    card = make_gift_card(voucher, "45.50", "0042", client=owner, last_on=until, at=timezone.now())
    page = manager.get(page_of(card))
    assert "no sale: an opening balance" in text_of(page) and "€45.50 is on it" in text_of(page)
    assert "Place of sale the chain" in text_of(page)
    assert [(row[2], row[3], row[5]) for row in rows_of(page)] == [
        ("Opening balance of a gift card", "Olga", "+€45.50")
    ]
    assert "0042" not in text_of(page), "a short number is not shown whole"
    assert_ledger_adds_up()


def test_an_opening_balance_that_cannot_be_is_refused(cast: Cast) -> None:
    voucher, named = make_gift_card_type(cast.aurora, "Voucher"), make_gift_card_type(cast.aurora, "Own", named=True)
    make_gift_card(voucher, "10", "AB-12 cd")
    yesterday = today() - timedelta(days=1)
    for code, gift_card_type, amount, choices in (
        (Code.INVALID_AMOUNT, voucher, "0", {}),
        (Code.INVALID_AMOUNT, voucher, "-1", {}),
        (Code.INVALID_AMOUNT, voucher, "1.005", {}),
        (Code.INVALID_AMOUNT, voucher, "NaN", {}),
        (Code.INVALID_DATE, voucher, "5", {"last_on": yesterday}),
        (Code.GIFT_CARD_NUMBER_TAKEN, voucher, "5", {"number": "ab 12-CD"}),
        (Code.UNKNOWN_CLIENT, named, "5", {}),
    ):
        with pytest.raises(Refusal) as refusal:
            make_gift_card(gift_card_type, amount, at=timezone.now(), **choices)
        assert refusal.value.code is code, (amount, choices)
    assert GiftCard.objects.count() == Transaction.objects.count() == 1
    # No par value and no number of copies bounds what was sold before.
    few = make_gift_card_type(cast.aurora, "Few", copies=1, par_least=Decimal(50), par_most=Decimal(50))
    assert [make_gift_card(few, "7").par for _card in range(2)] == [7, 7]
    assert_ledger_adds_up()


@pytest.mark.parametrize("rows", [3, 30])
def test_the_queries_of_gift_card_pages(shop: Shop, manager: Browser, count_queries: CountQueries, rows: int) -> None:
    for number in range(rows):
        adjust_balance(
            gift_card=shop.card, amount=Decimal(1), comment=str(number), at=timezone.now(), acting_user=PROGRAM
        )
        sell(shop.cast.center, shop.spring, "30", buyer=shop.boris, at=shop.at)
    manager.get(shop.page)
    with count_queries("gift card"):
        manager.get(shop.page, {"size": 50})
    with count_queries("client page, gift-cards/"):
        manager.get(f"/chains/aurora/clients/{shop.boris.pk}/gift-cards/")
