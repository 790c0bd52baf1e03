"""What rows of the ledger add up to, without reading them all (docs/architecture.md, *Sums of the ledger*).

The rows of a chain up to one are *summed*, by day and by month; those written since are the tail. A figure is that of
the sums and of the tail together, so it is at any moment that of the rows. Nobody who saves has to do with it: a job
moves rows from the tail into the sums, and may do so at any time, or not at all.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.db.models import Count, Max

from chains.models import Chain
from config.replica import connection_of_reports
from loyalty.ledger.models import RowSum, SummedRows, Transaction

#: Rows that are summed by one statement.
BATCH = 200_000
#: So long a run waits for saves that were under way when it began; where they take longer, the next run sums.
PATIENCE_SECONDS = 5
_EVER = 2**63 - 1

#: What the rows above {after}, up to %(through)s, add to the sums: a row for each. What belongs to a row is looked up
#: row by row: how many there are is not known beforehand, and a join might read all of it.
_ROWS = """
SELECT (t.at AT TIME ZONE %(zone)s)::date AS "on", t.location_id, t.kind, t.promotion_id,
  (SELECT card_type_id FROM loyalty_card WHERE id = t.card_id) AS card_type_id,
  1 AS rows, greatest(t.amount, 0) AS plus, least(t.amount, 0) AS minus,
  -coalesce((SELECT amount FROM loyalty_lotmovement WHERE transaction_id = t.id AND lot_id IS NULL), 0) AS debt,
  0 AS visits
FROM loyalty_transaction t
WHERE t.chain_id = %(chain)s AND t.id > {after} AND t.id <= %(through)s
"""
#: And one for each visit and promotion in them, which says whether it acts on the visit by now and did not before (1),
#: or the other way (-1).
_VISITS = """
UNION ALL
SELECT "on", location_id, kind, promotion_id, card_type_id, 0, 0, 0, 0, acts - acted FROM (
  SELECT DISTINCT ON (t.promotion_id, t.visit_id) (t.at AT TIME ZONE %(zone)s)::date AS "on",
    t.location_id, t.kind, t.promotion_id, t.visit_id,
    (SELECT card_type_id FROM loyalty_card WHERE id = t.card_id) AS card_type_id
  FROM loyalty_transaction t
  WHERE t.chain_id = %(chain)s AND t.id > {after} AND t.id <= %(through)s
    AND t.promotion_id IS NOT NULL AND t.visit_id IS NOT NULL
  ORDER BY t.promotion_id, t.visit_id, t.id DESC
) pair CROSS JOIN LATERAL (
  SELECT (count(*) > 2 * count(undoes_id))::int AS acts,
    (count(*) FILTER (WHERE id <= {after}) > 2 * count(undoes_id) FILTER (WHERE id <= {after}))::int AS acted
  FROM loyalty_transaction
  WHERE visit_id = pair.visit_id AND promotion_id = pair.promotion_id AND id <= %(through)s
) visit
"""
_SUM_UP = """
INSERT INTO loyalty_rowsum
  (chain_id, of_month, "on", location_id, kind, promotion_id, card_type_id, rows, plus, minus, debt, visits)
SELECT %(chain)s, of_month, CASE WHEN of_month THEN date_trunc('month', "on")::date ELSE "on" END AS first_on,
  location_id, kind, promotion_id, card_type_id, sum(rows), sum(plus), sum(minus), sum(debt), sum(visits)
FROM ({written}) written CROSS JOIN (VALUES (false), (true)) AS spans (of_month)
GROUP BY of_month, first_on, location_id, kind, promotion_id, card_type_id
ON CONFLICT (chain_id, of_month, "on", location_id, kind, promotion_id, card_type_id) DO UPDATE
SET rows = loyalty_rowsum.rows + excluded.rows,
  plus = loyalty_rowsum.plus + excluded.plus, minus = loyalty_rowsum.minus + excluded.minus,
  debt = loyalty_rowsum.debt + excluded.debt, visits = loyalty_rowsum.visits + excluded.visits
"""
_READ = """
SELECT {by}, sum(rows)::bigint, sum(plus), sum(minus), sum(debt), sum(visits)::bigint FROM (
  {summed}
  SELECT * FROM ({written}) written WHERE "on" BETWEEN %(since)s AND %(until)s
) found WHERE {chosen} GROUP BY {by}
"""
#: Each part of a period by itself, so that it is one stretch of the index; nothing where the days are of another zone.
_SUMMED = """
  SELECT "on", location_id, kind, promotion_id, card_type_id, rows, plus, minus, debt, visits FROM loyalty_rowsum
  WHERE chain_id = %(chain)s AND of_month = {of_month} AND "on" BETWEEN %(first_{number})s AND %(last_{number})s
    AND EXISTS (SELECT FROM loyalty_summedrows WHERE chain_id = %(chain)s AND time_zone = %(zone)s)
  UNION ALL
"""
#: Through which row the sums go by the chain's days, 0 where there are none.
_SUMMED_THROUGH = """
coalesce((SELECT through_id FROM loyalty_summedrows WHERE chain_id = %(chain)s AND time_zone = %(zone)s), 0)
"""


@dataclass(frozen=True)
class Sums:
    """What some rows come to: how many, what they gave, what they took (0 or less).

    ``debt`` is by how much the debts of their cards grew; ``visits`` is read by promotion, over all days, and 0 else.
    """

    rows: int
    plus: Decimal
    minus: Decimal
    debt: Decimal
    visits: int

    @property
    def amount(self) -> Decimal:
        return self.plus + self.minus


@dataclass(frozen=True)
class Chosen:
    """Which rows are meant: of these days of the chain, both included, and of what is named; nothing named is any.

    ``locations`` holds None for rows that belong to the chain itself.
    """

    since: date | None = None
    until: date | None = None
    kinds: Collection[str] = ()
    promotions: Collection[int] = ()
    locations: Collection[int | None] = ()

    def conditions(self) -> Iterator[tuple[str, dict[str, Any]]]:
        yield "true", {}
        if self.kinds:
            yield "kind = ANY(%(kinds)s)", {"kinds": list(self.kinds)}
        if self.promotions:
            yield "promotion_id = ANY(%(promotions)s)", {"promotions": list(self.promotions)}
        if self.locations:
            places = [place for place in self.locations if place is not None]
            of_none = " OR location_id IS NULL" if None in self.locations else ""
            yield f"(location_id = ANY(%(locations)s){of_none})", {"locations": places}


def read_sums(chain: Chain, by: tuple[str, ...], chosen: Chosen = Chosen()) -> dict[tuple[Any, ...], Sums]:
    """The sums of the chosen rows for each value of what they are told apart ``by``, columns of `RowSum`.

    Without ``on`` among them whole months are read as such. One statement sees the sums, and how far they go, as they
    are at one moment, whatever the job does.
    """
    statement, asked = statement_of_sums(chain, by, chosen)
    with connection_of_reports().cursor() as cursor:
        cursor.execute(statement, asked)
        return {row[: len(by)]: Sums(*row[len(by) :]) for row in cursor.fetchall()}


def statement_of_sums(chain: Chain, by: tuple[str, ...], chosen: Chosen) -> tuple[str, dict[str, Any]]:
    """What reads them, and what is asked by it: the columns told apart by, then those of `Sums`."""
    since, until = chosen.since or date.min, chosen.until or date.max
    asked: dict[str, Any] = {
        "chain": chain.pk,
        "zone": chain.time_zone,
        "through": _EVER,
        "since": since,
        "until": until,
    }
    conditions = list(chosen.conditions())
    for _, values in conditions:
        asked |= values
    summed_parts = ""
    for number, (of_month, first, last) in enumerate(spans_of(since, until, by_day="on" in by)):
        summed_parts += _SUMMED.format(of_month=of_month, number=number)
        asked |= {f"first_{number}": first, f"last_{number}": last}
    # Nobody else asks by how many visits.
    written = _ROWS + _VISITS if "promotion" in by else _ROWS
    statement = _READ.format(
        by=", ".join(_COLUMNS[name] for name in by),
        summed=summed_parts,
        written=written.format(after=_SUMMED_THROUGH),
        chosen=" AND ".join(condition for condition, _ in conditions),
    )
    return statement, asked


_COLUMNS = {
    "on": '"on"',
    "location": "location_id",
    "kind": "kind",
    "promotion": "promotion_id",
    "card_type": "card_type_id",
}


def spans_of(since: date, until: date, *, by_day: bool) -> Iterator[tuple[bool, date, date]]:
    """The days in whole months, with the days before and after them: of months or of days, the first and the last."""
    first_month = since if since.day == 1 else _next_month(since)
    # The first day that is in no whole month; where the days never end, neither do the months.
    rest = until if until == date.max else (until + timedelta(days=1)).replace(day=1)
    if by_day or first_month >= rest:
        yield False, since, until
        return
    if since < first_month:
        yield False, since, first_month - timedelta(days=1)
    yield True, first_month, rest - timedelta(days=1)
    if rest <= until < date.max:
        yield False, rest, until


def _next_month(day: date) -> date:
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1)


# The job
# ----------------------------------------------------------------------------


def sum_up(*, chain: Chain) -> int:
    """Move the chain's rows into the sums; returns how many. Two runs at once do what one does."""
    return sum_up_each([chain])


def sum_up_each(chains: Iterable[Chain]) -> int:
    """The same chain by chain; writers of any chain are waited for once."""
    last = Transaction.objects.aggregate(last=Max("pk"))["last"] or 0
    if not _all_is_written():
        return 0
    moved = 0
    for chain in chains:
        while part := _sum_up_part(chain, last):
            moved += part
    return moved


@transaction.atomic
def _sum_up_part(chain: Chain, last: int) -> int:
    """Sum at most a batch of the rows through ``last``; 0 where all are."""
    SummedRows.objects.get_or_create(chain=chain, defaults={"time_zone": chain.time_zone})
    summed = SummedRows.objects.select_for_update(no_key=True).get(chain=chain)
    if summed.time_zone != chain.time_zone:
        # Every row is of another day now.
        RowSum.objects.filter(chain=chain).delete()
        summed.through_id, summed.time_zone = 0, chain.time_zone
    tail = Transaction.objects.filter(chain=chain, pk__gt=summed.through_id, pk__lte=last).order_by("pk")
    part = tail[:BATCH].aggregate(rows=Count("pk"), last=Max("pk"))
    if not part["rows"]:
        return 0
    asked = {"chain": chain.pk, "zone": chain.time_zone, "through": part["last"]}
    with connection.cursor() as cursor:
        cursor.execute(_SUM_UP.format(written=(_ROWS + _VISITS).format(after=summed.through_id)), asked)
    summed.through_id = part["last"]
    summed.save(update_fields=["through_id", "time_zone"])
    return int(part["rows"])


def _all_is_written() -> bool:
    """Wait until whoever writes rows now has ended: after that every row is there that comes before one seen before.

    Who inserts holds a lock of the table, from before the row has its number until the commit can be seen. So does
    PostgreSQL wait when it builds an index beside its writers; they wait for nothing.
    """
    ends = time.monotonic() + PATIENCE_SECONDS
    writers = current = _writers()
    while writers & current and time.monotonic() < ends:
        time.sleep(0.02)
        current = _writers()
    return not writers & current


def _writers() -> set[str]:
    """Transactions of others that have written rows and not ended."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT virtualtransaction FROM pg_locks
            WHERE locktype = 'relation' AND relation = 'loyalty_transaction'::regclass AND mode = 'RowExclusiveLock'
              AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
              AND pid IS DISTINCT FROM pg_backend_pid()
            """
        )
        return {row[0] for row in cursor.fetchall()}
