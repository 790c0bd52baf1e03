"""/health/: whether all parts work, told to anybody; which of them do not, to those who may know."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.db import connection
from django.test import Client as Browser

from reports.exports.models import Export, ExportState
from reports.health.models import Heartbeat, Part
from reports.tasks import note_worker
from tests.cast import Cast
from tests.clients.messages import make_guests, queue
from tests.exports import make_export
from tests.programs import moment

pytestmark = pytest.mark.django_db

NOW = moment("2026-03-10 09:00")
TOKEN = "a word for the watchers"
WELL = {"status": "ok"}
FAILING = {"status": "failing"}


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def alive() -> None:
    """All parts were heard of a moment ago."""
    Heartbeat.objects.note(Part.SCHEDULER, at=NOW - timedelta(seconds=7))
    Heartbeat.objects.note(Part.WORKER, at=NOW - timedelta(seconds=9))


@pytest.fixture
def token(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    monkeypatch.setattr(settings, "HEALTH_TOKEN", TOKEN)
    return {"Authorization": f"Bearer {TOKEN}"}


def ask(browser: Browser, address: str = "/health/", **headers: str) -> tuple[int, Any]:
    answer = browser.get(address, headers=headers)
    assert answer["Cache-Control"] == "no-store"
    assert not answer.cookies
    return answer.status_code, answer.json()


def failing(told: dict[str, Any]) -> set[str]:
    return {name for name, part in told.items() if name != "status" and part["status"] == "failing"}


@pytest.mark.usefixtures("alive")
def test_a_stranger_is_told_whether_all_is_well_and_nothing_else(client: Browser) -> None:
    assert ask(client) == (200, WELL)
    assert ask(client, "/health") == (200, WELL)
    Heartbeat.objects.all().delete()
    assert ask(client) == (503, FAILING)
    assert ask(client, Authorization="Bearer ") == (503, FAILING)
    # Pages are served all the same.
    assert ask(client, "/health/pages/") == (200, WELL)


@pytest.mark.usefixtures("alive")
def test_who_has_the_token_is_told_everything(client: Browser, token: dict[str, str]) -> None:
    nothing = {"status": "ok", "seconds": None}
    assert ask(client, **token) == (
        200,
        {
            "status": "ok",
            "database": nothing,
            "scheduler": {"status": "ok", "seconds": 7},
            "worker": {"status": "ok", "seconds": 9},
            "messages": nothing,
            "exports": nothing,
        },
    )
    assert ask(client, Authorization=f"Bearer {TOKEN}!") == (200, WELL)
    assert ask(client, Authorization=f"Basic {TOKEN}") == (200, WELL)


@pytest.mark.usefixtures("alive")
def test_an_owner_who_is_signed_in_is_told_and_nobody_else(cast: Cast, client: Browser) -> None:
    for user, knows in ((cast.owner, True), (cast.manager, False), (cast.newcomer, False), (cast.suspended, False)):
        client.force_login(user)
        assert ("scheduler" in ask(client)[1]) is knows, user


@pytest.mark.parametrize(("part", "longest"), [(Part.SCHEDULER, 120), (Part.WORKER, 600)])
@pytest.mark.usefixtures("alive")
def test_a_part_that_is_not_heard_of(client: Browser, token: dict[str, str], part: Part, longest: int) -> None:
    Heartbeat.objects.note(part, at=NOW - timedelta(seconds=longest))
    assert ask(client, **token)[0] == 200
    Heartbeat.objects.note(part, at=NOW - timedelta(seconds=longest + 1))
    status, told = ask(client, **token)
    assert (status, failing(told)) == (503, {part})
    assert told[part]["seconds"] == longest + 1


def test_a_worker_says_that_it_lives(client: Browser, token: dict[str, str]) -> None:
    for _ in range(2):
        note_worker()
    assert ask(client, **token)[1]["worker"] == {"status": "ok", "seconds": 0}


@pytest.mark.usefixtures("alive")
def test_a_message_that_nobody_sends(cast: Cast, client: Browser, token: dict[str, str]) -> None:
    make_guests(cast, 1, at=NOW)
    queue(cast, NOW - timedelta(minutes=10))
    status, told = ask(client, **token)
    assert (status, told["messages"]) == (200, {"status": "ok", "seconds": 600})
    with time_machine.travel(NOW + timedelta(seconds=1), tick=False):
        status, told = ask(client, **token)
    assert (status, failing(told)) == (503, {"messages"})


@pytest.mark.usefixtures("alive")
def test_an_export_that_nobody_writes(cast: Cast, client: Browser, token: dict[str, str]) -> None:
    make_export(cast.aurora, cast.owner, "/chains/aurora/clients/", at=NOW - timedelta(minutes=11))
    status, told = ask(client, **token)
    assert (status, failing(told), told["exports"]["seconds"]) == (503, {"exports"}, 660)

    # It waits for another one that is being written.
    other = make_export(cast.aurora, cast.owner, "/chains/aurora/clients/", at=NOW - timedelta(minutes=30))
    Export.objects.filter(pk=other.pk).update(state=ExportState.WRITING, leased_until=NOW + timedelta(seconds=1))
    assert ask(client, **token)[0] == 200


@pytest.mark.usefixtures("alive")
def test_a_probe_by_another_host_and_without_tls(client: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "ALLOWED_HOSTS", ["regulars.example"])
    monkeypatch.setattr(settings, "SECURE_SSL_REDIRECT", True)
    assert Browser().get("/health/", headers={"Host": "10.0.0.7:8000"}).status_code == 200
    assert client.post("/health/").status_code == 405


@pytest.mark.usefixtures("alive")
def test_a_database_that_refuses_and_one_that_does_not_answer(
    cast: Cast, client: Browser, token: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    client.force_login(cast.owner)
    monkeypatch.setitem(connection.settings_dict, "HOST", "127.0.0.1")
    with closing(socket.socket()) as hanging:
        hanging.bind(("127.0.0.1", 0))
        monkeypatch.setitem(connection.settings_dict, "PORT", str(hanging.getsockname()[1]))
        down = {"status": "failing", "database": {"status": "failing", "seconds": None}}
        assert ask(client, **token) == (503, down)
        assert ask(client) == (503, FAILING)
        assert ask(client, "/health/pages/") == (503, FAILING)
        # From here on it takes connections and says nothing, as a machine does that hangs.
        hanging.listen()
        assert ask(client, **token) == (503, down)
