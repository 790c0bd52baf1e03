"""No page reads a whole table of its chain: how PostgreSQL would answer each of its queries, on a chain that is long.

Nothing is timed. Lists that are long are walked here from a hundred rows on, so that cards and clients are, too.
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from clients.models import Client
from loyalty.gift_cards.models import GiftCardStatus
from loyalty.ledger.models import Lot
from loyalty.ledger.sums import sum_up
from reports.gift_cards.tables import GiftCardTable
from tests.benchmarks.chain.making import make_chain
from tests.benchmarks.chain.setting import Setting
from tests.scene import scene

#: One process makes it, once.
pytestmark = pytest.mark.xdist_group("plans")

SIZE = 50_000
#: So many rows are a whole table, and not a part that somebody asked for; of the smallest that grow with a chain.
WHOLE = 5_000
GROWING = {
    "clients_client",
    "loyalty_card",
    "loyalty_holder",
    "loyalty_lot",
    "loyalty_lotmovement",
    "loyalty_rowsum",
    "loyalty_transaction",
    "visits_visit",
    "visits_visitchange",
    "visits_visitsum",
}

PAGES = {
    "promotions": "promotions/",
    "a promotion": "promotions/{promotion}/read/",
    "card types": "card-types/",
    "transactions": "transactions/",
    "transactions, the next page": "transactions/?page=after-{row}",
    "transactions of a phone": "transactions/?whose={phone}",
    "transactions of a promotion in a year": "transactions/?promotion={promotion}&since=2020-01-01",
    "transactions of a rare kind": "transactions/?kind=manual_debit",
    "transactions of a location": "transactions/?source={location}",
    "cards": "cards/",
    "cards by balance, of a phone": "cards/?sort=-balance&q={phone}",
    "clients of a part of a phone": "clients/?q={phone}",
    "points owed": "reports/points-owed/",
    "points owed, the next page": "reports/points-owed/?page=after-{lot}",
    "points owed of a guest": "reports/points-owed/?whose={phone}",
    "visits": "reports/visits/",
    "visits that are not settled": "reports/visits/?status=unsettled",
    "visits of a guest in a year": "reports/visits/?guest={phone}&since=2020-01-01",
    "visits of a location": "reports/visits/?location={location}",
    "changes to visits": "reports/changes/",
    "messages": "settings/messages/",
    "gift cards": "gift-cards/",
    **{
        f"gift cards, {query}": f"gift-cards/?{query}"
        for query in (
            *(f"status={status}" for status in GiftCardStatus.values),
            *(
                f"sort={column}"
                for column in GiftCardTable.base_columns
                if GiftCardTable.base_columns[column].orderable is not False
            ),
            "since=2020-01-01&location={location}",
            "number=100",
            "whose={phone}",
            "gift_card_type={gift}",
            "balance_from=5&balance_to=15",
            "ends_within=400",
            "used_since=2020-01-01&used_at={location}",
        )
    },
    "a gift card": "gift-cards/{gift_card}/",
    "accounts": "accounts/",
    **{
        f"accounts, {query}": f"accounts/?{query}"
        for query in ("q={phone}", "balance=held", "sort=-balance", "sort=-moved_at")
    },
    "an account": "accounts/{account}/",
    "a client": "clients/{client}/",
    "a client's gift cards": "clients/{client}/gift-cards/",
    "a client's accounts": "clients/{client}/accounts/",
    "overview": "overview/",
    "overview of this year": "overview/?period=this-year",
}
#: What is owed is added up of the lots that end soon, which may be most of them, with their holders.
#: Whose lots are is said by their holders alone, which PostgreSQL reads at once where many lots are asked for.
ENDING = {"loyalty_lot", "loyalty_holder"}
#: What is on gift cards and accounts stands with their holders, which PostgreSQL reads at once where it needs many.
OF_VALUE = ('FROM "loyalty_giftcard"', 'FROM "loyalty_account"')


@scene
def long_chain(db: None) -> Setting:
    setting = make_chain("long", size=SIZE, at=timezone.now())
    sum_up(chain=setting.chain)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return setting


@pytest.mark.parametrize("page", PAGES)
def test_no_query_of_a_page_reads_a_whole_table(
    page: str, long_chain: Setting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "MOST_NUMBERED", 100)
    guest = Client.objects.filter(chain=long_chain.chain, phone__isnull=False).order_by("pk")[50]
    row = guest.transactions.order_by("pk")[0]
    asked = {
        "promotion": long_chain.cashback.pk,
        "location": long_chain.locations[3].pk,
        "phone": str(guest.phone)[-7:],
        "row": row.pk,
        "client": guest.pk,
        "gift": long_chain.gift.pk,
        "gift_card": long_chain.chain.gift_cards.order_by("pk")[0].pk,
        "account": long_chain.chain.accounts.order_by("pk")[0].pk,
        "lot": Lot.objects.with_points().filter(holder__chain=long_chain.chain).order_by("pk")[50].pk,
    }
    browser = Browser()
    browser.force_login(long_chain.staff["owner"])
    with CaptureQueriesContext(connection) as queries:
        assert browser.get(f"/chains/long/{PAGES[page].format(**asked)}").status_code == 200
    read = [
        (table, query["sql"])
        for query in queries
        for table in whole_tables(query["sql"])
        if not (table in ENDING and "AS ending" in query["sql"])
        and not (
            table == "loyalty_holder" and (page.startswith("points owed") or any(map(query["sql"].count, OF_VALUE)))
        )
    ]
    assert not read, "\n".join(f"{table}: {statement[:600]}" for table, statement in read)


@pytest.mark.parametrize(
    "address", ["/chains/long/clients/?q={text}", "/chains/long/clients/?q={text}&sort=-cards", "{guest}?q={text}"]
)
@pytest.mark.parametrize("text", ["zoe", "4915", "zo", "example"])
def test_a_search_reads_no_more_clients_than_it_sorts(
    address: str, text: str, long_chain: Setting, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even for a name that many have, at the end of the alphabet, or for digits that all phones have."""
    monkeypatch.setattr(settings, "MOST_NUMBERED", 100)
    monkeypatch.setattr("visits.search.MANY", 100)
    browser = Browser()
    browser.force_login(long_chain.staff["owner"])
    guest = reverse("visits:guest", args=[long_chain.locations[3].slug])
    with CaptureQueriesContext(connection) as queries:
        answer = browser.get(address.format(guest=guest, text=text))
    assert answer.status_code == 200 and text in answer.content.decode().lower()
    searching = [query["sql"] for query in queries if 'search_grams" @>' in query["sql"]]
    assert searching
    for statement in searching:
        # Of a word that two in three have, every third that is read is left out.
        assert max(rows_read(statement, "clients_client")) <= 200, statement


def rows_read(statement: str, table: str) -> Iterator[int]:
    """How many rows of the table each part of the plan read when it was carried out, with those that it left out."""
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {statement}")
        (plan,) = cursor.fetchone()
    for node in nodes_of((plan if isinstance(plan, list) else json.loads(plan))[0]["Plan"]):
        if node.get("Relation Name") == table:
            left_out = node.get("Rows Removed by Filter", 0) + node.get("Rows Removed by Index Recheck", 0)
            yield round((node["Actual Rows"] + left_out) * node["Actual Loops"])


def nodes_of(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for child in node.get("Plans", ()):
        yield from nodes_of(child)


@pytest.mark.django_db
def test_what_reads_a_whole_table_is_found(long_chain: Setting) -> None:
    of_chain = f"FROM loyalty_transaction WHERE chain_id = {long_chain.chain.pk}"
    assert list(whole_tables(f"SELECT sum(amount) {of_chain}")) == ["loyalty_transaction"]
    assert list(whole_tables(f"SELECT id {of_chain} ORDER BY amount % 7 LIMIT 25")) == ["loyalty_transaction"]
    assert list(whole_tables(f"SELECT id {of_chain} ORDER BY at DESC, id DESC LIMIT 25")) == []
    assert list(whole_tables(f"SELECT id {of_chain} AND holder_id = 1")) == []


def whole_tables(statement: str) -> Iterator[str]:
    """Tables that grow of which the statement would read so many rows that it reads them all."""
    if not statement.lstrip().upper().startswith(("SELECT", "WITH")):
        return
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (FORMAT JSON) {statement}")
        (plan,) = cursor.fetchone()
    yield from _read(plan[0]["Plan"] if isinstance(plan, list) else json.loads(plan)[0]["Plan"], is_limited=False)


#: What asks for all rows below it before it gives the first one.
TAKES_ALL = {"Sort", "Aggregate", "Hash", "WindowAgg", "Materialize", "Bitmap Heap Scan"}


def _read(node: dict[str, Any], *, is_limited: bool) -> Iterator[str]:
    if node["Node Type"] == "Limit":
        is_limited = True
    elif node["Node Type"] in TAKES_ALL:
        is_limited = False
    # A scan that leaves nearly nothing of a table has read it all the same.
    is_whole = node["Node Type"] == "Seq Scan" or node["Plan Rows"] >= WHOLE
    if node.get("Relation Name") in GROWING and is_whole and not is_limited:
        yield node["Relation Name"]
    for child in node.get("Plans", ()):
        yield from _read(child, is_limited=is_limited)
