"""A PostgreSQL and a Redis of Debian, over a folder that is thrown away.

They are processes of this test run and no services of the system. Where they are not
installed, root gets them by apt; anybody else is told in one sentence what is missing.
"""

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
import pytest
from psycopg import sql
from redis import Redis
from redis.exceptions import RedisError

from config.servers import processes
from tests.chromium import may_install_packages, package, run

MISSING = (
    "There is no PostgreSQL and Redis of the system for this test: "
    "install the packages postgresql and redis-server, then run it again."
)
OLDEST_POSTGRES = 15
# As hard to write in an address as a password can be.
PASSWORD = "p@ss/w?rd#%:+ $1"


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def postgres_programs() -> Path | None:
    found = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    usable = [path for path in found if int(path.parent.name) >= OLDEST_POSTGRES]
    return max(usable, key=lambda path: int(path.parent.name), default=None)


def install() -> None:
    missing = {"postgresql": postgres_programs(), "redis-server": shutil.which("redis-server")}
    fetch(*(name for name, found in missing.items() if not found))
    if not postgres_programs() or not shutil.which("redis-server"):
        pytest.fail(MISSING)


def fetch(*names: str) -> None:
    """Install packages, where that is possible."""
    if names and may_install_packages():
        run(["apt-get", "update"])
        run(package(*names))


class Debian:
    """Both servers; `start_postgres` and `start_redis` start them again after they were stopped."""

    def __init__(self, folder: Path) -> None:
        install()
        self.folder = folder
        self.account = processes.server_account()
        processes.make_folder(folder, self.account)
        self.programs = postgres_programs() or Path()
        self.postgres_port, self.redis_port = free_port(), free_port()
        self.replica_port = 0
        self.running: dict[str, subprocess.Popen[bytes]] = {}

    @property
    def database_url(self) -> str:
        return f"postgres://regulars:{quote(PASSWORD, safe='')}@127.0.0.1:{self.postgres_port}/regulars"

    @property
    def redis_url(self) -> str:
        return f"redis://127.0.0.1:{self.redis_port}/0"

    def make_database(self) -> None:
        """A database whose owner is an ordinary user of the server."""
        options = ["--username=postgres", "--auth=trust", "--encoding=UTF8", "--no-sync"]
        self._spawn("initdb", [self.programs / "initdb", "-D", self.data, *options])
        assert self.running.pop("initdb").wait() == 0, self._log("initdb").read_text()
        self.start_postgres()
        with psycopg.connect(**self.superuser, autocommit=True) as connection:
            role = sql.SQL("CREATE ROLE regulars LOGIN PASSWORD {}").format(sql.Literal(PASSWORD))
            connection.execute(role)
            connection.execute("CREATE DATABASE regulars OWNER regulars")

    @property
    def data(self) -> Path:
        return self.folder / "postgres"

    @property
    def superuser(self) -> dict[str, Any]:
        return {"host": str(self.folder), "port": self.postgres_port, "user": "postgres", "dbname": "postgres"}

    def start_postgres(self) -> None:
        # The superuser is trusted through the socket, which nobody else may open.
        (self.data / "pg_hba.conf").write_text(
            "local all,replication postgres trust\nhost all all 127.0.0.1/32 scram-sha-256\n"
        )
        self._start_postgres("postgres", self.data, self.postgres_port)

    def start_replica(self) -> None:
        """A second server that follows the first: a copy of all it has, and from then on of all that it writes."""
        self.replica_port = free_port()
        source: list[str | Path] = ["-h", self.folder, "-p", str(self.postgres_port), "-U", "postgres"]
        command = [self.programs / "pg_basebackup", *source, "-D", self.folder / "replica", "-R", "--no-sync"]
        self._spawn("pg_basebackup", [*command, "--checkpoint=fast"])
        assert self.running.pop("pg_basebackup").wait() == 0, self._log("pg_basebackup").read_text()
        self._start_postgres("replica", self.folder / "replica", self.replica_port)

    def _start_postgres(self, name: str, data: Path, port: int) -> None:
        options = {"listen_addresses": "127.0.0.1", "unix_socket_directories": str(self.folder), "fsync": "off"}
        words = [part for option, value in options.items() for part in ("-c", f"{option}={value}")]
        self._spawn(name, [self.programs / "postgres", "-D", data, "-p", str(port), *words])

        def answers() -> bool:
            try:
                psycopg.connect(**{**self.superuser, "port": port}).close()
            except psycopg.OperationalError:
                return False
            return True

        self._wait(name, answers)

    def start_redis(self) -> None:
        options = ["--port", str(self.redis_port), "--bind", "127.0.0.1", "--save", "", "--dir", str(self.folder)]
        self._spawn("redis", [shutil.which("redis-server") or "", *options])
        self._wait("redis", self._redis_answers)

    def _redis_answers(self) -> bool:
        try:
            with Redis.from_url(self.redis_url) as client:
                return bool(client.ping())
        except RedisError:
            return False

    def stop(self, *names: str) -> None:
        """End some, or all that run."""
        for name in names or list(self.running):
            # PostgreSQL takes SIGINT for a shutdown that waits for nobody.
            processes.end(self.running.pop(name), ask=signal.SIGINT)

    def _spawn(self, name: str, command: list[str | Path]) -> None:
        self.running[name] = processes.spawn(
            command, account=self.account, log=self._log(name), cwd=self.folder, env={"LC_ALL": "C.UTF-8"}
        )

    def _wait(self, name: str, answers: Callable[[], bool]) -> None:
        processes.wait_until_ready(answers, self.running[name], name=name, log=self._log(name), seconds=300)

    def _log(self, name: str) -> Path:
        return self.folder / f"{name}.log"
