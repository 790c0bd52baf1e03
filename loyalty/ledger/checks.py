"""Proves the ledger: every cached figure is recomputed from the rows (docs/rules.md, section 6).

In SQL of its own: the proof shares no code with what it proves, and is cheap enough to be asked for after each step.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from django.db import connection

from chains.models import Chain
from loyalty.ledger.kinds import HOLDERS, ROWS
from loyalty.ledger.models import Holder, Transaction
from loyalty.ledger.questions import visit_sums_differ

#: What a holder's balance, debt and lots should be by its rows and their movements.
_HOLDERS = """
WITH written AS (
  SELECT holder_id, sum(amount) AS total, max(id) AS newest FROM loyalty_transaction
  WHERE holder_id IS NOT NULL AND {of_chain} GROUP BY holder_id
), owed AS (
  SELECT t.holder_id, sum(m.amount) AS total FROM loyalty_lotmovement m
  JOIN loyalty_transaction t ON t.id = m.transaction_id
  WHERE m.lot_id IS NULL AND {of_chain} GROUP BY t.holder_id
), lots AS (
  SELECT l.holder_id, sum(l.remaining) AS remaining FROM loyalty_lot l JOIN loyalty_holder h ON h.id = l.holder_id
  WHERE {of_chain} GROUP BY l.holder_id
), found AS (
  SELECT h.id, h.kind = ANY(%(with_lots)s) AS has_lots, h.balance, h.debt,
    CASE WHEN h.keeps_balance THEN coalesce(written.total, 0) ELSE 0 END AS rows,
    coalesce(newest.balance_after, 0) AS newest, coalesce(lots.remaining, 0) AS lots, -coalesce(owed.total, 0) AS owed
  FROM loyalty_holder h
  LEFT JOIN written ON written.holder_id = h.id
  LEFT JOIN loyalty_transaction newest ON newest.id = written.newest
  LEFT JOIN lots ON lots.holder_id = h.id
  LEFT JOIN owed ON owed.holder_id = h.id
  WHERE (%(chain)s::bigint IS NULL OR h.chain_id = %(chain)s)
)
SELECT id, balance, rows, newest, lots, debt, owed FROM found
WHERE balance <> rows OR newest <> rows OR debt <> owed OR (debt > 0 AND lots > 0)
  OR (has_lots AND lots <> rows + debt) OR (NOT has_lots AND (lots <> 0 OR debt <> 0))
ORDER BY id
"""
_BALANCES = """
SELECT id, balance_after, total FROM (
  SELECT t.id, balance_after,
    CASE WHEN h.keeps_balance THEN sum(amount) OVER (PARTITION BY holder_id ORDER BY t.id) ELSE 0 END AS total
  FROM loyalty_transaction t JOIN loyalty_holder h ON h.id = t.holder_id
  WHERE (%(chain)s::bigint IS NULL OR t.chain_id = %(chain)s)
) written WHERE balance_after <> total ORDER BY id
"""
_LOTS = """
SELECT l.id, l.remaining, coalesce(sum(m.amount), 0) FROM loyalty_lot l
JOIN loyalty_holder h ON h.id = l.holder_id LEFT JOIN loyalty_lotmovement m ON m.lot_id = l.id
WHERE {of_chain} GROUP BY l.id HAVING l.remaining <> coalesce(sum(m.amount), 0) ORDER BY l.id
"""
_MOVEMENTS = """
SELECT t.id, t.amount, coalesce(sum(m.amount), 0) FROM loyalty_transaction t
JOIN loyalty_holder h ON h.id = t.holder_id AND h.kind = ANY(%(with_lots)s)
LEFT JOIN loyalty_lotmovement m ON m.transaction_id = t.id
WHERE (%(chain)s::bigint IS NULL OR t.chain_id = %(chain)s)
GROUP BY t.id HAVING t.amount <> coalesce(sum(m.amount), 0) ORDER BY t.id
"""
_KINDS = """
SELECT t.id, t.kind, t.amount, t.holder_id FROM loyalty_transaction t
LEFT JOIN unnest(%(kinds)s::text[], %(signs)s::int[], %(holders)s::text[]) AS kinds(kind, sign, holder) USING (kind)
LEFT JOIN loyalty_holder h ON h.id = t.holder_id
WHERE (%(chain)s::bigint IS NULL OR t.chain_id = %(chain)s) AND (
  kinds.sign IS NULL OR h.kind IS DISTINCT FROM kinds.holder
  OR t.amount = 0
  OR (kinds.sign <> 0 AND sign(t.amount) <> CASE WHEN t.undoes_id IS NULL THEN kinds.sign ELSE -kinds.sign END)
) ORDER BY t.id
"""
_COUNTERS = """
SELECT c.id, c.undoes_id FROM loyalty_transaction c JOIN loyalty_transaction undone ON undone.id = c.undoes_id
WHERE (%(chain)s::bigint IS NULL OR c.chain_id = %(chain)s)
  AND NOT (undone.amount = -c.amount AND undone.undoes_id IS NULL AND undone.kind = c.kind)
ORDER BY c.id
"""
#: Sums of days and months against the rows that they are of.
_SUMS = """
WITH told_apart AS (
  SELECT t.chain_id, (t.at AT TIME ZONE s.time_zone)::date AS "on", t.location_id, t.kind, t.promotion_id,
    (SELECT card_type_id FROM loyalty_card WHERE id = t.card_id) AS card_type_id, 1 AS rows,
    CASE WHEN t.amount > 0 THEN t.amount ELSE 0 END AS plus, CASE WHEN t.amount > 0 THEN 0 ELSE t.amount END AS minus,
    coalesce((SELECT -amount FROM loyalty_lotmovement WHERE transaction_id = t.id AND lot_id IS NULL), 0) AS debt
  FROM loyalty_transaction t JOIN loyalty_summedrows s ON s.chain_id = t.chain_id AND t.id <= s.through_id
  WHERE (%(chain)s::bigint IS NULL OR t.chain_id = %(chain)s)
), compared AS (
  SELECT chain_id, false AS of_month, "on", location_id, kind, promotion_id, card_type_id, rows, plus, minus, debt
  FROM told_apart
  UNION ALL
  SELECT chain_id, true, "on" - extract(day FROM "on")::int + 1, location_id, kind, promotion_id, card_type_id,
    rows, plus, minus, debt
  FROM told_apart
  UNION ALL
  SELECT chain_id, of_month, "on", location_id, kind, promotion_id, card_type_id, -rows, -plus, -minus, -debt
  FROM loyalty_rowsum WHERE {of_chain}
)
SELECT CASE WHEN of_month THEN 'month of' ELSE 'day' END, "on", kind, location_id, promotion_id, card_type_id,
  sum(rows), sum(plus), sum(minus), sum(debt)
FROM compared GROUP BY chain_id, of_month, "on", kind, location_id, promotion_id, card_type_id
HAVING sum(rows) <> 0 OR sum(plus) <> 0 OR sum(minus) <> 0 OR sum(debt) <> 0
ORDER BY 1, 2, 3, 4, 5, 6
"""
_VISITS = """
WITH acted AS (
  SELECT t.promotion_id, count(DISTINCT t.visit_id) AS visits
  FROM loyalty_transaction t JOIN loyalty_summedrows s ON s.chain_id = t.chain_id AND t.id <= s.through_id
  WHERE t.promotion_id IS NOT NULL AND t.undoes_id IS NULL AND (%(chain)s::bigint IS NULL OR t.chain_id = %(chain)s)
    AND NOT EXISTS (SELECT FROM loyalty_transaction c WHERE c.undoes_id = t.id AND c.id <= s.through_id)
  GROUP BY t.promotion_id
), summed AS (
  SELECT promotion_id, sum(visits) FILTER (WHERE of_month) AS by_month,
    sum(visits) FILTER (WHERE NOT of_month) AS by_day
  FROM loyalty_rowsum WHERE {of_chain} AND promotion_id IS NOT NULL GROUP BY promotion_id
)
SELECT promotion_id, coalesce(acted.visits, 0), coalesce(by_month, 0), coalesce(by_day, 0)
FROM acted FULL JOIN summed USING (promotion_id)
WHERE coalesce(by_month, 0) <> coalesce(acted.visits, 0) OR coalesce(by_day, 0) <> coalesce(acted.visits, 0)
ORDER BY 1
"""
#: Composing the two proofs above takes as long as all others together, and most chains of scenarios have no sums.
_HAS_SUMS = """
SELECT FROM loyalty_summedrows WHERE {of_chain} UNION ALL SELECT FROM loyalty_rowsum WHERE {of_chain} LIMIT 1
"""
#: What is wrong in each row of an answer.
_PROOFS = (
    (_HOLDERS, "holder {}: balance {}, rows {}, newest row {}, lots {}, debt {}, debt by movements {}"),
    (_BALANCES, "transaction {}: balance after {}, rows up to it {}"),
    (_LOTS, "lot {}: remaining {}, movements {}"),
    (_MOVEMENTS, "transaction {}: amount {}, movements {}"),
    (_KINDS, "transaction {}: {} of {} on holder {} is no such row"),
    (_COUNTERS, "transaction {}: not the opposite of transaction {}"),
)
_PROOFS_OF_SUMS = (
    (
        _SUMS,
        "sums of the {} {}, {}, location {}, promotion {}, card type {}: {} rows, {}, {} and {} of debt are missing",
    ),
    (_VISITS, "promotion {}: acted on {} visits, {} by the sums of months, {} by those of days"),
)
_OF_CHAIN = "(%(chain)s::bigint IS NULL OR chain_id = %(chain)s)"


def differences(chain: Chain | None = None) -> Iterator[str]:
    """A line for each holder, lot, transaction or sum whose figures do not add up; none when all is well."""
    asked = {
        "chain": chain.pk if chain else None,
        "with_lots": [kind for kind, holder in HOLDERS.items() if holder.has_lots],
        "kinds": list(ROWS),
        "signs": [row.sign for row in ROWS.values()],
        "holders": [row.holder for row in ROWS.values()],
    }
    yield from _wrong(_PROOFS, asked)
    if _answer(_HAS_SUMS, asked):
        yield from _wrong(_PROOFS_OF_SUMS, asked)
    yield from visit_sums_differ(chain)


def _wrong(proofs: Iterable[tuple[str, str]], asked: dict[str, Any]) -> Iterator[str]:
    for statement, wrong in proofs:
        for row in _answer(statement, asked):
            yield wrong.format(*row)


def _answer(statement: str, asked: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement.replace("{of_chain}", _OF_CHAIN), asked)
        return list(cursor.fetchall())


def counted(chain: Chain | None = None) -> dict[str, int]:
    """How many rows ``differences`` looks at."""
    scope = {"chain": chain} if chain else {}
    return {
        "holders": Holder.objects.filter(**scope).count(),
        "transactions": Transaction.objects.filter(**scope).count(),
    }
