"""What the visits that are asked for add up to."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, Q, QuerySet, Sum

from loyalty.rules.money import ZERO
from visits.models import Visit


@dataclass(frozen=True)
class VisitTotals:
    """How many visits, how many of them settled, and the sums of their figures, each 0 or more."""

    visits: int
    settled: int
    sold: Decimal
    discount: Decimal
    due: Decimal
    points_paid: Decimal
    paid: Decimal

    @classmethod
    def of(cls, visits: QuerySet[Visit]) -> VisitTotals:
        """One query over all visits, however many are on a page."""
        sums = {name: Sum(name, default=ZERO) for name in ("sold", "discount", "due", "points_paid", "paid")}
        counts = {"visits": Count("pk"), "settled": Count("pk", filter=Q(settled_at__isnull=False))}
        return cls(**visits.order_by().aggregate(**counts, **sums))

    @property
    def left(self) -> Decimal:
        return self.due - self.points_paid - self.paid
