"""What many tests begin with is made once, and each test gets it as if it had been made for it alone.

    @scene
    def salon(cast: Cast) -> Salon: …

is a fixture. Where tests that roll back follow each other in one process, its rows stay beneath them, in a
transaction around those of the tests; of what it returned each test gets a copy of its own, one for all its
scenes. Making Aurora and its people anew for each of a thousand tests took a good part of the time of the suite.

A scene is made at the instant at which tests begin, so that nothing in it lies ahead of a test. Tests that commit
or that run by the real clock make theirs themselves. So a scene rests on ``db`` and on other scenes alone, and on
nothing that a fixture changes before it.
"""

from __future__ import annotations

import functools
import inspect
import pickle
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pytest
import time_machine
from django.db import DEFAULT_DB_ALIAS, connection, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

Make = Callable[..., Any]


@dataclass
class Kept:
    """A scene that stands, within a transaction that takes its rows away again; ``all`` is it and those beneath."""

    make: Make
    within: transaction.Atomic
    all: dict[str, Any]
    written: bytes = b""


@dataclass
class Stage:
    """The scenes that stand in the database of this process, each upon those before it."""

    kept: list[Kept] = field(default_factory=list)
    #: That which they stand on. A browser runs a loop of its own in the process, and from then on Django gives another.
    beneath: BaseDatabaseWrapper | None = None
    #: What the scenes returned, for one test to do with as it likes.
    copies: dict[str, Any] = field(default_factory=dict)

    def prepare(self, wanted: list[Make], at: datetime) -> None:
        """Let exactly these scenes stand."""
        if self.kept and self.beneath is not connections[DEFAULT_DB_ALIAS]:
            self._leave()
        alike = [kept.make is make for kept, make in zip(self.kept, wanted, strict=False)]
        self.clear(above=(*alike, False).index(False))
        for make in wanted[len(self.kept) :]:
            with time_machine.travel(at, tick=False):
                self._make(make)

    def _make(self, make: Make) -> None:
        standing = self.kept[-1].all if self.kept else {}
        self.beneath = connections[DEFAULT_DB_ALIAS]
        within = transaction.atomic()
        within.__enter__()
        self.kept.append(Kept(make, within, standing))
        try:
            made = make(**{name: standing.get(name) for name in inspect.signature(make).parameters})
            # What was deferred is looked at now, and not again at the end of each test.
            connection.check_constraints()
        except BaseException:
            self.clear(above=len(self.kept) - 1)
            raise
        self.kept[-1].all = {**standing, make.__name__: made}
        self.kept[-1].written = pickle.dumps(self.kept[-1].all)

    def copy(self) -> None:
        self.copies = pickle.loads(self.kept[-1].written) if self.kept else {}  # noqa: S301 - written above

    def check(self) -> None:
        """Fail a test that closed the connection beneath it; what stood is gone with it and is made anew."""
        if self.kept and self.beneath and not self.beneath.in_atomic_block:
            self.kept, self.copies = [], {}
            pytest.fail("The test closed the connection under the scenes: let it commit (`races`).")

    def _leave(self) -> None:
        """Let go of a connection that nobody comes back to; what stood in its transaction goes with it."""
        assert self.beneath
        self.beneath.atomic_blocks, self.beneath.savepoint_ids = [], []
        self.beneath.in_atomic_block = self.beneath.needs_rollback = False
        self.beneath.close()
        self.kept, self.copies = [], {}

    def clear(self, *, above: int = 0) -> None:
        """Take away what stands above the first so many."""
        self.copies = {}
        while len(self.kept) > above:
            transaction.set_rollback(True)
            self.kept.pop().within.__exit__(None, None, None)


STAGE = Stage()


def scene(make: Make) -> Any:
    """A fixture of the function's name."""

    @functools.wraps(make)
    def taken(**needs: Any) -> Any:
        return STAGE.copies[make.__name__] if make.__name__ in STAGE.copies else make(**needs)

    taken.scene = make  # type: ignore[attr-defined]
    return pytest.fixture(taken)


def parameters(make: Make) -> list[str]:
    """The scenes that a scene rests on."""
    return [name for name in inspect.signature(make).parameters if name != "db"]
