"""Who starts and stops the embedded servers, and how everyone else attaches.

Exactly one process owns the servers of a data directory: it holds a lock on
`var/owner.lock` for as long as it lives. The kernel lets go of that lock when
the process dies, however it dies; so there is no pid file of ours to go stale.

A lone management command becomes the owner when nobody is. A command that finds
an owner attaches, and holds a shared lock meanwhile; a lone owner waits for those
before it stops the servers under them.
"""

import fcntl
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import IO, Self

from config.servers.errors import AlreadyRunning, CannotStart
from config.servers.logs import rotate
from config.servers.paths import PROJECT, Paths
from config.servers.postgres import Postgres
from config.servers.processes import Account, let_through, make_folder, server_account
from config.servers.redis import Redis
from config.servers.secret import make_secret_key

# An owner may be making its data directory, or loading a large one after a crash.
ATTACH_SECONDS = 90
# Servers that were ready once and do not answer are dead; an owner that watches them starts them in a moment.
ATTACH_AGAIN_SECONDS = 8
READY = "ready"
# What lies in a data directory.
NAMES = {
    *("beat", "log", "owner.lock", "postgres", "postgres.unfinished", "redis", "run"),
    *("secret-key", "secret-key.unfinished", "static", "users.lock"),
}


class Servers:
    """The embedded servers of one data directory that this installation needs."""

    def __init__(
        self,
        paths: Paths,
        *,
        postgres: bool = True,
        redis: bool = True,
        durable: bool = True,
        has_signed: Callable[[], bool] = lambda: True,
    ) -> None:
        self.paths = paths
        self.has_signed = has_signed
        self.durable = durable
        self.wanted = [server for server, wanted in ((Postgres, postgres), (Redis, redis)) if wanted]
        self.running: list[Postgres | Redis] = []
        self.ownership: IO[str] | None = None

    def own(self, purpose: str) -> None:
        """Become the one process that may start the servers, or raise AlreadyRunning."""
        try:
            make_data_folder(self.paths, server_account() if self.wanted else None)
            file = self.paths.owner.open("a+")
        except OSError as error:
            raise CannotStart(
                f"{self.paths.var} cannot be written to ({error.strerror}): set REGULARS_VAR to another folder."
            ) from error
        if not lock(file, fcntl.LOCK_EX | fcntl.LOCK_NB):
            file.seek(0)
            owner = file.read().partition("\n")[0]
            file.close()
            raise AlreadyRunning(owner)
        file.truncate(0)
        file.write(f"process {os.getpid()}: {purpose}\n")
        file.flush()
        self.ownership = file

    def start(self) -> None:
        """Start what is wanted; whatever fails on the way, what was started is stopped again."""
        try:
            self.paths.log.mkdir(mode=0o700, exist_ok=True)
            self.paths.log.chmod(0o700)
            if self.wanted:
                make_folder(self.paths.sockets, server_account())
            for server_class in self.wanted:
                server = server_class(self.paths, durable=self.durable)
                self.running.append(server)
                rotate(server.log)
                server.start()
            make_secret_key(self.paths, self.has_signed)
            if self.ownership:
                self.ownership.write(f"{READY}\n")
                self.ownership.flush()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        while self.running:
            self.running.pop().stop()
        if not self.paths.sockets.is_relative_to(self.paths.var):
            with suppress(OSError):
                self.paths.sockets.rmdir()
        if self.ownership:
            self.ownership.close()
            self.ownership = None

    def answer(self) -> bool:
        return not self.silent()

    def silent(self) -> list[str]:
        """Those that do not answer."""
        return [server.__name__ for server in self.wanted if not server(self.paths).answers()]

    def were_ready(self) -> bool:
        """Whether the owner has had them running."""
        return READY in self.paths.owner.read_text().splitlines()[1:]

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def make_data_folder(paths: Paths, account: Account | None) -> None:
    """Make the data directory, for its owner's eyes alone; a folder that holds other things too is left as it is.

    Root keeps it for the account of the servers, who have to pass it, and passes it all the same.
    """
    paths.var.mkdir(mode=0o700, parents=True, exist_ok=True)
    names = {path.name for path in paths.var.iterdir()}
    if paths.var != PROJECT / "var" and not names <= NAMES:
        return
    if paths.var.stat().st_uid == os.geteuid() and account:
        os.chown(paths.var, account.uid, account.gid)
        let_through(paths.var)
    if os.geteuid() in (0, paths.var.stat().st_uid):
        paths.var.chmod(0o700)


def lock(file: IO[str], kind: int) -> bool:
    try:
        fcntl.flock(file, kind)
    except BlockingIOError:
        return False
    return True


@contextmanager
def servers_for_command(servers: Servers, purpose: str) -> Iterator[None]:
    """Give one command its servers: attach where they run, else start and stop them around it."""
    if not servers.wanted:
        yield
        return
    servers.paths.var.mkdir(mode=0o700, parents=True, exist_ok=True)
    with servers.paths.users.open("a+") as users:
        if attach(servers, users, purpose):
            yield
            return
        with ending_in_order(), servers:
            try:
                yield
            finally:
                wait_for_others(users)


def attach(servers: Servers, users: IO[str], purpose: str) -> bool:
    """Attach to the running servers, or become their owner and return False.

    The shared lock comes before the look at the servers: once both are there, a lone owner waits for us.
    """
    began = time.monotonic()
    deadline = began + ATTACH_SECONDS
    while time.monotonic() < deadline:
        try:
            servers.own(purpose)
        except AlreadyRunning as error:
            owner = error.owner
            lock(users, fcntl.LOCK_SH)
        else:
            return False
        silent = servers.silent()
        if not silent:
            return True
        if servers.were_ready() and time.monotonic() > began + ATTACH_AGAIN_SECONDS:
            raise CannotStart(
                f"Regulars runs on this data, but its {' and '.join(silent)} does not answer: "
                f"see {servers.paths.log} for why, try again in a moment, or end it ({owner}) and start it again."
            )
        lock(users, fcntl.LOCK_UN)
        time.sleep(0.1)
    raise CannotStart(f"Another process owns the servers of {servers.paths.var}, and they do not answer: end it first.")


def wait_for_others(users: IO[str]) -> None:
    if not lock(users, fcntl.LOCK_EX | fcntl.LOCK_NB):
        print("Waiting for another command that uses the database (Ctrl-C stops it).", file=sys.stderr)
        lock(users, fcntl.LOCK_EX)


@contextmanager
def ending_in_order() -> Iterator[None]:
    """Let a terminated command stop its servers, as an interrupted one does."""

    def leave(signum: int, _frame: FrameType | None) -> None:
        sys.exit(128 + signum)

    previous = signal.signal(signal.SIGTERM, leave)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, previous)
