"""What one promotion gives on one bill, before staff or counters have a say (docs/rules.md, section 3).

Two walks serve all thirteen kinds: ``discount_offer`` and ``cashback_offer``. What differs between
the kinds is read from the ``KINDS`` table.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from itertools import compress

from loyalty.rules.bill import OpenBill
from loyalty.rules.history import (
    GivenUnits,
    HistoryWindow,
    PastUnits,
    PastVisit,
    Totals,
    looks_at_gaps,
    totals_of,
    units_given,
    units_paid,
    window_of,
)
from loyalty.rules.money import ZERO, percent_of, rounded
from loyalty.rules.terms import PickedBy, Promotion, TakenOf, Unit
from loyalty.rules.why import Reason, Told, Why, why


@dataclass(frozen=True)
class Past:
    """What is known of the client before this visit.

    Many promotions look at the same part of it, and each part is added up once.
    """

    visits: tuple[PastVisit, ...] = ()
    units: tuple[PastUnits, ...] = ()
    _known: dict[tuple[object, ...], Totals] = field(default_factory=dict, init=False, repr=False, compare=False)

    def totals(self, promotion: Promotion, card_locations: frozenset[int] | None, visit_on: date) -> Totals:
        """The history of the promotion before a visit on ``visit_on``."""
        gap = (promotion.burn, visit_on) if looks_at_gaps(promotion) else None
        part = (window_of(promotion, card_locations), gap)
        if part not in self._known:
            self._known[part] = totals_of(promotion, card_locations, self.visits, visit_on)
        return self._known[part]


@dataclass(frozen=True)
class Occasion:
    """The visit as promotions see it: its local date, its location and the client's past."""

    on: date
    location_id: int
    past: Past = field(default_factory=Past)


@dataclass(frozen=True)
class Holder:
    """Who a promotion acts through: the locations of the card's type, free units it gave before."""

    card_locations: frozenset[int] | None = None
    given: tuple[GivenUnits, ...] = ()


@dataclass(frozen=True)
class BillTotals:
    """Whole-bill figures that cashback looks at: sold, due, and the money paid once all is paid."""

    sold: Decimal
    due: Decimal
    paid: Decimal


@dataclass(frozen=True)
class Offer:
    """What a promotion would give: ``amount`` (0 or more), for a discount spread as ``parts`` over the lines.

    ``free_units`` are the free units in it, line by line. Where it gives nothing, ``why`` says the reason.
    """

    why: Why
    amount: Decimal = ZERO
    parts: tuple[Decimal, ...] = ()
    free_units: tuple[int, ...] = ()

    @property
    def gives(self) -> bool:
        return self.amount > 0


def tier(rules: Sequence[tuple[Decimal, Decimal]], figure: Decimal) -> tuple[Decimal, Decimal] | None:
    """The row with the highest *from* that is at most ``figure``; None below the lowest. ``rules`` are ascending."""
    return _around(rules, figure)[0]


def _around(
    rules: Sequence[tuple[Decimal, Decimal]], figure: Decimal
) -> tuple[tuple[Decimal, Decimal] | None, Decimal | None]:
    """The row that a figure reaches, and the *from* of the next one above it."""
    reached = None
    for row in rules:
        if row[0] > figure:
            return reached, row[0]
        reached = row
    return reached, None


def discount_offer(promotion: Promotion, bill: OpenBill, occasion: Occasion, holder: Holder) -> Offer:
    """What a discount gives on what earlier discounts left of the bill."""
    scoped = bill.in_scope(promotion.counted_scopes)
    refusal = _not_here(promotion, occasion, scoped)
    if refusal:
        return Offer(refusal)
    if promotion.taken_of is TakenOf.ONE_UNIT:
        return _free_units(promotion, bill, scoped, occasion, holder)
    picked = _picked_value(promotion, occasion, holder, bill_figures={})
    if isinstance(picked, Why):
        return Offer(picked)
    value, figures = picked
    base = sum(compress(bill.left, scoped), ZERO)
    if promotion.unit is Unit.PERCENT:
        parts = [
            percent_of(left, value, bill.places) if inside else ZERO
            for left, inside in zip(bill.left, scoped, strict=True)
        ]
    else:
        parts = bill.parts_of(value, scoped)
    return _offered(sum(parts, ZERO), parts, base=base, figures=figures)


def cashback_offer(
    promotion: Promotion, bill: OpenBill, totals: BillTotals, occasion: Occasion, holder: Holder
) -> Offer:
    """What a cashback gives once all is paid; ``bill`` holds the due of each line."""
    scoped = bill.in_scope(promotion.scopes)
    refusal = _not_here(promotion, occasion, scoped)
    if refusal:
        return Offer(refusal)
    figures = {PickedBy.VISIT_SOLD: totals.sold, PickedBy.VISIT_PAID: totals.paid}
    picked = _picked_value(promotion, occasion, holder, bill_figures=figures)
    if isinstance(picked, Why):
        return Offer(picked)
    value, shown = picked
    base = _cashback_base(promotion, bill, totals, scoped)
    if base and promotion.unit is Unit.PERCENT:
        amount = percent_of(base, value, bill.places)
    else:
        amount = value if base else ZERO
    return _offered(amount, (), base=base, figures=shown)


def _offered(amount: Decimal, parts: Sequence[Decimal], *, base: Decimal, figures: Mapping[str, Told]) -> Offer:
    reason = Reason.GIVEN if amount > 0 else Reason.NOTHING_TO_GIVE
    explained = why(reason, base=base, **figures)
    return Offer(explained, amount, tuple(parts)) if amount > 0 else Offer(explained)


def _not_here(promotion: Promotion, occasion: Occasion, scoped: Sequence[bool]) -> Why | None:
    if promotion.archived:
        return why(Reason.ARCHIVED)
    if promotion.first_day is not None and occasion.on < promotion.first_day:
        return why(Reason.NOT_YET, first_day=promotion.first_day)
    if promotion.last_day is not None and occasion.on > promotion.last_day:
        return why(Reason.OVER, last_day=promotion.last_day)
    if promotion.locations is not None and occasion.location_id not in promotion.locations:
        return why(Reason.NOT_AT_LOCATION)
    return None if any(scoped) else why(Reason.NO_LINE_IN_SCOPE)


def _picked_value(
    promotion: Promotion, occasion: Occasion, holder: Holder, *, bill_figures: Mapping[PickedBy, Decimal]
) -> tuple[Decimal, dict[str, Told]] | Why:
    """The value that applies and the figures that picked it, or why none does."""
    picked_by = promotion.picked_by
    if picked_by is PickedBy.NOTHING:
        return promotion.value, {"value": promotion.value, "unit": str(promotion.unit)}
    figure = bill_figures[picked_by] if picked_by in bill_figures else history_figure(promotion, occasion, holder)
    row, next_from = _around(promotion.rules, figure)
    shown: dict[str, Told] = {"picked_by": str(picked_by), "figure": figure}
    if next_from is not None:
        shown["next_from"] = next_from
    if row is None:
        return why(Reason.TIER_NOT_REACHED, **shown)
    return row[1], {"value": row[1], "tier_from": row[0], "unit": str(promotion.unit), **shown}


def history_figure(promotion: Promotion, occasion: Occasion, holder: Holder) -> Decimal:
    """The history figure that picks the value: visits, or money sold or paid."""
    totals = occasion.past.totals(promotion, holder.card_locations, occasion.on)
    return totals.picked_by(promotion.picked_by)


def _cashback_base(promotion: Promotion, bill: OpenBill, totals: BillTotals, scoped: Sequence[bool]) -> Decimal:
    if promotion.taken_of is TakenOf.SOLD:
        return sum(compress(bill.sold_uncovered, scoped), ZERO)
    if not totals.due:
        return ZERO
    due = sum(compress(bill.left, scoped), ZERO)
    return rounded(totals.paid * due / totals.due, bill.places)


def _free_units(
    promotion: Promotion, bill: OpenBill, scoped: Sequence[bool], occasion: Occasion, holder: Holder
) -> Offer:
    """Every unit after ``value`` paid ones is free, unit by unit in line order.

    Units that another promotion gave free, or that memberships cover, are not there any more: they neither earn nor are
    given twice.
    """
    window: HistoryWindow = window_of(promotion, holder.card_locations)
    paid_before = units_paid(promotion, window, occasion.past.units)
    given_before = units_given(window, holder.given)
    paid, given, needed = paid_before, given_before, int(promotion.value)
    parts, free_units = [], []
    for line, left, gone, inside in zip(bill.lines, bill.left, bill.gone, scoped, strict=True):
        free = 0
        units = line.quantity - gone
        for _unit in range(units if inside and left > 0 else 0):
            if paid // needed > given:
                given += 1
                free += 1
            else:
                paid += 1
        parts.append(rounded(left * free / units, bill.places) if free else ZERO)
        free_units.append(free)
    freed = given - given_before
    figures = {"needed": needed, "paid_before": paid_before, "given_before": given_before, "units": freed}
    if not freed:
        return Offer(why(Reason.NO_FREE_UNIT, **figures))
    offer = _offered(sum(parts, ZERO), parts, base=sum(bill.left, ZERO), figures=figures)
    return replace(offer, free_units=tuple(free_units)) if offer.gives else offer
