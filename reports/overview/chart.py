"""Columns of days as geometry, which the page draws as SVG: up what came, down what went. Pure arithmetic."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from loyalty.rules.money import ZERO

WIDTH, HEIGHT = 900, 220
#: Room for words around the columns.
LEFT, RIGHT, TOP, BOTTOM = 76, 16, 14, 26
#: How much of the width of a day its column takes.
FILLED = 0.66
#: Levels closer to that of nothing are not named, since their words would cover each other.
CLOSE = 14
#: A day in so many is named below its column, the last one among them.
NAMED = 7

#: The days of figures, by name, in the order in which they are stacked.
Stack = Mapping[str, Mapping[date, Decimal]]


@dataclass(frozen=True)
class Bar:
    """A rectangle for one figure of one day."""

    name: str
    day: date
    amount: Decimal
    written: str
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Line:
    """A level with the amount it stands for, 0 or less below the line of nothing."""

    amount: Decimal
    written: str
    y: float


@dataclass(frozen=True)
class Mark:
    """A day that is named."""

    day: date
    x: float


@dataclass(frozen=True)
class Chart:
    """Bars, levels and named days within ``width`` by ``height``; where words of levels end and marks stand."""

    bars: list[Bar]
    lines: list[Line]
    marks: list[Mark]

    width = WIDTH
    height = HEIGHT
    left = LEFT
    words_at = LEFT - 8
    marks_at = HEIGHT - 6


@dataclass(frozen=True)
class Scale:
    """From days and amounts to places."""

    days: Sequence[date]
    highest: Decimal
    lowest: Decimal

    @property
    def slot(self) -> float:
        """The width of a day."""
        return (WIDTH - LEFT - RIGHT) / len(self.days)

    def x(self, number: int) -> float:
        return LEFT + self.slot * number

    def y(self, amount: Decimal) -> float:
        return TOP + self.length(self.highest - amount)

    def length(self, amount: Decimal) -> float:
        return float(amount / (self.highest + self.lowest)) * (HEIGHT - TOP - BOTTOM)


def chart_of(days: Sequence[date], up: Stack, down: Stack, write: Callable[[Decimal], str] = str) -> Chart:
    """Stack ``up`` above the line of nothing and ``down`` below it; a day on which a figure is below 0 has no bar.

    ``write`` puts an amount into the reader's words.
    """
    highest, lowest = _level(days, up), _level(days, down)
    is_empty = not highest and not lowest
    scale = Scale(days, Decimal(1) if is_empty else highest, lowest)
    levels = sorted({ZERO} if is_empty else {highest, ZERO, -lowest}, reverse=True)
    named = [level for level in levels if not level or scale.length(abs(level)) >= CLOSE]
    return Chart(
        bars=list(_bars(scale, up, down, write)),
        lines=[Line(level, write(level), round(scale.y(level), 2)) for level in named],
        marks=[
            Mark(day, round(scale.x(number) + scale.slot / 2, 2))
            for number, day in enumerate(days)
            if (len(days) - 1 - number) % NAMED == 0
        ],
    )


def _bars(scale: Scale, up: Stack, down: Stack, write: Callable[[Decimal], str]) -> Iterator[Bar]:
    for number, day in enumerate(scale.days):
        x = round(scale.x(number) + scale.slot * (1 - FILLED) / 2, 2)
        for sign, stack in ((1, up), (-1, down)):
            reached = ZERO
            for name, amount in _parts(stack, day):
                top = reached + amount if sign > 0 else -reached
                reached += amount
                size = (round(scale.slot * FILLED, 2), round(scale.length(amount), 2))
                yield Bar(name, day, amount, write(amount), x, round(scale.y(top), 2), *size)


def _parts(stack: Stack, day: date) -> Iterator[tuple[str, Decimal]]:
    return ((name, amount) for name, days in stack.items() if (amount := days.get(day, ZERO)) > 0)


def _level(days: Sequence[date], stack: Stack) -> Decimal:
    """The next of 1, 2, 5, 10, 20, 50 … that holds every column; 0 where there is none."""
    highest = max((sum((amount for _name, amount in _parts(stack, day)), ZERO) for day in days), default=ZERO)
    if not highest:
        return ZERO
    unit = Decimal(10) ** highest.adjusted()
    return next(step * unit for step in (Decimal(1), Decimal(2), Decimal(5), Decimal(10)) if step * unit >= highest)
