"""`make run` from nothing to its end: all parts are there, and one that dies is started again."""

import http.client
import os
import signal
import stat
import subprocess
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import IO

import psutil

from config.servers.logs import LARGEST_BYTES, rotate
from config.servers.paths import Paths
from config.servers.secret import make_secret_key
from config.servers.supervisor import Servers
from tests.frame.conftest import finish, processes_in, sql, start
from tests.frame.test_run import RUN, port, refused  # noqa: F401

# A hang ends here; a slow machine does not.
LONGEST_SECONDS = 180
POLICY = {
    "default-src 'self'",
    "img-src 'self' data:",
    "object-src 'none'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
    "form-action 'self'",
}
PARTS = {
    "embedded Postgres": "bin/postgres -D",
    "embedded Redis": "redis.sock",
    "web server": "gunicorn config.wsgi",
    "worker": "config worker",
    "scheduler": "config beat",
}


def test_all_starts_from_nothing_is_started_again_when_killed_and_stopped_by_one_signal(
    data: Paths,
    port: str,  # noqa: F811
) -> None:
    running = start(data, *RUN, PORT=port)
    lines = Lines(running)
    lines.wait_for(f"Regulars is ready at http://127.0.0.1:{port}\n")
    status, policy = ask(port)
    assert (status, set(policy.split("; "))) == (200, POLICY)
    # What was started bears its own name a moment later.
    wait_until(lambda: all(main_process(data, command) for command in PARTS.values()), lines.seen)
    assert lines.complaints == []

    for name, command in PARTS.items():
        killed = main_process(data, command)
        os.kill(killed, signal.SIGKILL)
        lines.wait_for(f"The {name} was ended by SIGKILL: it is started again in 1 s.")
        wait_until(partial(runs_anew, data, command, killed))
        # A command waits for what is being started, and finds it.
        if name.startswith("embedded"):
            assert finish(sql(data, "SELECT 42"), seconds=LONGEST_SECONDS) == (0, "42\n", "")
    wait_until(lambda: ask(port)[0] == 200)

    for log in data.log.iterdir():
        assert stat.S_IMODE(log.stat().st_mode) == 0o600
    assert stat.S_IMODE(data.var.stat().st_mode) == 0o700

    running.send_signal(signal.SIGINT)
    assert running.wait(LONGEST_SECONDS) == 0
    lines.wait_for("Stopped.\n")
    assert processes_in(data.var) == []

    # Nobody has signed in, so an empty key is as good as none.
    data.secret_key.write_text("")
    with Servers(data, durable=False, redis=False, has_signed=lambda: False) as servers:
        assert servers.answer()
        assert len(data.secret_key.read_text()) > 40


def test_an_empty_key_of_an_installation_with_users_is_refused(migrated: Paths, port: str) -> None:  # noqa: F811
    data = migrated
    user = "from chains.models import User; User.objects.create_user('a@b.example', name='Ada'); print(1)"
    made = start(data, "manage.py", "shell", "--no-imports", "-c", user)
    assert finish(made, seconds=LONGEST_SECONDS) == (0, "1\n", "")
    data.secret_key.write_text("\n")
    said = refused(data, port)
    assert said.startswith(f"{data.secret_key} is empty, and this installation has users: ")
    assert data.secret_key.read_text() == "\n"


def test_a_command_says_which_server_of_the_owner_is_dead(data: Paths) -> None:
    servers = Servers(data, durable=False)
    servers.own("the test")
    with servers:
        (redis,) = [server for server in servers.running if type(server).__name__ == "Redis"]
        assert redis.process
        redis.process.kill()
        redis.process.wait()
        code, _output, said = finish(sql(data, "SELECT 1"), seconds=80)
    assert code == 1
    assert said.startswith("Regulars runs on this data, but its Redis does not answer: ")


def test_the_log_of_the_database_holds_nothing_of_guests(data: Paths) -> None:
    servers = Servers(data, durable=False, redis=False)
    servers.own("the test")
    data.log.mkdir()
    (data.log / "postgres.log").touch(0o644)
    with servers:
        for wrong in ("SELECT 'Zoe Quill'::int", "SELECT '+4930123' FROM nowhere"):
            assert finish(sql(data, wrong))[0] == 1
    log = data.log / "postgres.log"
    assert "ready to accept connections" in log.read_text()
    assert not {"Zoe", "+4930123"} & set(log.read_text().replace("'", " ").replace('"', " ").split())
    assert stat.S_IMODE(log.stat().st_mode) == 0o600


def test_a_long_log_is_put_aside_under_the_server(data: Paths) -> None:
    log = data.var / "server.log"
    with log.open("ab", buffering=0) as server:
        server.write(b"x" * (LARGEST_BYTES + 1))
        rotate(log)
        server.write(b"afterwards\n")
    assert log.read_bytes() == b"afterwards\n"
    assert (data.var / "server.log.1").stat().st_size == LARGEST_BYTES + 1


def test_a_key_that_is_there_stays(data: Paths) -> None:
    make_secret_key(data, lambda: True)
    kept = data.secret_key.read_text()
    make_secret_key(data, lambda: False)
    assert data.secret_key.read_text() == kept
    assert [path.name for path in data.var.iterdir()] == ["secret-key"]


class Lines:
    """What a program prints, read beside it so that it never waits for its reader."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.seen: list[str] = []
        self.complaints: list[str] = []
        for stream, read in ((process.stdout, self.seen), (process.stderr, self.complaints)):
            assert stream
            threading.Thread(target=self.read, args=[stream, read], daemon=True).start()

    def read(self, stream: IO[str], into: list[str]) -> None:
        with stream:
            into.extend(stream)

    def wait_for(self, beginning: str) -> None:
        wait_until(lambda: any(line.startswith(beginning) for line in [*self.seen, *self.complaints]), self.seen)


def ask(port: str, path: str = "/sign-in/") -> tuple[int, str]:  # noqa: F811
    """The status of a page, and its content security policy."""
    asked = http.client.HTTPConnection("127.0.0.1", int(port), timeout=60)
    try:
        asked.request("GET", path)
        answer = asked.getresponse()
        answer.read()
        return answer.status, answer.headers["Content-Security-Policy"] or ""
    except (OSError, http.client.HTTPException):
        return 0, ""
    finally:
        asked.close()


def main_process(data: Paths, command: str) -> int:
    """The oldest process of a part; 0 where there is none."""
    found = []
    for process in processes_in(data.var):
        try:
            if command in " ".join(process.cmdline()):
                found.append((process.create_time(), process.pid))
        except psutil.NoSuchProcess:
            continue
    return min(found, default=(0, 0))[1]


def runs_anew(data: Paths, command: str, killed: int) -> bool:
    return main_process(data, command) not in (0, killed)


def wait_until(condition: Callable[[], bool], seen: object = "") -> None:
    deadline = time.monotonic() + LONGEST_SECONDS
    while not condition():
        assert time.monotonic() < deadline, seen
        time.sleep(0.05)
