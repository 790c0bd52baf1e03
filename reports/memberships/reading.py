"""The memberships that a chain, or one of its locations, sold, and what they add up to (docs/rules.md, section 14)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db.models import IntegerField, OuterRef, Prefetch, QuerySet, Subquery, Sum

from chains.models import Chain, Location
from loyalty.memberships.models import Membership, MembershipCounter, MembershipPeriod
from loyalty.memberships.worth import Worth, with_worth


def listed(chain: Chain, today: date, location: Location | None = None) -> QuerySet[Membership]:
    """The chain's memberships, or those sold at one location, with all that the report tells of each.

    ``left`` is how many counted visits are left, None without a count.
    """
    counted = MembershipCounter.objects.filter(membership=OuterRef("pk")).exclude(count=None).order_by()
    left = counted.values("membership").annotate(sum=Sum("holder__balance")).values("sum")
    told = Membership.objects.filter(chain=chain).with_status(today)
    told = told.select_related("membership_type", "client", "location", "sold_by", "period", "terms")
    told = told.annotate(left=Subquery(left, output_field=IntegerField())).prefetch_related(
        Prefetch("held_counters", MembershipCounter.objects.only("membership", "key", "count")),
        Prefetch("periods", worth_of(chain, today), to_attr="periods_sold"),
    )
    return told.filter(location=location) if location else told


def worth_of(chain: Chain, today: date) -> QuerySet[MembershipPeriod]:
    return with_worth(MembershipPeriod.objects.all(), today, places=chain.places)


def sorted_by(
    memberships: QuerySet[Membership], figure: str, *, chain: Chain, today: date, is_descending: bool
) -> QuerySet[Membership]:
    """By a figure of their periods, which is computed for this alone."""
    periods = worth_of(chain, today).filter(membership=OuterRef("pk")).order_by().values("membership")
    sums = memberships.alias(sorted_by=Subquery(periods.annotate(sum=Sum(figure)).values("sum")))
    return sums.order_by("-sorted_by" if is_descending else "sorted_by", "pk")


@dataclass(frozen=True)
class MembershipTotals:
    """How many memberships, and what they are worth together; returned ones add nothing."""

    memberships: int
    worth: Worth

    @property
    def owed_visits(self) -> int:
        return int(self.worth.owed_visits)

    @classmethod
    def of(cls, memberships: QuerySet[Membership], chain: Chain, today: date) -> MembershipTotals:
        """Two queries, however many memberships there are."""
        chosen = memberships.order_by().select_related(None).prefetch_related(None)
        return cls(chosen.count(), Worth.of(chain, chosen, today))
