"""The day at a location: its visits, and what they come to."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Count, Prefetch, Q, QuerySet, Sum

from chains.models import Location
from loyalty.ledger.kinds import points_given_by_visits
from loyalty.ledger.models import Transaction
from loyalty.rules.money import ZERO
from loyalty.rules.plan import PaymentMethod, Status
from visits.models import Visit, VisitLine, VisitPayment

#: The columns that the day adds up over visits that are arrived.
_OF_ARRIVED = ("due", "discount", "manual_discount", "points_paid", "paid", "left")


@dataclass(frozen=True)
class DayFigures:
    """Counts and takings of a day; what is cancelled is counted, but none of its figures.

    ``due``, ``points_paid``, ``points_given``, ``paid`` and ``left`` are of visits that are arrived, ``expected`` is
    the due of those that wait or are confirmed, ``takings`` the money of all visits by method, ``in_advance`` what of
    it lies on visits that are not arrived. Amounts are 0 or more.
    """

    counts: Mapping[Status, int]
    due: Decimal
    expected: Decimal
    discount: Decimal
    manual_discount: Decimal
    points_paid: Decimal
    points_given: Decimal
    paid: Decimal
    left: Decimal
    takings: Mapping[PaymentMethod, Decimal]
    in_advance: Decimal

    @property
    def visits(self) -> int:
        return sum(self.counts.values()) - self.cancelled

    @property
    def cancelled(self) -> int:
        return self.counts.get(Status.CANCELLED, 0)

    @property
    def taken(self) -> Decimal:
        return sum(self.takings.values(), ZERO)

    @property
    def arrived(self) -> int:
        return self.counts.get(Status.ARRIVED, 0)


def visits_of(location: Location, on: date) -> QuerySet[Visit]:
    """The location's visits of a day by time, with all that a list of them shows."""
    lines = VisitLine.objects.filter(removed=False).select_related("item")
    found = location.visits.filter(starts_on=on).select_related("client")
    return found.prefetch_related(Prefetch("lines", lines), "payments").order_by("starts_at", "pk")


def figures_of(location: Location, on: date) -> DayFigures:
    """Counts and takings, in four queries however many visits there are."""
    day = location.visits.filter(starts_on=on)
    counts = day.values_list("status").annotate(Count("pk")).order_by()
    arrived = day.filter(status=Status.ARRIVED)
    is_ahead, has_come = Q(status__in=(Status.WAITING, Status.CONFIRMED)), Q(status=Status.ARRIVED)
    sums = day.aggregate(
        **{f"{name}_sum": Sum(name, filter=has_come, default=ZERO) for name in _OF_ARRIVED},
        expected=Sum("due", filter=is_ahead, default=ZERO),
    )
    payments = VisitPayment.objects.filter(visit__in=day.exclude(status=Status.CANCELLED))
    ahead = Sum("amount", filter=~Q(visit__status=Status.ARRIVED), default=ZERO)
    taken = list(payments.values_list("method").annotate(taken=Sum("amount"), ahead=ahead).order_by())
    return DayFigures(
        counts={Status(status): count for status, count in counts},
        due=sums["due_sum"],
        expected=sums["expected"],
        discount=sums["discount_sum"],
        manual_discount=sums["manual_discount_sum"],
        points_paid=sums["points_paid_sum"],
        points_given=points_given(arrived),
        paid=sums["paid_sum"],
        left=sums["left_sum"],
        takings={PaymentMethod(method): amount for method, amount, _ahead in taken},
        in_advance=sum((ahead for _method, _amount, ahead in taken), ZERO),
    )


def points_given(visits: QuerySet[Visit]) -> Decimal:
    """What these visits gave to cards, those of inviters included, and still give."""
    rows = Transaction.objects.standing().filter(visit__in=visits, kind__in=points_given_by_visits())
    given: Decimal = rows.aggregate(given=Sum("amount", default=ZERO))["given"]
    return given
