"""The overview: figures by day, each equal to the rows that it leads to; charts; the first steps of a new chain."""

from __future__ import annotations

import random
import uuid
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from io import BytesIO
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from django.test import Client as Browser
from openpyxl import load_workbook

from chains.access import Right, Role
from chains.catalog.models import Item
from chains.models import Location
from clients.models import Client
from loyalty.cards.models import Card
from loyalty.ledger.burning import burn_points
from loyalty.ledger.holdings import holdings_of
from loyalty.ledger.models import Holder
from loyalty.promotions.models import Promotion
from loyalty.rules.plan import DiscountChoice, MeansChoice, PaymentMethod, Status
from loyalty.rules.terms import PromotionKind
from tests.cast import PROGRAM, Cast, make_access, make_chain, make_location, make_user
from tests.pages import rows_of, sorts_by_every_column, text_of
from tests.plugins.query_counts import CountQueries
from tests.programs import (
    give_points,
    make_card_type,
    make_client,
    make_item,
    make_promotion,
    make_visit,
)
from tests.reports.conftest import Books, browser
from visits.checkout import cancel_visit
from visits.models import Visit

pytestmark = pytest.mark.django_db

CHAIN, VISITS = "/chains/aurora/overview/", "/chains/aurora/reports/visits/"
NOW = datetime(2026, 3, 2, 23, 30, tzinfo=UTC)
"""Half past midnight of 3 March in Berlin, half past one in the afternoon of 2 March in Honolulu."""


@pytest.fixture(autouse=True)
def _now() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


def tiles(page: Any) -> dict[str, tuple[Any, Any]]:
    """The figure of the period and the one that it is compared with, by the name of the measure."""
    return {tile.measure.name: (tile.now.amount, tile.before and tile.before.amount) for tile in page.context["tiles"]}


def cells(row: Any) -> list[str]:
    return [each.written if each else "–" for each in row]


# What the figures are
# ----------------------------------------------------------------------------


def test_the_figures_of_a_chain_by_hand(books: Books, manager: Browser) -> None:
    """The night to 3 March is today in Berlin: 20 points given; 5 written off and back are no figure."""
    page = manager.get(CHAIN)
    zero = Decimal(0)
    assert tiles(page) == {
        "visits": (2, 0),
        "sold": (120, zero),
        "paid": (114, zero),
        "promotion_discount": (6, zero),
        "manual_discount": (zero, zero),
        "given": (Decimal("28.40"), zero),
        "points_paid": (zero, zero),
        "burned": (zero, zero),
    }
    assert page.context["owed"]["points"].amount == Decimal("28.40")
    assert page.context["owed"]["burns"].amount == 0
    assert [(name, cells(row)) for name, _url, row in page.context["places"]] == [
        ("Center", ["1", "€60.00", "€54.00", "€6.00", "€0.00", "5.40", "0.00", "–"]),
        ("Harbour", ["1", "€60.00", "€60.00", "€0.00", "€0.00", "3.00", "0.00", "–"]),
        ("the chain itself", ["–", "–", "–", "–", "–", "20.00", "0.00", "0.00"]),
    ]
    table = {words: cells(row) for words, row in page.context["rows"]}
    assert len(table) == 30 and next(iter(table)) == "Tue 3 Mar, so far"
    assert table["Sun 1 Mar"] == ["1", "€60.00", "€54.00", "€6.00", "€0.00", "5.40", "0.00", "0.00"]


def test_a_location_has_no_figure_that_could_only_be_nothing(books: Books, manager: Browser) -> None:
    page = manager.get("/locations/harbour/overview/")
    found = tiles(page)
    assert (found["visits"][0], found["paid"][0], found["given"][0]) == (1, 60, 3)
    assert "burned" not in found and "burned" not in page.content.decode()
    assert "owed" not in page.context and "Points owed" not in text_of(page)


def test_the_line_of_a_tile_leaves_out_a_week_that_lacks_days(books: Books, manager: Browser) -> None:
    """Weeks begin on Monday: eight whole ones, the same and two days more, seven."""
    for until, corners in (("2026-03-01", 8), ("2026-03-03", 8), ("2026-02-22", 7)):
        page = manager.get(CHAIN, {"period": "own", "since": "2026-01-05", "until": until})
        assert {len(tile.line.points.split()) for tile in page.context["tiles"]} == {corners}, until


def test_the_address_says_the_period_and_what_it_is_compared_with(books: Books, manager: Browser) -> None:
    """On Sunday one visit of 54.00, on Monday one of 60.00; it is Tuesday."""
    zero = Decimal(0)
    paid = {
        "period=yesterday": (60, zero, "Yesterday 2 Mar 2026 · compared with 23 Feb 2026"),
        "period=this_week": (60, zero, "This week 2 Mar 2026 – 3 Mar 2026, today so far"),
        "period=last_week&compare=none": (54, None, "Last week 23 Feb 2026 – 1 Mar 2026 Visits"),
        "since=2026-03-02&until=2026-03-08": (60, 54, "Own dates 2 Mar 2026 – 8 Mar 2026, today so far · compared"),
        "since=2027-03-01&until=2027-03-07&compare=year": (zero, 60, "compared with 2 Mar 2026 – 8 Mar 2026"),
        "period=this_year&since=2020-01-01": (114, zero, "This year 1 Jan 2026 – 3 Mar 2026"),
    }
    for query, (now, before, told) in paid.items():
        page = manager.get(f"{CHAIN}?{query}")
        assert tiles(page)["paid"] == (now, before), query
        assert told in text_of(page)
    assert "up 11 % from €54.00" in text_of(manager.get(f"{CHAIN}?since=2026-03-02&until=2026-03-08"))


@pytest.mark.parametrize(
    ("query", "field", "sentence"),
    [
        ("since=2026-03-02&until=2026-03-01", "until", "The period ends before it begins."),
        ("since=2026-03-02", "until", "Choose a day."),
        ("since=2020-03-02&until=2025-03-02", "until", "Choose at most 5 years."),
        ("since=gestern&until=2026-03-01", "since", "Enter a valid date."),
        ("since=1999-03-02&until=2026-03-01", "since", "Choose a day from 2000 on."),
        ("period=never", "period", "Select a valid choice. never is not one of the available choices."),
        ("compare=never", "compare", "Select a valid choice. never is not one of the available choices."),
    ],
)
def test_what_cannot_be_is_said_beside_its_field(
    books: Books, manager: Browser, query: str, field: str, sentence: str
) -> None:
    """What was typed stays, and the usual period is shown."""
    page = manager.get(f"{CHAIN}?{query}")
    assert page.context["form"].errors == {field: [sentence]}
    assert sentence in text_of(page) and "Last 30 days 2 Feb 2026 – 3 Mar 2026" in text_of(page)
    assert 'value="2026-03-02"' in page.content.decode() or "2026-03-02" not in query


def play(cast: Cast) -> None:
    """Sixty days in two time zones, with everything that moves points, also what is undone on another day."""
    chance = random.Random(7)
    far = make_location(cast.aurora, "Far", time_zone="Pacific/Honolulu")
    burning = {"burn_count": 9, "burn_unit": "days"}
    cashback = make_promotion(cast.aurora, "10 % back", PromotionKind.CASHBACK_FIXED_PAID, "10", **burning)
    discount = make_promotion(cast.aurora, "5 % off", PromotionKind.DISCOUNT_FIXED, "5")
    bonus = make_card_type(cast.aurora, "Bonus card", [cashback, discount], automatic_issue="any")
    guests = [make_client(cast.center, f"Guest {number}", f"+49151123456{number:02}") for number in range(4)]
    haircut = make_item(cast.aurora, "Haircut", "60.00")
    for day in range(61):
        at = NOW - timedelta(days=60 - day)
        for location in (cast.center, cast.harbour, far):
            if chance.random() < 0.25 or day in (59, 60):
                guest = chance.choice(guests)
                at_this = at - timedelta(minutes=chance.randrange(1, 60))
                come(chance, location, guest, haircut, at_this, discount if chance.random() < 0.3 else None)
        if day % 6 == 0:
            burn_points(chain=cast.aurora, at=at)
    give_points(Card.objects.get(client=guests[0], card_type=bonus), "7.50", at=NOW)


def come(
    chance: random.Random, location: Location, guest: Client, item: Item, at: datetime, discount: Promotion | None
) -> None:
    """Mostly settled, sometimes with points, sometimes not paid, sometimes cancelled a day later."""
    status = chance.choice([Status.ARRIVED, Status.ARRIVED, Status.ARRIVED, Status.WAITING, Status.NO_SHOW])
    pays = chance.choice([PaymentMethod.CASH, PaymentMethod.CARD, PaymentMethod.CASH, None])
    card = guest.cards.get()
    choices = {
        "means": (MeansChoice(card.holder_id, None),) if chance.random() < 0.4 else (),
        "discounts": (DiscountChoice(card.pk, discount.pk),) if discount else (),
    }
    by_hand = "10" if at.day % 3 == 0 else "0"
    items = [item] * chance.choice([1, 2])
    visit = make_visit(location, guest, items, at=at, status=status, pays=pays, by_hand=by_hand, **choices)
    if chance.random() < 0.2:
        later = min(at + timedelta(days=1), NOW)
        cancel_visit(visit_id=visit.pk, chain=location.chain, key=uuid.uuid4(), at=later, acting_user=PROGRAM)


def total_of(page: Any, name: str) -> Any:
    """What the page of the rows says they add up to, in the words and with the sign of the overview."""
    called = {"visits": "settled", "points_paid": "paid"}
    return Decimal(getattr(page.context["filters"].totals, called.get(name, name)))


def test_the_figures_of_a_played_life(cast: Cast, manager: Browser) -> None:
    play(cast)
    every_figure_is_that_of_the_rows_it_leads_to(manager)
    a_day_is_that_of_the_location_for_visits_and_of_the_chain_for_points(manager)
    parts_and_locations_add_up_to_the_figures(manager)
    points_owed_are_those_of_the_lots_and_of_the_cards(cast, manager)


def every_figure_is_that_of_the_rows_it_leads_to(manager: Browser) -> None:
    pages = cache(manager.get)
    seen: dict[str, set[Decimal]] = {}
    periods = ("", "?period=today&compare=year", "?period=last_week", "?since=2026-01-05&until=2026-02-10")
    for place, asked in {
        "chains/aurora": periods,
        "locations/center": periods[:1],
        "locations/far": periods[1:],
    }.items():
        for query in asked:
            for tile in manager.get(f"/{place}/overview/{query}").context["tiles"]:
                for amount in (tile.now, tile.before):
                    assert total_of(pages(amount.url), tile.measure.name) == amount.amount, (place, amount)
                    seen.setdefault(tile.measure.name, set()).add(amount.amount)
    assert {name: len(amounts) >= 3 for name, amounts in seen.items()} == dict.fromkeys(seen, True)


def a_day_is_that_of_the_location_for_visits_and_of_the_chain_for_points(manager: Browser) -> None:
    page = manager.get("/locations/far/overview/?period=today")
    days = {tile.measure.name: tile.now.url.partition("since=")[2][:10] for tile in page.context["tiles"]}
    assert (days["visits"], days["given"]) == ("2026-03-02", "2026-03-03")
    assert "Visits go by the clock of the location" in page.content.decode()
    assert [(words, cells(row)[-1]) for words, row in page.context["rows"]][1] == ("Mon 2 Mar, so far", "–")


@pytest.mark.parametrize(
    ("query", "words", "said"),
    [
        ("period=last_30_days", ["Tue 3 Mar, so far", "Mon 2 Mar", "Sun 1 Mar"], "today so far"),
        ("since=2026-01-05&until=2026-02-24", ["23 Feb – 24 Feb, 2 of 7 days", "16 Feb – 22 Feb"], "not a whole week"),
        ("since=2025-06-10&until=2026-03-03", ["1 Mar 2026 – 3 Mar 2026, 3 of 31 days"], "not a whole month"),
    ],
)
def test_what_is_not_over_or_not_whole_is_said(
    query: str, words: list[str], said: str, cast: Cast, manager: Browser
) -> None:
    play(cast)
    page = manager.get(f"{CHAIN}?{query}")
    assert [told for told, _cells in page.context["rows"]][: len(words)] == words
    assert said in {str(chart.is_part) for chart in page.context["charts"]} <= {said, ""}
    assert said in page.content.decode()


def parts_and_locations_add_up_to_the_figures(manager: Browser) -> None:
    pages = cache(manager.get)
    for query, parts in {"": 30, "?period=last_90_days": 14, "?since=2025-06-10&until=2026-03-03": 10}.items():
        page = manager.get(f"{CHAIN}{query}")
        rows, places = page.context["rows"], page.context["places"]
        assert len(rows) == parts
        for each in ([row for _words, row in rows], [row for _name, _url, row in places]):
            for tile, column in zip(page.context["tiles"], zip(*each, strict=True), strict=True):
                assert sum(amount.amount for amount in column if amount) == tile.now.amount, tile.measure.name
        # The one that is not over, and some that are.
        some = [*(row for _words, row in rows[:4]), *(row for _name, _url, row in places if not query)]
        for amounts in some:
            for tile, amount in zip(page.context["tiles"], amounts, strict=True):
                assert not amount or total_of(pages(amount.url), tile.measure.name) == amount.amount, amount


def points_owed_are_those_of_the_lots_and_of_the_cards(cast: Cast, manager: Browser) -> None:
    """The database counts the days as the rules do, lot by lot."""
    holdings = holdings_of(Holder.objects.all(), today=cast.aurora.local_date(NOW)).values()
    held = [each for holding in holdings for each in holding.lots if not each.is_past]
    soon = [each for each in held if each.ends_on and each.ends_on <= date(2026, 4, 1)]
    assert 0 < len(soon) < len(held) < 100
    lots = {"points": held, "burns": soon}
    for name, amount in manager.get(CHAIN).context["owed"].items():
        page = manager.get(amount.url, {**parse_qs(urlsplit(amount.url).query), "size": "100"})
        shown = {row.record.pk: (row.record.ends_on, row.record.remaining) for row in page.context["table"].rows}
        assert shown == {each.lot.key: (each.ends_on, each.lot.remaining) for each in lots[name]}
        assert page.context["filters"].totals.points == amount.amount == sum(left for _day, left in shown.values())
    assert sum(each.lot.remaining for each in held) == sum(holding.available for holding in holdings)


# A new chain, and who sees what
# ----------------------------------------------------------------------------


OF_OTHERS = "done by an administrator or an owner"


def steps(page: Any) -> list[tuple[str, bool, str]]:
    return [(step.label, step.is_done, step.url) for step in page.context["steps"]]


def test_a_new_chain_is_told_what_to_do_first(cast: Cast) -> None:
    owner = browser(cast.owner)
    page = owner.get(CHAIN)
    assert steps(page) == [
        ("Add a location", True, "/chains/aurora/settings/locations/new/"),
        ("Start a program", False, "/chains/aurora/start/"),
        ("Add services and products", False, "/locations/center/items/"),
        ("Check the first visit out", False, "/locations/center/visits/"),
    ]
    assert all(owner.get(url).status_code == 200 for _label, _is_done, url in steps(page))
    assert "Figures stand here from the first visit on." in text_of(page)
    assert "Day by day" not in text_of(page) and "compared with" not in text_of(page)
    # Who may not set anything up reads the same list with what is theirs to do.
    others = browser(cast.manager).get(CHAIN)
    assert [url for _label, _is_done, url in steps(others) if url] == ["/locations/center/visits/"]
    assert [OF_OTHERS in text_of(each) for each in (page, others)] == [False, True]
    assert [step.label for step in page.context["steps"] if step.is_next] == ["Start a program"]
    make_promotion(cast.aurora, "Autumn", PromotionKind.DISCOUNT_FIXED, "10")
    after = owner.get(CHAIN)
    assert [label for label, is_done, _url in steps(after) if is_done] == ["Add a location", "Start a program"]
    assert [step.label for step in after.context["steps"] if step.is_next] == ["Add services and products"]


def test_with_the_first_visit_the_list_is_gone(books: Books, manager: Browser) -> None:
    page = manager.get(CHAIN)
    assert steps(page) == [] and "Day by day" in text_of(page)


def test_a_chain_without_a_location_has_an_overview_too(cast: Cast) -> None:
    empty = make_chain("Cassiopeia")
    make_access(cast.newcomer, empty, Role.OWNER)
    page = browser(cast.newcomer).get("/chains/cassiopeia/overview/")
    assert [url for label, _is_done, url in steps(page) if "first visit" in label] == [""]
    assert OF_OTHERS not in text_of(page)


def test_a_desk_with_the_right_sees_its_location_only(books: Books) -> None:
    desk = make_user("Dina Desk")
    make_access(
        desk, books.cast.aurora, Role.FRONT_DESK, locations=[books.cast.center], extra_rights=[Right.VIEW_REPORTS]
    )
    page = browser(desk).get("/locations/center/overview/")
    assert tiles(page)["visits"][0] == 1 and "Overview" in page.content.decode()
    assert "/chains/" not in page.content.decode()
    for address in (CHAIN, VISITS, "/chains/aurora/transactions/"):
        assert browser(desk).get(address).status_code == 403
    assert browser(desk).get("/locations/harbour/overview/").status_code == 404
    assert browser(books.cast.desk).get("/locations/center/overview/").status_code == 403
    assert "Overview" not in browser(books.cast.desk).get("/locations/center/visits/").content.decode()


def test_another_period_is_asked_for_at_the_address_without_its_query(books: Books, manager: Browser) -> None:
    """Where the query went along, the address would grow with every change."""
    for address in (CHAIN, "/locations/center/overview/"):
        page = manager.get(f"{address}?period=today&compare=none").content.decode()
        assert f'hx-get="{address}"' in page and 'hx-get=""' not in page


# Visits over a period
# ----------------------------------------------------------------------------


def test_the_visits_of_a_period(books: Books, manager: Browser) -> None:
    waiting = make_visit(books.cast.harbour, books.anna, [], at=NOW, status=Status.WAITING)
    found = rows_of(manager.get(VISITS))
    assert found[0][:4] == ["3 Mar 2026, 00:30", "Harbour", "Anna Schmidt", "waiting"]
    assert found[1] == [
        "2 Mar 2026, 11:00",
        "Harbour",
        "Anna Schmidt",
        "arrived",
        "60.00",
        "–",
        "–",
        "–",
        "60.00",
        "–",
        "60.00",
        "0.00",
    ]
    queries = {
        "status=settled": 2,
        "status=unsettled": 0,
        "status=waiting": 1,
        "since=2026-03-02": 2,
        "since=2026-03-02&until=2026-03-02": 1,
        f"location={books.cast.center.pk}": 1,
        "guest=anna": 2,
        "since=2026-03-02&until=2026-03-01": 2,
    }
    for query, count in queries.items():
        page = manager.get(f"{VISITS}?{query}")
        rows = [row.record for row in page.context["table"].rows]
        totals = page.context["filters"].totals
        assert (len(rows), totals.visits) == (count, count), query
        arrived = [row for row in rows if row.status == Status.ARRIVED]
        assert totals.sold == sum(row.sold for row in arrived) and totals.left == sum(row.left for row in arrived)
    assert (
        "The period ends before it begins."
        in manager.get(f"{VISITS}?since=2026-03-02&until=2026-03-01").content.decode()
    )
    sorts_by_every_column(manager, VISITS)
    here = manager.get("/locations/center/reports/visits/")
    assert len(rows_of(here)) == 1 and "location" not in here.context["filters"].form.fields
    assert waiting.pk not in {row.record.pk for row in here.context["table"].rows}


def test_only_what_arrived_is_in_the_totals_of_visits(books: Books, manager: Browser) -> None:
    """Discounts and points of the others acted on nothing; money that is recorded with them is told apart."""
    haircut = Item.objects.get()
    planned: dict[str, Any] = {"at": NOW + timedelta(days=1), "status": Status.CONFIRMED}
    make_visit(books.cast.center, books.anna, [haircut], **planned, pays=None)
    make_visit(books.cast.center, books.anna, [haircut, haircut], **planned)
    points = (MeansChoice(books.anna_card.holder_id, Decimal(8)),)
    for status in (Status.NO_SHOW, Status.CANCELLED):
        make_visit(books.cast.harbour, books.anna, [haircut], at=NOW, status=status, means=points)
    page = manager.get(VISITS)
    totals = page.context["filters"].totals
    assert (totals.visits, totals.arrived, totals.settled, totals.planned, totals.called_off) == (6, 2, 2, 2, 2)
    assert (totals.sold, totals.discount, totals.due) == (120, 6, 114)
    assert (totals.points_paid, totals.paid, totals.left) == (0, 114, 0)
    assert (totals.planned_due, totals.planned_recorded, totals.called_off_recorded) == (180, 120, 104)
    told = text_of(page)
    for sentence in (
        "Figures of 2 arrived visits.",
        "2 are planned, €180.00 due. €120.00 is paid ahead.",
        "2 did not take place. €104.00 is still recorded with visits that did not take place.",
    ):
        assert sentence in told
    assert "planned" not in text_of(manager.get(f"{VISITS}?status=settled"))


def test_what_is_left_of_a_visit_that_does_not_take_place_is_to_be_handed_back(books: Books, manager: Browser) -> None:
    """On the page and in its workbook, so that the rows add up to the total above them."""
    gone: dict[str, Any] = {"at": NOW, "status": Status.NO_SHOW}
    make_visit(books.cast.harbour, books.anna, [Item.objects.get()], **gone, pays=None)
    make_visit(books.cast.harbour, books.anna, [Item.objects.get()], **gone)
    page = manager.get(f"{VISITS}?status=no_show")
    assert sorted(row[-1] for row in rows_of(page)) == ["hand back 60.00", "–"]
    assert page.context["filters"].totals.left == 0
    sheet = load_workbook(BytesIO(manager.get(f"{VISITS}?status=no_show&export=xlsx").content))["Visits"]
    assert {row[-1].value for row in sheet.iter_rows(min_row=2, max_row=3)} == {-60, 0}


def test_the_visits_as_a_workbook(books: Books, manager: Browser) -> None:
    answer = manager.get(f"{VISITS}?export=xlsx&sort=starts_at&location={books.cast.center.pk}")
    sheet = load_workbook(BytesIO(answer.content))["Visits"]
    when, *rest = (cell.value for cell in sheet[2])
    assert when == datetime(2026, 3, 1, 11)  # noqa: DTZ001 - a workbook knows no zones
    assert rest == ["Center", '=cmd|"/c calc"!A1', "arrived", 60, -6, 0, -6, 54, 0, 54, 0]
    assert sheet["E2"].number_format == "#,##0.00" and sheet["C2"].data_type == "s"


# Queries
# ----------------------------------------------------------------------------


@pytest.mark.parametrize("many", [3, 30])
def test_the_queries_of_the_overview(many: int, books: Books, manager: Browser, count_queries: CountQueries) -> None:
    """However many visits, locations and rows there are."""
    card = books.anna_card
    for number in range(many):
        location = make_location(books.cast.aurora, f"Place {number}")
        Visit.objects.bulk_create(
            Visit(
                chain=books.cast.aurora,
                location=location,
                client=books.anna,
                starts_at=at,
                starts_on=at.date(),
                saved_at=at,
                settled_at=at,
                status=Status.ARRIVED,
                sold=Decimal(10),
            )
            for at in (NOW - timedelta(days=day) for day in range(many))
        )
        books.give("1", at=NOW - timedelta(minutes=number), card=card)
    addresses = {
        "overview of a chain": CHAIN,
        "overview of a location": "/locations/center/overview/",
        "points owed": "/chains/aurora/reports/points-owed/",
        "visits": VISITS,
    }
    for name, address in addresses.items():
        manager.get(address)
        with count_queries(f"report: {name}"):
            manager.get(address)
