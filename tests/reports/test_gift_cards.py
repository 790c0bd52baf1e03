"""The report on gift cards: rows, filters, totals and workbook, and the same figures by a second, plain SQL."""

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
from clients.models import Client
from loyalty.gift_cards.models import GiftCard, GiftCardStatus, GiftCardType
from loyalty.gift_cards.services import (
    adjust_balance,
    block_gift_card,
    change_last_day,
    expire_gift_cards,
)
from loyalty.ledger.kinds import TransactionKind
from loyalty.ledger.models import Transaction
from loyalty.rules.plan import Status
from loyalty.rules.terms import WriteOff
from tests.cast import PROGRAM, Cast
from tests.clients.gift_cards import pay, sale_of, sell, take_back
from tests.loyalty.shop import assert_ledger_adds_up
from tests.pages import rows_of, sorts_by_every_column, text_of
from tests.plugins.query_counts import CountQueries
from tests.programs import make_client, make_gift_card, make_gift_card_type, make_item
from tests.reports.conftest import browser
from tests.scene import scene
from visits.checkout import save_visit
from visits.models import Visit
from visits.plans import plan_of

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Response

REPORT = "/chains/aurora/gift-cards/"


@dataclass(frozen=True)
class Books:
    """Sixty-three gift cards of every status, and what became of each by its place in the order of sale."""

    cast: Cast
    now: datetime
    types: dict[str, GiftCardType]
    guests: dict[str, Client]
    cards: list[GiftCard]

    def days_ago(self, days: int) -> datetime:
        return self.now - timedelta(days=days)


#: What becomes of the tenth cards, each by its last digit.
FATES = ("kept", "begun", "used up", "blocked", "returned", "expired", "past", "adjusted", "forfeited", "revived")


@scene
def books(cast: Cast) -> Books:
    chain, now = cast.aurora, timezone.now()
    month: dict[str, Any] = {"valid_count": 1, "valid_unit": "months"}
    types = {
        "Spring": make_gift_card_type(chain, "Spring", valid_count=6, valid_unit="months"),
        "Short": make_gift_card_type(chain, "Short", **month),
        "Single": make_gift_card_type(chain, "Single", write_off=WriteOff.SINGLE),
        "Named": make_gift_card_type(chain, "Named", named=True),
    }
    names = ("Anna", "Boris", "Clara")
    guests = {name: make_client(cast.center, name, f"+49 151 1234 56{ord(name[0])}") for name in names}
    made = Books(cast, now, types, guests, [])
    haircut = make_item(chain, "Haircut", "60.00")
    for number in range(60):
        fate = FATES[number % 10]
        kind = {"expired": "Short", "past": "Short", "forfeited": "Single", "kept": "Named"}.get(fate, "Spring")
        place = cast.harbour if number % 3 else cast.center
        buyer = guests["Anna" if number % 2 else "Boris"] if kind == "Named" or number % 4 else None
        amount, days = 20 + number, {"expired": 75, "past": 40}.get(fate, 30) - number // 20
        card = sell(
            place,
            types[kind],
            str(amount),
            price=str(amount - number % 5),
            buyer=buyer,
            number=f"GC{number:02d}-KLMN",
            at=made.days_ago(days),
        )
        _become(made, fate, card, number, haircut)
        made.cards.append(card)
    expire_gift_cards(chain=chain, at=made.days_ago(20))
    revived = [card for number, card in enumerate(made.cards) if FATES[number % 10] == "revived"]
    for card in revived[:3]:
        # Settled once more: sold, returned and sold again is sold once.
        sale = sale_of(card)
        take_back(sale, at=made.days_ago(10))
        kept = Visit.objects.with_plan().get(pk=sale.pk)
        again = replace(plan_of(kept), status=Status.ARRIVED)
        at, key = made.days_ago(9), uuid4()
        save_visit(
            location=kept.location,
            plan=again,
            visit_id=kept.pk,
            version=kept.version,
            key=key,
            at=at,
            acting_user=PROGRAM,
        )
    for card in revived[3:]:
        change_last_day(gift_card=card, last_on=(now + timedelta(days=6)).date(), at=now, acting_user=PROGRAM)
    for number in range(3):
        made.cards.append(
            make_gift_card(
                types["Spring"],
                str(100 + number),
                f"OLD{number}XYZ",
                client=guests["Clara"] if number else None,
                at=made.days_ago(15),
            )
        )
    assert_ledger_adds_up()
    return made


def _become(books: Books, fate: str, card: GiftCard, number: int, haircut: Any) -> None:
    cast, later, boris = books.cast, books.days_ago(25), books.guests["Boris"]
    if fate in ("begun", "forfeited"):
        pay(cast.center, boris, [haircut], card, "12.50", at=later)
    elif fate == "used up":
        pay(cast.harbour, books.guests["Clara"], [haircut, haircut], card, None, at=later)
    elif fate == "blocked":
        pay(cast.harbour, boris, [haircut], card, "5", at=later)
        block_gift_card(gift_card=card, reason="Lost", at=later)
    elif fate == "returned":
        take_back(sale_of(card), at=later)
    elif fate == "adjusted":
        amount = Decimal(7 if number < 30 else -4)
        adjust_balance(gift_card=card, amount=amount, comment="Put right", at=later, acting_user=PROGRAM)
    elif fate == "revived":
        take_back(pay(cast.center, boris, [haircut], card, "10", at=later), at=later)


# The second SQL
# ----------------------------------------------------------------------------

PLAIN = """
WITH standing AS (
  SELECT t.* FROM loyalty_transaction t
  WHERE t.undoes_id IS NULL AND NOT EXISTS (SELECT 1 FROM loyalty_transaction u WHERE u.undoes_id = t.id)
),
summed AS (
  SELECT holder_id,
         sum(amount) FILTER (WHERE kind IN ('gift_card_issue', 'gift_card_opening_balance')) AS granted,
         sum(amount) FILTER (WHERE kind = 'gift_card_adjustment') AS adjusted,
         -sum(amount) FILTER (WHERE kind = 'gift_card_payment') AS debited,
         -sum(amount) FILTER (WHERE kind = 'gift_card_forfeit') AS forfeited,
         -sum(amount) FILTER (WHERE kind = 'gift_card_expiry') AS expired,
         sum(amount) AS balance,
         max(id) FILTER (WHERE amount < 0) AS newest_debit,
         max(id) FILTER (WHERE kind = 'gift_card_payment' AND client_id IS NOT NULL) AS newest_payment
  FROM standing GROUP BY holder_id
),
named AS (
  SELECT c.number, c.number_folded, c.par, c.last_on, coalesce(s.balance, 0) AS balance,
    CASE
      WHEN s.granted IS NULL THEN 'returned'
      WHEN c.blocked_at IS NOT NULL THEN 'blocked'
      WHEN debit.kind = 'gift_card_expiry' OR c.last_on < %(today)s THEN 'expired'
      WHEN coalesce(s.balance, 0) = 0 THEN 'used_up'
      ELSE 'active'
    END AS status,
    CASE WHEN s.granted IS NOT NULL THEN line.price END AS sold_for,
    place.name AS sold_location,
    coalesce(owner.name, payer.name, buyer.name) AS held_by,
    buyer.name AS buyer,
    coalesce(s.granted, 0) AS granted, coalesce(s.adjusted, 0) AS adjusted, coalesce(s.debited, 0) AS debited,
    coalesce(s.forfeited, 0) AS forfeited, coalesce(s.expired, 0) AS expired
  FROM loyalty_giftcard c
  JOIN loyalty_holder h ON h.id = c.holder_id
  LEFT JOIN summed s ON s.holder_id = c.holder_id
  LEFT JOIN loyalty_transaction debit ON debit.id = s.newest_debit
  LEFT JOIN loyalty_transaction paid ON paid.id = s.newest_payment
  LEFT JOIN visits_valueline line ON line.holder_id = c.holder_id
  LEFT JOIN visits_visit bill ON bill.id = line.visit_id
  LEFT JOIN chains_location place ON place.id = bill.location_id
  LEFT JOIN clients_client owner ON owner.id = h.client_id
  LEFT JOIN clients_client payer ON payer.id = paid.client_id
  LEFT JOIN clients_client buyer ON buyer.id = c.buyer_id
  WHERE c.chain_id = %(chain)s
)
-- and what is asked of them
"""
TAIL = "-- and what is asked of them"
ROWS = PLAIN.replace(TAIL, "SELECT * FROM named ORDER BY number_folded")
SUMS = PLAIN.replace(
    TAIL,
    """
SELECT count(*) AS cards, sum(sold_for) AS sold_for, sum(granted) AS par, sum(adjusted) AS adjusted,
       sum(debited) AS debited, sum(forfeited) AS forfeited, sum(expired) AS expired,
       sum(balance) FILTER (WHERE status = 'active') AS owed
FROM named WHERE %(place)s::text IS NULL OR sold_location = %(place)s
""",
)
#: What is compared of each card.
TOLD = (
    "number",
    "status",
    "held_by",
    "buyer",
    "sold_location",
    "sold_for",
    "par",
    "adjusted",
    "debited",
    "forfeited",
    "expired",
    "balance",
    "last_on",
)


def plainly(books: Books, sql: str, place: str | None = None) -> list[dict[str, Any]]:
    chain = books.cast.aurora
    with connection.cursor() as cursor:
        cursor.execute(sql, {"chain": chain.pk, "today": chain.local_date(books.now), "place": place})
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def of_page(page: Response) -> list[dict[str, Any]]:
    """The rows of a page as the records that it shows."""
    found = []
    for row in page.context["table"].paginated_rows:
        card = row.record
        found.append({name: getattr(card, name, None) for name in TOLD})
        found[-1] |= {"buyer": card.buyer.name if card.buyer else None, "balance": card.holder.balance}
    return found


def told(row: dict[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in TOLD}


def test_rows_and_totals_are_those_of_a_second_sql(books: Books, manager: Browser) -> None:
    plain = plainly(books, ROWS)
    assert {row["status"] for row in plain} == set(GiftCardStatus.values) and len(plain) == 63
    page = manager.get(REPORT, {"sort": "number", "size": "100"})
    assert of_page(page) == [told(row) for row in plain]
    [sums] = plainly(books, SUMS)
    totals = page.context["filters"].totals
    assert {name: getattr(totals, name) for name in sums} == sums
    on_all = sum(row["balance"] for row in plain)
    assert totals.owed + totals.barred == on_all and totals.barred > 0 and all(sums.values())
    location = manager.get("/locations/harbour/gift-cards/", {"sort": "number", "size": "100"})
    assert of_page(location) == [told(row) for row in plain if row["sold_location"] == "Harbour"]
    [sums] = plainly(books, SUMS, "Harbour")
    totals = location.context["filters"].totals
    assert {name: getattr(totals, name) for name in sums} == sums


def test_what_is_owed_is_the_same_wherever_it_is_told(books: Books, manager: Browser) -> None:
    """Of blocked and expired ones nothing is owed now."""
    report = manager.get(REPORT).context["filters"].totals
    [tile] = manager.get("/chains/aurora/overview/").context["owed_value"]
    assert tile.held.amount == report.owed and report.barred > 0
    led_to = manager.get(tile.held.url)
    rows = plainly(books, ROWS)
    active = {row["number"] for row in rows if row["status"] == GiftCardStatus.ACTIVE}
    assert 0 < len(active) < len(rows) and led_to.context["filters"].totals.cards == len(active)
    assert led_to.context["filters"].totals.owed == report.owed
    types = browser(books.cast.owner).get("/chains/aurora/gift-card-types/").context["table"].data.data
    cards = GiftCard.objects.filter(number__in=active).select_related("gift_card_type", "holder")
    assert {each.name: each.owed for each in types} == {
        name: sum(card.holder.balance for card in cards if card.gift_card_type.name == name) for name in books.types
    }


def test_the_workbook_says_what_the_page_says(books: Books, manager: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    def read() -> list[dict[str, Any]]:
        content = manager.get(f"{REPORT}?sort=number&export=xlsx").content
        heading, *rows = load_workbook(BytesIO(content))["Gift cards"].values
        return [dict(zip(map(str, heading), row, strict=True)) for row in rows]

    names = {
        "Holder": "held_by",
        "Buyer": "buyer",
        "Sold at": "sold_location",
        "Sold for": "sold_for",
        "Par value": "par",
        "Adjusted": "adjusted",
        "Debited": "debited",
        "Forfeited": "forfeited",
        "Expired": "expired",
        "Balance": "balance",
    }
    plain = plainly(books, ROWS)
    labels = dict(GiftCardStatus.choices)
    monkeypatch.setitem(ROLE_RIGHTS, Role.MANAGER, ROLE_RIGHTS[Role.MANAGER] | {Right.SEE_CODES})
    for seen, row in zip(read(), plain, strict=True):
        figures = {name: _as_decimal(seen[heading]) for heading, name in names.items()}
        assert figures == {name: row[name] for name in names.values()}
        assert (seen["Number"], seen["Status"]) == (row["number"], str(labels[row["status"]]))
        assert (seen["Valid until"].date() if seen["Valid until"] else None) == row["last_on"]
        assert ("visit" in (seen["Payments"] or "")) == bool(row["debited"])
    monkeypatch.setitem(ROLE_RIGHTS, Role.MANAGER, ROLE_RIGHTS[Role.MANAGER] - {Right.SEE_CODES})
    # Of seven signs three are shown.
    shown = [row["number"][: 3 if row["number"].startswith("OLD") else 4] for row in plain]
    assert [row["Number"] for row in read()] == [f"{signs} ····" for signs in shown]
    file = manager.get(f"{REPORT}?export=csv").content.decode()
    assert "GC01 ····" in file and "KLMN" not in file


def _as_decimal(value: Any) -> Any:
    return round(Decimal(value), 2) if isinstance(value, int | float) else value


# Filters
# ----------------------------------------------------------------------------


def numbers(page: Response) -> set[str]:
    return {row.record.number for row in page.context["table"].rows}


@pytest.mark.parametrize("status", GiftCardStatus.values)
def test_each_status_finds_its_own(books: Books, manager: Browser, status: str) -> None:
    expected = {row["number"] for row in plainly(books, ROWS) if row["status"] == status}
    page = manager.get(REPORT, {"status": status})
    assert expected and numbers(page) == expected
    assert len(page.context["filters"].chips()) == 1
    totals = page.context["filters"].totals
    assert totals.cards == len(expected) and (totals.owed > 0) == (status == "active")
    if status == "returned":
        assert totals.par == totals.sold_for == totals.barred == 0


def test_looked_up_for_many_at_once_the_status_is_that_of_each(books: Books) -> None:
    chain, seen = books.cast.aurora, set()
    for days in (-400, 0, 24, 60):
        day = chain.local_date(books.days_ago(days))
        each, many = chain.gift_cards.with_status(day), chain.gift_cards.with_status_of_many(chain, day)
        told = {card.pk: card.status for card in each}
        assert {card.pk: card.status for card in many} == told and len(told) == 63
        seen |= set(told.values())
    assert seen == set(GiftCardStatus.values)


def test_cards_are_found_by_what_is_known_of_them(books: Books, manager: Browser) -> None:
    plain = plainly(books, ROWS)
    today = books.cast.aurora.local_date(books.now)
    harbour, spring = str(books.cast.harbour.pk), str(books.types["Spring"].pk)
    day = str(books.days_ago(25).date())

    def those(holds: Any) -> set[str]:
        return {row["number"] for row in plain if holds(row)}

    for query, expected in (
        ({"location": harbour}, those(lambda row: row["sold_location"] == "Harbour")),
        ({"gift_card_type": spring}, {card.number for card in books.cards if card.gift_card_type.name == "Spring"}),
        ({"balance_from": "20", "balance_to": "30"}, those(lambda row: 20 <= row["balance"] <= 30)),
        ({"balance_to": "0"}, those(lambda row: row["balance"] == 0)),
        ({"ends_within": "7"}, those(lambda row: row["last_on"] and 0 <= (row["last_on"] - today).days < 7)),
        ({"ends_within": "6"}, set()),
        ({"whose": "clara"}, those(lambda row: "Clara" in (row["held_by"], row["buyer"]))),
        ({"whose": "0151 12345665"}, those(lambda row: "Anna" in (row["held_by"], row["buyer"]))),
        ({"used_at": harbour}, {f"GC{n:02d}-KLMN" for n in range(60) if n % 10 in (2, 3)}),
        ({"used_since": day, "used_until": day}, {f"GC{n:02d}-KLMN" for n in range(60) if n % 10 in (1, 2, 3, 8)}),
        ({"used_until": str(books.days_ago(26).date())}, set()),
        (
            {"since": str(books.days_ago(28).date()), "until": str(books.days_ago(28).date())},
            {f"GC{n:02d}-KLMN" for n in range(40, 60) if n % 10 not in (5, 6)},
        ),
        ({"since": str(books.days_ago(16).date())}, those(lambda row: row["number"].startswith("OLD")) | RENEWED),
    ):
        assert numbers(manager.get(REPORT, query)) == expected, query


#: Sold again nine days ago.
RENEWED = {"GC09-KLMN", "GC19-KLMN", "GC29-KLMN"}


def test_impossible_filters_are_said_beside_their_fields(books: Books, manager: Browser) -> None:
    for query, sentence in (
        ({"since": "2026-03-10", "until": "2026-03-04"}, "The period ends before it begins."),
        ({"used_since": "2026-03-10", "used_until": "2026-03-04"}, "The period ends before it begins."),
        ({"balance_from": "5", "balance_to": "4"}, "this one is below the other"),
        ({"ends_within": "0"}, "greater than or equal to 1"),
        ({"status": "lost"}, "lost is not one of the available choices"),
    ):
        page = manager.get(REPORT, query)
        assert page.status_code == 200 and sentence in text_of(page), query


def test_a_code_cannot_be_tried_out_in_the_filter(
    books: Books, manager: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are found by what everybody is shown of each; more stands in no address, whoever types it."""
    assert len(numbers(manager.get(REPORT, {"number": "gc0"}))) == 10
    assert numbers(manager.get(REPORT, {"number": "gc07"})) == {"GC07-KLMN"}
    assert 'maxlength="4"' in str(manager.get(REPORT).context["filters"].form["number"])
    assert numbers(manager.get(REPORT, {"number": "old"})) == {"OLD0XYZ", "OLD1XYZ", "OLD2XYZ"}
    assert numbers(manager.get(REPORT, {"number": "old0"})) == set(), "three of seven signs are shown"
    in_order = [row.record.pk for row in manager.get(REPORT, {"sort": "number", "size": "100"}).context["table"].page]
    assert in_order == sorted(in_order), "their order would tell the next sign"
    for more in ({Right.VIEW_REPORTS}, {Right.SEE_CODES}):
        monkeypatch.setitem(ROLE_RIGHTS, Role.MANAGER, ROLE_RIGHTS[Role.MANAGER] | more)
        for guess in ("GC07K", "GC07-KLMN", "gc07klmn", "OLD0X", "OLD0XYZ"):
            page = manager.get(REPORT, {"number": guess})
            assert "at most 4 characters" in text_of(page) and numbers(page) == numbers(manager.get(REPORT)), guess
        assert numbers(manager.get(REPORT, {"number": "old0"})) == set(), "half of a short code at most"
    assert numbers(manager.get(REPORT, {"number": " - "})) == set()
    for search in ("/chains/aurora/cards/", "/chains/aurora/clients/"):
        assert manager.get(search, {"q": "GC07KLMN"}).context["table"].page.paginator.count == 0


def test_the_report_reads_as_it_should(books: Books, manager: Browser) -> None:
    page = manager.get(REPORT, {"number": "GC01"})
    sale_day, paid_day = books.days_ago(30), books.days_ago(25)
    [row] = rows_of(page)
    assert row == [
        "GC01 ····",
        "Spring",
        "Active",
        "Boris",
        "Anna",
        f"{sale_day:%-d %b %Y}",
        "Harbour",
        "20.00",
        "21.00",
        f"{paid_day:%-d %b %Y}",
        "12.50",
        "8.50",
        row[-1],
    ]
    text = page.content.decode()
    assert f'href="{REPORT}{books.cards[1].pk}/"' in text
    paid = Transaction.objects.get(holder=books.cards[1].holder_id, kind=TransactionKind.GIFT_CARD_PAYMENT)
    assert f'href="/locations/center/visits/{paid.visit_id}/"' in text
    assert "Owed now" in text_of(page) and "€8.50" in text_of(page)
    assert "Nothing matches" in text_of(manager.get(REPORT, {"number": "zq"}))
    sorts_by_every_column(manager, REPORT)


def test_nothing_was_sold_yet(cast: Cast, manager: Browser) -> None:
    assert "No gift card was sold yet" in text_of(manager.get(REPORT))
    assert "No gift card was sold yet" in text_of(manager.get("/locations/center/gift-cards/"))


def test_only_who_reads_reports_sees_it(cast: Cast) -> None:
    assert browser(cast.desk).get("/locations/center/gift-cards/").status_code == 403
    assert browser(cast.stranger).get(REPORT).status_code == 404


@pytest.mark.parametrize("rows", [3, 30])
def test_the_queries_of_the_report(cast: Cast, manager: Browser, count_queries: CountQueries, rows: int) -> None:
    spring, haircut = make_gift_card_type(cast.aurora), make_item(cast.aurora, "Haircut", "60.00")
    anna, at = make_client(cast.center, "Anna", "+49 151 1234 5601"), timezone.now()
    for _number in range(rows // 3):
        card = sell(cast.center, spring, "80", buyer=anna, at=at)
        for _time in range(2):
            pay(cast.center, anna, [haircut], card, "10", at=at)
    manager.get(REPORT)
    with count_queries("report: gift cards"):
        manager.get(REPORT, {"size": "50"})
    with count_queries("report: gift cards of a location"):
        manager.get("/locations/center/gift-cards/", {"size": "50", "status": "active"})
