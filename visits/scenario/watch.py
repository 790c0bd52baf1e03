"""Whoever tries programs in the browser may not keep the server busy: one play a chain at a time, none for too long."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import OperationalError, connection
from django.utils.translation import gettext as _
from psycopg.errors import QueryCanceled

from chains.models import Chain
from visits.scenario.reader import ScenarioError

#: Seconds that a play may take, and a single statement of it.
MOST_SECONDS, MOST_OF_A_STATEMENT = 20, 5


class TakesTooLong(ScenarioError):
    """A scenario that kept the server busy for too long."""

    def __init__(self) -> None:
        super().__init__(_("This takes too long. Try fewer steps."))


class OneAtATime(ScenarioError):
    """Somebody of the chain is trying a program at this moment."""


@contextmanager
def limited() -> Iterator[None]:
    """Raise ``TakesTooLong`` for a statement that ran into its limit; what else the database says is no such thing."""
    try:
        yield
    except OperationalError as error:
        if isinstance(error.__cause__, QueryCanceled):
            raise TakesTooLong from error
        raise


def watched(chain: Chain) -> Callable[[], None]:
    """What is asked before each step, within the transaction of the play: raises ``ScenarioError`` to end it."""
    ends = time.monotonic() + MOST_SECONDS
    claimed = False

    def go_on() -> None:
        nonlocal claimed
        if not claimed:
            _claim(chain)
            claimed = True
        if time.monotonic() > ends:
            raise TakesTooLong

    return go_on


def _claim(chain: Chain) -> None:
    """The limit and the lock end with the transaction of the play."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('statement_timeout', %s, true)", [f"{MOST_OF_A_STATEMENT}s"])
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtext('try a program'), %s)", [chain.pk])
        (is_alone,) = cursor.fetchone()
    if not is_alone:
        raise OneAtATime(_("Somebody of the chain is trying a program at this moment. Try again in a few seconds."))
