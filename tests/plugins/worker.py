"""A real Celery worker process on the database of the test."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from config.celery import app
from config.servers import paths, processes


@pytest.fixture(scope="session")
def celery_worker_process(django_db_setup: None) -> Iterator[subprocess.Popen[bytes]]:
    log = Path(os.environ["REGULARS_TEST_VAR"]) / f"celery-{os.getpid()}.log"
    process = processes.spawn(
        [
            *(sys.executable, "-m", "celery", "-A", "config", "worker", "--pool", "solo"),
            *("--include", "tests.tasks", "--queues", settings.CELERY_TASK_DEFAULT_QUEUE),
            *("--without-gossip", "--without-mingle", "--without-heartbeat"),
        ],
        env={"REGULARS_TEST_DATABASE": str(connection.settings_dict["NAME"])},
        log=log,
        cwd=paths.PROJECT,
    )
    processes.wait_until_ready(worker_answers, process, name="The Celery worker of the tests", log=log)
    yield process
    processes.end(process)


def worker_answers() -> bool:
    return bool(app.control.ping(timeout=0.25))


@pytest.fixture
def celery_worker(
    transactional_db: None, celery_worker_process: subprocess.Popen[bytes]
) -> Iterator[subprocess.Popen[bytes]]:
    """A worker that runs what the test sends with `.delay()`; wait for what it does with `wait_for`."""
    yield celery_worker_process
    app.control.purge()


def wait_for(condition: Callable[[], bool], *, seconds: float = 90) -> None:
    """Look again and again until something that another process does is done; the limit is for what hangs."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            pytest.fail(f"Waited {seconds} seconds in vain.")
        time.sleep(0.05)
