"""The chain's ledger as a page: what it shows, what it is filtered by, what it adds up to."""

from __future__ import annotations

import uuid
from decimal import Decimal
from io import BytesIO
from typing import Any
from urllib.parse import parse_qs

import pytest
import time_machine
from django.conf import settings
from django.test import Client as Browser
from openpyxl import load_workbook

from chains.access import Right, Role
from clients.models import Client
from loyalty.ledger.kinds import TransactionKind
from loyalty.ledger.models import Lot, Transaction
from loyalty.rules.terms import PromotionKind
from reports.transactions.selection import ORDERS
from tests.cast import Cast, make_access, make_user
from tests.pages import rows_of, sorts_by_every_column, text_of
from tests.plugins.query_counts import CountQueries
from tests.programs import make_card_type, make_client, make_item, make_promotion, make_visit, moment
from tests.reports.conftest import FORMULA, LEDGER, Books, browser
from visits.checkout import cancel_visit

pytestmark = pytest.mark.django_db


def kinds(page: Any) -> list[str]:
    return [row.record.kind for row in page.context["table"].paginated_rows]


def amounts(page: Any) -> list[Decimal]:
    return [row.record.amount for row in page.context["table"].paginated_rows]


#: The columns of the page, those too that it leaves out until they are chosen.
EVERY = ",".join((*ORDERS, "phone", "invited", "last_on", "why"))


# What it shows
# ----------------------------------------------------------------------------


def test_a_row_says_when_where_who_what_and_how_much(books: Books, manager: Browser) -> None:
    found = rows_of(manager.get(LEDGER, {"columns": EVERY}))
    card = books.anna_card.number
    assert found[2] == [
        "3 Mar 2026 00:30",
        "the chain",
        "Manual accrual =1+1\x07 sorry, so late",
        "Anna Schmidt",
        f"Bonus card {card}",
        "–",
        "–",
        "+20.00",
        "25.70",
        "Mara Manager",
        "–",
        "+49 1511 2345601",
        "–",
        "–",
        "Why These points have no last day of their own.",
    ]
    assert found[-1][:4] == ["1 Mar 2026 11:00", "Center", "Promotion discount", FORMULA]
    assert found[-1][5:10] == ["Welcome", "1 Mar 2026", "−€6.00", "–", "the program"]


def test_undone_rows_and_what_undoes_them_name_each_other(books: Books, manager: Browser) -> None:
    counter, taken, *_rest = rows_of(manager.get(LEDGER))
    assert (counter[2], counter[7]) == ("Manual write-off Undoes Manual write-off of 3 Mar 2026, 00:30", "+5.00")
    assert (taken[2], taken[7]) == ("Manual write-off Undone on 3 Mar 2026, 00:30 -5", "−5.00")


def test_a_row_leads_to_the_client_the_card_and_the_visit(books: Books, manager: Browser) -> None:
    page = manager.get(LEDGER).content.decode()
    visit = books.anna.visits.get()
    for address in (
        f"/chains/aurora/clients/{books.anna.pk}/loyalty/",
        f"/chains/aurora/cards/{books.anna_card.pk}/",
        f"/locations/harbour/visits/{visit.pk}/",
    ):
        assert f'href="{address}"' in page
        assert manager.get(address).status_code == 200


def test_further_columns_tell_the_visit_the_phone_whom_she_invited_and_the_last_day(
    books: Books, manager: Browser
) -> None:
    visit = books.boris.visits.get()
    referral = Transaction.objects.get(kind=TransactionKind.REFERRAL_ACCRUAL)
    Lot.objects.filter(transaction=referral).update(last_on="2026-09-01")
    assert {"visit_number", "phone", "invited", "last_on"} == set(
        manager.get(LEDGER).context["table"].importance.further
    )
    assert "Invited guest" not in manager.get(LEDGER).content.decode()
    page = manager.get(LEDGER, {"kind": "referral_accrual", "columns": EVERY})
    (row,) = rows_of(page)
    assert row[3] == "Anna Schmidt"
    assert row[10:14] == [str(visit.pk), "+49 1511 2345601", FORMULA, "1 Sep 2026"]
    assert f'href="/chains/aurora/clients/{books.boris.pk}/loyalty/"' in page.content.decode()
    with_card = rows_of(manager.get(LEDGER, {"whose": "cmd", "columns": EVERY}))
    (accrual,) = [row for row in with_card if row[2] == "Accrual by promotion"]
    assert accrual[10:14] == [str(visit.pk), "+49 1511 2345602", "–", "–"]
    Lot.objects.filter(transaction=referral).update(ended_on="2026-08-01")
    assert rows_of(manager.get(LEDGER, {"kind": "referral_accrual", "columns": EVERY}))[0][13] == "1 Aug 2026"


def test_who_may_only_see_reports_is_led_nowhere_else(books: Books, monkeypatch: pytest.MonkeyPatch) -> None:
    reader = make_user("Rita Reader")
    access = make_access(reader, books.cast.aurora, Role.FRONT_DESK, locations=[books.cast.center])
    monkeypatch.setattr(type(access), "rights", frozenset({Right.VIEW_CHAIN, Right.VIEW_REPORTS}))
    page = browser(reader).get(LEDGER, {"columns": EVERY}).content.decode()
    assert "Anna Schmidt" in page and "Export" not in page
    assert "2345601" not in page and "Phone" not in page and "Invited guest" in page
    for part in ("/clients/", "/cards/", "/center/visits/", "/harbour/visits/"):
        assert part not in page


@pytest.mark.parametrize(
    ("address", "field"),
    [
        (LEDGER, "whose"),
        ("/chains/aurora/reports/points-owed/", "whose"),
        ("/chains/aurora/reports/visits/", "guest"),
        ("/chains/aurora/reports/changes/", "guest"),
    ],
)
def test_who_may_not_see_clients_finds_them_by_name_and_never_by_what_is_hidden(
    address: str, field: str, books: Books, manager: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    Client.objects.filter(pk=books.anna.pk).update(email="hidden@example.com")
    for visit in books.anna.visits.all():
        cancel_visit(
            visit_id=visit.pk,
            chain=books.cast.aurora,
            key=uuid.uuid4(),
            at=moment("2026-03-05 10:00"),
            acting_user=books.cast.owner,
        )
    all_of_anna = rows_of(manager.get(address, {field: "Anna"}))
    assert all_of_anna and rows_of(manager.get(address, {field: "0151 12345601"})) == all_of_anna
    reader = make_user("Rita Reader")
    access = make_access(reader, books.cast.aurora, Role.FRONT_DESK)
    monkeypatch.setattr(type(access), "rights", frozenset({Right.VIEW_CHAIN, Right.VIEW_REPORTS}))
    found = {
        text: len(rows_of(browser(reader).get(address, {field: text})))
        for text in ("anna", "Schmidt, Änna", "0151 12345601", "345601", "hidden")
    }
    many = len(all_of_anna)
    assert found == {"anna": many, "Schmidt, Änna": many, "0151 12345601": 0, "345601": 0, "hidden": 0}


def test_a_promotion_leads_to_what_it_gives_in_words(books: Books, manager: Browser) -> None:
    """For who may read reports, whether or not they may change it."""
    address = f"/chains/aurora/promotions/{books.cashback.pk}/read/"
    assert f'href="{address}"' in manager.get(LEDGER).content.decode()
    page = manager.get(address)
    told = text_of(page)
    assert "Every visit gives 5 % of what the guest paid, in points. Its points do not burn." in told
    assert page.context["figures"].visit_count == 2
    assert "Made." in told and page.context["edit"] == ""
    bonus = books.anna_card.card_type
    types = f"/chains/aurora/card-types/{bonus.pk}/read/"
    assert f'href="{types}"' in page.content.decode()
    assert "Cards of new clients act at once" in text_of(manager.get(types))
    assert manager.get(f"/chains/aurora/promotions/{books.cashback.pk}/").status_code == 403
    administrator = browser(books.cast.administrator)
    assert administrator.get(address).context["edit"] == f"/chains/aurora/promotions/{books.cashback.pk}/"
    assert administrator.get(f"/chains/borealis/promotions/{books.cashback.pk}/read/").status_code == 404
    assert browser(books.cast.desk).get(address).status_code == 403


def test_rows_of_another_chain_are_never_there(books: Books, manager: Browser) -> None:
    cast = books.cast
    kind = make_card_type(cast.borealis, "Northern card", automatic_issue="any")
    theirs = make_client(cast.north, "Anna Nordlicht", "+49 151 1234 5601")
    books.give("7777", at=moment("2026-03-02 10:00"), card=theirs.cards.get(card_type=kind))
    page = manager.get(LEDGER, {"whose": "Anna"})
    assert "Nordlicht" not in page.content.decode() and "7777" not in page.content.decode()
    assert page.context["filters"].totals.rows == page.context["table"].page.paginator.count == 5
    for other in (
        {"source": cast.north.pk},
        {"promotion": make_promotion(cast.borealis, "North", PromotionKind.DISCOUNT_FIXED, "1").pk},
    ):
        assert "Select a valid choice" in manager.get(LEDGER, other).content.decode()


# Filters
# ----------------------------------------------------------------------------

NIGHT = ["manual_debit", "manual_debit", "manual_accrual"]
SECOND = ["promotion_accrual"]
FIRST = ["referral_accrual", "promotion_accrual", "promotion_discount"]


def test_without_filters_all_is_there_newest_first(books: Books, manager: Browser) -> None:
    assert kinds(manager.get(LEDGER)) == NIGHT + SECOND + [
        "referral_accrual",
        "promotion_accrual",
        "promotion_discount",
    ]


FILTERS: list[tuple[str, list[str]]] = [
    ("since=2026-03-03", NIGHT),
    ("since=2026-03-02&until=2026-03-02", SECOND),
    ("until=2026-03-01", FIRST),
    ("since=2026-03-04", []),
    ("kind=referral_accrual", ["referral_accrual"]),
    ("kind=promotion_discount&kind=manual_accrual", ["manual_accrual", "promotion_discount"]),
    ("source=chain", NIGHT),
    ("whose=0151+12345601", [*NIGHT, *SECOND, "referral_accrual"]),
    ("whose=anna", [*NIGHT, *SECOND, "referral_accrual"]),
    ("whose=cmd", ["promotion_accrual", "promotion_discount"]),
    ("whose=%25", []),
    ("amount_from=5", ["manual_debit", "manual_accrual"]),
    ("amount_to=%E2%88%925", ["manual_debit", "promotion_discount"]),
    ("amount_from=2,70&amount_to=3.00", [*SECOND, "referral_accrual", "promotion_accrual"]),
    ("amount_from=0&amount_to=0", []),
    ("since=2026-03-01&until=2026-03-02&kind=promotion_accrual&whose=schmidt", SECOND),
]


def test_a_filter_leaves_its_rows(books: Books, manager: Browser) -> None:
    for query, found in FILTERS:
        page = manager.get(f"{LEDGER}?{query}")
        assert kinds(page) == found, query
        assert page.context["filters"].totals.rows == len(found)
        assert "Nothing here yet" not in page.content.decode()
        assert ("Nothing matches" in page.content.decode()) == (not found)


def test_sources_promotions_and_cards_are_filters_too(books: Books, manager: Browser) -> None:
    cast = books.cast
    assert kinds(manager.get(LEDGER, {"source": cast.harbour.pk})) == SECOND
    assert kinds(manager.get(LEDGER, {"source": [str(cast.center.pk), "chain"]})) == [*NIGHT, *FIRST]
    assert kinds(manager.get(LEDGER, {"promotion": books.cashback.pk})) == ["promotion_accrual", "promotion_accrual"]
    assert kinds(manager.get(LEDGER, {"whose": books.anna_card.number})) == [*NIGHT, *SECOND, "referral_accrual"]


def test_each_choice_is_a_chip_of_its_own(books: Books, manager: Browser) -> None:
    center = books.cast.center.pk
    query = f"kind=manual_accrual&kind=burning&source=chain&source={center}&since=2026-03-01&whose=an&sort=amount"
    chips = manager.get(f"{LEDGER}?{query}&page=1").context["filters"].chips()
    assert [(chip.label, chip.value) for chip in chips] == [
        ("Period from", "1 March 2026"),
        ("Type", "Manual accrual"),
        ("Type", "Burning of points"),
        ("Sources", "the chain itself"),
        ("Sources", "Center"),
        ("Client or card", "an"),
    ]
    assert chips[0].query_without == query.replace("&since=2026-03-01", "")
    left = manager.get(f"{LEDGER}?{chips[1].query_without}").context["filters"].chips()
    assert [chip.value for chip in left] == ["1 March 2026", "Burning of points", "the chain itself", "Center", "an"]


def test_amounts_are_chips_in_the_readers_figures(books: Books, manager: Browser) -> None:
    query = "amount_from=-5&amount_to=2,5"
    page = manager.get(f"{LEDGER}?{query}")
    chips = page.context["filters"].chips()
    assert [(chip.label, chip.value) for chip in chips] == [("Amount from", "-5.00"), ("Amount to", "2.50")]
    assert chips[0].query_without == "amount_to=2%2C5"
    assert 'value="2,5"' in page.content.decode()
    book = load_workbook(BytesIO(manager.get(f"{LEDGER}?{query}&export=xlsx").content))
    assert [cell.value for cell in book["Transactions"]["I"]] == ["Amount", -5, None, -5]
    said = {row[0]: row[1] for row in book["Summary"].iter_rows(values_only=True)}
    assert (said["Amount from"], said["Amount to"]) == (-5, 2.5)


def test_what_is_wrong_keeps_what_was_typed(books: Books, manager: Browser) -> None:
    page = manager.get(f"{LEDGER}?amount_from=much&amount_to=3")
    assert [str(error) for error in page.context["filters"].form.errors["amount_from"]] == [
        "Type a figure such as 12.50."
    ]
    assert 'value="much"' in page.content.decode() and 'value="3"' in page.content.decode()


MISTAKES = [
    ("since=2026-03-02&until=2026-03-01", "The period ends before it begins."),
    ("since=yesterday", "Enter a valid date."),
    ("until=0001-01-01", "Choose a day from 2000 on."),
    ("until=9999-12-31", "Choose a day before 2200."),
    ("kind=theft", "Select a valid choice."),
    ("source=x", "is not a valid value."),
    ("whose=%00", "Null characters are not allowed."),
    ("amount_from=much", "Type a figure such as 12.50."),
    ("amount_to=1,000", "“1,000” can be read in two ways."),
    ("amount_from=5&amount_to=-5", "this one is below the other."),
]


def test_what_cannot_be_is_said_beside_the_field(books: Books, manager: Browser) -> None:
    for query, sentence in MISTAKES:
        page = manager.get(f"{LEDGER}?{query}&export=xlsx")
        assert page["Content-Type"].startswith("text/html")
        assert sentence in page.content.decode(), query


@time_machine.travel("2026-03-02 23:30Z", tick=False)
def test_periods_have_names_in_the_days_of_the_chain(books: Books, manager: Browser) -> None:
    page = manager.get(LEDGER, {"period": "today", "kind": "manual_accrual"})
    presets = {str(preset.name): preset for preset in page.context["filters"].presets()}
    assert {name: days_of(manager, preset.query) for name, preset in presets.items()} == {
        "Today": "2026-03-03 2026-03-03",
        "Yesterday": "2026-03-02 2026-03-02",
        "This week": "2026-03-02 2026-03-03",
        "Last week": "2026-02-23 2026-03-01",
        "This month": "2026-03-01 2026-03-03",
        "Last month": "2026-02-01 2026-02-28",
        "Last 30 days": "2026-02-02 2026-03-03",
        "Last 90 days": "2025-12-04 2026-03-03",
        "This year": "2026-01-01 2026-03-03",
    }
    assert {parse_qs(preset.query)["kind"][0] for preset in presets.values()} == {"manual_accrual"}
    assert [name for name, preset in presets.items() if preset.is_chosen] == ["Today"]


def days_of(manager: Browser, query: str) -> str:
    """The days that stand in the form."""
    form = manager.get(f"{LEDGER}?{query}").context["filters"].form
    return " ".join(str(form.cleaned_data[name]) for name in ("since", "until"))


@time_machine.travel("2026-03-03 12:00Z", tick=False)
def test_other_days_take_the_place_of_a_named_period(books: Books, manager: Browser) -> None:
    """One chip tells name and days; what is typed beside the name counts, and the name goes."""
    named = manager.get(LEDGER, {"period": "last_month", "since": "2026-02-01", "until": "2026-02-28"})
    (chip,) = named.context["filters"].chips()
    assert (chip.label, chip.value, chip.query_without) == ("Period", "Last month, 1 Feb 2026 – 28 Feb 2026", "")
    own = manager.get(LEDGER, {"period": "last_month", "since": "2026-02-02", "until": "2026-02-28"})
    assert [chip.label for chip in own.context["filters"].chips()] == ["Period from", "Period to"]
    assert not [preset for preset in own.context["filters"].presets() if preset.is_chosen]
    unknown = manager.get(LEDGER, {"period": "next_month"})
    assert not unknown.context["filters"].chips() and unknown.context["filters"].is_valid()


@pytest.mark.parametrize(
    ("region", "today", "week"),
    [
        ("DE", "2026-03-02", "2026-02-23 2026-03-01"),
        ("DE", "2026-03-01", "2026-02-16 2026-02-22"),
        ("US", "2026-03-01", "2026-02-22 2026-02-28"),
        ("US", "2026-02-28", "2026-02-15 2026-02-21"),
        ("AQ", "2026-03-02", "2026-02-23 2026-03-01"),
    ],
)
def test_a_week_begins_as_where_the_chain_is(cast: Cast, manager: Browser, region: str, today: str, week: str) -> None:
    type(cast.aurora).objects.filter(pk=cast.aurora.pk).update(region=region)
    with time_machine.travel(f"{today} 12:00Z", tick=False):
        assert days_of(manager, "period=last_week") == week


# Totals and order
# ----------------------------------------------------------------------------


def test_totals_are_those_of_all_rows_not_of_the_page(books: Books, manager: Browser) -> None:
    for number in range(30):
        books.give("1.10", at=moment("2026-03-05 10:00"), comment=str(number))
    totals = manager.get(LEDGER).context["filters"].totals
    assert totals.rows == 37
    assert {each.kind: (each.rows, each.plus, each.minus) for each in totals} == {
        "promotion_discount": (1, 0, -6),
        "promotion_accrual": (2, Decimal("5.70"), 0),
        "referral_accrual": (1, Decimal("2.70"), 0),
        "manual_accrual": (31, 53, 0),
        "manual_debit": (2, 5, -5),
    }
    assert (totals.discounts, totals.given, totals.paid) == (6, Decimal("61.40"), 0)
    assert (totals.written_off, totals.burned) == (0, 0)
    assert sum(each.sum for each in totals) == sum(Transaction.objects.values_list("amount", flat=True))
    assert {each.kind for each in totals} == {TransactionKind(row.kind) for row in Transaction.objects.all()}


def test_it_is_sorted_by_every_column(books: Books, manager: Browser) -> None:
    sorts_by_every_column(manager, LEDGER)
    assert amounts(manager.get(LEDGER, {"sort": "amount"})) == sorted(amounts(manager.get(LEDGER)))
    assert kinds(manager.get(LEDGER, {"sort": "at"})) == kinds(manager.get(LEDGER))[::-1]


@pytest.mark.parametrize("sort", ["balance_after", "-balance_after"])
def test_what_has_no_balance_stands_last_here_and_in_the_workbook(books: Books, manager: Browser, sort: str) -> None:
    """A discount is money off a bill, and no card has it."""
    balances = [row[8] for row in rows_of(manager.get(LEDGER, {"sort": sort}))]
    assert balances[-1] == "–" and "–" not in balances[:-1]
    sheet = load_workbook(BytesIO(manager.get(LEDGER, {"sort": sort, "export": "xlsx"}).content))["Transactions"]
    cells = sheet["K"][: len(balances) + 1]
    assert [cell.value is None for cell in cells] == [False] * len(balances) + [True]


def test_a_workbook_of_too_many_rows_is_sorted_as_their_page(
    books: Books, manager: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "MOST_NUMBERED", 2)
    for sort in ("amount", "at", "-at"):
        shown = amounts(manager.get(LEDGER, {"sort": sort}))
        sheet = load_workbook(BytesIO(manager.get(LEDGER, {"sort": sort, "export": "xlsx"}).content))["Transactions"]
        written = [row[8] for row in sheet.iter_rows(min_row=2, max_row=1 + len(shown), values_only=True)]
        assert written == [float(amount) for amount in shown]
    assert amounts(manager.get(LEDGER, {"sort": "amount"})) == amounts(manager.get(LEDGER)) == shown


def test_a_chain_without_transactions_says_how_they_begin(cast: Cast, manager: Browser) -> None:
    page = manager.get(LEDGER).content.decode()
    assert "It begins with the first visit." in page
    assert "Export" not in page and 'class="filters"' not in page


def fill_books(books: Books, rows: int) -> None:
    cut = make_item(books.cast.aurora, "Cut", "10.00")
    for number in range(rows):
        at = moment(f"2026-03-{5 + number % 20:02} 10:00")
        guest = make_client(books.cast.center, f"Guest {number}", f"+49 151 222 {number:04}")
        make_visit(books.cast.center, guest, [cut], at=at)
        books.give("1", at=at, comment=f"number {number}")


@pytest.mark.parametrize("rows", [3, 30])
def test_the_queries_of_the_ledger(books: Books, manager: Browser, rows: int, count_queries: CountQueries) -> None:
    fill_books(books, rows)
    center = books.cast.center.pk
    query = f"size=100&since=2026-03-05&kind=promotion_accrual&kind=manual_accrual&source={center}&source=chain"
    with count_queries("transactions"):
        page = manager.get(f"{LEDGER}?{query}")
    assert len(kinds(page)) == 2 * rows
