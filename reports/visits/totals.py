"""What the visits that are asked for add up to."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, Q, QuerySet, Sum

from loyalty.rules.money import ZERO
from loyalty.rules.plan import Status
from visits.models import CALLED_OFF, Visit

ARRIVED = Q(status=Status.ARRIVED)
PLANNED = Q(status__in=(Status.WAITING, Status.CONFIRMED))
NOT_TAKING_PLACE = Q(status__in=CALLED_OFF)


@dataclass(frozen=True)
class VisitTotals:
    """How many visits, and the sums of the figures of those that arrived, each 0 or more.

    Only an arrived visit acts on its plan (docs/rules.md, section 2), so discounts and points of the others are in no
    sum, and ``left`` is what guests who arrived still owe. Money is: what is recorded with planned visits, and with
    those that did not take place, is told apart.
    """

    visits: int
    arrived: int
    settled: int
    sold: Decimal
    discount: Decimal
    manual_discount: Decimal
    due: Decimal
    points_paid: Decimal
    paid: Decimal
    left: Decimal
    planned: int
    planned_due: Decimal
    planned_paid: Decimal
    called_off: int
    called_off_paid: Decimal

    @classmethod
    def of(cls, visits: QuerySet[Visit]) -> VisitTotals:
        """One query over all visits, however many are on a page."""
        counts = {
            "visits": Count("pk"),
            "arrived": Count("pk", filter=ARRIVED),
            "settled": Count("pk", filter=Q(settled_at__isnull=False)),
            "planned": Count("pk", filter=PLANNED),
            "called_off": Count("pk", filter=NOT_TAKING_PLACE),
        }
        figures = ("sold", "discount", "manual_discount", "due", "points_paid", "paid", "left")
        sums = {name: Sum(name, filter=ARRIVED, default=ZERO) for name in figures}
        apart = {
            "planned_due": Sum("due", filter=PLANNED, default=ZERO),
            "planned_paid": Sum("paid", filter=PLANNED, default=ZERO),
            "called_off_paid": Sum("paid", filter=NOT_TAKING_PLACE, default=ZERO),
        }
        # Sums that bear the name of a column hide it from those after them.
        return cls(**visits.order_by().aggregate(**counts, **apart, **sums))

    @property
    def promotion_discount(self) -> Decimal:
        """The part of the discount that promotions gave, and not staff by hand."""
        return self.discount - self.manual_discount
