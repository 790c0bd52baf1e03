"""Several things at the same instant, each on a connection of its own."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Generic, TypeVar

from django.db import connection, transaction

T = TypeVar("T")


def race(*calls: Callable[[], T]) -> list[T | Exception]:
    """Run the calls at the same time and return what each returned or raised, in the order given.

    For tests with the mark `races`: each call runs in a thread with its own
    database connection, and all of them wait for each other before they begin.
    """
    together = threading.Barrier(len(calls))

    def run(call: Callable[[], T]) -> T | Exception:
        try:
            connection.ensure_connection()
            together.wait(timeout=300)
            return call()
        except Exception as error:  # noqa: BLE001 - the outcome of a race is what the test looks at
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def overtaken(call: Callable[[], T], *, by: Callable[[], object]) -> T | Exception:
    """What ``call`` returned or raised when ``by`` came first: it begins while ``by`` is done but not committed.

    For tests with the mark `races`. The commit comes as soon as ``call`` waits for it, or is through without waiting.
    """
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            by()
            waiting = begun(call, pool)
        return waiting.outcome.result(timeout=300)


@dataclass(frozen=True)
class Begun(Generic[T]):
    """A call on a connection of its own, by its backend; ``outcome`` is what it returned or raised."""

    backend: int
    outcome: Future[T | Exception]


def begun(call: Callable[[], T], pool: ThreadPoolExecutor) -> Begun[T]:
    """Begin the call, and come back once it waits for a lock of this connection, or is through without waiting."""
    backends: SimpleQueue[int] = SimpleQueue()

    def run() -> T | Exception:
        try:
            backends.put(_backend())
            return call()
        except Exception as error:  # noqa: BLE001 - the outcome is what the test looks at
            return error
        finally:
            connection.close()

    outcome = pool.submit(run)
    backend = backends.get(timeout=300)
    while not outcome.done() and _backend() not in _blocking(backend):
        time.sleep(0.005)
    return Begun(backend, outcome)


def _backend() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


def _blocking(backend: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_blocking_pids(%s)", [backend])
        return list(cursor.fetchone()[0])
