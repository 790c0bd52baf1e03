"""Keeping parts running: whatever ends by itself is started again, with a growing pause and a line that says so.

Nothing gives up: a disk that is full may be emptied, and pages do without a worker meanwhile.
"""

import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from config.servers.errors import CannotStart

FIRST_PAUSE_SECONDS = 1
LONGEST_PAUSE_SECONDS = 60
# A part that ran for this long is taken to be well again.
STEADY_SECONDS = 60
LOOK_SECONDS = 0.2


@dataclass
class WatchedPart:
    """A process that is to run always: how it is started, and which one runs now."""

    name: str
    launch: Callable[[], subprocess.Popen[bytes]]
    clear_away: Callable[[subprocess.Popen[bytes]], None]
    process: subprocess.Popen[bytes]
    since: float = 0
    failures: int = 0
    again_at: float | None = None

    def look(self, now: float) -> None:
        if self.again_at is not None:
            if now >= self.again_at:
                self.start_again(now)
        elif self.process.poll() is not None:
            if now - self.since > STEADY_SECONDS:
                self.failures = 0
            self.clear_away(self.process)
            self.failed(now, how_it_ended(self.process.returncode))

    def start_again(self, now: float) -> None:
        try:
            self.process = self.launch()
        except (CannotStart, OSError) as error:
            self.failed(now, f"could not be started ({error})")
        else:
            self.again_at, self.since = None, now

    def failed(self, now: float, what: str) -> None:
        self.failures += 1
        pause = min(FIRST_PAUSE_SECONDS * 2 ** min(self.failures - 1, 10), LONGEST_PAUSE_SECONDS)
        self.again_at = now + pause
        print(f"The {self.name} {what}: it is started again in {pause} s.", flush=True)


def how_it_ended(code: int) -> str:
    if code >= 0:
        return f"ended by itself with code {code}"
    try:
        return f"was ended by {signal.Signals(-code).name}"
    except ValueError:
        return f"was ended by signal {-code}"


def watch(parts: Sequence[WatchedPart], beside: Callable[[], None]) -> None:
    """Look after the parts until Ctrl-C, and after what else is to be done now and then."""
    while True:
        for part in parts:
            part.look(time.monotonic())
        beside()
        time.sleep(LOOK_SECONDS)
