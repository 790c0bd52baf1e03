"""The report on memberships: rows, filters, totals and file, and the same figures by a second, plain SQL."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from io import BytesIO
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client as Browser
from django.utils import timezone
from openpyxl import load_workbook

from chains.access import ROLE_RIGHTS, Right, Role
from chains.catalog.models import Item
from clients.models import Client
from loyalty.ledger.models import Transaction
from loyalty.memberships.freezes import freeze
from loyalty.memberships.models import Membership, MembershipStatus, MembershipType
from loyalty.memberships.periods import run_memberships
from loyalty.memberships.services import adjust_uses, block_membership, change_last_day, grant_opening_balance
from loyalty.rules.plan import Status
from tests.cast import PROGRAM, Cast
from tests.clients.gift_cards import take_back
from tests.clients.memberships import cover, make_membership_type, sale_of, sell
from tests.loyalty.shop import assert_ledger_adds_up
from tests.pages import rows_of, sorts_by_every_column, text_of
from tests.plugins.query_counts import CountQueries
from tests.programs import make_client, make_item
from tests.reports.conftest import browser
from tests.scene import scene
from visits.checkout import save_visit
from visits.models import Visit
from visits.plans import plan_of

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Response

REPORT = "/chains/aurora/memberships/"


@dataclass(frozen=True)
class Books:
    """Forty memberships of every status, and what became of each by its place in the order of sale."""

    cast: Cast
    now: datetime
    types: dict[str, MembershipType]
    guests: dict[str, Client]
    haircut: Item
    memberships: list[Membership]

    def days_ago(self, days: int) -> datetime:
        return self.now - timedelta(days=days)


#: What becomes of each, by the last digit of its number.
FATES = ("kept", "begun", "used up", "blocked", "returned", "expired", "added", "taken", "frozen", "sold again")


@scene
def books(cast: Cast) -> Books:
    chain, now = cast.aurora, timezone.now()
    haircut, wash = make_item(chain, "Haircut", "60.00"), make_item(chain, "Wash", "15.00")
    half_a_year: dict[str, Any] = {"lasts_count": 6, "lasts_unit": "months", "freeze_days": 30}
    split = [([haircut], 2), ([wash], 1)]
    types = {
        "Split": make_membership_type(chain, "Split", split, **half_a_year),
        "Short": make_membership_type(chain, "Short", split, lasts_count=1, lasts_unit="weeks"),
        "Free": make_membership_type(chain, "Free", [([haircut, wash], None)], named=True),
        "Later": make_membership_type(chain, "Later", split, begins="first_use", lasts_count=1, lasts_unit="months"),
    }
    names = ("Anna", "Boris", "Clara")
    guests = {name: make_client(cast.center, name, f"+49 151 1234 56{ord(name[0])}") for name in names}
    made = Books(cast, now, types, guests, haircut, [])
    for number in range(40):
        fate = FATES[number % 10]
        kind = {"expired": "Short", "kept": "Later"}.get(fate, "Split")
        place = cast.harbour if number % 3 else cast.center
        buyer = guests["Anna" if number % 2 else "Boris"]
        bought = sell(
            place,
            types[kind],
            buyer,
            str(100 + number),
            number=f"ME{number:02d}-KLMN",
            at=made.days_ago(30 - number // 20),
        )
        _become(made, fate, bought, number)
        made.memberships.append(bought)
    run_memberships(chain=chain, at=made.days_ago(20))
    for bought in made.memberships[5:20:10]:
        # What expired of the first two comes back, and they are past their last day once more.
        change_last_day(membership=bought, last_on=(now + timedelta(days=6)).date(), at=now, acting_user=PROGRAM)
    free = sell(cast.center, types["Free"], guests["Clara"], "70", number="FREE-1", at=made.days_ago(10))
    cover(cast.center, guests["Clara"], [haircut], free, at=made.days_ago(9))
    old = grant_opening_balance(
        membership_type=types["Split"],
        client=guests["Clara"],
        left={1: 2},
        number="OLD0XYZ",
        at=made.days_ago(15),
        acting_user=PROGRAM,
    )
    cover(cast.center, guests["Clara"], [haircut], old, at=made.days_ago(9))
    made.memberships.extend([free, old])
    assert_ledger_adds_up()
    return made


def _become(books: Books, fate: str, bought: Membership, number: int) -> None:
    cast, later = books.cast, books.days_ago(25)
    cut = [books.haircut]
    if fate in ("begun", "expired", "taken"):
        cover(cast.center, bought.client, cut, bought, at=later)
    elif fate == "used up":
        cover(cast.harbour, books.guests["Clara"], cut, bought, at=later)
        cover(cast.center, books.guests["Clara"], cut, bought, at=later)
        [_cuts, washes] = bought.held_counters.all()
        adjust_uses(counter=washes, amount=Decimal(-1), comment="Washed", at=later, acting_user=PROGRAM)
    elif fate == "blocked":
        cover(cast.harbour, books.guests["Clara"], cut, bought, at=later)
        block_membership(membership=bought, reason="Lost", at=later)
    elif fate in ("returned", "sold again"):
        take_back(sale_of(bought), at=later)
        if fate == "sold again":
            _settle_again(sale_of(bought), at=books.days_ago(9))
    elif fate == "added":
        [cuts, _washes] = bought.held_counters.all()
        adjust_uses(counter=cuts, amount=Decimal(5), comment="Sorry", at=later, acting_user=PROGRAM)
    elif fate == "frozen":
        now = books.now
        today = now.date()
        if number < 30:
            through = today + timedelta(days=number)
            freeze(membership=bought, first_on=today, last_on=through, at=now, acting_user=PROGRAM)
    if fate == "taken":
        [cuts, _washes] = bought.held_counters.all()
        adjust_uses(counter=cuts, amount=Decimal(-1), comment="Not paid", at=later, acting_user=PROGRAM)


def _settle_again(sale: Visit, *, at: datetime) -> None:
    kept = Visit.objects.with_plan().get(pk=sale.pk)
    save_visit(
        location=kept.location,
        plan=replace(plan_of(kept), status=Status.ARRIVED),
        visit_id=kept.pk,
        version=kept.version,
        key=uuid4(),
        at=at,
        acting_user=PROGRAM,
    )


# The second SQL
# ----------------------------------------------------------------------------

#: Every unit of every period is a row with its worth; those without a use that stands are left, the first ones first.
PLAIN = """
WITH standing AS (
  SELECT t.*, (t.why->>'period')::int AS period FROM loyalty_transaction t
  WHERE t.undoes_id IS NULL AND NOT EXISTS (SELECT 1 FROM loyalty_transaction u WHERE u.undoes_id = t.id)
),
counters AS (
  SELECT c.membership_id, sum(c.count) AS counts, sum(h.balance) FILTER (WHERE c.count IS NOT NULL) AS balance,
         bool_or(c.count IS NULL OR h.balance > 0) AS usable
  FROM loyalty_membershipcounter c JOIN loyalty_holder h ON h.id = c.holder_id GROUP BY c.membership_id
),
moved AS (
  SELECT c.membership_id, s.period, s.kind, s.amount, s.why FROM standing s
  JOIN loyalty_membershipcounter c ON c.holder_id = s.holder_id
),
units AS (
  SELECT p.id AS period_id, p.membership_id, unit,
         (floor(p.price * 100 / k.counts) + (unit < mod(p.price * 100, k.counts))::int) / 100 AS worth
  FROM loyalty_membershipperiod p JOIN counters k ON k.membership_id = p.membership_id
  CROSS JOIN LATERAL generate_series(0, k.counts - 1) AS unit
  WHERE p.state <> 'returned'
),
unheld AS (
  SELECT u.*, row_number() OVER (PARTITION BY u.period_id ORDER BY unit) AS place FROM units u
  JOIN loyalty_membershipperiod p ON p.id = u.period_id
  WHERE NOT EXISTS (
    SELECT 1 FROM moved m WHERE m.membership_id = u.membership_id AND m.period = p.number
    AND m.kind = 'membership_use' AND (m.why->>'unit')::int = u.unit
  )
),
named AS (
  SELECT m.number, m.number_folded, t.name AS type, owner.name AS owner, place.name AS place, p.last_on,
    k.balance AS left,
    CASE
      WHEN p.state = 'returned' THEN 'returned'
      WHEN m.blocked_at IS NOT NULL THEN 'blocked'
      WHEN p.last_on < %(today)s THEN 'expired'
      WHEN NOT k.usable THEN 'used_up'
      WHEN EXISTS (
        SELECT 1 FROM loyalty_freeze f WHERE f.period_id = p.id AND %(today)s BETWEEN f.first_on AND f.last_on
      ) THEN 'frozen'
      WHEN p.first_on <= %(today)s THEN 'active'
      ELSE 'issued'
    END AS status,
    CASE WHEN p.state <> 'returned' THEN p.price END AS sold_for,
    coalesce((SELECT sum((v.why->>'value')::numeric) FROM moved v
      WHERE v.membership_id = m.id AND v.kind = 'membership_use'), 0) AS used,
    coalesce((SELECT sum(worth) FROM unheld u WHERE u.period_id = p.id AND u.place <= k.balance - coalesce((
      SELECT sum(e.amount) FROM moved e WHERE e.membership_id = m.id AND e.kind = 'membership_expiry'), 0)), 0) AS rest
  FROM loyalty_membership m
  JOIN loyalty_membershipperiod p ON p.id = m.period_id
  JOIN loyalty_membershiptype t ON t.id = m.membership_type_id
  JOIN clients_client owner ON owner.id = m.client_id
  LEFT JOIN chains_location place ON place.id = m.location_id
  LEFT JOIN counters k ON k.membership_id = m.id
  WHERE m.chain_id = %(chain)s
),
told AS (
  SELECT *,
    CASE WHEN status = 'expired' THEN rest ELSE 0 END AS expired,
    CASE WHEN status = 'blocked' THEN rest ELSE 0 END AS barred,
    CASE WHEN status IN ('active', 'frozen', 'issued', 'used_up') THEN rest ELSE 0 END AS owed
  FROM named
)
-- and what is asked of them
"""
TAIL = "-- and what is asked of them"
ROWS = PLAIN.replace(TAIL, "SELECT * FROM told ORDER BY number_folded")
SUMS = PLAIN.replace(
    TAIL,
    """
SELECT sum(sold_for) AS sold_for, sum(used) AS used, sum(expired) AS expired, sum(barred) AS barred, sum(owed) AS owed,
       coalesce(sum("left") FILTER (WHERE status IN ('active', 'frozen', 'issued', 'used_up')), 0) AS owed_visits
FROM told WHERE %(place)s::text IS NULL OR place = %(place)s
""",
)
TOLD = ("number", "type", "owner", "place", "status", "last_on", "left", "sold_for", "used", "expired", "owed")


def plainly(books: Books, sql: str, place: str | None = None) -> list[dict[str, Any]]:
    chain = books.cast.aurora
    with connection.cursor() as cursor:
        cursor.execute(sql, {"chain": chain.pk, "today": chain.local_date(books.now), "place": place})
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def of_page(page: Response) -> list[dict[str, Any]]:
    """The rows of a page as the records that it shows."""
    table = page.context["table"]
    return [
        {
            "number": each.number,
            "type": each.membership_type.name,
            "owner": each.client.name,
            "place": each.location.name if each.location else None,
            "status": each.status,
            "last_on": each.period.last_on,
            "left": each.left,
            "sold_for": table.value_sold_for(each),
            "used": table.value_used(each),
            "expired": table.value_expired(each),
            "owed": table.value_owed(each),
        }
        for each in (row.record for row in table.paginated_rows)
    ]


def told(row: dict[str, Any]) -> dict[str, Any]:
    """An opening balance was sold for nothing that is known."""
    shown = {name: row[name] for name in TOLD}
    return shown | ({"sold_for": None} if row["number"] == "OLD0XYZ" else {})


def test_rows_and_totals_are_those_of_a_second_sql(books: Books, manager: Browser) -> None:
    plain = plainly(books, ROWS)
    assert {row["status"] for row in plain} == set(MembershipStatus.values) and len(plain) == 42
    page = manager.get(REPORT, {"sort": "number", "size": "100"})
    shown = sorted(of_page(page), key=lambda row: row["number"])
    assert shown == [told(row) for row in sorted(plain, key=lambda row: row["number"])]
    [sums] = plainly(books, SUMS)
    totals = page.context["filters"].totals
    assert totals.memberships == 42 and all(sums.values())
    assert {name: getattr(totals.worth, name) for name in sums} == sums
    location = manager.get("/locations/harbour/memberships/", {"size": "100"})
    [sums] = plainly(books, SUMS, "Harbour")
    assert {name: getattr(location.context["filters"].totals.worth, name) for name in sums} == sums
    assert {row["number"] for row in of_page(location)} == {row["number"] for row in plain if row["place"] == "Harbour"}


def test_what_was_sold_is_used_expired_owed_barred_or_taken_by_hand(books: Books, manager: Browser) -> None:
    worth = manager.get(REPORT).context["filters"].totals.worth
    by_hand = sum(
        row["sold_for"] - row["used"] - row["rest"]
        for row in plainly(books, ROWS)
        if row["sold_for"] and row["left"] is not None
    )
    uncounted = Decimal(70)
    assert by_hand > 0
    assert worth.sold_for == worth.used + worth.expired + worth.owed + worth.barred + by_hand + uncounted


def test_the_file_says_what_the_page_says(books: Books, manager: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    def read() -> list[dict[str, Any]]:
        content = manager.get(f"{REPORT}?sort=number&export=xlsx").content
        heading, *rows = load_workbook(BytesIO(content))["Memberships"].values
        return [dict(zip(map(str, heading), row, strict=True)) for row in rows]

    names = {
        "Type": "type",
        "Owner": "owner",
        "Sold at": "place",
        "Left": "left",
        "Sold for": "sold_for",
        "Debited": "used",
        "Expired": "expired",
        "Owed": "owed",
    }
    monkeypatch.setitem(ROLE_RIGHTS, Role.MANAGER, ROLE_RIGHTS[Role.MANAGER] | {Right.SEE_CODES})
    labels = dict(MembershipStatus.choices)
    for seen, row in zip(read(), plainly(books, ROWS), strict=True):
        expected = told(row)
        assert {name: _as_decimal(seen[heading]) for heading, name in names.items()} == {
            name: expected[name] for name in names.values()
        }
        assert (seen["Number"], seen["Status"]) == (row["number"], str(labels[row["status"]]))
        assert (seen["Valid until"].date() if seen["Valid until"] else None) == row["last_on"]
    monkeypatch.setitem(ROLE_RIGHTS, Role.MANAGER, ROLE_RIGHTS[Role.MANAGER] - {Right.SEE_CODES})
    file = manager.get(f"{REPORT}?export=csv").content.decode()
    assert "ME01 ····" in file and "KLMN" not in file and "FREE-1" in file, "that of a named one is no code"


def _as_decimal(value: Any) -> Any:
    return round(Decimal(value), 2) if isinstance(value, int | float) else value


# Filters
# ----------------------------------------------------------------------------


def numbers(page: Response) -> set[str]:
    return {row.record.number for row in page.context["table"].rows}


@pytest.mark.parametrize("status", MembershipStatus.values)
def test_each_status_finds_its_own(books: Books, manager: Browser, status: str) -> None:
    expected = {row["number"] for row in plainly(books, ROWS) if row["status"] == status}
    page = manager.get(REPORT, {"status": status})
    assert expected and numbers(page) == expected
    worth = page.context["filters"].totals.worth
    assert (worth.owed > 0) == (status in ("active", "frozen", "issued"))
    assert (worth.sold_for > 0) == (status != "returned")


def test_memberships_are_found_by_what_is_known_of_them(books: Books, manager: Browser) -> None:
    plain = plainly(books, ROWS)
    today = books.cast.aurora.local_date(books.now)
    harbour, split = str(books.cast.harbour.pk), str(books.types["Split"].pk)
    day, nine = str(books.days_ago(25).date()), str(books.days_ago(9).date())

    def those(holds: Any) -> set[str]:
        return {row["number"] for row in plain if holds(row)}

    def of_fates(*fates: str) -> set[str]:
        return {f"ME{n:02d}-KLMN" for n in range(40) if FATES[n % 10] in fates}

    again = of_fates("sold again")
    for query, expected in (
        ({"location": harbour}, those(lambda row: row["place"] == "Harbour")),
        ({"membership_type": split}, those(lambda row: row["type"] == "Split")),
        ({"left_from": "1", "left_to": "2"}, those(lambda row: row["left"] in (1, 2))),
        ({"left_to": "0"}, those(lambda row: row["left"] == 0)),
        ({"ends_within": "7"}, those(lambda row: row["last_on"] and 0 <= (row["last_on"] - today).days < 7)),
        ({"ends_within": "6"}, set()),
        ({"whose": "clara"}, those(lambda row: row["owner"] == "Clara")),
        ({"whose": "0151 12345665"}, those(lambda row: row["owner"] == "Anna")),
        ({"used_at": harbour}, of_fates("used up", "blocked")),
        (
            {"used_since": day, "used_until": day},
            of_fates("begun", "expired", "taken", "used up", "blocked"),
        ),
        ({"used_since": nine}, {"FREE-1", "OLD0XYZ"}),
        ({"used_until": str(books.days_ago(26).date())}, set()),
        ({"since": str(books.days_ago(9).date())}, again),
        (
            {"since": str(books.days_ago(29).date()), "until": str(books.days_ago(29).date())},
            {f"ME{n:02d}-KLMN" for n in range(20, 40)} - again,
        ),
        ({"number": "me0"}, {f"ME{n:02d}-KLMN" for n in range(10)}),
        ({"number": "me07"}, {"ME07-KLMN"}),
    ):
        assert numbers(manager.get(REPORT, query)) == expected, query


def test_impossible_filters_are_said_beside_their_fields(books: Books, manager: Browser) -> None:
    for query, sentence in (
        ({"since": "2026-03-10", "until": "2026-03-04"}, "The period ends before it begins."),
        ({"used_since": "2026-03-10", "used_until": "2026-03-04"}, "The period ends before it begins."),
        ({"left_from": "5", "left_to": "4"}, "this one is below the other"),
        ({"ends_within": "0"}, "greater than or equal to 1"),
        ({"number": "ME07K"}, "at most 4 characters"),
        ({"status": "lost"}, "lost is not one of the available choices"),
    ):
        page = manager.get(REPORT, query)
        assert page.status_code == 200 and sentence in text_of(page), query


def test_the_report_reads_as_it_should(books: Books, manager: Browser) -> None:
    page = manager.get(REPORT, {"number": "ME01"})
    [row] = rows_of(page)
    assert row[:10] == [
        "ME01 ····",
        "Split",
        "Active",
        "Anna",
        f"{books.days_ago(30):%-d %b %Y}",
        "Harbour",
        "101.00",
        "33.67",
        "67.33",
        "2 of 3",
    ]
    assert f'href="{REPORT}{books.memberships[1].pk}/"' in page.content.decode()
    assert "Owedinservices€67.332visits" in text_of(page).replace(" ", "")
    assert "Nothing matches" in text_of(manager.get(REPORT, {"number": "zq"}))
    sorts_by_every_column(manager, REPORT)
    in_order = [row.record.pk for row in manager.get(REPORT, {"sort": "number", "size": "100"}).context["table"].page]
    assert in_order == sorted(in_order), "their order would tell the next sign"
    owed = [each["owed"] for each in of_page(manager.get(REPORT, {"sort": "-owed", "size": "100"}))]
    known = [each for each in owed if each]
    assert known == sorted(known, reverse=True) and len(known) > 10


def test_nothing_was_sold_yet(cast: Cast, manager: Browser) -> None:
    assert "No membership was sold yet" in text_of(manager.get(REPORT))
    assert "No membership was sold yet" in text_of(manager.get("/locations/center/memberships/"))


def test_only_who_reads_reports_sees_it(cast: Cast) -> None:
    assert browser(cast.desk).get("/locations/center/memberships/").status_code == 403
    assert browser(cast.stranger).get(REPORT).status_code == 404


@pytest.mark.parametrize("rows", [3, 30])
def test_the_queries_of_the_report(cast: Cast, manager: Browser, count_queries: CountQueries, rows: int) -> None:
    haircut = make_item(cast.aurora, "Haircut", "60.00")
    hair = make_membership_type(cast.aurora, "Hair", [([haircut], 8)])
    anna, at = make_client(cast.center, "Anna", "+49 151 1234 5601"), timezone.now()
    for _number in range(rows // 3):
        bought = sell(cast.center, hair, anna, "80", at=at)
        for _time in range(2):
            cover(cast.center, anna, [haircut], bought, at=at)
    assert Transaction.objects.count() == rows
    manager.get(REPORT)
    with count_queries("report: memberships"):
        manager.get(REPORT, {"size": "50"})
    with count_queries("report: memberships of a location"):
        manager.get("/locations/center/memberships/", {"size": "50", "status": "active"})


def test_what_is_owed_is_the_same_wherever_it_is_told(books: Books, manager: Browser) -> None:
    """Of blocked, returned and ended ones nothing is owed."""
    [tile] = manager.get("/chains/aurora/overview/").context["owed_value"]
    [sums] = plainly(books, SUMS)
    assert tile.label == "Owed of memberships" and tile.held.amount == sums["owed"] > 0
    led_to = manager.get(tile.held.url).context["filters"].totals
    assert led_to.worth.owed == sums["owed"] and 0 < led_to.memberships < 42
    assert led_to.worth.expired == led_to.worth.barred == 0
    clara = f"/chains/aurora/clients/{books.guests['Clara'].pk}/"
    assert "Left on memberships" in text_of(manager.get(clara)) and "1 visit" in text_of(manager.get(clara))


def test_the_overview_counts_visits_of_memberships(books: Books, manager: Browser) -> None:
    since, until = str(books.days_ago(60).date()), str(books.now.date())
    page = manager.get("/chains/aurora/overview/", {"since": since, "until": until})
    for measure, kind, sign in (
        ("memberships_sold", "membership_issue", 1),
        ("memberships_used", "membership_use", -1),
        ("memberships_expired", "membership_expiry", -1),
    ):
        [tile] = [each for each in page.context["tiles"] if each.measure.name == measure]
        assert tile.now.amount == sign * sum(row.amount for row in Transaction.objects.filter(kind=kind)) != 0, measure
        assert tile.now.url
