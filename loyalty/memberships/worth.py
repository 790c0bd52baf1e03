"""What periods of memberships were sold for, and what of that was used, expired and is owed still (section 14).

A use is worth what its row keeps. What is left is worth the first values that no standing use holds; units added by
hand are worth nothing, and without a count there is no value.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import (
    Case,
    Count,
    DecimalField,
    Expression,
    F,
    Func,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
)
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Coalesce, Greatest, Least, NullIf

from chains.models import Chain
from loyalty.ledger.kinds import TransactionKind
from loyalty.ledger.models import Transaction
from loyalty.memberships.models import (
    Membership,
    MembershipCounter,
    MembershipPeriod,
    MembershipStatus,
    PeriodState,
)
from loyalty.rules.money import ZERO, minor_unit

AMOUNT: DecimalField[Any, Any] = DecimalField(max_digits=24, decimal_places=4)
WHOLE = IntegerField()

#: Those on which something may be owed: neither returned, blocked nor ended.
OWED_STATUSES = (MembershipStatus.ACTIVE, MembershipStatus.FROZEN, MembershipStatus.ISSUED, MembershipStatus.USED_UP)


def with_worth(periods: QuerySet[MembershipPeriod], today: date, *, places: int) -> QuerySet[MembershipPeriod]:
    """Periods that were not returned, with their figures on the chain's day ``today``, each 0 or more.

    ``sold_for``, and of it ``used``, ``expired``, ``owed`` and ``barred`` (left on a blocked membership); with
    ``owed_visits``, how many units are owed.
    """
    counted = MembershipCounter.objects.filter(membership=OuterRef("membership")).exclude(count=None).order_by()
    rows = Transaction.objects.standing().filter(holder__membership_counter__membership=OuterRef("membership"))
    of_period = (
        rows.order_by()
        .alias(of_period=Cast(KeyTextTransform("period", "why"), WHOLE))
        .filter(of_period=OuterRef("number"))
    )
    uses = of_period.filter(kind=TransactionKind.MEMBERSHIP_USE).values("kind")
    value = Cast(KeyTextTransform("value", "why"), AMOUNT)
    expired = of_period.filter(kind=TransactionKind.MEMBERSHIP_EXPIRY).values("kind")
    summed = counted.values("membership")
    found = (
        periods.exclude(state=PeriodState.RETURNED)
        .alias(
            counts=Coalesce(Subquery(summed.annotate(sum=Sum("count")).values("sum")), 0, output_field=WHOLE),
            balance=_or_none(Subquery(summed.annotate(sum=Sum("holder__balance")).values("sum"))),
            valued=Coalesce(
                Subquery(uses.filter(why__has_key="unit").annotate(uses=Count("pk")).values("uses")),
                0,
                output_field=WHOLE,
            ),
            gone=_or_none(Subquery(expired.annotate(sum=-Sum("amount")).values("sum"))),
            used_worth=_or_none(Subquery(uses.annotate(sum=Sum(value)).values("sum"))),
        )
        .alias(
            left=Case(
                When(state=PeriodState.AHEAD, then=F("counts")),
                When(pk=F("membership__period"), then=F("balance")),
                default=Value(0),
                output_field=AMOUNT,
            )
        )
        .alias(rest=_worth_of_rest(places))
    )
    is_over = Q(gone__gt=0) | Q(last_on__lt=today)
    is_barred = Q(membership__blocked_at__isnull=False)
    return found.annotate(
        sold_for=F("price"),
        used=F("used_worth"),
        expired=_where(is_over, F("rest")),
        barred=_where(~is_over & is_barred, F("rest")),
        owed=_where(~is_over & ~is_barred, F("rest")),
        owed_visits=_where(~is_over & ~is_barred, F("left")),
    )


def _worth_of_rest(places: int) -> Expression:
    """What the units that are left or expired are worth.

    The price spread over the counts gives each unit as many minor units, and one more to the first ones.
    """
    unit = minor_unit(places)
    counts = NullIf(F("counts"), 0)
    each: Any = Func(F("price") / Value(unit), counts, function="div", output_field=AMOUNT)
    first: Any = F("price") / Value(unit) - each * F("counts")
    first_held: Any = F("used_worth") / Value(unit) - each * F("valued")
    ends: Any = Greatest(Least(F("left") + F("gone"), F("counts") - F("valued"), output_field=AMOUNT), 0)
    more: Any = Greatest(Least(ends, first - first_held, output_field=AMOUNT), 0, output_field=AMOUNT)
    return Coalesce((ends * each + more) * Value(unit), Value(ZERO), output_field=AMOUNT)


def _or_none(figure: Any) -> Coalesce:
    return Coalesce(figure, Value(ZERO), output_field=AMOUNT)


def _where(holds: Q, figure: Any) -> Case:
    return Case(When(holds, then=figure), default=Value(ZERO), output_field=AMOUNT)


#: The figures of ``with_worth`` that are money.
FIGURES = ("sold_for", "used", "expired", "barred", "owed")


@dataclass(frozen=True)
class Worth:
    """What periods come to together, all figures 0 or more; what was taken off by hand is in none but ``sold_for``."""

    sold_for: Decimal = ZERO
    used: Decimal = ZERO
    expired: Decimal = ZERO
    barred: Decimal = ZERO
    owed: Decimal = ZERO
    owed_visits: Decimal = ZERO

    @classmethod
    def of(cls, chain: Chain, memberships: QuerySet[Membership], today: date) -> Worth:
        """One query, however many memberships there are."""
        chosen = memberships.order_by().select_related(None).prefetch_related(None)
        periods = MembershipPeriod.objects.filter(membership__in=chosen.values("pk")).order_by()
        worth = with_worth(periods, today, places=chain.places)
        sums = worth.aggregate(**{f"sum_{name}": Sum(name, default=ZERO) for name in (*FIGURES, "owed_visits")})
        return cls(**{name.removeprefix("sum_"): amount for name, amount in sums.items()})

    @classmethod
    def of_loaded(cls, periods: Any) -> Worth:
        """Of periods that were asked for ``with_worth``."""
        names = (*FIGURES, "owed_visits")
        return cls(**{name: sum((getattr(each, name) for each in periods), ZERO) for name in names})


def owed_in_services(chain: Chain, today: date) -> Worth:
    """What the chain owes in services on all of its memberships."""
    return Worth.of(chain, Membership.objects.filter(chain=chain), today)
