"""Points on a card: lots in spending order, debt, and what a visit may take (docs/rules.md, section 5).

A ``Pot`` is what one card holds; every function returns the pot after it and the movements that
led there, and changes nothing. The ledger writes the same movements down.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from loyalty.rules.money import ZERO
from loyalty.rules.terms import Period


class Lot(NamedTuple):
    """What remains of one accrual; the guest of many years has hundreds, so it is as plain as a row.

    ``last_on`` is the stamped last day (None: never), ``inactivity`` the card type's stamped clock,
    ``granted_on`` the accrual's date. ``ended_on`` is the last day of a lot whose end has passed: what comes
    back to it is past, whatever visits came since. ``granted_at`` and ``rank`` order lots of one last day;
    a replacement carries all three of the accrual it replaces.
    """

    key: int
    remaining: Decimal
    granted_on: date
    granted_at: datetime
    rank: int
    last_on: date | None = None
    inactivity: Period | None = None
    ended_on: date | None = None

    @property
    def order(self) -> tuple[date, datetime, int]:
        """Spending order: earliest stamped last day, then older, then by ledger row."""
        return (self.last_on or date.max, self.granted_at, self.rank)

    def ends_on(self, last_visit_on: date | None) -> date | None:
        """The last day these points are good through: the earlier of both clocks, None for never.

        ``last_visit_on`` is the date of the owner's last settled visit anywhere in the chain.
        """
        if self.ended_on or self.inactivity is None:
            return self.ended_on or self.last_on
        idle = self.inactivity.after(max(self.granted_on, last_visit_on or self.granted_on))
        return min(idle, self.last_on) if self.last_on else idle

    def is_past(self, on: date, last_visit_on: date | None) -> bool:
        ends_on = self.ends_on(last_visit_on)
        return ends_on is not None and ends_on < on


@dataclass(frozen=True)
class Movement:
    """``amount`` added to (taken from, when negative) a lot, or the debt where ``lot`` is None.

    Filling debt is positive, running into debt negative, as the balance sees it.
    """

    lot: int | None
    amount: Decimal


@dataclass(frozen=True)
class Pot:
    """The lots of one card in spending order, and its debt (0 or more, never beside remaining lots)."""

    lots: tuple[Lot, ...] = ()
    debt: Decimal = ZERO
    last_visit_on: date | None = None

    @property
    def balance(self) -> Decimal:
        return sum((lot.remaining for lot in self.lots), ZERO) - self.debt

    def lot(self, key: int) -> Lot:
        return next(lot for lot in self.lots if lot.key == key)

    def past(self, on: date) -> tuple[Lot, ...]:
        """Lots with points left that may no longer be spent on ``on``, the chain's local date."""
        return tuple(lot for lot in self.lots if lot.remaining and lot.is_past(on, self.last_visit_on))

    def available(self, on: date, without: Iterable[int] = ()) -> Decimal:
        """What may be spent on ``on``: the balance less what is past its last day, never below 0."""
        usable = sum((lot.remaining for lot in self._usable(on, without)), ZERO)
        return max(ZERO, usable - self.debt)

    def _usable(self, on: date, without: Iterable[int]) -> list[Lot]:
        barred = set(without)
        return [lot for lot in self.lots if lot.key not in barred and not lot.is_past(on, self.last_visit_on)]

    def after(self, movements: Sequence[Movement]) -> "Pot":
        """This pot with the movements done."""
        if not movements:
            return self
        change: dict[int, Decimal] = {}
        debt = self.debt
        for movement in movements:
            if movement.lot is None:
                debt -= movement.amount
            else:
                change[movement.lot] = change.get(movement.lot, ZERO) + movement.amount
        lots = tuple(
            lot._replace(remaining=lot.remaining + change[lot.key]) if lot.key in change else lot for lot in self.lots
        )
        return replace(self, lots=lots, debt=debt)

    def with_ends(self, ends: Mapping[int, date]) -> "Pot":
        """This pot with the last days, by lot, of those whose end has passed."""
        lots = tuple(lot._replace(ended_on=ends[lot.key]) if lot.key in ends else lot for lot in self.lots)
        return replace(self, lots=lots)

    def with_lot(self, lot: Lot) -> "Pot":
        return replace(self, lots=tuple(sorted((*self.lots, lot), key=lambda each: each.order)))


def _take(lots: Iterable[Lot], amount: Decimal) -> tuple[list[Movement], Decimal]:
    """Take ``amount`` from ``lots`` one after the other; the movements and what was missing."""
    movements = []
    for lot in lots:
        part = min(lot.remaining, amount)
        if part > 0:
            movements.append(Movement(lot.key, -part))
            amount -= part
    return movements, amount


def spend(pot: Pot, amount: Decimal, *, on: date, without: Iterable[int] = ()) -> list[Movement]:
    """Debit ``amount`` from the lots that may be spent on ``on``, in spending order.

    ``without`` names lots that may not pay, such as those of the visit itself. The caller has
    checked ``available``; a debit never takes a balance below zero.
    """
    movements, missing = _take(pot._usable(on, without), amount)
    if missing:
        raise ValueError("more is spent than is available")
    return movements


def burn(pot: Pot, key: int) -> list[Movement]:
    """Burn all that remains of a lot."""
    return [Movement(key, -pot.lot(key).remaining)]


def give_back(pot: Pot, parts: Sequence[Movement]) -> list[Movement]:
    """Points come back to the lots (``parts``, positive); debt is filled first, in spending order.

    The part that fills debt is taken from the lot that would have been spent first, so that the
    guest keeps the points that last longest. Parts that once filled or made debt count as such.
    """
    movements: list[Movement] = []
    debt = pot.debt
    order = {lot.key: place for place, lot in enumerate(pot.lots)}
    to_debt = ZERO
    for part in sorted((part for part in parts if part.lot is not None), key=lambda part: order[part.lot or 0]):
        fill = min(debt, part.amount)
        debt -= fill
        to_debt += fill
        if part.amount - fill:
            movements.append(Movement(part.lot, part.amount - fill))
    if to_debt:
        movements.append(Movement(None, to_debt))
    return movements


def take_back(pot: Pot, key: int, amount: Decimal) -> list[Movement]:
    """Undo an accrual of ``amount``: its lot first, then the other lots in spending order, then debt."""
    own = pot.lot(key)
    others = [lot for lot in pot.lots if lot.key != key]
    movements, missing = _take([own, *others], amount)
    if missing:
        movements.append(Movement(None, -missing))
    return movements
