"""What the overview makes of figures: changes in words, columns, the line of a tile."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.utils.html import format_html

from config.ui.figures import format_compact
from reports.measures import Good
from reports.overview.changes import change_of
from reports.overview.chart import BOTTOM, HEIGHT, TOP, Chart, Column, chart_of
from reports.overview.parts import STRIDES
from reports.overview.sparkline import sparkline_of
from reports.periods import Step

# By how much a figure changed
# ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("now", "before", "good", "said", "style"),
    [
        ("112", "100", Good.UP, "▲ up 12 % from 100", "is-plus"),
        ("112", "100", Good.DOWN, "▲ up 12 % from 100", "is-minus"),
        ("112", "100", Good.NEITHER, "▲ up 12 % from 100", "quiet"),
        ("0", "80", Good.UP, "▼ down 100 % from 80", "is-minus"),
        ("0", "80", Good.DOWN, "▼ down 100 % from 80", "is-plus"),
        ("100.4", "100", Good.UP, "▲ up a little from 100", "is-plus"),
        ("100.5", "100", Good.UP, "▲ up 1 % from 100", "is-plus"),
        ("1100", "100", Good.UP, "▲ up 1,000 % from 100", "is-plus"),
        ("1102", "100", Good.UP, "▲ up from 100", "is-plus"),
        ("7", "7", Good.UP, "as much as before: 7", "quiet"),
        ("0", "0", Good.UP, "nothing, as before", "quiet"),
        ("7", "0", Good.UP, "nothing before", "quiet"),
        ("7", "-3", Good.UP, "▲ up from -3", "is-plus"),
    ],
)
def test_a_change_is_told_in_words(now: str, before: str, good: Good, said: str, style: str) -> None:
    change = change_of(Decimal(now), Decimal(before), good, format_html("{}", before))
    assert (f"{change.sign} {change.words}".strip(), change.style) == (said, style)


# Columns of days
# ----------------------------------------------------------------------------

COLUMNS = [Column(f"{number} March", str(number)) for number in (1, 2, 3)]


def test_columns_that_are_not_whole_are_marked() -> None:
    chart = chart_of([Column("April", "Apr"), Column("May, so far", "May", is_part=True)], {"sold": figures(5, 3)}, {})
    assert [bar.is_part for bar in chart.bars] == [False, True] and chart.has_parts
    assert not chart_of(COLUMNS, {"sold": figures(5, 3, 1)}, {}).has_parts


def figures(*texts: int) -> list[Decimal]:
    return [Decimal(text) for text in texts]


def test_columns_stand_on_the_line_of_nothing_and_hang_from_it() -> None:
    down = {"paid": figures(10, 0, 0), "burned": figures(30, 5, 0)}
    chart = chart_of(COLUMNS, {"given": figures(80, 0, -5)}, down)
    levels = {line.amount: line.y for line in chart.lines}
    assert list(levels) == [100, 0, -50]
    assert (levels[Decimal(100)], levels[Decimal(-50)]) == (TOP, HEIGHT - BOTTOM)
    assert [f"{bar.name} {bar.words} {bar.amount}" for bar in chart.bars] == [
        "given 1 March 80",
        "paid 1 March 10",
        "burned 1 March 30",
        "burned 2 March 5",
    ]
    given_bar, paid_bar, burned_bar, _other = chart.bars
    assert given_bar.y + given_bar.height == pytest.approx(levels[Decimal(0)])
    assert paid_bar.y == pytest.approx(levels[Decimal(0)])
    assert burned_bar.y == pytest.approx(paid_bar.y + paid_bar.height)
    assert given_bar.height == pytest.approx(8 * paid_bar.height, abs=0.1)


def test_a_level_is_not_written_over_that_of_nothing() -> None:
    chart = chart_of(COLUMNS, {"given": figures(480, 0, 0)}, {"burned": figures(0, 4, 0)})
    assert [line.amount for line in chart.lines] == [500, 0]
    assert len(chart.bars) == 2


def test_columns_of_nothing_are_a_line() -> None:
    chart = chart_of(COLUMNS, {"sold": figures(0, 0, 0)}, {})
    assert not chart.bars and [line.amount for line in chart.lines] == [0]


@pytest.mark.parametrize(
    ("step", "columns", "named"),
    [
        (Step.DAY, 5, [0, 1, 2, 3, 4]),
        (Step.DAY, 7, [0, 2, 4, 6]),
        (Step.DAY, 30, [1, 8, 15, 22, 29]),
        (Step.DAY, 45, [2, 16, 30, 44]),
        (Step.WEEK, 14, [1, 4, 7, 10, 13]),
        (Step.MONTH, 11, [1, 4, 7, 10]),
        (Step.MONTH, 61, [12, 36, 60]),
    ],
)
def test_as_many_columns_are_named_as_there_is_room_for(step: Step, columns: int, named: list[int]) -> None:
    many = [Column("", str(number)) for number in range(columns)]
    chart = chart_of(many, {}, {}, strides=STRIDES[step])
    assert [int(mark.words) for mark in chart.marks] == named


@pytest.mark.parametrize(("columns", "at_edge"), [(1, False), (5, False), (30, True), (45, True)])
def test_the_last_name_ends_at_the_edge_and_is_not_cut(columns: int, at_edge: bool) -> None:
    marks = chart_of([Column("", "30 Nov")] * columns, {}, {}, strides=STRIDES[Step.DAY]).marks
    assert [mark.at_edge for mark in marks] == [*[False] * (len(marks) - 1), at_edge]
    assert (marks[-1].x == Chart.width) == at_edge


@pytest.mark.parametrize(
    ("level", "written"), [("0", "0"), ("0.05", "0.05"), ("500", "500"), ("-2000", "−2K"), ("50000000", "50M")]
)
def test_a_level_is_written_short(level: str, written: str) -> None:
    assert format_compact(Decimal(level)) == written


def test_the_line_of_a_tile() -> None:
    line = sparkline_of(figures(0, 10, -10))
    assert line and line.points == "2.0,14.0 48.0,2.0 94.0,26.0"
    assert sparkline_of(figures(0, 0)).points == "2.0,26.0 94.0,26.0"  # type: ignore[union-attr]
    assert sparkline_of(figures(5)) is None
