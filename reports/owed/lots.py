"""What a chain owes its guests in points: lots, each with its last day (docs/rules.md, section 5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum, Value
from django.db.models.functions import Coalesce
from django.db.models.lookups import GreaterThanOrEqual

from chains.models import Chain
from config.replica import connection_of_reports
from loyalty.cards.models import HELD_BY_CARDS, Card
from loyalty.ledger.kinds import LedgerUnit, holders_of
from loyalty.ledger.models import Holder, Lot, LotQuerySet
from loyalty.ledger.sums import statement_of_sums
from loyalty.rules.money import ZERO

#: Today included: what is good through one of these days burns within as many.
SOON = 30


def last_day_of_soon(today: date) -> date:
    return today + timedelta(days=SOON - 1)


def owed_lots(chain: Chain, at: datetime) -> QuerySet[Lot]:
    """Lots of points that guests can spend at ``at``, with ``ends_on``: the last day, None where there is none.

    Left out is what is past its last day though it has not burned yet, and what is on blocked cards, which nobody can
    spend. A card never has debt and remaining lots at once, so on each card these are what is *available* (section 4).
    """
    today = chain.local_date(at)
    # PostgreSQL computes the last day wherever it is named, which is most of the work: it is named once.
    is_good = GreaterThanOrEqual(Coalesce("ends_on", Value(date.max)), today)
    return _held(chain).with_last_day().filter(is_good)


@dataclass(frozen=True)
class Owed:
    """Points that guests can spend, and those of them that burn soon unless they do; both 0 or more.

    On how many cards they are, in how many lots, is not known of the very many.
    """

    points: Decimal
    burns: Decimal
    lots: int | None = None
    cards: int | None = None

    @classmethod
    def of(cls, lots: QuerySet[Lot], today: date) -> Owed:
        """One query, however many lots there are."""
        soon = Q(ends_on__lte=last_day_of_soon(today))
        sums: dict[str, Any] = lots.aggregate(
            points=Sum("remaining", default=ZERO),
            burns=Sum("remaining", filter=soon, default=ZERO),
            lots=Count("pk"),
            cards=Count("holder", distinct=True),
        )
        return cls(**sums)


def owed_now(chain: Chain, at: datetime) -> Owed:
    """Of a whole chain, read without most lots, by one statement: a burning meanwhile is in all of it or in nothing.

    What came to the cards, less what is on blocked ones, and less what is past its day.
    """
    today = chain.local_date(at)
    sums, named = statement_of_sums(chain, ("kind",), HELD_BY_CARDS)
    points = Holder.objects.filter(chain=chain, balance__gt=0).holding(LedgerUnit.POINTS)
    barred = points.filter(card__blocked_at__isnull=False).values("balance")
    ending: QuerySet[Any, Any] = _held(chain).ending_through(last_day_of_soon(today))
    ending = ending.order_by().values("ends_on", "remaining")
    with connection_of_reports().cursor() as cursor:
        parts = {
            "sums": cursor.mogrify(sums, named),
            "barred": cursor.mogrify(*barred.query.sql_with_params()),
            "ending": cursor.mogrify(*ending.query.sql_with_params()),
            "today": cursor.mogrify("%s::date", [today]),
        }
        # Each part has its values by now.
        cursor.execute(_OWED_NOW.format(**parts))
        held, on_blocked, past, burns = cursor.fetchone()
    return Owed(held - on_blocked - past, burns)


_OWED_NOW = """
SELECT (SELECT coalesce(sum(plus + minus + debt), 0) FROM ({sums}) AS of_kind (kind, rows, plus, minus, debt, visits)),
  (SELECT coalesce(sum(balance), 0) FROM ({barred}) AS barred (balance)),
  coalesce(sum(remaining) FILTER (WHERE ends_on < {today}), 0),
  coalesce(sum(remaining) FILTER (WHERE ends_on >= {today}), 0)
FROM ({ending}) AS ending (ends_on, remaining)
"""


def _held(chain: Chain) -> LotQuerySet:
    """Lots with points of cards that are not blocked."""
    lots = Lot.objects.with_points().filter(holder__chain=chain, holder__kind__in=holders_of(LedgerUnit.POINTS))
    # The few that are blocked are looked up, not all cards.
    return lots.exclude(holder__in=Card.objects.filter(chain=chain, blocked_at__isnull=False).values("holder"))
