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
from loyalty.ledger.kinds import LedgerUnit, holders_of
from loyalty.ledger.models import Lot
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
    lots = Lot.objects.with_points().filter(
        holder__chain=chain,
        holder__kind__in=holders_of(LedgerUnit.POINTS),
        holder__card__blocked_at=None,
    )
    # PostgreSQL computes the last day wherever it is named, which is most of the work: it is named once.
    is_good = GreaterThanOrEqual(Coalesce("ends_on", Value(date.max)), today)
    return lots.with_last_day().filter(is_good)


@dataclass(frozen=True)
class Owed:
    """Points that guests can spend, and those of them that burn soon unless they do; both 0 or more."""

    points: Decimal
    burns: Decimal
    lots: int
    cards: int

    @classmethod
    def of(cls, lots: QuerySet[Lot], today: date) -> Owed:
        """One query, however many lots there are."""
        soon = Q(ends_on__lte=last_day_of_soon(today))
        sums: dict[str, Any] = lots.order_by().aggregate(
            points=Sum("remaining", default=ZERO),
            burns=Sum("remaining", filter=soon, default=ZERO),
            lots=Count("pk"),
            cards=Count("holder", distinct=True),
        )
        return cls(**sums)
