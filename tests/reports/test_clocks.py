"""On whose clock each instant stands, on a page, in its workbook and in what is said of it (docs/rules.md, section 1).

A visit in Los Angeles that begins on Sunday at 23:30 there, when it is Monday 8:30 in Berlin, where the chain is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import Any

import pytest
import time_machine
from django.test import Client as Browser
from openpyxl import load_workbook

from chains.models import Location
from loyalty.rules.terms import PromotionKind
from tests.cast import Cast, make_location
from tests.pages import rows_of, text_of
from tests.programs import make_card_type, make_client, make_item, make_promotion, make_visit, moment
from visits.models import Visit

STARTS = moment("2026-03-16 06:30")
ABOUT = "Europe/Berlin; West: America/Los_Angeles"


@dataclass(frozen=True)
class Coast:
    west: Location
    visit: Visit

    @property
    def client(self) -> str:
        return f"clients/{self.visit.client_id}"


@pytest.fixture
def coast(cast: Cast) -> Iterator[Coast]:
    """Half an hour after the visit began, when it is Sunday there still."""
    west = make_location(cast.aurora, "West", time_zone="America/Los_Angeles")
    back = make_promotion(cast.aurora, "Back", PromotionKind.CASHBACK_FIXED_PAID, "5")
    make_card_type(cast.aurora, "Bonus card", [back], automatic_issue="any")
    guest = make_client(west, "Lena", "+49 151 1234 5000")
    visit = make_visit(west, guest, [make_item(cast.aurora, "Haircut", "60.00")], at=STARTS)
    with time_machine.travel(moment("2026-03-16 06:45"), tick=False):
        yield Coast(west, visit)


def sheets(browser: Browser, address: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The first row of the table by its headings, and what is said about the list."""
    book = load_workbook(BytesIO(browser.get(address, {"export": "xlsx"}).content))
    (table,) = [sheet for sheet in book if sheet.freeze_panes]
    (said,) = [sheet for sheet in book if not sheet.freeze_panes]
    headings, first = list[Any](table.iter_rows(values_only=True))[:2]
    return dict(zip(headings, first, strict=True)), {str(row[0]): row[1] for row in said.iter_rows(values_only=True)}


def at(text: str) -> datetime:
    """The wall clock of a workbook, which knows no zones."""
    return datetime.fromisoformat(text)


MADE = at("2026-03-16 07:45")


def test_the_ledger_is_on_the_chains_clock_and_the_visit_in_it_on_its_locations(coast: Coast, manager: Browser) -> None:
    row, about = sheets(manager, "/chains/aurora/transactions/")
    assert (row["Date and time"], row["Visit"]) == (at("2026-03-16 07:30"), at("2026-03-15 23:30"))
    assert about["Made"] == MADE
    assert (about["Time zone"], about["Time zone of visits"]) == ("Europe/Berlin", ABOUT)
    page = rows_of(manager.get("/chains/aurora/transactions/"))
    assert page[0][0] == "16 Mar 2026 07:30" and "15 Mar 2026" in page[0]


@pytest.mark.parametrize("place", ["chains/aurora", "locations/west"])
def test_the_rows_of_a_client_are_on_the_chains_clock_everywhere(coast: Coast, manager: Browser, place: str) -> None:
    address = f"/{place}/{coast.client}/loyalty/"
    assert rows_of(manager.get(address))[0][0].split() == ["16", "Mar", "2026", "07:30"]
    row, about = sheets(manager, address)
    assert row["Date and time"] == at("2026-03-16 07:30") and row["Visit"] == at("2026-03-15 00:00")
    assert (about["Made"], about["Time zone"]) == (MADE, "Europe/Berlin")


@pytest.mark.parametrize(
    ("place", "list_", "zone"),
    [
        ("chains/aurora", "reports/visits/", ABOUT),
        ("locations/west", "reports/visits/", "America/Los_Angeles"),
        ("chains/aurora", "{client}/visits/", ABOUT),
        ("locations/west", "{client}/visits/", ABOUT),
        ("locations/center", "{client}/visits/", ABOUT),
    ],
)
def test_visits_are_on_the_clock_of_their_location_everywhere(
    coast: Coast, manager: Browser, place: str, list_: str, zone: str
) -> None:
    address = f"/{place}/{list_.format(client=coast.client)}"
    page = manager.get(address)
    assert rows_of(page)[0][0] == "15 Mar 2026, 23:30"
    row, about = sheets(manager, address)
    assert row["Date"] == at("2026-03-15 23:30")
    assert (about["Made"], about["Time zone"]) == (MADE, zone)
    assert about["Time zone of “Made”"] == "Europe/Berlin"
    assert (f"Time zone: {ABOUT}" in text_of(page)) == place.startswith("chains")


def test_the_day_of_a_location_is_its_own(coast: Coast, manager: Browser) -> None:
    page = manager.get("/locations/west/visits/")
    assert "Sunday, 15 March 2026" in text_of(page)
    assert rows_of(page)[0][0] == "23:30"
    row, about = sheets(manager, "/locations/west/visits/")
    assert row["Time"] == at("2026-03-15 23:30")
    assert (about["Time zone"], about["Time zone of “Made”"]) == ("America/Los_Angeles", "Europe/Berlin")
    assert rows_of(manager.get("/locations/west/visits/", {"on": "2026-03-16"})) == []


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("visits/{visit}/", "15 Mar 2026, 23:30"),
        ("visits/{visit}/receipt/", "15 Mar 2026, 23:30"),
        ("visits/{visit}/cancel/", "15 March 2026, 23:30"),
        ("visits/guest/?q={visit}", "15 Mar 2026, 23:30"),
        ("visits/guest/?q=Lena", "today at 23:30"),
        ("visits/new/{client}/", "There is a visit today at 23:30"),
    ],
)
def test_every_page_of_a_visit_says_when_it_began_there(
    coast: Coast, manager: Browser, address: str, shown: str
) -> None:
    ids = {"visit": coast.visit.pk, "client": coast.visit.client_id}
    text = text_of(manager.get(f"/locations/west/{address.format(**ids)}"))
    assert shown in text
    # When the save was written is told by the chain's clock.
    assert text.count("07:30") == text.count("the program Entered.")


def test_what_was_written_at_a_location_is_on_the_chains_clock(coast: Coast, manager: Browser) -> None:
    """Its card, issued when it is Monday in Berlin, and the cancellation."""
    assert coast.visit.client
    card = coast.visit.client.cards.get()
    for place in ("chains/aurora", "locations/west"):
        type(card).objects.update(issued_at=STARTS)
        assert "16 March 2026" in text_of(manager.get(f"/{place}/cards/{card.pk}/"))
        assert "Issued 16 March 2026" in text_of(manager.get(f"/{place}/{coast.client}/"))
    row, _about = sheets(manager, "/chains/aurora/cards/")
    assert row["Issued"] == at("2026-03-16 07:30")


def test_a_page_says_on_which_clocks_it_is_where_they_differ(coast: Coast, manager: Browser) -> None:
    told = (
        "Starts of visits are on the clock of this location (America/Los_Angeles), "
        "all other times on that of the chain (Europe/Berlin)."
    )
    assert told in text_of(manager.get("/locations/west/visits/"))
    for other in ("/locations/center/visits/", "/chains/aurora/transactions/"):
        assert "on the clock of" not in text_of(manager.get(other))


def test_a_period_of_rows_is_of_the_chains_days_and_one_of_visits_of_the_locations(
    coast: Coast, manager: Browser
) -> None:
    for address, day, found in (
        ("/chains/aurora/transactions/", "2026-03-15", 0),
        ("/chains/aurora/transactions/", "2026-03-16", 1),
        ("/chains/aurora/reports/visits/", "2026-03-15", 1),
        ("/chains/aurora/reports/visits/", "2026-03-16", 0),
        ("/locations/west/reports/visits/", "2026-03-15", 1),
        ("/locations/west/reports/visits/", "2026-03-16", 0),
    ):
        assert len(rows_of(manager.get(address, {"since": day, "until": day}))) == found, (address, day)


def test_a_list_whose_places_share_a_clock_names_it_once(cast: Cast, manager: Browser) -> None:
    guest = make_client(cast.center, "Lena", "+49 151 1234 5000")
    make_visit(cast.center, guest, [make_item(cast.aurora, "Haircut", "60.00")], at=STARTS)
    _row, about = sheets(manager, "/chains/aurora/reports/visits/")
    assert about["Time zone"] == "Europe/Berlin" and "Time zone of “Made”" not in about
