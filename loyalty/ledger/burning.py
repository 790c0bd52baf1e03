"""The job that burns points past their last day (docs/rules.md, section 5), many lots at a time.

A lot burns as the journal burns it when an operation writes to its card: the same row, movement, lot and balance, to
which tests hold it. Each batch is a transaction of its own, so the job may be stopped at any moment: what burned stays
burned, and the next run finds the rest. Running it twice does no more than running it once.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import BooleanField, Count, F, OuterRef, QuerySet, Subquery, Sum, Window
from django.db.models.expressions import RawSQL
from django.db.models.functions import Coalesce

from chains.models import Chain
from loyalty.ledger.kinds import TransactionKind
from loyalty.ledger.models import Holder, Lot, Transaction

#: Lots burnt in one transaction: a desk that wants one of their cards waits for so many.
BATCH = 100

#: Holders that are asked for at once, so that a run of any length needs little memory.
ASKED = 100_000

#: All that the journal writes when lots burn; ``due`` are those of locked holders.
_BURN = """
WITH due AS MATERIALIZED ({due}),
written AS (
  INSERT INTO loyalty_transaction (chain_id, at, client_id, kind, holder_id, amount, balance_after, card_id,
    promotion_id, promotion_terms_id, lot_id, turn, why)
  SELECT chain_id, %s, client_id, %s, holder_id, -remaining, balance - burnt, card_id,
    promotion_id, promotion_terms_id, id, turn, jsonb_build_object('last_on', to_char(ends_on, 'YYYY-MM-DD'))
  FROM due ORDER BY holder_id, burnt
  RETURNING id, lot_id, amount
), moved AS (
  INSERT INTO loyalty_lotmovement (transaction_id, lot_id, amount) SELECT id, lot_id, amount FROM written
), emptied AS (
  UPDATE loyalty_lot SET remaining = 0, ended_on = due.ends_on FROM due WHERE loyalty_lot.id = due.id
), taken AS (
  UPDATE loyalty_holder SET balance = loyalty_holder.balance - burnt.total
  FROM (SELECT holder_id, sum(remaining) AS total FROM due GROUP BY holder_id) burnt
  WHERE loyalty_holder.id = burnt.holder_id
)
SELECT count(*) FROM written
"""


def burn_points(*, chain: Chain, at: datetime) -> int:
    """Burn everything of the chain that is past its last day at ``at``; returns the number of rows written.

    Holders that somebody works with are passed over and come last, one by one: the job never waits while it holds
    others.
    """
    written, busy = 0, list[int]()
    for holder_ids in _batches(chain, at):
        with transaction.atomic():
            free = [holder.pk for holder in Holder.objects.filter(pk__in=holder_ids).taken()]
            written += _burn(chain, free, at)
        busy += sorted({*holder_ids} - {*free})
    for holder_id in busy:
        with transaction.atomic():
            written += _burn(chain, [holder.pk for holder in Holder.objects.filter(pk=holder_id).locked()], at)
    return written


def past_lots(chain: Chain, at: datetime) -> QuerySet[Lot]:
    """Lots of the chain with points left that are past their last day at ``at``, with ``ends_on``."""
    yesterday = chain.local_date(at) - timedelta(days=1)
    return Lot.objects.with_points().filter(holder__chain=chain).ending_through(yesterday)


def _batches(chain: Chain, at: datetime) -> Iterator[list[int]]:
    """The holders with something to burn, in primary-key order, of about ``BATCH`` lots together."""
    batch, lots = list[int](), 0
    for holder_id, count in _holders(chain, at):
        if batch and lots + count > BATCH:
            yield batch
            batch, lots = [], 0
        batch.append(holder_id)
        lots += count
    if batch:
        yield batch


def _holders(chain: Chain, at: datetime) -> Iterator[tuple[int, int]]:
    """The holders with something to burn, and of how many lots."""
    by_holder = past_lots(chain, at).order_by("holder").values_list("holder").annotate(Count("pk"))
    asked, after = ASKED, 0
    while asked == ASKED:
        found = list(by_holder.filter(holder__gt=after)[:ASKED])
        yield from found
        asked, after = len(found), found[-1][0] if found else 0


def _burn(chain: Chain, holder_ids: list[int], at: datetime) -> int:
    """Burn what is past on locked holders; returns the number of rows written."""
    if not holder_ids:
        return 0
    due, figures = _due(chain, holder_ids, at).query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(_BURN.format(due=due), [*figures, at, TransactionKind.BURNING])
        return int(cursor.fetchone()[0])


def _due(chain: Chain, holder_ids: list[int], at: datetime) -> QuerySet[Lot, dict[str, Any]]:
    """The lots to burn, each with what its row says; ``burnt`` is all that burns of the holder up to it."""
    burnings = Transaction.objects.filter(kind=TransactionKind.BURNING, undoes=None, lot=OuterRef("pk"))
    turns = burnings.order_by("-turn").values("turn")[:1]
    # What replaced a lot has its place; by their key it is certain which of them is first, as it is in the books.
    in_spending_order = (F("last_on").asc(nulls_last=True), F("granted_at").asc(), F("rank").asc(), F("pk").asc())
    past: Any = past_lots(chain, at).filter(holder__in=holder_ids)
    due: QuerySet[Lot, dict[str, Any]] = (
        # The same of the holders' own key, of which PostgreSQL does not think: else it may read all of them.
        past.filter(RawSQL("loyalty_holder.id = ANY(%s)", [holder_ids], output_field=BooleanField()))
        .values("id", "holder_id", "remaining", "ends_on")
        .annotate(
            chain_id=F("holder__chain"),
            client_id=F("holder__client"),
            balance=F("holder__balance"),
            card_id=F("transaction__card"),
            promotion_id=F("transaction__promotion"),
            promotion_terms_id=F("transaction__promotion_terms"),
            turn=Coalesce(Subquery(turns), 0) + 1,
            burnt=Window(Sum("remaining"), partition_by="holder", order_by=in_spending_order),
        )
    )
    return due
