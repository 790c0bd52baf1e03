"""The bill: what is sold, what each step leaves of each line (docs/rules.md, section 2)."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from loyalty.rules.money import HUNDRED, LIMIT, ZERO, is_exact, percent_of, rounded, spread
from loyalty.rules.plan import Plan, PlanLine
from loyalty.rules.terms import ItemKind, Scopes
from loyalty.rules.value import VALUE
from loyalty.rules.why import Why

#: More units of one item than any bill has; bounds the walk of the n-th free unit.
MOST_UNITS = 9999


@dataclass(frozen=True)
class Problem:
    """Something that staff must mend before the visit can be saved.

    ``code`` is one of docs/rules.md, section 9; ``place`` the dotted field it stands beside, such as
    ``lines.0.quantity`` or ``means.12``, by holder; ``why`` and ``most`` go into its sentence.
    """

    code: str
    place: str
    why: Why | None = None
    most: Decimal | None = None


@dataclass(frozen=True)
class OpenBill:
    """What the steps so far have left of each line, in line order; amounts of 0 or more.

    ``covered`` are the first units of each line, which memberships cover, ``free`` those that a step before gave free:
    nobody pays for either any more.
    """

    lines: tuple[PlanLine, ...]
    sold: tuple[Decimal, ...]
    left: tuple[Decimal, ...]
    free: tuple[int, ...]
    places: int
    covered: tuple[int, ...]

    @property
    def gone(self) -> tuple[int, ...]:
        """The units of each line that nobody pays for any more."""
        return tuple(free + covered for free, covered in zip(self.free, self.covered, strict=True))

    @property
    def sold_uncovered(self) -> tuple[Decimal, ...]:
        """The nominal price of each line without the units that memberships cover: what cashback is given of."""
        return tuple(
            sold - line.unit_price * units if units else sold
            for line, sold, units in zip(self.lines, self.sold, self.covered, strict=True)
        )

    def in_scope(self, scopes: Scopes) -> tuple[bool, ...]:
        if scopes.is_open:
            return (True,) * len(self.lines)
        services, products = scopes.services.covers, scopes.products.covers
        return tuple(
            [
                (services if line.kind is ItemKind.SERVICE else products)(line.item_id, line.category_id)
                for line in self.lines
            ]
        )

    def less(self, parts: Sequence[Decimal], free_units: Sequence[int] = ()) -> "OpenBill":
        """The bill after ``parts`` were taken off its lines, ``free_units`` of them as free units."""
        left = tuple(amount - part for amount, part in zip(self.left, parts, strict=True))
        free = tuple(map(sum, zip(self.free, free_units, strict=True))) if free_units else self.free
        return replace(self, left=left, free=free)

    def covering(self, line: int, part: Decimal, units: int) -> "OpenBill":
        """The bill after ``units`` more of one line were covered, which took ``part`` off it."""
        left, covered = list(self.left), list(self.covered)
        left[line] -= part
        covered[line] += units
        return replace(self, left=tuple(left), covered=tuple(covered))

    def parts_of(self, amount: Decimal, scoped: Sequence[bool]) -> list[Decimal]:
        """``amount``, at most what is left in scope, spread over those lines in proportion to it."""
        weights = [left if inside else ZERO for left, inside in zip(self.left, scoped, strict=True)]
        return spread(min(amount, sum(weights, ZERO)), weights, self.places)


def open_bill(lines: Sequence[PlanLine], places: int) -> tuple[OpenBill, tuple[Decimal, ...]]:
    """The bill before promotions, and the manual discount of each line, rounded half up.

    A line given away is not sold: every figure of it is 0.
    """
    sold = tuple(ZERO if line.is_given_away else rounded(line.unit_price * line.quantity, places) for line in lines)
    manual = tuple(percent_of(amount, line.manual_discount, places) for amount, line in zip(sold, lines, strict=True))
    left = tuple(amount - discount for amount, discount in zip(sold, manual, strict=True))
    none = (0,) * len(lines)
    return OpenBill(tuple(lines), sold, left, none, places, none), manual


def invalid_amounts(plan: Plan, places: int) -> list[Problem]:
    """Amounts and lines that no bill can have, in the order of the form (``invalid_amount``).

    Of each holder and each method there is one amount: where there are two, none of them is meant.
    """
    problems = []
    for index, line in enumerate(plan.lines):
        checks = {
            "quantity": 1 <= line.quantity <= MOST_UNITS,
            "unit_price": is_amount(line.unit_price, places),
            "manual_discount": is_percent(line.manual_discount),
        }
        problems += [Problem("invalid_amount", f"lines.{index}.{name}") for name, fine in checks.items() if not fine]
    problems += [
        Problem("invalid_amount", f"value.{index}.{name}")
        for index, value in enumerate(plan.value)
        for name, amount in (("price", value.price), ("amount", value.amount))
        if not is_amount(amount, places)
    ]
    problems += [
        Problem("invalid_amount", f"value.{index}.price")
        for index, value in enumerate(plan.value)
        if VALUE[value.kind].priced_as_granted and value.price != value.amount
    ]
    paid = [(f"means.{means.holder_id}", means.amount) for means in plan.means]
    paid += [(f"payments.{payment.method}", payment.amount) for payment in plan.payments]
    once = Counter(place for place, _amount in paid)
    impossible = [place for place, amount in paid if once[place] > 1 or not _is_possible(amount, places)]
    return problems + [Problem("invalid_amount", place) for place in dict.fromkeys(impossible)]


def _is_possible(amount: Decimal | None, places: int) -> bool:
    return amount is None or is_amount(amount, places)


def is_amount(amount: Decimal, places: int) -> bool:
    """Whether ``amount`` is 0 or more, in range, and no finer than the minor unit."""
    return amount.is_finite() and 0 <= amount < LIMIT and is_exact(amount, places)


def is_percent(percent: Decimal) -> bool:
    """Whether ``percent`` is from 0 to 100 with at most two decimals."""
    return percent.is_finite() and 0 <= percent <= HUNDRED and is_exact(percent, 2)
