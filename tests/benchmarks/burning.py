"""What burning many lots costs beside one bare statement that writes the same rows, and what the desk feels of it.

Not among the tests: `make test ARGS="-n 0 -s tests/benchmarks/burning.py"`. Everything is measured in one run, on
chains that are made alike: one burns by the bare statement, one by the job, one by the job while its desk saves.
"""

import resource
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from statistics import quantiles
from typing import Any

import pytest
from django.db import connection

from clients.models import Client
from loyalty.ledger.burning import burn_points
from loyalty.ledger.checks import differences
from loyalty.ledger.models import Lot
from loyalty.ledger.notices import queue_notices
from loyalty.rules.terms import PromotionKind
from tests.benchmarks.chain.making import parts
from tests.benchmarks.figures import Figure, note
from tests.loyalty.shop import Shop, days_later, make_plan, make_shop, save
from tests.programs import make_card_type, make_promotion

#: Of five lots of a guest three are past their stamped day, one by the card type's own clock; one is told of.
DUE, HELD = 4, 5
AT = days_later(0)

_FILL = """
WITH guests AS (
  INSERT INTO clients_client
    (chain_id, name, phone, email, comment, registered_at, name_folded, spellings, search_grams)
  SELECT %(chain)s, 'Guest ' || n, '+49151' || lpad(n::text, 8, '0'), '', '', %(then)s, 'guest ' || n, '', '{}'
  FROM generate_series(1, %(guests)s) n RETURNING id
), visits AS (
  INSERT INTO visits_visit (chain_id, location_id, client_id, starts_at, starts_on, status, version, sold, discount,
    due, points_paid, paid, recorded, value, "left", sells_value, is_sale, has_covers, manual_discount, settled_at,
    saved_at, referral_phone)
  SELECT %(chain)s, %(location)s, id, %(then)s, %(then)s::date, 'arrived', 1, 100, 0, 100, 0, 100, 100, 0, 0, false,
    false, false, 0, %(then)s, %(then)s, '' FROM guests, generate_series(1, 5)
), holders AS (
  INSERT INTO loyalty_holder (chain_id, client_id, kind, balance, debt, keeps_balance)
  SELECT %(chain)s, id, 'card', 10 * %(held)s, 0, true FROM guests ORDER BY id RETURNING id, client_id
), cards AS (
  INSERT INTO loyalty_card (chain_id, client_id, card_type_id, number, number_folded, holder_id, issued_at,
    for_new_client)
  SELECT %(chain)s, client_id, %(card_type)s, id, id, id, %(then)s, false FROM holders
  RETURNING id, holder_id, client_id
), given AS (
  INSERT INTO loyalty_transaction (chain_id, at, client_id, kind, holder_id, amount, balance_after, card_id,
    promotion_id, promotion_terms_id, turn, why)
  SELECT %(chain)s, %(then)s, client_id, 'promotion_accrual', holder_id, 10, 10 * n, id, %(promotion)s, %(terms)s, 1,
    '{}' FROM cards, generate_series(1, %(held)s) n ORDER BY holder_id, n
  RETURNING id, holder_id, balance_after / 10 AS n
), lots AS (
  INSERT INTO loyalty_lot (holder_id, transaction_id, remaining, granted_on, granted_at, rank, last_on,
    inactivity_count, inactivity_unit)
  SELECT holder_id, id, 10, %(then)s::date, %(then)s, id,
    CASE WHEN n <= 3 THEN %(now)s::date - 1 WHEN n = 5 THEN %(now)s::date + 2 END,
    CASE WHEN n = 4 THEN 1 END, CASE WHEN n = 4 THEN 'months' ELSE '' END FROM given
  RETURNING id, transaction_id
)
INSERT INTO loyalty_lotmovement (transaction_id, lot_id, amount) SELECT transaction_id, id, 10 FROM lots
"""

_BARE = """
WITH due AS (
  SELECT l.id, l.holder_id, h.client_id, h.balance, l.remaining, l.ends_on, t.card_id, t.promotion_id,
    t.promotion_terms_id, sum(l.remaining) OVER (PARTITION BY l.holder_id ORDER BY l.last_on, l.rank) AS burnt
  FROM (
    SELECT l.*, least(last_on, (greatest(granted_on, visited_on)
      + (inactivity_count || ' ' || inactivity_unit)::interval)::date) AS ends_on
    FROM loyalty_lot l JOIN loyalty_holder h ON h.id = l.holder_id LEFT JOIN (
      SELECT client_id, max(starts_on) AS visited_on FROM visits_visit
      WHERE settled_at IS NOT NULL AND NOT is_sale AND chain_id = %(chain)s GROUP BY client_id
    ) visited USING (client_id) WHERE h.chain_id = %(chain)s AND remaining > 0
  ) l JOIN loyalty_holder h ON h.id = l.holder_id JOIN loyalty_transaction t ON t.id = l.transaction_id
  WHERE l.ends_on < %(now)s::date
), written AS (
  INSERT INTO loyalty_transaction (chain_id, at, client_id, kind, holder_id, amount, balance_after, card_id,
    promotion_id, promotion_terms_id, lot_id, turn, why)
  SELECT %(chain)s, %(now)s, client_id, 'burning', holder_id, -remaining, balance - burnt, card_id, promotion_id,
    promotion_terms_id, id, 1, jsonb_build_object('last_on', ends_on::text) FROM due ORDER BY holder_id, burnt
  RETURNING id, lot_id, amount
), moved AS (
  INSERT INTO loyalty_lotmovement (transaction_id, lot_id, amount) SELECT id, lot_id, amount FROM written
), emptied AS (
  UPDATE loyalty_lot SET remaining = 0, ended_on = due.ends_on FROM due WHERE loyalty_lot.id = due.id
)
UPDATE loyalty_holder SET balance = balance - total
FROM (SELECT holder_id, sum(remaining) AS total FROM due GROUP BY holder_id) burnt WHERE id = burnt.holder_id
"""


def fill(name: str, lots: int) -> Shop:
    """A chain whose guests hold so many lots that are due."""
    shop = make_shop(name)
    terms: dict[str, Any] = {"burn_count": 1, "burn_unit": "months", "notice": 3}
    back = make_promotion(shop.chain, "back", PromotionKind.CASHBACK_FIXED_PAID, "5", **terms)
    given = {
        "chain": shop.chain.pk,
        "location": shop.location.pk,
        "card_type": make_card_type(shop.chain, "bonus", [back]).pk,
        "promotion": back.pk,
        "terms": back.terms_id,
        "guests": lots // DUE,
        "held": HELD,
        "then": AT - timedelta(days=200),
        "now": AT,
    }
    # Without the checks of foreign keys, which on tables that were empty a moment ago read all of them for each row;
    # nor does the trigger act that sums the visits.
    execute("SET session_replication_role = replica")
    execute(_FILL, given)
    execute("SET session_replication_role = DEFAULT")
    execute(dict(parts())["sums of visits"], given)
    return shop


def execute(statement: str, figures: dict[str, Any] | None = None) -> float:
    """The seconds that a statement takes."""
    with connection.cursor() as cursor:
        start = time.perf_counter()
        cursor.execute(statement, figures)
        return time.perf_counter() - start


def durable() -> None:
    """Commits wait for the disk where the server is one that does (see ``THROWAWAY_OPTIONS``)."""
    execute("SET synchronous_commit = on")


def burn_by_job(shop: Shop) -> tuple[int, float, float]:
    """On a connection of its own: lots burnt, seconds, and the longest that the locks of a batch were held."""
    held = 0.0

    def watch(execute: Callable[..., Any], statement: str, *rest: Any) -> Any:
        nonlocal held
        start = time.perf_counter()
        try:
            return execute(statement, *rest)
        finally:
            if "MATERIALIZED" in statement:
                held = max(held, time.perf_counter() - start)

    try:
        durable()
        start = time.perf_counter()
        with connection.execute_wrapper(watch):
            burnt = burn_points(chain=shop.chain, at=AT)
        return burnt, time.perf_counter() - start, held
    finally:
        connection.close()


@contextmanager
def in_background(work: Callable[[], Any]) -> Iterator[Future[Any]]:
    with ThreadPoolExecutor(1) as pool:
        yield pool.submit(work)


def saves(shop: Shop, clients: Iterator[Client], *, while_: Callable[[int], bool]) -> list[float]:
    """The seconds of each save of a visit, one after the other, as one desk has them."""
    durable()
    found: list[float] = []
    while while_(len(found)):
        plan = make_plan(shop, next(clients), starts_at=AT)
        start = time.perf_counter()
        save(shop, plan)
        found.append(time.perf_counter() - start)
    return found


def p95(seconds: list[float]) -> float:
    return quantiles(seconds, n=20)[-1]


@pytest.mark.parametrize("lots", [50_000, 200_000])
def test_burning(transactional_db: None, lots: int) -> None:
    bare_shop, job_shop, desk_shop = (fill(name, lots) for name in ("Bare", "Job", "Desk"))
    execute("ANALYZE")
    durable()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    bare = execute(_BARE, {"chain": bare_shop.chain.pk, "now": AT})
    with in_background(lambda: burn_by_job(job_shop)) as burning:
        burnt, job, held = burning.result()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory
    assert burnt == lots
    guests = list(Client.objects.filter(chain=desk_shop.chain).order_by("?")[:4000])
    usual = saves(desk_shop, iter(guests), while_=lambda done: done < 150)
    with in_background(lambda: burn_by_job(desk_shop)) as burning:
        meanwhile = saves(desk_shop, iter(guests[150:]), while_=lambda done: not burning.done() and done < 3000)
        _burnt, beside, held_beside = burning.result()
    told = f"{lots / job:,.0f} lots a second, the bare statement {lots / bare:,.0f}; beside a desk {lots / beside:,.0f}"
    note(Figure(f"burning of {lots:,} due lots", job / bare, 3, "the bare statement", told))
    note(Figure("memory of it", memory / 1024 / 200, 1, "200 MB", f"{memory / 1024:.0f} MB more"))
    longest = max(held, held_beside)
    note(Figure("the longest that it holds a card", longest / 0.1, 1, "100 ms", f"{1000 * longest:.0f} ms"))
    told = f"95 of 100 within {1000 * p95(meanwhile):.0f} ms, else {1000 * p95(usual):.0f} ms; {len(meanwhile)} saves"
    note(Figure("slow saves meanwhile", p95(meanwhile) / p95(usual), 2, "those without it", told))
    start = time.perf_counter()
    queued = queue_notices(chain=job_shop.chain, at=AT)
    seconds = time.perf_counter() - start
    print(f"{queued / seconds:,.0f} of {queued:,} notices queued a second")
    assert queued == lots // DUE
    assert not Lot.objects.filter(remaining__gt=0).ending_through(AT.date() - timedelta(days=1)).exists()
    assert not list(differences())
