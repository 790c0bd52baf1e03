"""What a chain owes its guests in points: lots, each with its last day (docs/rules.md, section 5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import (
    Case,
    Count,
    DateField,
    DurationField,
    F,
    Func,
    Max,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    When,
)
from django.db.models.functions import Cast, Coalesce, Greatest, Least

from chains.models import Chain
from loyalty.ledger.kinds import LedgerUnit, holders_of
from loyalty.ledger.models import Lot
from loyalty.rules.money import ZERO
from visits.models import Visit

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
    lots = Lot.objects.filter(
        holder__chain=chain,
        holder__kind__in=holders_of(LedgerUnit.POINTS),
        holder__card__blocked_at=None,
        remaining__gt=0,
    ).annotate(ends_on=_ends_on())
    return lots.filter(Q(ends_on=None) | Q(ends_on__gte=today))


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


def _ends_on() -> Case:
    """What `Lot.ends_on` of the rules says, for as many lots as there are: the earlier of both clocks."""
    visits = Visit.objects.settled().filter(client=OuterRef("holder__client")).order_by().values("client")
    last_visit = Subquery(visits.annotate(last=Max("starts_on")).values("last"))
    idle_since = Greatest("granted_on", Coalesce(last_visit, "granted_on"))
    idle = Func(
        "inactivity_count",
        "inactivity_unit",
        # "3 months"; the calendar of PostgreSQL is that of the rules: 31 January + 1 month is the last of February.
        template="(%(expressions)s)::interval",
        arg_joiner=" || ' ' || ",
        output_field=DurationField(),
    )
    return Case(
        When(ended_on__isnull=False, then=F("ended_on")),
        When(inactivity_count=None, then=F("last_on")),
        # Of a day and NULL the least is the day.
        default=Least("last_on", Cast(idle_since + idle, DateField())),
        output_field=DateField(),
    )
