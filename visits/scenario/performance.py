"""A whole scenario from its first step to its last, of which nothing remains but what is told."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from visits.scenario.expectations import first_difference
from visits.scenario.play import Player, Step, rolled_back
from visits.scenario.reader import Entry, NotMade

Told = TypeVar("Told")


def never() -> None:
    """Nothing ends the play before its last step."""


def play(
    file: Entry,
    *,
    tell: Callable[[Player, Step, str | None], Told],
    go_on: Callable[[], None] = never,
) -> tuple[str | None, list[Told]]:
    """Play a scenario and leave nothing behind: the first difference, and what was told of every step.

    Where a step came out differently, a later one may lack what it was to make; then the play ends there. ``go_on``
    is asked before each step and raises what ends the play.
    """
    first: str | None = None
    steps: list[Told] = []
    with rolled_back():
        go_on()
        player = Player(file)
        try:
            for entry in file.table()["steps"].list():
                go_on()
                step = player.play(entry)
                difference = first_difference(player, step)
                first = first or difference
                steps.append(tell(player, step, difference))
        except NotMade:
            if first is None:
                raise
    return first, steps
