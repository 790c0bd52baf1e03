"""Pages while the database is away, and what is not that."""

import psycopg
import pytest
from django.db import OperationalError
from django.test import Client

from config.unreachable import is_unreachable


@pytest.mark.django_db
def test_pages_say_that_the_database_does_not_answer(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*_: object, **__: object) -> None:
        raise OperationalError("the connection is lost")

    monkeypatch.setattr("django.contrib.sessions.backends.db.SessionStore.load", gone)
    client.raise_request_exception = False
    client.cookies["sessionid"] = "x" * 32
    for headers in ({}, {"HX-Request": "true"}):
        answer = client.get("/", headers=headers)
        assert (answer.status_code, answer["Retry-After"]) == (503, "5")
        assert "The database does not answer at the moment" in answer.content.decode()


@pytest.mark.parametrize(
    ("cause", "away"),
    [
        (psycopg.errors.AdminShutdown(), True),
        (psycopg.OperationalError(), True),
        (psycopg.errors.TooManyConnections(), True),
        (psycopg.errors.DeadlockDetected(), False),
        (psycopg.errors.QueryCanceled(), False),
    ],
)
def test_a_refused_statement_is_no_absence(cause: Exception, away: bool) -> None:
    error = OperationalError()
    error.__cause__ = cause
    assert is_unreachable(error) is away
