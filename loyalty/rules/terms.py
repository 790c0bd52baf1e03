"""The terms of a program as the rules see them: promotions, card types, the referral program.

Each is a snapshot under which something was given (docs/rules.md, sections 3, 4 and 7); the rows
they are read from live in the rooms of ``loyalty``.
"""

from calendar import isleap
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum

from chains.catalog.kinds import ItemKind as ItemKind
from loyalty.rules.money import ZERO


class Unit(StrEnum):
    PERCENT = "percent"
    AMOUNT = "amount"


class Gives(StrEnum):
    DISCOUNT = "discount"
    POINTS = "points"


class PickedBy(StrEnum):
    """Which figure picks the value from the rules table."""

    NOTHING = "nothing"
    HISTORY_SOLD = "history_sold"
    HISTORY_PAID = "history_paid"
    HISTORY_VISITS = "history_visits"
    UNITS_PAID = "units_paid"
    VISIT_SOLD = "visit_sold"
    VISIT_PAID = "visit_paid"


class TakenOf(StrEnum):
    LINE_PRICES = "line_prices"
    ONE_UNIT = "one_unit"
    SOLD = "sold"
    PAID = "paid"


class PromotionKind(StrEnum):
    DISCOUNT_FIXED = "discount_fixed"
    DISCOUNT_CUMULATIVE_SOLD = "discount_cumulative_sold"
    DISCOUNT_CUMULATIVE_PAID = "discount_cumulative_paid"
    DISCOUNT_CUMULATIVE_VISITS = "discount_cumulative_visits"
    DISCOUNT_NTH_FREE = "discount_nth_free"
    CASHBACK_FIXED_SOLD = "cashback_fixed_sold"
    CASHBACK_FIXED_PAID = "cashback_fixed_paid"
    CASHBACK_CUMULATIVE_SOLD = "cashback_cumulative_sold"
    CASHBACK_CUMULATIVE_PAID = "cashback_cumulative_paid"
    CASHBACK_VISITS_SOLD = "cashback_visits_sold"
    CASHBACK_VISITS_PAID = "cashback_visits_paid"
    CASHBACK_VISIT_SOLD = "cashback_visit_sold"
    CASHBACK_VISIT_PAID = "cashback_visit_paid"


@dataclass(frozen=True)
class Kind:
    """The three choices that make a kind of promotion."""

    gives: Gives
    picked_by: PickedBy
    taken_of: TakenOf


KINDS: dict[PromotionKind, Kind] = {
    PromotionKind.DISCOUNT_FIXED: Kind(Gives.DISCOUNT, PickedBy.NOTHING, TakenOf.LINE_PRICES),
    PromotionKind.DISCOUNT_CUMULATIVE_SOLD: Kind(Gives.DISCOUNT, PickedBy.HISTORY_SOLD, TakenOf.LINE_PRICES),
    PromotionKind.DISCOUNT_CUMULATIVE_PAID: Kind(Gives.DISCOUNT, PickedBy.HISTORY_PAID, TakenOf.LINE_PRICES),
    PromotionKind.DISCOUNT_CUMULATIVE_VISITS: Kind(Gives.DISCOUNT, PickedBy.HISTORY_VISITS, TakenOf.LINE_PRICES),
    PromotionKind.DISCOUNT_NTH_FREE: Kind(Gives.DISCOUNT, PickedBy.UNITS_PAID, TakenOf.ONE_UNIT),
    PromotionKind.CASHBACK_FIXED_SOLD: Kind(Gives.POINTS, PickedBy.NOTHING, TakenOf.SOLD),
    PromotionKind.CASHBACK_FIXED_PAID: Kind(Gives.POINTS, PickedBy.NOTHING, TakenOf.PAID),
    PromotionKind.CASHBACK_CUMULATIVE_SOLD: Kind(Gives.POINTS, PickedBy.HISTORY_SOLD, TakenOf.SOLD),
    PromotionKind.CASHBACK_CUMULATIVE_PAID: Kind(Gives.POINTS, PickedBy.HISTORY_PAID, TakenOf.PAID),
    PromotionKind.CASHBACK_VISITS_SOLD: Kind(Gives.POINTS, PickedBy.HISTORY_VISITS, TakenOf.SOLD),
    PromotionKind.CASHBACK_VISITS_PAID: Kind(Gives.POINTS, PickedBy.HISTORY_VISITS, TakenOf.PAID),
    PromotionKind.CASHBACK_VISIT_SOLD: Kind(Gives.POINTS, PickedBy.VISIT_SOLD, TakenOf.SOLD),
    PromotionKind.CASHBACK_VISIT_PAID: Kind(Gives.POINTS, PickedBy.VISIT_PAID, TakenOf.PAID),
}


class Source(StrEnum):
    """Where the history that picks the value is gathered."""

    CHAIN = "chain"
    ACTIVE = "active"
    CARD = "card"


class PeriodUnit(StrEnum):
    DAYS = "days"
    WEEKS = "weeks"
    MONTHS = "months"
    YEARS = "years"


@dataclass(frozen=True)
class Period:
    """N days, weeks, months or years, by calendar."""

    count: int
    unit: PeriodUnit

    def after(self, day: date) -> date:
        """The day N units after ``day``; 31 January + 1 month is the last of February."""
        if self.unit in _DAYS:
            return day + timedelta(days=_DAYS[self.unit] * self.count)
        year, month = divmod(12 * day.year + day.month - 1 + _MONTHS[self.unit] * self.count, 12)
        return date(year, month + 1, min(day.day, _last_of(year, month + 1)))

    def last_from(self, day: date) -> date:
        """The last of N units of which ``day`` is the first: 1 March + 1 month is through 31 March.

        Where the month lacks that day, through its last: 29, 30 and 31 January + 1 month are through 28 February.
        """
        after = self.after(day)
        is_cut_short = self.unit in _MONTHS and after.day < day.day
        return after if is_cut_short else after - timedelta(days=1)


_DAYS = {PeriodUnit.DAYS: 1, PeriodUnit.WEEKS: 7}
_MONTHS = {PeriodUnit.MONTHS: 1, PeriodUnit.YEARS: 12}


def _last_of(year: int, month: int) -> int:
    if month == 2:
        return 29 if isleap(year) else 28
    return 30 if month in {4, 6, 9, 11} else 31


class ScopeMode(StrEnum):
    ANY = "any"
    NONE = "none"
    LISTED = "listed"


@dataclass(frozen=True)
class Scope:
    """Which services (or which products): any, none, or listed ones and listed categories."""

    mode: ScopeMode = ScopeMode.ANY
    items: frozenset[int] = frozenset()
    categories: frozenset[int] = frozenset()

    def covers(self, item_id: int, category_id: int | None) -> bool:
        if self.mode is ScopeMode.LISTED:
            return item_id in self.items or category_id in self.categories
        return self.mode is ScopeMode.ANY


@dataclass(frozen=True)
class Scopes:
    """A scope of services beside a scope of products."""

    services: Scope = field(default_factory=Scope)
    products: Scope = field(default_factory=Scope)

    @property
    def is_open(self) -> bool:
        """Whether they cover everything."""
        return self.services.mode is ScopeMode.ANY and self.products.mode is ScopeMode.ANY

    def of(self, kind: ItemKind) -> Scope:
        return self.services if kind is ItemKind.SERVICE else self.products

    def cover(self, kind: ItemKind, item_id: int, category_id: int | None) -> bool:
        return self.of(kind).covers(item_id, category_id)


@dataclass(frozen=True)
class Limits:
    """What bounds a payment with a means: the lines it may pay, and the most per visit, 0 for no limit.

    ``percent`` is of due, whatever other means paid of it.
    """

    pays: Scopes = field(default_factory=Scopes)
    amount: Decimal = ZERO
    percent: Decimal = ZERO


@dataclass(frozen=True)
class Promotion:
    """A promotion under certain terms.

    ``value`` is percent, money, points or (``discount_nth_free``) units to pay for; ``rules`` are
    (from, value) rows, ascending, where the kind is picked by a figure. ``limit`` 0 is unlimited.
    ``locations`` None means every location of the chain.
    """

    id: int
    terms_id: int
    kind: PromotionKind
    unit: Unit = Unit.PERCENT
    value: Decimal = ZERO
    rules: tuple[tuple[Decimal, Decimal], ...] = ()
    source: Source = Source.CHAIN
    history_from: date | None = None
    burn: Period | None = None
    notice: int | None = None
    every: int = 1
    limit: int = 0
    scopes: Scopes = field(default_factory=Scopes)
    locations: frozenset[int] | None = None
    first_day: date | None = None
    last_day: date | None = None
    archived: bool = False

    @property
    def counted_scopes(self) -> Scopes:
        """What it looks at: *every n-th service free* looks at services only, whatever its scope of products says."""
        if self.taken_of is TakenOf.ONE_UNIT:
            return Scopes(self.scopes.services, Scope(ScopeMode.NONE))
        return self.scopes

    @property
    def gives(self) -> Gives:
        return KINDS[self.kind].gives

    @property
    def picked_by(self) -> PickedBy:
        return KINDS[self.kind].picked_by

    @property
    def taken_of(self) -> TakenOf:
        return KINDS[self.kind].taken_of


class AutomaticIssue(StrEnum):
    """To which new clients a card of the type is issued by itself."""

    ANY = "any"
    OWN = "own"
    NEVER = "never"


class ActsFrom(StrEnum):
    NEXT_VISIT = "next_visit"
    AT_ONCE = "at_once"


@dataclass(frozen=True)
class CardType:
    """A card type under certain terms. Limits of 0 mean no limit; ``locations`` None means all."""

    id: int
    terms_id: int
    locations: frozenset[int] | None = None
    automatic_issue: AutomaticIssue = AutomaticIssue.NEVER
    acts_from: ActsFrom = ActsFrom.NEXT_VISIT
    pays: Scopes = field(default_factory=Scopes)
    limit_amount: Decimal = ZERO
    limit_percent: Decimal = ZERO
    inactivity: Period | None = None
    archived: bool = False

    @property
    def limits(self) -> Limits:
        """What bounds a payment with points of a card of the type."""
        return Limits(self.pays, self.limit_amount, self.limit_percent)

    def works_at(self, location_id: int) -> bool:
        return self.locations is None or location_id in self.locations

    def is_issued_at(self, location_id: int | None) -> bool:
        """Whether a client who is registered at the location (None: at none) gets a card by itself."""
        if self.archived or self.automatic_issue is AutomaticIssue.NEVER:
            return False
        if self.automatic_issue is AutomaticIssue.ANY:
            return True
        return location_id is not None and self.works_at(location_id)


class WriteOff(StrEnum):
    """How a gift card is used up: payment by payment, or by one, of which the rest is forfeited."""

    MULTIPLE = "multiple"
    SINGLE = "single"


@dataclass(frozen=True)
class GiftCardType:
    """A gift card type under certain terms (docs/rules.md, section 12).

    The par value is from ``par_least`` to ``par_most``, one amount where they are the same. ``valid`` counts from the
    day of the grant, ``valid_until`` is a day; neither is without end. ``copies`` may be sold, 0 for no limit.
    ``locations`` None means all.
    """

    id: int
    terms_id: int
    par_least: Decimal
    par_most: Decimal
    write_off: WriteOff = WriteOff.MULTIPLE
    pays: Scopes = field(default_factory=Scopes)
    valid: Period | None = None
    valid_until: date | None = None
    locations: frozenset[int] | None = None
    named: bool = False
    copies: int = 0
    archived: bool = False

    @property
    def has_fixed_par(self) -> bool:
        return self.par_least == self.par_most

    def works_at(self, location_id: int) -> bool:
        return self.locations is None or location_id in self.locations

    def last_day(self, granted_on: date) -> date | None:
        """The last day of a card granted on a day; None without end."""
        return self.valid.after(granted_on) if self.valid else self.valid_until

    def is_over(self, on: date) -> bool:
        """Whether a card granted on a day would be past its last day at once, so that none is sold."""
        last_on = self.last_day(on)
        return last_on is not None and last_on < on


@dataclass(frozen=True)
class AccountType:
    """An account type under certain terms: where it works, and how far below zero its payments may go (0: never)."""

    id: int
    terms_id: int
    locations: frozenset[int] | None = None
    credit: Decimal = ZERO
    archived: bool = False

    def works_at(self, location_id: int) -> bool:
        return self.locations is None or location_id in self.locations

    def available(self, balance: Decimal) -> Decimal:
        """What an account with this balance could spend, 0 or more."""
        return max(ZERO, balance + self.credit)


class Begins(StrEnum):
    """When the days of a membership begin."""

    PURCHASE = "purchase"
    FIRST_USE = "first_use"
    DATE = "date"


@dataclass(frozen=True)
class MembershipCounter:
    """What one counter of a membership covers: services and categories, so many units of them; None without a count.

    ``key`` names the counter through all terms of its type, as services may be added to it later.
    """

    key: int
    services: Scope
    count: int | None = None


@dataclass(frozen=True)
class CoveredHours:
    """Weekdays (Monday is 0) and hours of a day in which visits begin that are covered; ``until`` is not among them.

    ``until`` None is the end of the day.
    """

    weekdays: frozenset[int]
    since: time = time.min
    until: time | None = None

    def hold(self, begins: datetime) -> bool:
        is_before_end = self.until is None or begins.time() < self.until
        return begins.weekday() in self.weekdays and self.since <= begins.time() and is_before_end


@dataclass(frozen=True)
class MembershipType:
    """A membership type under certain terms (docs/rules.md, section 14).

    ``lasts`` None is without end. ``begins_within``: it begins by itself so long after the sale. ``freeze_days`` may be
    frozen in all, 0 for none. ``hours`` empty are all hours; ``locations`` None means all. ``renews``: each period is
    paid by itself.
    """

    id: int
    terms_id: int
    counters: tuple[MembershipCounter, ...]
    price: Decimal = ZERO
    lasts: Period | None = None
    begins: Begins = Begins.PURCHASE
    begins_within: Period | None = None
    freeze_days: int = 0
    books_while_frozen: bool = False
    named: bool = False
    hours: tuple[CoveredHours, ...] = ()
    locations: frozenset[int] | None = None
    renews: bool = False
    archived: bool = False

    @property
    def counts(self) -> int:
        """The units of all counters that have a count."""
        return sum(counter.count or 0 for counter in self.counters)

    def works_at(self, location_id: int) -> bool:
        return self.locations is None or location_id in self.locations

    def covers_at(self, begins: datetime) -> bool:
        """Whether a visit that begins then, by its location's clock, is covered."""
        return not self.hours or any(hours.hold(begins) for hours in self.hours)

    def last_day(self, first_on: date) -> date | None:
        """The last day of a period that begins on a day; None without end."""
        return self.lasts.last_from(first_on) if self.lasts else None


class FirstIn(StrEnum):
    """Where no visit may have been before the one that an invitation counts on."""

    CHAIN = "chain"
    LOCATION = "location"


class ReferralAccrues(StrEnum):
    FIRST_VISIT = "first_visit"
    EVERY_VISIT = "every_visit"


@dataclass(frozen=True)
class ReferralProgram:
    """The referral program of a place under certain terms: what the invited client and the inviter get.

    ``first_in`` and ``counts_free_visits`` (those of which nothing was sold) say what a first visit is.
    """

    id: int
    terms_id: int
    discount: Promotion
    cashback: Promotion
    accrues: ReferralAccrues
    card_type: CardType
    first_in: FirstIn = FirstIn.CHAIN
    counts_free_visits: bool = True
