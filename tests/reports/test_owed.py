"""Points owed: what guests can spend now, lot by lot, and until when."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.test import Client as Browser
from openpyxl import load_workbook

from loyalty.cards.services import block_card
from loyalty.ledger.burning import burn_points
from reports.measures import measures_of
from tests.cast import Cast
from tests.pages import rows_of, sorts_by_every_column, text_of
from tests.programs import give_points, make_card, make_card_type, make_client, make_item, make_visit, moment
from tests.reports.conftest import browser

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_points")]

OWED = "/chains/aurora/reports/points-owed/"
NOW = moment("2026-03-03 12:00")


@pytest.fixture
def _points(cast: Cast) -> None:
    """Anna's last visit was on 10 February; points on her idle card end a month after it, or after they were given."""
    anna, boris = (
        make_client(cast.center, name, phone)
        for name, phone in (("Anna", "+4915112345601"), ("Boris", "+4915112345602"))
    )
    month: dict[str, Any] = {"inactivity_count": 1, "inactivity_unit": "months"}
    plain = make_card(anna, make_card_type(cast.aurora, "Plain"), "P1")
    idle = make_card(anna, make_card_type(cast.aurora, "Idle", **month), "I1")
    old = make_card(boris, make_card_type(cast.aurora, "Old"), "O1")
    make_visit(cast.center, anna, [make_item(cast.aurora, "Haircut", "60.00")], at=moment("2026-02-10 10:00"))
    given = (
        (plain, "8.00", "2026-02-20", None),
        (plain, "1.00", "2026-02-20", "2026-03-03"),
        (plain, "10.00", "2026-02-20", "2026-03-31"),
        (plain, "5.00", "2026-02-20", "2026-03-02"),  # past its day, though it has not burned
        (idle, "20.00", "2026-01-31", None),  # through 10 March: a month after the visit
        (idle, "3.00", "2026-02-20", "2026-03-05"),
        (idle, "4.00", "2026-02-25", None),  # through 25 March: a month after it was given
        (old, "100.00", "2026-02-20", None),
    )
    for card, points, day, last_day in given:
        last_on = date.fromisoformat(last_day) if last_day else None
        give_points(card, points, at=moment(f"{day} 10:00"), last_day=last_on)
    block_card(card=old, at=NOW)


@pytest.fixture(autouse=True)
def _now() -> object:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.mark.parametrize(
    ("query", "points"),
    [
        ("", "46.00"),
        ("until=2026-03-03", "1.00"),
        ("until=2026-03-09", "4.00"),
        ("until=2026-03-10", "24.00"),
        ("until=2026-03-31", "38.00"),
        ("since=2026-03-04&until=2026-03-10", "23.00"),
        ("whose=anna", "46.00"),
        ("whose=I1", "27.00"),
        ("whose=boris", "0.00"),
    ],
)
def test_the_rows_and_their_total(manager: Browser, query: str, points: str) -> None:
    page = manager.get(f"{OWED}?{query}")
    assert page.context["filters"].totals.points == Decimal(points)
    assert sum(row.record.remaining for row in page.context["table"].rows) == Decimal(points)


def test_an_impossible_period_is_said_beside_its_field(manager: Browser) -> None:
    assert "The period ends before it begins." in text_of(manager.get(f"{OWED}?since=2026-03-10&until=2026-03-04"))


def test_the_tile_says_what_is_owed_and_what_burns(cast: Cast, manager: Browser) -> None:
    """What burned by the job was not owed any more before it."""
    for burned in (0, 1):
        owed = manager.get("/chains/aurora/overview/").context["owed"]
        assert (owed["points"].amount, owed["burns"].amount) == (46, 38)
        assert [manager.get(each.url).context["filters"].totals.points for each in owed.values()] == [46, 38]
        assert burn_points(chain=cast.aurora, at=NOW) == 1 - burned


def test_the_rows_say_whose_they_are_and_until_when(manager: Browser) -> None:
    page = manager.get(OWED)
    found = rows_of(page)
    assert found[0] == ["3 Mar 2026", "Anna", "Plain P1", "20 Feb 2026", "Manual accrual", "1.00"]
    assert found[-1] == ["no last day", "Anna", "Plain P1", "20 Feb 2026", "Manual accrual", "8.00"]
    assert "Burn in the next 30 days 38.00" in text_of(page)
    sorts_by_every_column(manager, OWED)
    sheet = load_workbook(BytesIO(manager.get(f"{OWED}?export=xlsx").content))["Points owed"]
    assert [cell.value for cell in sheet[2]][-1] == 1 and sheet["A2"].value.date() == date(2026, 3, 3)
    assert sheet["A7"].value in (None, "no last day")


def test_very_many_are_walked_from_the_newest_and_added_up_by_the_ledger(
    manager: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As they end nobody could sort them; their total needs no lot."""
    monkeypatch.setattr(settings, "MOST_NUMBERED", 3)
    page = manager.get(f"{OWED}?size=25")
    assert (page.context["filters"].totals.points, page.context["filters"].totals.burns) == (46, 38)
    assert "On cards" not in text_of(page) and "3+ rows" in text_of(page)
    found = [row.record for row in page.context["table"].rows]
    assert [row[-1] for row in rows_of(page)] == ["4.00", "3.00", "20.00", "10.00", "1.00", "8.00"]
    following = manager.get(f"{OWED}?page=after-{found[2].pk}")
    assert [row.record for row in following.context["table"].page.object_list] == found[3:]
    chosen = manager.get(f"{OWED}?until=2026-03-31")
    assert chosen.context["filters"].totals is None
    assert "More than 3 accruals that are chosen are not added up." in text_of(chosen)
    assert manager.get(f"{OWED}?until=2026-03-09").context["filters"].totals.points == 4


def test_only_who_reads_reports_of_the_chain_sees_them(cast: Cast) -> None:
    assert browser(cast.desk).get(OWED).status_code == 403
    assert browser(cast.stranger).get(OWED).status_code == 404


def test_measures_are_of_one_unit_each_and_none_is_there_twice() -> None:
    names = [measure.name for measure in measures_of(None)]
    assert len(set(names)) == len(names)
    assert {measure.name: str(measure.unit) for measure in measures_of(None)} == {
        "visits": "visits",
        "sold": "money",
        "paid": "money",
        "promotion_discount": "money",
        "manual_discount": "money",
        "given": "points",
        "points_paid": "points",
        "burned": "points",
    }
