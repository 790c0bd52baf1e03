"""Who starts the embedded servers, who attaches, and what is left afterwards."""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from config.servers.errors import AlreadyRunning
from config.servers.paths import Paths
from config.servers.supervisor import Servers
from tests.frame.conftest import finish, processes_in, sql, start


def test_importing_settings_starts_and_writes_nothing(data: Paths) -> None:
    assert finish(start(data, "-c", "import config.wsgi, config.urls, visits.models", SECRET_KEY="given")) == (
        0,
        "",
        "",
    )
    assert list(data.var.iterdir()) == []


def test_a_lone_command_starts_the_servers_and_stops_them(data: Paths) -> None:
    made = finish(sql(data, "CREATE TABLE kept AS SELECT 42 AS answer", "SELECT answer FROM kept"))
    assert made == (0, "42\n", "")
    assert processes_in(data.var) == []

    # The data are there the next time.
    assert finish(sql(data, "SELECT answer FROM kept")) == (0, "42\n", "")


def test_a_scenario_is_played_on_an_empty_database(data: Paths) -> None:
    path = "tests/scenarios/sold_and_paid.yaml"
    assert finish(start(data, "manage.py", "scenario", path)) == (0, f"ok   {path}\n", "")


def test_two_commands_at_once_share_the_servers(data: Paths) -> None:
    slow = "SELECT 'done' FROM pg_sleep(0.5)"
    both = [sql(data, slow), sql(data, slow)]
    for process in both:
        code, output, _complaints = finish(process)
        assert (code, output) == (0, "done\n")


def test_a_command_attaches_to_running_servers_and_leaves_them(data: Paths) -> None:
    servers = Servers(data, durable=False)
    servers.own("the test")
    with servers:
        # Texts sort the same on every machine.
        locale = "SELECT concat(datlocprovider, datlocale) FROM pg_database WHERE datname = current_database()"
        assert finish(sql(data, locale)) == (0, "bC.UTF-8\n", "")
        assert servers.answer()
        with pytest.raises(AlreadyRunning, match="the test"):
            Servers(data).own("another")


def test_help_and_checks_start_nothing(data: Paths) -> None:
    code, output, complaints = finish(start(data, "manage.py", "migrate", "--help"))
    assert (code, complaints) == (0, "")
    assert "usage: manage.py migrate" in output
    assert list(data.var.iterdir()) == []


def test_pid_files_of_a_crash_do_not_stop_the_next_start(data: Paths) -> None:
    """The machine went down, and its pids belong to other processes now: to this test, for one."""
    with owned(data):
        pass
    for pid_file in stale_pid_files(data):
        pid_file.parent.mkdir(exist_ok=True)
        pid_file.write_text(f"{os.getpid()}\n{data.postgres}\n")
    with owned(data) as servers:
        assert servers.answer()


def test_servers_that_outlived_their_owner_are_ended_by_the_next(data: Paths) -> None:
    with owned(data) as first:
        assert first.ownership
        first.ownership.close()
        with owned(data) as second:
            assert second.answer()
            assert all(server.process and server.process.poll() is not None for server in first.running)


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="Only Linux ends children with their parent.")
def test_a_killed_owner_leaves_no_server(data: Paths) -> None:
    owner = sql(data, "SELECT pg_sleep(60)")
    wait_until(data.redis_socket.exists)
    owner.kill()
    finish(owner)
    wait_until(lambda: processes_in(data.var) == [])


def test_a_terminated_command_stops_its_servers(data: Paths) -> None:
    owner = sql(data, "SELECT pg_sleep(60)")
    wait_until(data.redis_socket.exists)
    owner.send_signal(signal.SIGTERM)
    code, _output, _complaints = finish(owner)
    assert code == 128 + signal.SIGTERM
    assert processes_in(data.var) == []


def test_a_long_path_gets_a_short_socket(data: Paths) -> None:
    deep = Paths(data.var / ("a folder with a long name " * 4))
    assert len(os.fsencode(deep.redis_socket)) < 60
    with owned(deep) as servers:
        assert servers.answer()
    assert not deep.sockets.exists()


def owned(data: Paths) -> Servers:
    servers = Servers(data, durable=False)
    servers.own("the test")
    return servers


def stale_pid_files(data: Paths) -> list[Path]:
    return [data.postgres / "postmaster.pid", data.sockets / ".s.PGSQL.5432.lock", data.sockets / "redis.pid"]


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)
