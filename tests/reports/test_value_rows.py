"""Rows of gift cards and client accounts among the transactions: found, named, added up apart, taken home."""

from __future__ import annotations

from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from django.db import connection
from django.test import Client as Browser
from openpyxl import load_workbook

from loyalty.gift_cards.services import adjust_balance
from loyalty.ledger.sums import sum_up
from tests.cast import LONG_AGO, PROGRAM
from tests.clients.accounts import adjust, pay_out, top_up
from tests.loyalty.shop import undo
from tests.pages import rows_of, sorts_by_every_column, text_of
from tests.programs import make_account, make_account_type, make_gift_card, make_gift_card_type
from tests.reports.conftest import Books

LEDGER = "/chains/aurora/transactions/"
CODE = "ABCD EFGH JKMN PQRT"
POINTS, GIFT_CARDS, ACCOUNTS = "Promotions and points", "Gift cards", "Client accounts"


@pytest.fixture
def value(books: Books) -> dict[str, int]:
    """A bearer's gift card and an account of Anna's, each put right upwards and downwards, and a top-up undone."""
    chain = books.cast.aurora
    card = make_gift_card(make_gift_card_type(chain, "Birthday"), "50", CODE)
    for amount in ("5", "-2"):
        adjust_balance(gift_card=card, amount=Decimal(amount), comment="Sorry", at=LONG_AGO, acting_user=PROGRAM)
    account = make_account(books.anna, make_account_type(chain, "Wallet"), "20")
    undo(top_up(account, "30"))
    top_up(account, "40", location=books.cast.center)
    pay_out(account, "15")
    undo(adjust(account, "7"))
    adjust(account, "-3")
    return {"gift_card": card.pk, "account": account.pk}


@pytest.mark.parametrize("is_summed", [False, True])
def test_money_is_added_up_by_group_and_never_with_points(
    books: Books, manager: Browser, value: dict[str, int], is_summed: bool
) -> None:
    if is_summed:
        sum_up(chain=books.cast.aurora)
    totals = manager.get(LEDGER).context["filters"].totals
    assert {(str(group.label), str(unit)): amount for (group, unit), amount in totals.by_unit().items()} == {
        (POINTS, "money"): -6,
        (POINTS, "points"): Decimal("28.40"),
        (GIFT_CARDS, "money"): 53,
        (ACCOUNTS, "money"): 42,
    }
    assert [(str(label), amount) for label, amount in totals.of_money] == [
        ("Opening balance of a gift card", 50),
        ("Account topped up", 40),
        ("Paid out of account", 15),
        ("Opening balance of an account", 20),
    ]
    found = {each.kind: (each.rows, each.plus, each.minus) for each in totals}
    assert found["gift_card_adjustment"] == (2, 5, -2) and found["account_adjustment"] == (3, 7, -10)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT kind, count(*), coalesce(sum(amount) FILTER (WHERE amount > 0), 0),"
            " coalesce(sum(amount) FILTER (WHERE amount <= 0), 0) FROM loyalty_transaction GROUP BY kind"
        )
        assert found == {kind: tuple(figures) for kind, *figures in cursor.fetchall()}
    shown = text_of(manager.get(LEDGER))
    assert "Account topped up€40.00" in shown and f"{GIFT_CARDS} Opening balance" not in shown


def test_rows_are_chosen_by_whole_groups_and_by_single_types(manager: Browser, value: dict[str, int]) -> None:
    def chosen(*kinds: str) -> tuple[int, list[str]]:
        page = manager.get(LEDGER, {"kind": list(kinds), "size": "100"})
        chips: Any = page.context["filters"].chips()
        return len(rows_of(page)), [chip.value for chip in chips]

    assert chosen("gift_cards") == (3, ["All of Gift cards"])
    assert chosen("accounts") == (8, ["All of Client accounts"])
    assert chosen("points") == (7, ["All of Promotions and points"])
    both = ["All of Gift cards", "Paid out of account"]
    assert chosen("gift_cards", "account_payout") == (4, both)
    page = manager.get(LEDGER, {"kind": ["gift_cards", "account_payout"]})
    assert "Points burned" not in text_of(page) and "Points burned" in text_of(manager.get(LEDGER))
    assert [chip.query_without for chip in page.context["filters"].chips()] == [
        "kind=account_payout",
        "kind=gift_cards",
    ]
    assert "Select a valid choice" in text_of(manager.get(LEDGER, {"kind": "vouchers"}))


def test_a_chain_is_offered_only_the_groups_that_it_uses(books: Books, manager: Browser) -> None:
    assert f"All of {ACCOUNTS}" not in text_of(manager.get(LEDGER))
    make_account_type(books.cast.aurora)
    shown = text_of(manager.get(LEDGER))
    assert f"All of {ACCOUNTS}" in shown and f"All of {GIFT_CARDS}" not in shown


def test_each_row_names_its_holder_and_leads_to_it(manager: Browser, value: dict[str, int]) -> None:
    page = manager.get(LEDGER, {"kind": ["gift_cards", "account_payout"], "sort": "kind"})
    assert [(cells[3], cells[4]) for cells in rows_of(page)] == [
        ("Anna Schmidt", "Wallet"),
        *[("Bearer", "Birthday ABCD ····")] * 3,
    ]
    text = page.content.decode()
    assert f'href="/chains/aurora/accounts/{value["account"]}/"' in text
    assert "EFGH" not in text and "efgh" not in text
    sorts_by_every_column(manager, LEDGER)


def test_the_workbook_names_holders_and_adds_up_apart(manager: Browser, value: dict[str, int]) -> None:
    book = load_workbook(BytesIO(manager.get(LEDGER, {"export": "xlsx", "sort": "kind"}).content))
    rows = [list(row) for row in book["Transactions"].iter_rows(values_only=True)]
    assert ["Birthday", "ABCD ····"] in [row[4:6] for row in rows] and ["Wallet", None] in [row[4:6] for row in rows]
    assert "EFGH" not in str(rows)
    sums = [[cell for cell in row if cell is not None] for row in rows if str(row[0]).startswith("Total")]
    assert sums == [
        [f"Total, {POINTS}", -6, "EUR"],
        [f"Total, {POINTS}", 28.4, "points"],
        [f"Total, {GIFT_CARDS}", 53, "EUR"],
        [f"Total, {ACCOUNTS}", 42, "EUR"],
    ]


def test_the_overview_tells_what_is_owed_side_by_side(books: Books, manager: Browser, value: dict[str, int]) -> None:
    below = make_account(books.anna, make_account_type(books.cast.aurora, "Business", credit="50"))
    given = top_up(below, "30")
    pay_out(below, "30")
    undo(given)
    page = manager.get("/chains/aurora/overview/")
    owed = page.context["owed_value"]
    assert [(each.label, each.held.amount) for each in owed] == [
        ("Owed on gift cards", 53),
        ("Owed on client accounts", 42),
    ]
    assert owed[1].credit.amount == 30 and page.context["owed"]["points"].amount == Decimal("28.40")
    assert manager.get(owed[0].held.url).context["filters"].totals.owed == 53
    assert manager.get(owed[1].held.url).context["filters"].totals.held == 42
    assert manager.get(owed[1].credit.url).context["filters"].totals.owed == 30
    found = {
        tile.measure.name: tile
        for tile in manager.get("/chains/aurora/overview/?since=2025-01-01&until=2025-01-31").context["tiles"]
    }
    assert found["topped_up"].now.amount == 40 and found["gift_cards_sold"].now.amount == 0
    assert manager.get(found["topped_up"].now.url).context["filters"].totals.kinds["account_top_up"].sum == 40


def test_the_overview_of_a_chain_without_them_tells_nothing_of_them(books: Books, manager: Browser) -> None:
    page = manager.get("/chains/aurora/overview/")
    assert page.context["owed_value"] == [] and "gift card" not in text_of(page).lower()
    assert not {"topped_up", "gift_cards_sold"} & {tile.measure.name for tile in page.context["tiles"]}
