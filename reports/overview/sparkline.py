"""A line of figures as geometry, for the corner of a tile: an ornament, whose figures the table of the page has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from loyalty.rules.money import ZERO

WIDTH, HEIGHT = 96, 28
#: So that the line is not cut at the ends.
EDGE = 2


@dataclass(frozen=True)
class Sparkline:
    """The corners of the line within ``width`` by ``height``, as SVG takes them."""

    points: str

    width = WIDTH
    height = HEIGHT


def sparkline_of(figures: Sequence[Decimal]) -> Sparkline | None:
    """Nothing lies at the bottom, unless a figure is below it; None for fewer than two, which make no line."""
    if len(figures) < 2:
        return None
    lowest, highest = min(*figures, ZERO), max(*figures, ZERO)
    height = highest - lowest or Decimal(1)
    step = (WIDTH - 2 * EDGE) / (len(figures) - 1)
    corners = (
        (EDGE + step * number, HEIGHT - EDGE - float((figure - lowest) / height) * (HEIGHT - 2 * EDGE))
        for number, figure in enumerate(figures)
    )
    return Sparkline(" ".join(f"{x:.1f},{y:.1f}" for x, y in corners))
