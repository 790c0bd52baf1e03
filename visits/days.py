"""The day at a location: its visits, and what they come to."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from django.db.models import Count, DecimalField, OuterRef, Prefetch, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from chains.models import Location
from loyalty.ledger.kinds import TransactionKind, points_given_by_visits
from loyalty.ledger.models import HandedMoney, Transaction
from loyalty.rules.means import MEANS
from loyalty.rules.money import ZERO
from loyalty.rules.plan import PaymentMethod, Status
from visits.models import Visit, VisitLine, VisitMeans, VisitPayment

#: The columns that the day adds up over visits that are arrived.
_OF_ARRIVED = ("sold", "due", "discount", "manual_discount", "points_paid", "paid", "left")


@dataclass(frozen=True)
class DayFigures:
    """Counts and takings of a day; what is cancelled is counted, but none of its figures.

    ``due``, ``covered``, ``points_paid``, ``points_given``, ``paid`` and ``left`` are of visits that are arrived,
    ``expected`` is the due of those that wait or are confirmed. A sale is no visit, and not counted.

    ``takings`` is the money of all visits by method, with that of top-ups and pay-outs by themselves, ``handed`` of
    the latter, below 0 where more went back; ``in_advance`` what lies on visits that are not arrived, ``for_value``
    what paid gift cards and top-ups on bills that are. ``means`` is what gift cards and accounts paid, by the kind of
    row, which is no money of the day. All other amounts are 0 or more.
    """

    counts: Mapping[Status, int]
    due: Decimal
    expected: Decimal
    covered: Decimal
    discount: Decimal
    manual_discount: Decimal
    points_paid: Decimal
    points_given: Decimal
    paid: Decimal
    left: Decimal
    takings: Mapping[PaymentMethod, Decimal]
    in_advance: Decimal
    for_value: Decimal
    handed: Decimal
    means: Mapping[str, Decimal]

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
    means = VisitMeans.objects.select_related("holder")
    found = location.visits.filter(starts_on=on).select_related("client")
    return found.prefetch_related(Prefetch("lines", lines), "payments", Prefetch("means", means)).order_by(
        "starts_at", "pk"
    )


def figures_of(location: Location, on: date) -> DayFigures:
    """Counts and takings, in a fixed number of queries however many visits there are."""
    day = location.visits.filter(starts_on=on)
    counts = day.filter(is_sale=False).values_list("status").annotate(Count("pk")).order_by()
    arrived = day.filter(status=Status.ARRIVED)
    is_ahead, has_come = Q(status__in=(Status.WAITING, Status.CONFIRMED)), Q(status=Status.ARRIVED)
    sums = day.aggregate(
        **{f"{name}_sum": Sum(name, filter=has_come, default=ZERO) for name in (*_OF_ARRIVED, "value")},
        expected=Sum("due", filter=is_ahead, default=ZERO),
    )
    payments = VisitPayment.objects.filter(visit__in=day.exclude(status=Status.CANCELLED))
    ahead = Sum("amount", filter=~Q(visit__status=Status.ARRIVED), default=ZERO)
    taken = list(payments.values_list("method").annotate(taken=Sum("amount"), ahead=ahead).order_by())
    handed = money_handed(location, on)
    takings = {PaymentMethod(method): amount for method, amount, _ahead in taken}
    takings |= {method: takings.get(method, ZERO) + amount for method, amount in handed.items()}
    return DayFigures(
        counts={Status(status): count for status, count in counts},
        due=sums["due_sum"],
        expected=sums["expected"],
        covered=sums["sold_sum"] - sums["discount_sum"] - sums["due_sum"],
        discount=sums["discount_sum"],
        manual_discount=sums["manual_discount_sum"],
        points_paid=sums["points_paid_sum"],
        points_given=points_given(arrived),
        paid=sums["paid_sum"],
        left=sums["left_sum"],
        takings=takings,
        in_advance=sum((ahead for _method, _amount, ahead in taken), ZERO),
        for_value=money_for_value(arrived) if sums["value_sum"] else ZERO,
        handed=sum(handed.values(), ZERO),
        means=paid_with_means(arrived),
    )


def paid_with_means(visits: QuerySet[Visit]) -> Mapping[str, Decimal]:
    """What gift cards and accounts paid of these visits, above 0, by the kind of row; points are told apart."""
    kinds = [kind.row for kind in MEANS.values() if kind.row != TransactionKind.CARD_PAYMENT]
    rows = Transaction.objects.standing().filter(visit__in=visits, kind__in=kinds).order_by()
    paid = dict(rows.values_list("kind").annotate(Sum("amount")))
    return {kind: -paid[kind] for kind in kinds if kind in paid}


def money_for_value(visits: QuerySet[Visit]) -> Decimal:
    """The money, by methods, that paid what these visits sold beside their lines: what is due is paid first.

    An account pays before other money, so it pays what is due before any method does.
    """
    from_account = Transaction.objects.standing().filter(visit=OuterRef("pk"), kind=TransactionKind.ACCOUNT_PAYMENT)
    total = from_account.order_by().values("visit").annotate(total=-Sum("amount")).values("total")
    found = visits.filter(value__gt=0).annotate(account=Coalesce(Subquery(total), ZERO, output_field=DecimalField()))
    figures = found.values_list("paid", "account", "recorded")
    return sum((money - max(ZERO, paid - account) for paid, account, money in figures), ZERO)


def money_handed(location: Location, on: date) -> Mapping[PaymentMethod, Decimal]:
    """Money of top-ups and pay-outs by themselves on a day of the location, by method; below 0 where it went back."""
    begins = datetime.combine(on, time.min, location.zone)
    ends = datetime.combine(on + timedelta(days=1), time.min, location.zone)
    rows = HandedMoney.objects.filter(
        transaction__location=location, transaction__at__gte=begins, transaction__at__lt=ends
    )
    found = rows.values_list("method").annotate(Sum("transaction__amount")).order_by("method")
    return {PaymentMethod(method): amount for method, amount in found}


def points_given(visits: QuerySet[Visit]) -> Decimal:
    """What these visits gave to cards, those of inviters included, and still give."""
    rows = Transaction.objects.standing().filter(visit__in=visits, kind__in=points_given_by_visits())
    given: Decimal = rows.aggregate(given=Sum("amount", default=ZERO))["given"]
    return given
