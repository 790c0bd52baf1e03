"""What memberships cover: whole units of service lines, after manual discounts and before promotions.

See docs/rules.md, section 14.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from loyalty.rules.bill import OpenBill, Problem
from loyalty.rules.desk import Desk
from loyalty.rules.memberships import MEMBERSHIP_CODES, DeskCounter, DeskMembership, membership_barred
from loyalty.rules.money import ZERO, minor_unit
from loyalty.rules.plan import CoverChoice, Plan, PlanLine
from loyalty.rules.terms import ItemKind
from loyalty.rules.why import Reason, Why, why


@dataclass(frozen=True)
class Cover:
    """What a membership covers of a line, or could: ``units`` of it, 0 or more, that cost ``amount``.

    ``most`` are the units that it may cover at its turn, and ``why`` says what that is held to. ``holder_id`` is the
    counter they are taken from, None where there is none; ``left`` what that has left after it, None without a count.
    """

    membership: DeskMembership
    line: int
    most: int
    why: Why
    holder_id: int | None = None
    units: int = 0
    amount: Decimal = ZERO
    left: int | None = None
    problem: Problem | None = None

    @property
    def membership_id(self) -> int:
        return self.membership.id


@dataclass(frozen=True)
class CoverSteps:
    """All covers in the order given, what the guest's memberships could still cover, and the bill they leave."""

    bill: OpenBill
    covers: tuple[Cover, ...]
    available: tuple[Cover, ...]
    problems: tuple[Problem, ...]


@dataclass
class _Counted:
    """The bill on its way through the covers: its lines as they were opened, and the units taken so far by holder."""

    opened: OpenBill
    bill: OpenBill
    taken: dict[int, int] = field(default_factory=dict)

    def left_of(self, counter: DeskCounter) -> int | None:
        return None if counter.available is None else counter.available - self.taken.get(counter.holder_id, 0)

    def units_that_cost(self, line: int) -> int:
        """The units of a line, not covered yet, that cost something."""
        units, covered = self.opened.lines[line].quantity, self.bill.covered[line]
        each, dearer = self._shares(line)
        return (units if each else dearer) - covered if (units if each else dearer) > covered else 0

    def price_of(self, line: int, units: int) -> Decimal:
        """What the next units of a line cost: the earlier ones are the dearer, where it does not go even."""
        covered = self.bill.covered[line]
        each, dearer = self._shares(line)
        shares = units * each + min(covered + units, dearer) - min(covered, dearer)
        return shares * minor_unit(self.opened.places)

    def _shares(self, line: int) -> tuple[int, int]:
        """What is left of a line in minor units, for each unit, and how many units cost one more."""
        left = int(self.opened.left[line] / minor_unit(self.opened.places))
        return divmod(left, self.opened.lines[line].quantity)

    def take(self, cover: Cover) -> None:
        if cover.units and cover.holder_id is not None:
            self.bill = self.bill.covering(cover.line, cover.amount, cover.units)
            self.taken[cover.holder_id] = self.taken.get(cover.holder_id, 0) + cover.units


def apply_covers(plan: Plan, desk: Desk, bill: OpenBill) -> CoverSteps:
    """Cover line after line as it was chosen; what the guest's memberships could cover besides is told."""
    if not desk.memberships:
        return CoverSteps(bill, (), (), ())
    counted = _Counted(bill, bill)
    covers: list[Cover] = []
    for index, choice in enumerate(plan.covers):
        cover = _chosen(choice, f"covers.{index}", plan, desk, counted)
        counted.take(cover)
        covers.append(cover)
    problems = tuple(cover.problem for cover in covers if cover.problem)
    return CoverSteps(counted.bill, tuple(covers), tuple(_available(plan, desk, counted)), problems)


def invalid_covers(plan: Plan) -> list[Problem]:
    """Covers that no bill can have (``invalid_amount``): of no line, of no unit, or of one line twice by one card."""
    times = Counter((choice.membership_id, choice.line) for choice in plan.covers)
    return [
        Problem("invalid_amount", f"covers.{index}.units")
        for index, choice in enumerate(plan.covers)
        if not 0 <= choice.line < len(plan.lines) or choice.units < 1 or times[(choice.membership_id, choice.line)] > 1
    ]


def _chosen(choice: CoverChoice, place: str, plan: Plan, desk: Desk, counted: _Counted) -> Cover:
    membership = desk.membership(choice.membership_id)
    if membership is None:
        raise ValueError("the desk lacks a membership that the plan covers with")
    line = plan.lines[choice.line]
    standing = membership.standing.get(line.line_id or 0)
    stands = standing is not None and standing.units == choice.units
    barred = None if stands else membership_barred(membership, plan, choice, on=desk.begins_on)
    if barred is None and not stands and not any(_covers(counter, line) for counter in membership.counters):
        barred = why(Reason.MEMBERSHIP_OTHER_SERVICE)
    if barred:
        return Cover(membership, choice.line, 0, barred, problem=_problem(barred, place))
    counter = _counter(membership, line, choice.units, counted)
    most, held_to = _most(counter, choice.line, counted, without_balance=stands)
    units = min(choice.units, most)
    left = counted.left_of(counter)
    cover = Cover(
        membership,
        choice.line,
        most,
        held_to,
        counter.holder_id,
        units,
        counted.price_of(choice.line, units),
        None if left is None else left - units,
    )
    if choice.units <= most:
        return cover
    problem = _problem(held_to, place)
    return replace(cover, problem=replace(problem, most=Decimal(most)))


def _problem(barred: Why, place: str) -> Problem:
    return Problem(MEMBERSHIP_CODES[barred.reason], place, barred)


def _covers(counter: DeskCounter, line: PlanLine) -> bool:
    return line.kind is ItemKind.SERVICE and counter.services.covers(line.item_id, line.category_id)


def _counter(membership: DeskMembership, line: PlanLine, units: int, counted: _Counted) -> DeskCounter:
    """The counter that units are taken of: the one they stand on, else the first that has enough, else most left."""
    standing = membership.standing.get(line.line_id or 0)
    found = [
        each
        for each in membership.counters
        if _covers(each, line) or (standing and standing.holder_id == each.holder_id)
    ]
    found.sort(key=lambda each: not (standing and standing.holder_id == each.holder_id))
    lefts = [(each, counted.left_of(each)) for each in found]
    enough = (each for each, left in lefts if left is None or left >= units)
    return next(enough, max(lefts, key=lambda pair: pair[1] or 0)[0])


def _most(counter: DeskCounter, line: int, counted: _Counted, *, without_balance: bool) -> tuple[int, Why]:
    """The units of a line that a counter may cover now, and what that is held to.

    What stands as it was covered before is bounded by the line alone.
    """
    left = None if without_balance else counted.left_of(counter)
    open_units = counted.opened.lines[line].quantity - counted.bill.covered[line]
    costing = counted.units_that_cost(line)
    bounds = [(Reason.MEMBERSHIP_FEWER_UNITS, open_units), (Reason.MEMBERSHIP_COSTS_NOTHING, costing)]
    bounds += [] if left is None else [(Reason.MEMBERSHIP_USED_UP, max(0, left))]
    reason, most = min(bounds, key=lambda bound: bound[1])
    figures: Mapping[str, int] = {"units": most} if left is None else {"units": most, "left": left}
    return most, why(reason, **figures)


def _available(plan: Plan, desk: Desk, counted: _Counted) -> Iterator[Cover]:
    """What the memberships of the guest could cover beside what they do: line by line, soonest ending first."""
    chosen = {(choice.membership_id, choice.line) for choice in plan.covers}
    own = [each for each in desk.memberships if each.owner_id == plan.client_id or each.id in plan.membership_ids]
    barred = {each.id: membership_barred(each, plan, None, on=desk.begins_on) for each in own}
    for index, line in enumerate(plan.lines):
        for membership in own:
            covering = [counter for counter in membership.counters if _covers(counter, line)]
            if not covering or (membership.id, index) in chosen:
                continue
            if bar := barred[membership.id]:
                yield Cover(membership, index, 0, bar)
                continue
            counter = _counter(membership, line, line.quantity, counted)
            most, held_to = _most(counter, index, counted, without_balance=False)
            amount = counted.price_of(index, most)
            yield Cover(membership, index, most, held_to, counter.holder_id, 0, amount, counted.left_of(counter))


def debit_problems(plan: Plan, covers: Sequence[Cover]) -> tuple[Problem, ...]:
    """The problems of what is debited at the start of an appointment: the only thing that acts before it is arrived."""
    pairs = zip(plan.covers, covers, strict=False)
    return tuple(cover.problem for choice, cover in pairs if choice.is_debited and cover.problem)


def covered_by_line(covers: Sequence[Cover], lines: int) -> list[Decimal]:
    """What is covered of each line, 0 or more."""
    return [sum((each.amount for each in covers if each.line == index), ZERO) for index in range(lines)]
