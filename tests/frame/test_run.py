"""`make run` where it cannot start: one sentence that says what to do. What it starts is in `test_watch.py`."""

import socket
from collections.abc import Iterator
from contextlib import closing

import pytest

from config.servers.paths import Paths
from config.servers.supervisor import Servers
from tests.frame.conftest import finish, processes_in, start

RUN = ("-m", "config.run")


@pytest.fixture
def port() -> str:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


def refused(data: Paths, port: str, **variables: str) -> str:
    """What a start says that ends at once: one line, and nothing is left running."""
    code, _output, complaints = finish(start(data, *RUN, PORT=port, **variables))
    assert code == 1
    assert complaints.count("\n") == 1
    assert processes_in(data.var) == []
    return complaints


@pytest.fixture
def busy_port() -> Iterator[str]:
    with closing(socket.socket()) as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield str(server.getsockname()[1])


def test_a_busy_port(data: Paths, busy_port: str) -> None:
    assert refused(data, busy_port).startswith(f"Port {busy_port} of 127.0.0.1 cannot be used")


def test_a_second_run_on_the_same_data(data: Paths, port: str) -> None:
    first = Servers(data)
    first.own("make run at http://127.0.0.1:8000")
    said = refused(data, port)
    first.stop()
    assert "already runs on this data (process " in said
    assert "make run at http://127.0.0.1:8000" in said
    assert "REGULARS_VAR" in said


def test_an_unreachable_database(data: Paths, port: str) -> None:
    said = refused(
        data, port, DATABASE_URL="postgres://someone:secret@127.0.0.1:1/regulars", REDIS_URL="redis://unused"
    )
    assert said.startswith("The PostgreSQL server of DATABASE_URL cannot be used (")
    assert said.endswith("start it, correct DATABASE_URL, or unset it to use the embedded one.\n")
    assert "secret" not in said


def test_another_kind_of_database(data: Paths, port: str) -> None:
    said = refused(data, port, DATABASE_URL="sqlite:///db.sqlite3")
    assert said == "DATABASE_URL must begin with postgres://, as PostgreSQL is the only database.\n"


def test_an_unreachable_redis(data: Paths, port: str) -> None:
    assert refused(data, port, REDIS_URL="redis://127.0.0.1:1/0").startswith("The Redis server of REDIS_URL cannot be ")


def test_a_folder_that_cannot_be_written(data: Paths, port: str) -> None:
    (data.var / "file").touch()
    said = refused(Paths(data.var / "file" / "var"), port)
    assert said.endswith("set REGULARS_VAR to another folder.\n")


def test_a_public_site_without_a_key(data: Paths, port: str) -> None:
    assert refused(data, port, SITE_URL="https://regulars.example").startswith("Set SECRET_KEY to a long random text")
