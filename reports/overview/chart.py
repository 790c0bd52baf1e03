"""Columns as geometry, which the page draws as SVG: up what came, down what went. Pure arithmetic."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from loyalty.rules.money import ZERO

WIDTH, HEIGHT = 420, 220
#: Room for words around the columns.
LEFT, RIGHT, TOP, BOTTOM = 44, 18, 14, 26
#: How much of its place a column takes, and how wide it gets where there are few.
FILLED, WIDEST = 0.66, 48
#: Levels closer to that of nothing are not named, since their words would cover each other.
CLOSE = 14
#: At most so many columns are named below them, the last one among them.
MOST_NAMED = 5
#: Half of the longest name below a column: closer to the edge a name ends there.
HALF_A_NAME = 32

#: The figures of every column, by name, in the order in which they are stacked.
Stack = Mapping[str, Sequence[Decimal]]


@dataclass(frozen=True)
class Column:
    """What a column stands for, in words, and the short name below it; ``is_part``: it is not over, or not whole."""

    words: str
    mark: str
    is_part: bool = False


@dataclass(frozen=True)
class Bar:
    """A rectangle for one figure of one column."""

    name: str
    words: str
    amount: Decimal
    written: str
    x: float
    y: float
    width: float
    height: float
    is_part: bool = False


@dataclass(frozen=True)
class Line:
    """A level with the amount it stands for, 0 or less below the line of nothing."""

    amount: Decimal
    written: str
    y: float


@dataclass(frozen=True)
class Mark:
    """A column that is named, its name around ``x``, or up to there at the edge."""

    words: str
    x: float
    at_edge: bool = False


@dataclass(frozen=True)
class Chart:
    """Bars, levels and named columns within ``width`` by ``height``; where words of levels end and marks stand."""

    bars: list[Bar]
    lines: list[Line]
    marks: list[Mark]

    width = WIDTH
    height = HEIGHT
    left = LEFT
    words_at = LEFT - 8
    marks_at = HEIGHT - 6

    @property
    def has_parts(self) -> bool:
        return any(bar.is_part for bar in self.bars)


@dataclass(frozen=True)
class Scale:
    """From numbers of columns and amounts to places."""

    columns: int
    highest: Decimal
    lowest: Decimal

    @property
    def slot(self) -> float:
        """The place of a column."""
        return (WIDTH - LEFT - RIGHT) / self.columns

    @property
    def bar(self) -> float:
        return min(self.slot * FILLED, WIDEST)

    def middle(self, number: int) -> float:
        return LEFT + self.slot * (number + 0.5)

    def y(self, amount: Decimal) -> float:
        return TOP + self.length(self.highest - amount)

    def length(self, amount: Decimal) -> float:
        return float(amount / (self.highest + self.lowest)) * (HEIGHT - TOP - BOTTOM)


def chart_of(
    columns: Sequence[Column],
    up: Stack,
    down: Stack,
    *,
    write: Callable[[Decimal], str] = str,
    write_level: Callable[[Decimal], str] = str,
    strides: Sequence[int] = (1,),
) -> Chart:
    """Stack ``up`` above the line of nothing and ``down`` below it; a figure below 0 has no bar.

    ``write`` puts an amount into the reader's words, ``write_level`` a round one. Where not all columns can be named,
    one in so many is: the first of the ``strides`` that leaves few enough.
    """
    numbers = range(len(columns))
    highest, lowest = _level(numbers, up), _level(numbers, down)
    is_empty = not highest and not lowest
    scale = Scale(len(columns), Decimal(1) if is_empty else highest, lowest)
    levels = sorted({ZERO} if is_empty else {highest, ZERO, -lowest}, reverse=True)
    named = [level for level in levels if not level or scale.length(abs(level)) >= CLOSE]
    return Chart(
        bars=list(_bars(scale, columns, up, down, write)),
        lines=[Line(level, write_level(level), round(scale.y(level), 2)) for level in named],
        marks=[_mark(columns[number], scale.middle(number)) for number in _named(len(columns), strides)],
    )


def _mark(column: Column, middle: float) -> Mark:
    at_edge = middle + HALF_A_NAME > WIDTH
    return Mark(column.mark, WIDTH if at_edge else round(middle, 2), at_edge)


def _named(columns: int, strides: Sequence[int]) -> list[int]:
    step = next((stride for stride in strides if columns <= stride * MOST_NAMED), columns)
    return [number for number in range(columns) if (columns - 1 - number) % step == 0]


def _bars(
    scale: Scale, columns: Sequence[Column], up: Stack, down: Stack, write: Callable[[Decimal], str]
) -> Iterator[Bar]:
    for number, column in enumerate(columns):
        x = round(scale.middle(number) - scale.bar / 2, 2)
        for sign, stack in ((1, up), (-1, down)):
            reached = ZERO
            for name, amount in _parts(stack, number):
                top = reached + amount if sign > 0 else -reached
                reached += amount
                size = (round(scale.bar, 2), round(scale.length(amount), 2))
                yield Bar(name, column.words, amount, write(amount), x, round(scale.y(top), 2), *size, column.is_part)


def _parts(stack: Stack, number: int) -> Iterator[tuple[str, Decimal]]:
    return ((name, figures[number]) for name, figures in stack.items() if figures[number] > 0)


def _level(numbers: Sequence[int], stack: Stack) -> Decimal:
    """The next of 1, 2, 5, 10, 20, 50 … that holds every column; 0 where there is none."""
    highest = max((sum((amount for _name, amount in _parts(stack, number)), ZERO) for number in numbers), default=ZERO)
    if not highest:
        return ZERO
    unit = Decimal(10) ** highest.adjusted()
    return next(step * unit for step in (Decimal(1), Decimal(2), Decimal(5), Decimal(10)) if step * unit >= highest)
