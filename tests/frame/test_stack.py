"""The parts under everything else: the database, the worker, the browser."""

import uuid

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from playwright.sync_api import Page

from tests.plugins.browser import Problems
from tests.plugins.races import race
from tests.plugins.worker import wait_for
from tests.tasks import leave_mark


@pytest.mark.workers
def test_a_task_travels_to_a_real_worker(celery_worker: object) -> None:
    key = uuid.uuid4().hex[:32]
    leave_mark.delay(key)
    wait_for(Session.objects.filter(session_key=key).exists)


@pytest.mark.races
def test_a_race_runs_on_connections_of_its_own() -> None:
    def backend() -> int:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            (pid,) = cursor.fetchone()
        return int(pid)

    assert len({backend(), *race(backend, backend, backend)}) == 4


@pytest.mark.browser
def test_what_the_browser_complains_about_is_noticed(page: Page, problems: Problems) -> None:
    page.goto("/sign-in/")
    page.evaluate("() => { const s = document.createElement('script'); s.text = '1'; document.body.append(s); }")
    page.evaluate("() => setTimeout(() => { throw new Error('broken script') })")
    page.wait_for_timeout(100)
    seen = "\n".join(problems.left())
    assert "Content Security Policy" in seen and "broken script" in seen
    for expected in ("Content Security Policy", "broken script", "favicon"):
        problems.forgive(expected)
