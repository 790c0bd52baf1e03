"""What the visits that are asked for add up to."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, Q, QuerySet, Sum

from chains.models import Chain
from loyalty.rules.money import ZERO
from loyalty.rules.plan import Status
from visits.models import CALLED_OFF, Visit
from visits.summing import SUMMED_FIGURES
from visits.sums import ChosenVisits, read_visit_sums

#: What arrived visits come to; money is told of the others.
OF_ARRIVED = tuple(name for name in SUMMED_FIGURES if name != "recorded")
CAME, EXPECTED = {Status.ARRIVED}, {Status.WAITING, Status.CONFIRMED}
ARRIVED, PLANNED, NOT_TAKING_PLACE = (Q(status__in=statuses) for statuses in (CAME, EXPECTED, CALLED_OFF))


@dataclass(frozen=True)
class VisitTotals:
    """How many visits, and the sums of the figures of those that arrived, each 0 or more.

    Only an arrived visit acts on its plan (docs/rules.md, section 2), so discounts and points of the others are in no
    sum, and ``left`` is what guests who arrived still owe. Money is: what is ``recorded`` with planned visits, and with
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
    planned_recorded: Decimal
    called_off: int
    called_off_recorded: Decimal

    @classmethod
    def summed(cls, chain: Chain, chosen: ChosenVisits) -> VisitTotals:
        """Of however many visits, by their sums."""
        found = read_visit_sums(chain, chosen)

        def count(statuses: Collection[str]) -> int:
            return sum(each.visits for each in found if each.status in statuses)

        def add(figure: str, statuses: Collection[str]) -> Decimal:
            return sum((each.figures[figure] for each in found if each.status in statuses), ZERO)

        return cls(
            visits=sum(each.visits for each in found),
            arrived=count(CAME),
            settled=sum(each.visits for each in found if each.is_settled),
            planned=count(EXPECTED),
            planned_due=add("due", EXPECTED),
            planned_recorded=add("recorded", EXPECTED),
            called_off=count(CALLED_OFF),
            called_off_recorded=add("recorded", CALLED_OFF),
            **{name: add(name, CAME) for name in OF_ARRIVED},
        )

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
        sums = {name: Sum(name, filter=ARRIVED, default=ZERO) for name in OF_ARRIVED}
        apart = {
            "planned_due": Sum("due", filter=PLANNED, default=ZERO),
            "planned_recorded": Sum("recorded", filter=PLANNED, default=ZERO),
            "called_off_recorded": Sum("recorded", filter=NOT_TAKING_PLACE, default=ZERO),
        }
        # Sums that bear the name of a column hide it from those after them.
        return cls(**visits.order_by().aggregate(**counts, **apart, **sums))

    @property
    def promotion_discount(self) -> Decimal:
        """The part of the discount that promotions gave, and not staff by hand."""
        return self.discount - self.manual_discount

    @property
    def covered(self) -> Decimal:
        """What memberships took off."""
        return self.sold - self.discount - self.due
