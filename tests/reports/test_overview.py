"""The overview: figures by day, each equal to the rows that it leads to; charts; the first steps of a new chain."""

from __future__ import annotations

import random
import uuid
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from io import BytesIO
from typing import Any

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
from loyalty.ledger.models import Transaction
from loyalty.promotions.models import Promotion
from loyalty.rules.plan import DiscountChoice, MeansChoice, PaymentMethod, Status
from loyalty.rules.terms import PromotionKind
from reports.overview.chart import BOTTOM, HEIGHT, TOP, chart_of
from reports.overview.tiles import change_in_words
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


def tiles(page: Any) -> dict[str, tuple[Any, Any, Any]]:
    """The last 30 days, today, and the 30 days before, by the name of the figure."""
    found = {tile.figure.name: tile for tile in page.context["tiles"]}
    return {name: (tile.last.amount, tile.today.amount, tile.before.amount) for name, tile in found.items()}


# What the figures are
# ----------------------------------------------------------------------------


def test_the_figures_of_a_chain_by_hand(books: Books, manager: Browser) -> None:
    """The night to 3 March is today in Berlin: 20 points given; 5 written off and back are no figure."""
    page = manager.get(CHAIN)
    zero = Decimal(0)
    assert tiles(page) == {
        "visits": (2, 0, 0),
        "sold": (120, zero, zero),
        "manual_discount": (zero, zero, zero),
        "promotion_discount": (6, zero, zero),
        "paid": (114, zero, zero),
        "given": (Decimal("28.40"), 20, zero),
        "points_paid": (zero, zero, zero),
        "burned": (zero, zero, zero),
    }
    assert page.context["outstanding"].amount == Decimal("28.40")
    assert page.context["outstanding_change"] == "nothing before"
    assert [(name, [each.written for each in amounts]) for name, _url, amounts in page.context["places"]] == [
        ("Center", ["1", "€60.00", "€0.00", "€6.00", "€54.00", "5.40", "0.00", "0.00"]),
        ("Harbour", ["1", "€60.00", "€0.00", "€0.00", "€60.00", "3.00", "0.00", "0.00"]),
        ("the chain itself", ["0", "€0.00", "€0.00", "€0.00", "€0.00", "20.00", "0.00", "0.00"]),
    ]
    table = {str(day): [each.written for each in amounts] for day, amounts in page.context["days"]}
    assert len(table) == 30 and next(iter(table)) == "2026-03-03"
    assert table["2026-03-01"] == ["1", "€60.00", "€0.00", "€6.00", "€54.00", "5.40", "0.00", "0.00"]


def test_the_figures_of_a_location(books: Books, manager: Browser) -> None:
    found = tiles(manager.get("/locations/harbour/overview/"))
    assert (found["visits"][0], found["paid"][0], found["given"][0]) == (1, 60, 3)
    assert not {"Points outstanding", "burned"} & set(found)
    text = manager.get("/locations/harbour/overview/").content.decode()
    assert "Points outstanding" not in text and "urned" not in text


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
    """What the page of the rows says they add up to."""
    totals = page.context["filters"].totals
    if name == "visits":
        return Decimal(totals.settled)
    if name == "given":
        return totals.given
    if name in ("points_paid", "burned"):
        return -(totals.paid if name == "points_paid" else totals.burned)
    return Decimal(getattr(totals, name))


def test_the_figures_of_a_played_life(cast: Cast, manager: Browser) -> None:
    play(cast)
    every_figure_is_that_of_the_rows_it_leads_to(manager)
    a_day_is_that_of_the_location_for_visits_and_of_the_chain_for_points(manager)
    days_and_locations_add_up_to_the_figures(manager)
    outstanding_points_are_those_of_the_cards_and_of_the_ledger(manager)


def every_figure_is_that_of_the_rows_it_leads_to(manager: Browser) -> None:
    pages = cache(manager.get)
    seen: dict[str, set[Decimal]] = {}
    for place in ("chains/aurora", "locations/center", "locations/far"):
        for tile in manager.get(f"/{place}/overview/").context["tiles"]:
            for amount in (tile.last, tile.today, tile.before):
                assert total_of(pages(amount.url), tile.figure.name) == amount.amount, (place, amount)
                seen.setdefault(tile.figure.name, set()).add(amount.amount)
    assert {name: len(amounts) >= 2 for name, amounts in seen.items()} == dict.fromkeys(seen, True)


def a_day_is_that_of_the_location_for_visits_and_of_the_chain_for_points(manager: Browser) -> None:
    page = manager.get("/locations/far/overview/")
    days = {tile.figure.name: tile.today.url.partition("since=")[2][:10] for tile in page.context["tiles"]}
    assert (days["visits"], days["given"]) == ("2026-03-02", "2026-03-03")
    assert "Visits go by the clock of the location" in page.content.decode()


def days_and_locations_add_up_to_the_figures(manager: Browser) -> None:
    page = manager.get(CHAIN)
    wanted = {tile.figure.name: tile.last.written for tile in page.context["tiles"]}
    for rows in (page.context["days"], [(name, amounts) for name, _url, amounts in page.context["places"]]):
        for number, name in enumerate(wanted):
            assert sum(amounts[number].amount for _of, amounts in rows) == figure_in(wanted[name]), name
    last_week, places = page.context["days"][:7], page.context["places"]
    for amounts in [*(amounts for _day, amounts in last_week), *(amounts for _name, _url, amounts in places)]:
        for name, amount in zip(wanted, amounts, strict=True):
            assert not amount.url or total_of(manager.get(amount.url), name) == amount.amount, amount
    assert sum(bool(amount.url) for _name, _url, amounts in places for amount in amounts) == 8 * 3 + 3


def figure_in(text: str) -> Decimal:
    return Decimal(text.translate(str.maketrans("−", "-", "€,")))


def outstanding_points_are_those_of_the_cards_and_of_the_ledger(manager: Browser) -> None:
    page = manager.get(CHAIN)
    shown = page.context["outstanding"]
    assert manager.get(shown.url).context["filters"].totals.balance == shown.amount
    cards = manager.get(f"{shown.url}&size=100").context["table"].rows
    assert sum(row.record.holder.balance for row in cards) == shown.amount
    start = datetime(2026, 2, 1, 23, tzinfo=UTC)
    before = sum(row.amount for row in Transaction.objects.filter(holder__isnull=False, at__lt=start))
    assert figure_in(page.context["outstanding_before"]) == before > 0


@pytest.mark.parametrize(
    ("now", "before", "said"),
    [
        ("112", "100", "12 % more"),
        ("0", "80", "100 % less"),
        ("100.4", "100", "about as much as before"),
        ("100.5", "100", "1 % more"),
        ("7", "7", "as much as before"),
        ("0", "0", "nothing, as before"),
        ("7", "0", "nothing before"),
        ("7", "-3", "nothing before"),
    ],
)
def test_a_change_is_told_in_percent(now: str, before: str, said: str) -> None:
    assert change_in_words(Decimal(now), Decimal(before)) == said


# Columns of days
# ----------------------------------------------------------------------------

DAYS = [date(2026, 3, 1) + timedelta(days=number) for number in range(3)]


def test_columns_stand_on_the_line_of_nothing_and_hang_from_it() -> None:
    given = {DAYS[0]: Decimal(80), DAYS[2]: Decimal(-5)}
    paid, burned = {DAYS[0]: Decimal(10)}, {DAYS[0]: Decimal(30), DAYS[1]: Decimal(5)}
    chart = chart_of(DAYS, {"given": given}, {"paid": paid, "burned": burned})
    levels = {line.amount: line.y for line in chart.lines}
    assert list(levels) == [100, 0, -50]
    assert (levels[Decimal(100)], levels[Decimal(-50)]) == (TOP, HEIGHT - BOTTOM)
    assert [f"{bar.name} {bar.day} {bar.amount}" for bar in chart.bars] == [
        "given 2026-03-01 80",
        "paid 2026-03-01 10",
        "burned 2026-03-01 30",
        "burned 2026-03-02 5",
    ]
    given_bar, paid_bar, burned_bar, _other = chart.bars
    assert given_bar.y + given_bar.height == pytest.approx(levels[Decimal(0)])
    assert paid_bar.y == pytest.approx(levels[Decimal(0)])
    assert burned_bar.y == pytest.approx(paid_bar.y + paid_bar.height)
    assert given_bar.height == pytest.approx(8 * paid_bar.height, abs=0.1)


def test_a_level_is_not_written_over_that_of_nothing() -> None:
    chart = chart_of(DAYS, {"given": {DAYS[0]: Decimal(480)}}, {"burned": {DAYS[1]: Decimal(4)}})
    assert [line.amount for line in chart.lines] == [500, 0]
    assert len(chart.bars) == 2


def test_columns_of_nothing_are_a_line() -> None:
    chart = chart_of(DAYS, {"sold": {}}, {})
    assert not chart.bars and [line.amount for line in chart.lines] == [0]


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
    assert "Day by day" not in text_of(page) and "Points outstanding" not in text_of(page)
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
    assert (totals.planned_due, totals.planned_paid, totals.called_off_paid) == (180, 120, 104)
    told = text_of(page)
    for sentence in (
        "Figures of 2 arrived visits.",
        "2 are planned, €180.00 due. €120.00 of it is paid ahead.",
        "2 did not take place. €104.00 is still recorded with visits that did not take place.",
    ):
        assert sentence in told
    assert "planned" not in text_of(manager.get(f"{VISITS}?status=settled"))


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
        "visits": VISITS,
    }
    for name, address in addresses.items():
        manager.get(address)
        with count_queries(f"report: {name}"):
            manager.get(address)
