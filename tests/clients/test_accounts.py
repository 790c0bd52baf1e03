"""Client accounts: the list of the chain, a client's own, the page of one, and what staff do to it."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client as Browser
from django.utils import timezone

from chains.access import ROLE_RIGHTS, Right, Role
from chains.refusals import Code, Refusal
from clients.models import Client
from loyalty.accounts.models import Account
from loyalty.ledger.kinds import ROWS
from loyalty.ledger.models import HandedMoney, Holder, Transaction
from tests.cast import Cast
from tests.clients.accounts import adjust, pay_out, top_up
from tests.loyalty.shop import assert_ledger_adds_up, undo
from tests.pages import fill, mistakes, rows_of, sorts_by_every_column, text_of
from tests.plugins.query_counts import CountQueries
from tests.programs import (
    make_account,
    make_account_type,
    make_client,
    make_gift_card,
    make_gift_card_type,
    moment,
)

LIST = "/chains/aurora/accounts/"


@pytest.fixture
def guest(cast: Cast) -> Client:
    return make_client(cast.center, "Gina Guest", "+4915112300001")


@pytest.fixture
def account(guest: Client) -> Account:
    """With 20.00 on it, and credit up to 50.00."""
    return make_account(guest, make_account_type(guest.chain, "Wallet", credit="50"), "20")


@pytest.fixture
def desk(cast: Cast, client: Browser) -> Browser:
    client.force_login(cast.desk)
    return client


def balance(account: Account) -> Decimal:
    return Holder.objects.get(pk=account.holder_id).balance


def overdrawn(account: Account) -> Account:
    """Topped up and paid out; what undoes the top-up leaves it below zero."""
    given = top_up(account, "30")
    pay_out(account, "45")
    undo(given)
    return account


# A client's own
# ----------------------------------------------------------------------------


def test_an_account_is_opened_topped_up_and_paid_out(manager: Browser, guest: Client) -> None:
    make_account_type(guest.chain, "Wallet", credit="100")
    tab = f"/locations/center/clients/{guest.pk}/accounts/"
    assert "No client account yet" in text_of(manager.get(tab))
    form = fill(manager.get(f"{tab}open/"), opening_balance="12.50")
    for _again in range(2):
        assert manager.post(f"{tab}open/", form)["Location"] == tab
    account = Account.objects.get()
    page = f"/locations/center/accounts/{account.pk}/"
    form = fill(manager.get(f"{page}top-up/"), amount="40", method="card", comment="For Anna")
    for _again in range(2):
        assert manager.post(f"{page}top-up/", form)["Location"] == page
    row = Transaction.objects.get(kind="account_top_up")
    assert row.amount == 40 and row.location == guest.registered_location and str(row.comment) == "For Anna"
    assert HandedMoney.objects.get(transaction=row).method == "card"
    assert f'/locations/center/receipts/{row.pk}/">Receipt</a>' in manager.get(page).content.decode()
    form = fill(manager.get(f"{page}pay-out/"), amount="2.50", method="cash")
    for _again in range(2):
        assert manager.post(f"{page}pay-out/", form)["Location"] == page
    form = fill(manager.get(f"{page}adjust/"), amount="-10", comment="Counted anew")
    for _again in range(2):
        assert manager.post(f"{page}adjust/", form)["Location"] == page
    assert [cells[4:6] for cells in rows_of(manager.get(page))] == [
        ["−€10.00", "€40.00"],
        ["−€2.50", "€50.00"],
        ["+€40.00", "€52.50"],
        ["+€12.50", "€12.50"],
    ]
    shown = text_of(manager.get(tab))
    assert "€40.00 on the account" in shown and "On credit up to €100.00, of which €100.00 is left." in shown
    assert balance(account) == 40
    assert_ledger_adds_up()


@pytest.mark.parametrize(
    ("what", "typed", "field", "said"),
    [
        ("top-up", {"amount": "0"}, "amount", "above zero"),
        ("top-up", {"amount": "-5"}, "amount", "above zero"),
        ("top-up", {"amount": "1.0005"}, "amount", "at most 2 decimals"),
        ("top-up", {"amount": "5", "method": "barter"}, "method", "not one of the available choices"),
        ("pay-out", {"amount": "20.01"}, "amount", "Only 20.00 is on the account"),
        ("adjust", {"amount": "-20.01", "comment": "So"}, "amount", "Only 20.00 is on the account"),
        ("adjust", {"amount": "5", "comment": " "}, "comment", "required"),
        ("adjust", {"amount": "0", "comment": "So"}, "amount", "above zero"),
    ],
)
def test_what_cannot_be_is_refused_beside_its_field(
    manager: Browser, account: Account, what: str, typed: dict[str, str], field: str, said: str
) -> None:
    address = f"/locations/center/accounts/{account.pk}/{what}/"
    page = manager.post(address, fill(manager.get(address), **typed))
    assert list(mistakes(page)) == [field] and said in mistakes(page)[field][0]
    assert balance(account) == 20 and Transaction.objects.count() == 1


def test_in_the_space_of_the_chain_money_is_handed_over_at_a_location(
    manager: Browser, cast: Cast, account: Account
) -> None:
    """Else it would be in nobody's takings."""
    address = f"/chains/aurora/accounts/{account.pk}/top-up/"
    form = fill(manager.get(address), amount="40", method="cash")
    nowhere = manager.post(address, {**form, "place": ""})
    assert list(mistakes(nowhere)) == ["place"] and balance(account) == 20
    manager.post(address, {**form, "place": cast.center.pk})
    row = Transaction.objects.get(kind="account_top_up")
    assert row.location == cast.center and balance(account) == 60


def test_who_may_not_pay_out_undoes_no_top_up(manager: Browser, cast: Cast, account: Account) -> None:
    row = top_up(account, "30", location=cast.center)
    desk = Browser()
    desk.force_login(cast.desk)
    refused = desk.post(f"/locations/center/loyalty-rows/{row.pk}/undo/", {"key": ""})
    assert refused.status_code == 403 and balance(account) == 50


def test_a_second_account_of_a_type_is_refused(manager: Browser, guest: Client, account: Account) -> None:
    address = f"/chains/aurora/clients/{guest.pk}/accounts/open/"
    assert "an account of every type" in text_of(manager.get(address))
    page = manager.post(address, {"account_type": account.account_type_id, "key": ""})
    assert "already has an account" in mistakes(page)["account_type"][0]
    assert Account.objects.count() == 1


def test_a_blocked_account_takes_no_money_until_it_is_unblocked(manager: Browser, account: Account) -> None:
    page = f"/locations/center/accounts/{account.pk}/"
    assert mistakes(manager.post(f"{page}block/", {"reason": ""})) == {"reason": ["This field is required."]}
    form = fill(manager.get(f"{page}block/"), reason="Card lost")
    for _again in range(2):
        assert manager.post(f"{page}block/", form)["Location"] == page
    shown = manager.get(page)
    assert ": Card lost" in text_of(shown) and "top-up/" not in shown.content.decode()
    refused = manager.post(f"{page}top-up/", {"amount": "5", "method": "cash", "key": ""})
    assert "The account is blocked" in mistakes(refused)["__all__"][0]
    assert balance(account) == 20
    manager.post(f"{page}unblock/", fill(manager.get(f"{page}unblock/"), reason="Found"))
    assert "Unblocked: Found" in text_of(manager.get(page))
    assert manager.post(f"{page}top-up/", {"amount": "5", "method": "cash", "key": ""}).status_code == 302
    assert balance(account) == 25


@pytest.mark.parametrize("amount", ["0", "0.001", "NaN", "sNaN", "Infinity", "1e16"])
def test_what_is_no_amount_above_zero_moves_nothing(account: Account, amount: str) -> None:
    business = make_account_type(account.chain, "Business")
    refused = []
    for move in (top_up, pay_out, adjust):
        with pytest.raises(Refusal) as refusal:
            move(account, amount)
        refused.append((refusal.value.code, refusal.value.field))
    if amount != "0":
        with pytest.raises(Refusal) as refusal:
            make_account(account.client, business, amount)
        assert (refusal.value.code, refusal.value.field) == (Code.INVALID_AMOUNT, "opening_balance")
    assert refused == [(Code.INVALID_AMOUNT, "amount")] * 3
    assert balance(account) == 20


def test_rows_of_an_account_are_filtered_by_their_kinds_alone(manager: Browser, account: Account) -> None:
    page = f"/locations/center/accounts/{account.pk}/"
    top_up(account, "5")
    offered = re.findall(r'<option value="(\w+)"', manager.get(page).content.decode().split('name="kind"')[1])
    assert [kind for kind in offered if kind in ROWS] == [kind for kind in ROWS if kind.startswith("account_")]
    assert len(rows_of(manager.get(page, {"kind": "account_top_up"}))) == 1


def test_an_account_of_other_locations_takes_no_money_here(manager: Browser, cast: Cast, guest: Client) -> None:
    there = make_account(guest, make_account_type(cast.aurora, locations=[cast.harbour.pk]), "20")
    page = f"/locations/center/accounts/{there.pk}/"
    shown = manager.get(page)
    assert "Does not work at this location." in text_of(shown) and "top-up/" not in shown.content.decode()
    refused = manager.post(f"{page}top-up/", {"amount": "5", "method": "cash", "key": ""})
    assert "does not work at this location" in mistakes(refused)["__all__"][0]
    assert balance(there) == 20
    assert "top-up/" in manager.get(f"/locations/harbour/accounts/{there.pk}/").content.decode()


def test_the_desk_tops_up_and_does_no_more(desk: Browser, account: Account) -> None:
    page = f"/locations/center/accounts/{account.pk}/"
    shown = desk.get(page).content.decode()
    assert "top-up/" in shown
    for what in ("pay-out", "adjust", "block"):
        assert f"{what}/" not in shown
        assert desk.post(f"{page}{what}/", {"key": ""}).status_code == 403
    assert balance(account) == 20


def test_an_account_below_zero_says_what_is_owed(manager: Browser, account: Account) -> None:
    overdrawn(account)
    shown = text_of(manager.get(f"/chains/aurora/accounts/{account.pk}/"))
    assert "−€25.00 on the account" in shown and "€25.00 is owed: the next top-up fills it first." in shown
    assert "On credit up to €50.00, of which €25.00 is left." in shown and "Pay out" not in shown


# Receipts
# ----------------------------------------------------------------------------


def test_what_was_handed_over_has_a_receipt(manager: Browser, cast: Cast, account: Account) -> None:
    row = top_up(account, "30", location=cast.center, comment="For Anna")
    paid = pay_out(account, "5")
    shown = text_of(manager.get(f"/locations/center/receipts/{row.pk}/"))
    for words in ("Aurora Center", "Gina Guest", "Account topped up", "Received €30.00", "ByCash", "For Anna"):
        assert words in shown
    assert "On the account after it€50.00" in shown
    assert "Paid out €5.00" in text_of(manager.get(f"/chains/aurora/receipts/{paid.pk}/"))
    opening = Transaction.objects.get(kind="account_opening_balance")
    for other in (opening.pk, adjust(account, "1").pk):
        assert manager.get(f"/chains/aurora/receipts/{other}/").status_code == 404
    manager.post(f"/chains/aurora/loyalty-rows/{row.pk}/undo/", {"key": ""})
    assert "undone" in text_of(manager.get(f"/chains/aurora/receipts/{row.pk}/"))
    assert manager.get(f"/chains/aurora/receipts/{row.undone_by.pk}/").status_code == 404


def test_an_undone_row_leads_back_to_its_account(manager: Browser, account: Account) -> None:
    row = top_up(account, "30")
    page = f"/locations/center/accounts/{account.pk}/"
    address = f"/locations/center/loyalty-rows/{row.pk}/undo/"
    assert address in manager.get(page).content.decode()
    assert "Hand the money back to the guest." in text_of(manager.get(address))
    assert manager.post(address, fill(manager.get(address)))["Location"] == page
    assert balance(account) == 20 and address not in manager.get(page).content.decode()


# The chain's
# ----------------------------------------------------------------------------


def test_accounts_are_listed_filtered_and_added_up(manager: Browser, cast: Cast, account: Account) -> None:
    blocked = make_client(cast.center, "Ben", "+4915112300002")
    wallet, business = account.account_type, make_account_type(cast.aurora, "Business")
    other = make_account(blocked, business, "100", at=moment("2026-02-01 10:00"))
    Account.objects.filter(pk=other.pk).update(blocked_at=moment("2026-02-02 10:00"))
    empty = make_account(make_client(cast.center, "Cleo", "+4915112300003"), business)
    overdrawn(account)
    totals = manager.get(LIST).context["filters"].totals
    assert (totals.accounts, totals.held, totals.owed) == (3, 100, 25)
    assert rows_of(manager.get(LIST, {"sort": "client"})) == [
        ["Ben", "+49 1511 2300002", "Business", "€100.00", "€0.00", "€0.00", "1 Feb 2026", "1 Feb 2026", "blocked"],
        ["Cleo", "+49 1511 2300003", "Business", "€0.00", "€0.00", "€0.00", "none", "1 Jan 2025", "active"],
        [
            "Gina Guest",
            "+49 1511 2300001",
            "Wallet",
            "−€25.00",
            "€25.00",
            "€25.00",
            "1 Jan 2025",
            "1 Jan 2025",
            "active",
        ],
    ]
    queries: list[tuple[dict[str, Any], list[str]]] = [
        ({"q": "gina"}, ["Gina Guest"]),
        ({"q": "0151 12300002"}, ["Ben"]),
        ({"account_type": wallet.pk}, ["Gina Guest"]),
        ({"balance": "below"}, ["Gina Guest"]),
        ({"balance": "none"}, ["Cleo"]),
        ({"balance": "held"}, ["Ben"]),
        ({"balance_from": "-25", "balance_to": "0"}, ["Cleo", "Gina Guest"]),
        ({"status": "blocked"}, ["Ben"]),
    ]
    for query, names in queries:
        page = manager.get(LIST, {**query, "sort": "client"})
        assert [cells[0] for cells in rows_of(page)] == names, query
        assert page.context["filters"].totals.accounts == len(names)
    assert "this one is below the other" in text_of(manager.get(LIST, {"balance_from": "5", "balance_to": "4"}))
    assert "Nothing matches" in text_of(manager.get(LIST, {"moved": "1"}))
    top_up(empty, "1", at=timezone.now())
    assert [cells[0] for cells in rows_of(manager.get(LIST, {"moved": "1"}))] == ["Cleo"]
    assert manager.get(LIST, {"moved": "0"}).context["filters"].form.errors
    sorts_by_every_column(manager, LIST)


def test_a_chain_without_account_types_is_offered_none(manager: Browser, cast: Cast, guest: Client) -> None:
    home, tab = f"/chains/aurora/clients/{guest.pk}/", f"/chains/aurora/clients/{guest.pk}/accounts/"
    assert "No client has an account yet" in text_of(manager.get(LIST))
    make_account_type(cast.borealis)
    make_gift_card_type(cast.aurora)
    assert tab not in manager.get(home).content.decode() and f'href="{LIST}"' not in manager.get(home).content.decode()
    make_account_type(cast.aurora)
    assert tab in manager.get(home).content.decode() and f'href="{LIST}"' in manager.get(home).content.decode()


def test_who_may_not_see_clients_has_no_accounts(
    manager: Browser, cast: Cast, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(ROLE_RIGHTS, Role.MANAGER, Role.MANAGER.rights - {Right.VIEW_CLIENTS})
    for address in (LIST, f"{LIST}{account.pk}/", f"/chains/aurora/clients/{account.client_id}/accounts/"):
        assert manager.get(address).status_code == 403


@pytest.mark.parametrize("rows", [3, 30])
def test_the_queries_of_accounts(manager: Browser, cast: Cast, count_queries: CountQueries, rows: int) -> None:
    types = [make_account_type(cast.aurora, f"Type {number:02d}") for number in range(rows)]
    guest = make_client(cast.center, "Gina Guest", "+4915112300001")
    accounts = [make_account(guest, each, "10") for each in types]
    for number in range(rows):
        make_account(make_client(cast.center, f"Guest {number}", f"+49151124{number:05d}"), types[0], "5")
        top_up(accounts[0], "1", location=cast.center)
    manager.get(LIST)
    with count_queries("client accounts"):
        manager.get(LIST, {"size": 100})
    with count_queries("client account"):
        manager.get(f"{LIST}{accounts[0].pk}/", {"size": 100})
    with count_queries("client page, accounts/"):
        manager.get(f"/locations/center/clients/{guest.pk}/accounts/")


def test_the_first_page_of_a_client_tells_all_that_is_held(manager: Browser, cast: Cast, account: Account) -> None:
    guest = account.client
    home = f"/locations/center/clients/{guest.pk}/"
    overdrawn(make_account(guest, make_account_type(cast.aurora, "Business"), "20"))
    named = make_gift_card_type(cast.aurora, "Mine", named=True)
    make_gift_card(named, "80", "G-1", client=guest)
    make_gift_card(named, "7", "G-2", client=make_client(cast.center, "Ben", "+4915112300002"))
    assert [(each.label, each.amount, each.url) for each in manager.get(home).context["held"]] == [
        ("Points to spend", 0, f"{home}loyalty/"),
        ("On gift cards", 80, f"{home}gift-cards/"),
        ("On accounts", 20, f"{home}accounts/"),
        ("Owed by the guest", 25, f"{home}accounts/"),
    ]
