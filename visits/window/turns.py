"""Who comes first where several desks ask one web process at the same time: whoever saves, as a guest stands waiting.

The processor of a process does one thing at a time anyway. Without turns each window that is computed takes its share
from a save, and the save of a busy hour takes as many times as long as there are desks.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Condition


class Turns:
    """One at a time, those who save first; nobody waits longer than ``seconds``, as a save may wait for a lock."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._changed = Condition()
        self._working = 0
        self._saves = 0
        #: Those that wait for their turn, saves too.
        self.waiting = 0

    @contextmanager
    def turn(self, *, saves: bool) -> Iterator[None]:
        with self._changed:
            self.waiting, self._saves = self.waiting + 1, self._saves + saves
            self._changed.wait_for(lambda: not self._working and (saves or not self._saves), self._seconds)
            self.waiting, self._saves = self.waiting - 1, self._saves - saves
            self._working += 1
        try:
            yield
        finally:
            with self._changed:
                self._working -= 1
                self._changed.notify_all()


TURNS = Turns(seconds=3)
