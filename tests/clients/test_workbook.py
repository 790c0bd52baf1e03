"""The client database as a workbook: one row a client, the types of cards side by side."""

from __future__ import annotations

from datetime import date, datetime
from io import BytesIO
from typing import Any

import pytest
from django.test import Client as Browser
from openpyxl import load_workbook

from chains.access import Role
from clients.models import Client
from loyalty.cards.services import block_card
from tests.cast import LONG_AGO, Cast, make_access, make_chain, make_location, make_user
from tests.clients.guests import Programs, bonus_card, club_card, make_guest
from tests.plugins.query_counts import CountQueries
from tests.programs import give_points, make_card, make_card_type, make_client

CHAIN = "/chains/aurora/clients/"


def sheet(browser: Browser, address: str = CHAIN, **query: str) -> Any:
    return load_workbook(BytesIO(browser.get(address, {**query, "export": "xlsx"}).content)).worksheets[0]


def rows(browser: Browser, address: str = CHAIN, **query: str) -> list[dict[str, Any]]:
    heading, *found = sheet(browser, address, **query).iter_rows(values_only=True)
    return [dict(zip(heading, row, strict=True)) for row in found]


def test_each_type_of_card_has_columns_of_its_own(manager: Browser, programs: Programs) -> None:
    guest = make_guest(programs, 4, "Gina Guest")
    Client.objects.filter(pk=guest.pk).update(email="gina@example.org", birthday_on=date(1990, 5, 17))
    card, club = bonus_card(guest), club_card(programs, guest, "=C-1")
    give_points(club, "1.50")
    make_card_type(programs.location.chain, "A type that nobody has")
    block_card(card=bonus_card(make_client(programs.location, "Nobody Yet", "")), at=LONG_AGO)
    gina, nobody = rows(manager)
    assert gina == {
        "Name": "Gina Guest",
        "Phone": "+49 1511 2300004",
        "E-mail": "gina@example.org",
        "Last visit": datetime.fromisoformat("2026-03-06"),
        "Visits": 1,
        "Points on all cards": 8.5,
        "Bonus card, number": card.number,
        "Bonus card, points": 7,
        "Club card, number": "=C-1",
        "Club card, points": 1.5,
        "Birthday": datetime.fromisoformat("1990-05-17"),
        "Registered": datetime.fromisoformat("2025-01-01"),
        "Registered at": "Center",
    }
    assert list(gina) == list(nobody)
    assert {name: value for name, value in nobody.items() if value is not None} == {
        "Name": "Nobody Yet",
        "Visits": 0,
        "Registered": datetime.fromisoformat("2025-01-01"),
        "Registered at": "Center",
    }


def test_of_very_many_types_the_rarest_share_a_column(
    manager: Browser, programs: Programs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("visits.client_pages.columns.MOST_TYPES", 2)
    common, rare = (make_client(programs.location, name, "") for name in ("Common", "Rare"))
    for guest in (common, rare):
        club_card(programs, guest)
    first, second = (make_card_type(programs.location.chain, name) for name in ("Zoo card", "Any card"))
    give_points(make_card(rare, first, "Z-1"), "2.00")
    make_card(rare, second, "A-1")
    found = rows(manager)
    assert [name for name in found[0] if "card" in name] == [
        "Points on all cards",
        *(f"{name} card, {what}" for name in ("Bonus", "Club") for what in ("number", "points")),
        "Other cards",
    ]
    assert [row["Other cards"] for row in found] == [None, "Zoo card Z-1 2.00, Any card A-1 0.00"]


def test_points_have_the_places_of_the_currency(cast: Cast) -> None:
    tokyo = make_chain("Tokyo", currency="JPY", time_zone="Asia/Tokyo", region="JP")
    place, owner, browser = make_location(tokyo, "Ginza"), make_user("Ken Keeper"), Browser()
    make_access(owner, tokyo, Role.OWNER)
    bonus = make_card_type(tokyo, "Card", automatic_issue="any")
    give_points(make_client(place, "Aiko", "").cards.get(card_type=bonus), "300")
    browser.force_login(owner)
    found = sheet(browser, "/chains/tokyo/clients/")
    points = next(cell for cell in found[1] if cell.value == "Card, points").column_letter
    assert (found[f"{points}2"].value, found[f"{points}2"].number_format) == (300, "#,##0")


def test_it_has_the_order_and_the_filters_of_the_page(manager: Browser, programs: Programs) -> None:
    for number in (5, 9, 7):
        make_guest(programs, number)
    assert [row["Name"] for row in rows(manager, sort="-cards")] == ["Guest 009", "Guest 007", "Guest 005"]
    assert [row["Points on all cards"] for row in rows(manager, sort="cards", q="guest 00")] == [8, 10, 12]


@pytest.mark.parametrize("count", [3, 30])
def test_the_queries_of_the_workbook(
    manager: Browser, programs: Programs, count_queries: CountQueries, count: int
) -> None:
    for number in range(count):
        guest = make_client(programs.location, f"Guest {number}", f"+49151123{number:05d}")
        give_points(bonus_card(guest), "1.00")
    for number in range(count):
        make_card(guest, make_card_type(programs.location.chain, f"Type {number}"))
    manager.get(CHAIN)
    with count_queries("client database, exported"):
        manager.get(CHAIN, {"export": "xlsx"})
