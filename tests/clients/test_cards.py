"""The loyalty cards of a chain, and the page of one."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.test import Client as Browser

from loyalty.cards.models import Card
from loyalty.cards.services import block_card
from loyalty.ledger.models import Holder, Transaction
from tests.cast import LONG_AGO, Cast
from tests.clients.guests import MONDAY, Programs, bonus_card, club_card, make_guest
from tests.loyalty.shop import take, undo
from tests.pages import rows_of, sorts_by_every_column, text_of
from tests.plugins.query_counts import CountQueries
from tests.programs import give_points, make_card, make_card_type, make_client

LIST = "/chains/aurora/cards/"


def test_cards_are_listed_searched_filtered_and_sorted(manager: Browser, programs: Programs) -> None:
    assert "No client has a card yet" in manager.get(LIST).content.decode()
    rich, poor = make_guest(programs, 9, "Rich"), make_client(programs.location, "Poor", "")
    Card.objects.filter(client=rich).update(number="B-1", number_folded="b-1")
    block_card(card=club_card(programs, poor, "C-1"), at=MONDAY)
    rows = rows_of(manager.get(LIST, {"sort": "number"}))
    assert rows[1:] == [
        ["B-1", "Bonus card", "Rich", "+49 1511 2300009", "12.00", "1 Jan 2025", "active"],
        ["C-1", "Club card", "Poor", "–", "0.00", "1 Jan 2025", "blocked"],
    ]
    for query, numbers in (
        ({"q": "b-"}, ["B-1"]),
        ({"q": "rich"}, ["B-1"]),
        ({"q": "0151 12300009"}, ["B-1"]),
        ({"card_type": programs.club.pk}, ["C-1"]),
        ({"status": "blocked"}, ["C-1"]),
        ({"balance": "some"}, ["B-1"]),
        ({"balance": "debt"}, []),
    ):
        page = manager.get(LIST, query)
        assert [row[0] for row in rows_of(page)] == numbers
        assert len(page.context["filters"].chips()) == 1
    sorts_by_every_column(manager, LIST)
    status = {
        sort: [row[-1] for row in rows_of(manager.get(LIST, {"sort": sort}))] for sort in ("blocked_at", "-blocked_at")
    }
    assert status == {"blocked_at": ["active", "active", "blocked"], "-blocked_at": ["blocked", "active", "active"]}


def test_a_card_shows_its_lots_in_spending_order(manager: Browser, programs: Programs) -> None:
    guest = make_guest(programs, 1)
    card = bonus_card(guest)
    give_points(card, "2.00", at=MONDAY + timedelta(days=2), last_day=date(2026, 3, 5))
    page = manager.get(f"{LIST}{card.pk}/")
    lots = [(held.lot.remaining, held.ends_on, held.is_past) for held in page.context["holding"].lots]
    assert lots == [(2, date(2026, 3, 5), True), (3, date(2026, 4, 2), True), (1, None, False)]
    assert [(row[4], row[5]) for row in rows_of(page)] == [("+2.00", "6.00"), ("+3.00", "4.00"), ("+1.00", "1.00")]
    sorts_by_every_column(manager, f"{LIST}{card.pk}/")


def test_a_card_in_debt_says_so(manager: Browser, programs: Programs) -> None:
    card = bonus_card(make_guest(programs, 1))
    Holder.objects.filter(pk=card.holder_id).update(balance=-2, debt=2)
    assert "points of debt" in manager.get(f"{LIST}{card.pk}/").content.decode()
    assert [row[4] for row in rows_of(manager.get(LIST, {"balance": "debt"}))] == ["−2.00"]


def test_blocking_asks_first(manager: Browser, programs: Programs) -> None:
    card = club_card(programs, make_guest(programs, 1), "C-1")
    address = f"{LIST}{card.pk}/"
    assert "Its points still burn" in manager.get(f"{address}block/").content.decode()
    assert "No points came or went" in manager.get(address).content.decode()
    for _again in range(2):
        assert manager.post(f"{address}block/")["Location"] == address
    blocked_at = Card.objects.get(pk=card.pk).blocked_at
    assert blocked_at is not None
    page = manager.get(address).content.decode()
    assert "Block card" not in page and "Accrue</a>" not in page
    assert not Transaction.objects.filter(card=card).exists()


@pytest.mark.parametrize("rows", [3, 30])
def test_the_queries_of_cards(manager: Browser, programs: Programs, count_queries: CountQueries, rows: int) -> None:
    for number in range(rows):
        make_client(programs.location, f"Guest {number}", f"+49151123{number:05d}")
    card = Card.objects.filter(card_type=programs.bonus).order_by("pk")[0]
    for number in range(rows):
        give_points(card, "1.00", last_day=date(2027, 1, 1) + timedelta(days=number))
    manager.get(LIST)
    with count_queries("loyalty cards"):
        manager.get(LIST, {"size": 50})
    with count_queries("loyalty card"):
        manager.get(f"{LIST}{card.pk}/", {"size": 50})


def test_the_cards_of_a_chain_add_up(cast: Cast, client: Browser) -> None:
    """Points to spend, debts and their difference, of the cards that the filters leave; what is owed is not blocked."""
    bonus = make_card_type(cast.aurora, "Bonus card")
    guests = [make_client(cast.center, f"Guest {number}", f"+49 151 1234 560{number}") for number in range(3)]
    rich, blocked, poor = (make_card(guest, bonus) for guest in guests)
    give_points(rich, "20")
    give_points(blocked, "7.50")
    block_card(card=blocked, at=LONG_AGO)
    given = give_points(poor, "5")
    take(poor, 3)
    undo(given)
    client.force_login(cast.manager)
    page = client.get("/chains/aurora/cards/")
    totals = page.context["filters"].totals
    assert (totals.to_spend, totals.blocked) == (Decimal("27.50"), Decimal("7.50"))
    assert (totals.debt, totals.balance) == (3, Decimal("24.50"))
    assert "7.50 of it on blocked cards" in text_of(page)
    debts = client.get("/chains/aurora/cards/?balance=debt").context["filters"].totals
    assert (debts.to_spend, debts.debt, debts.balance) == (0, 3, -3)
    assert client.get("/chains/aurora/reports/points-owed/").context["filters"].totals.points == 20
