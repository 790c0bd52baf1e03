"""Several things at the same instant, each on a connection of its own."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from django.db import connection

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
            together.wait(timeout=30)
            return call()
        except Exception as error:  # noqa: BLE001 - the outcome of a race is what the test looks at
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))
