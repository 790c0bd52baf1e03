"""`make bench`: measures in one run, prints each figure, and writes docs/performance.md with the machine it was on."""

import os
import platform
import sys
from pathlib import Path

import psutil
import pytest

from tests.benchmarks.figures import FIGURES

#: A file of tests each, which note their figures (`figures.py`).
SUITE = (
    "tests/benchmarks/exports.py",
    "tests/benchmarks/desks.py",
    "tests/benchmarks/pages.py",
    "tests/benchmarks/settling.py",
    "tests/benchmarks/saving.py",
    "tests/benchmarks/many_at_once.py",
    "tests/benchmarks/burning.py",
    "tests/benchmarks/lists.py",
)
PAGE = Path(__file__).resolve().parents[2] / "docs" / "performance.md"
HEAD = """# How fast it is

Written by `make bench`: each figure is a ratio, to a limit or to itself on a small chain, measured in one run on one
machine. Times are that machine's, and are worth what it is.

| what | ratio | limit | kept | as measured |
| --- | --- | --- | --- | --- |
"""


def main() -> int:
    usual = ["-n", "0", "-q", "-s", "-p", "no:cacheprovider", "-o", "faulthandler_timeout=0"]
    failed = pytest.main([*usual, *(sys.argv[1:] or SUITE)])
    if FIGURES and not sys.argv[1:]:
        rows = "\n".join(figure.row() for figure in FIGURES)
        PAGE.write_text(f"{HEAD}{rows}\n\n{machine()}\n")
    return int(failed)


def machine() -> str:
    """What it was measured on, and how busy that was besides."""
    name = platform.processor() or platform.machine()
    if Path("/proc/cpuinfo").exists():
        names = [line.partition(":")[2].strip() for line in Path("/proc/cpuinfo").read_text().splitlines()]
        name = next((each for each in names if "CPU" in each or "Processor" in each), name)
    memory = psutil.virtual_memory().total / 2**30
    busy = os.getloadavg()[2]
    return (
        f"Machine: {os.cpu_count()} cores ({name}), {memory:.0f} GB of memory, {platform.system()}, "
        f"Python {platform.python_version()}; {busy:.1f} processes wanted a core in the last quarter of an hour."
    )


if __name__ == "__main__":
    sys.exit(main())
