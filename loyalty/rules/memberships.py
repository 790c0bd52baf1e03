"""A membership as it lies on the desk, and whether it may cover a visit (docs/rules.md, section 14)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from loyalty.rules.money import minor_unit, spread
from loyalty.rules.plan import CoverChoice, Plan
from loyalty.rules.terms import Begins, MembershipType, Scope
from loyalty.rules.why import Reason, Why, why

#: A membership that may not cover: the code beside the field, by the reason.
MEMBERSHIP_CODES: Mapping[Reason, str] = {
    Reason.MEMBERSHIP_NOT_OWNED: "membership_unknown",
    Reason.CODE_NEEDED: "code_needed",
    Reason.MEMBERSHIP_RETURNED: "membership_not_valid",
    Reason.MEMBERSHIP_BLOCKED: "membership_not_valid",
    Reason.MEMBERSHIP_EXPIRED: "membership_not_valid",
    Reason.MEMBERSHIP_NOT_BEGUN: "membership_not_valid",
    Reason.MEMBERSHIP_NOT_VALID_HERE: "membership_not_valid_here",
    Reason.MEMBERSHIP_FROZEN: "membership_frozen",
    Reason.MEMBERSHIP_OUTSIDE_HOURS: "membership_does_not_cover",
    Reason.MEMBERSHIP_SOLD_HERE: "membership_does_not_cover",
    Reason.MEMBERSHIP_OTHER_SERVICE: "membership_does_not_cover",
    Reason.MEMBERSHIP_COSTS_NOTHING: "membership_does_not_cover",
    Reason.MEMBERSHIP_USED_UP: "means_over_limit",
    Reason.MEMBERSHIP_FEWER_UNITS: "means_over_limit",
}


@dataclass(frozen=True)
class Frozen:
    """Days on which a membership covers nothing, both ends among them."""

    first_on: date
    last_on: date

    @property
    def days(self) -> int:
        return (self.last_on - self.first_on).days + 1

    def holds(self, day: date) -> bool:
        return self.first_on <= day <= self.last_on


def last_day_with(base: date | None, first_on: date | None, frozen: Iterable[Frozen]) -> date | None:
    """The last day of a period: ``base``, later by the days frozen since it began; None without end."""
    if base is None or first_on is None:
        return base
    return base + timedelta(days=sum(each.days for each in frozen if each.first_on >= first_on))


@dataclass(frozen=True)
class Days:
    """The days of a period of a membership: ``first_on`` None is one that has not begun, ``last_on`` None without end.

    ``latest_on`` is the day on which it begins by itself, if it does. ``base_last_on`` is a last day that was given by
    hand, less the days frozen then; None goes by the type.
    """

    first_on: date | None
    last_on: date | None
    sold_on: date
    latest_on: date | None = None
    base_last_on: date | None = None
    frozen: tuple[Frozen, ...] = ()

    def on(self, day: date, under: MembershipType) -> "Days":
        """As they are for a visit on a day: at its first use a membership begins with the earliest one."""
        first_on = self.first_on
        if under.begins is Begins.FIRST_USE and day >= self.sold_on:
            first_on = min(filter(None, (first_on, day, self.latest_on)))
        return self if first_on == self.first_on else self.begun(first_on, under)

    def begun(self, first_on: date | None, under: MembershipType) -> "Days":
        """The same with another first day; None has not begun."""
        base = self.base_last_on or (under.last_day(first_on) if first_on else None)
        last_on = last_day_with(base, first_on, self.frozen)
        return Days(first_on, last_on, self.sold_on, self.latest_on, self.base_last_on, self.frozen)


def first_days(under: MembershipType, *, sold_on: date, begins_on: date | None) -> Days:
    """The days of what is sold on a day of the chain; ``begins_on`` is the date given at the sale, if its type asks."""
    latest_on = under.begins_within.after(sold_on) if under.begins_within else None
    first_on = {Begins.PURCHASE: sold_on, Begins.DATE: begins_on or sold_on, Begins.FIRST_USE: None}[under.begins]
    return Days(None, None, sold_on, latest_on).begun(first_on, under)


@dataclass(frozen=True)
class StandingCover:
    """Units of a line that the visit has covered already, and of which counter."""

    holder_id: int
    units: int


@dataclass(frozen=True)
class DeskCounter:
    """A counter of a membership; ``available`` units would be left had the visit never acted, None without a count.

    ``services`` are those of the terms it was sold under and those added since.
    """

    holder_id: int
    services: Scope
    available: int | None


@dataclass(frozen=True)
class DeskMembership:
    """A membership under the terms it was sold with, in the period that the visit falls into.

    ``owner_id`` is the client whose it is. ``is_granted``: its sale stands. ``is_outside_hours``: it
    does not cover at the hour that the visit begins. ``is_sold_here``: this very bill sold it.
    ``standing`` is what the visit has covered with it, by line. ``values`` are what the uses of its period are worth,
    0 or more, in order; ``values_held`` those that uses outside this visit hold, by place.
    """

    id: int
    owner_id: int | None
    membership_type: MembershipType
    period: int
    days: Days
    counters: tuple[DeskCounter, ...]
    is_granted: bool = True
    is_blocked: bool = False
    is_outside_hours: bool = False
    is_sold_here: bool = False
    standing: Mapping[int, StandingCover] = field(default_factory=dict)
    values: tuple[Decimal, ...] = ()
    values_held: frozenset[int] = frozenset()


def values_of_uses(price: Decimal, counts: int, places: int) -> tuple[Decimal, ...]:
    """What each use of a period is worth: its price spread over all counts by largest remainder."""
    return tuple(spread(price, [minor_unit(places)] * counts, places)) if counts else ()


def membership_barred(membership: DeskMembership, plan: Plan, choice: CoverChoice | None, *, on: date) -> Why | None:
    """Why the membership may cover nothing of a visit, in the order of docs/rules.md, section 16.

    ``on`` is the chain's date of its start. One that is not *named* covers for whoever brings its code; ``choice`` says
    whether that was given, or need not be.
    """
    under, days = membership.membership_type, membership.days
    frozen = next((each for each in days.frozen if each.holds(on)), None)
    bars: tuple[tuple[Reason, bool, dict[str, date | None]], ...] = (
        (Reason.MEMBERSHIP_NOT_OWNED, under.named and membership.owner_id != plan.client_id, {}),
        (Reason.CODE_NEEDED, not under.named and choice is not None and not choice.with_code, {}),
        (Reason.MEMBERSHIP_RETURNED, not membership.is_granted, {}),
        (Reason.MEMBERSHIP_BLOCKED, membership.is_blocked, {}),
        (Reason.MEMBERSHIP_EXPIRED, days.last_on is not None and days.last_on < on, {"last_day": days.last_on}),
        (
            Reason.MEMBERSHIP_NOT_BEGUN,
            days.first_on is None or days.first_on > on,
            {"first_day": days.first_on or days.sold_on},
        ),
        (Reason.MEMBERSHIP_NOT_VALID_HERE, not under.works_at(plan.location_id), {}),
        (Reason.MEMBERSHIP_FROZEN, frozen is not None, {"last_day": frozen.last_on if frozen else None}),
        (Reason.MEMBERSHIP_OUTSIDE_HOURS, membership.is_outside_hours, {}),
        (Reason.MEMBERSHIP_SOLD_HERE, membership.is_sold_here, {}),
    )
    return next((why(reason, **figures) for reason, holds, figures in bars if holds), None)
