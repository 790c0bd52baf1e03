"""Reports and exports read from a replica of the database, where DATABASE_REPLICA_URL names one; writing never does.

A replica is a moment behind, so a page that was read from it says as of when. What is no report reads where it writes,
and so do accesses, settings and kept lists on the pages of reports: what somebody just changed must hold.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Model

REPLICA = "replica"
#: The apps whose rows reports are made of.
REPORTED = frozenset({"clients", "loyalty", "visits"})

_reports: ContextVar[bool] = ContextVar("reports", default=False)
P = ParamSpec("P")
R = TypeVar("R")


@contextmanager
def reporting() -> Iterator[None]:
    """What is read in the block is for a report."""
    token = _reports.set(True)
    try:
        yield
    finally:
        _reports.reset(token)


def report(view: Callable[P, R]) -> Callable[P, R]:
    """Declare a page, or the file of one, that only reads and may be a moment old; behind its door."""

    @wraps(view)
    def read(*args: P.args, **kwargs: P.kwargs) -> R:
        with reporting():
            return view(*args, **kwargs)

    return read


def alias_of_reports() -> str:
    """Where rows are read now."""
    return REPLICA if _reports.get() and REPLICA in connections.settings else DEFAULT_DB_ALIAS


def connection_of_reports() -> BaseDatabaseWrapper:
    return connections[alias_of_reports()]


class Router:
    """The one rule for all queries of models."""

    def db_for_read(self, model: type[Model], **_hints: object) -> str | None:
        return alias_of_reports() if model._meta.app_label in REPORTED else None

    def allow_relation(self, _one: Model, _other: Model, **_hints: object) -> bool:
        return True

    def allow_migrate(self, db: str, _app_label: str, **_hints: object) -> bool:
        return db != REPLICA


def read_as_of(_request: object) -> dict[str, datetime | None]:
    """For templates: up to when a replica knew what was written when the page was read from it; else None."""
    if alias_of_reports() == DEFAULT_DB_ALIAS:
        return {"read_as_of": None}
    with connection_of_reports().cursor() as cursor:
        # One that has replayed all it was sent is as new as now.
        cursor.execute(
            "SELECT CASE WHEN pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() THEN now() "
            "ELSE pg_last_xact_replay_timestamp() END"
        )
        return {"read_as_of": cursor.fetchone()[0]}
