"""What benchmarks found: ratios, each to a limit or to the same on a small chain, measured in the same run.

A bare time says as much of the machine as of the program, so it stands beside its ratio and is nothing to go by.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """The ratio of what is measured to what it is measured by: at most ``limit``, or, with ``is_least``, at least."""

    what: str
    ratio: float
    limit: float
    measured_by: str
    told: str
    is_least: bool = False

    @property
    def is_kept(self) -> bool:
        return self.ratio >= self.limit if self.is_least else self.ratio <= self.limit

    def row(self) -> str:
        sign = "≥" if self.is_least else "≤"
        kept = "yes" if self.is_kept else "**no**"
        return f"| {self.what} | {self.ratio:.2f} × {self.measured_by} | {sign} {self.limit:g} | {kept} | {self.told} |"


#: Those of this run.
FIGURES: list[Figure] = []


def note(figure: Figure) -> None:
    FIGURES.append(figure)
    print(f"\n{figure.row()}", flush=True)
