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
from loyalty.cards.models import held_by_type
from loyalty.ledger.holdings import Outstanding
from loyalty.ledger.kinds import LedgerUnit, holders_of
from loyalty.ledger.models import Holder, Lot, LotQuerySet
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


@dataclass(frozen=True)
class OwedNow:
    """The points and burns of `Owed`, of a whole chain."""

    points: Decimal
    burns: Decimal


def owed_now(chain: Chain, at: datetime) -> OwedNow:
    """Read without most lots: what came to the cards, less what is on blocked ones, and less what is past its day."""
    today = chain.local_date(at)
    held = sum((sums.amount + sums.debt for sums in held_by_type(chain).values()), ZERO)
    blocked = Holder.objects.filter(chain=chain).holding(LedgerUnit.POINTS).filter(card__blocked_at__isnull=False)
    ending: dict[str, Decimal] = (
        _held(chain)
        .ending_through(last_day_of_soon(today))
        .aggregate(
            past=Sum("remaining", filter=Q(ends_on__lt=today), default=ZERO),
            burns=Sum("remaining", filter=Q(ends_on__gte=today), default=ZERO),
        )
    )
    return OwedNow(held - Outstanding.of(blocked).to_spend - ending["past"], ending["burns"])


def _held(chain: Chain) -> LotQuerySet:
    """Lots with points of cards that are not blocked."""
    return Lot.objects.with_points().filter(
        holder__chain=chain,
        holder__kind__in=holders_of(LedgerUnit.POINTS),
        holder__card__blocked_at=None,
    )
