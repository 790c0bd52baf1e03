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
import secrets
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import IO, Self

from config.servers.errors import AlreadyRunning, CannotStart
from config.servers.paths import Paths
from config.servers.postgres import Postgres
from config.servers.processes import make_folder, server_account
from config.servers.redis import Redis

# An owner may be making its data directory, or loading a large one after a crash.
ATTACH_SECONDS = 90


class Servers:
    """The embedded servers of one data directory that this installation needs."""

    def __init__(self, paths: Paths, *, postgres: bool = True, redis: bool = True, durable: bool = True) -> None:
        self.paths = paths
        self.durable = durable
        self.wanted = [server for server, wanted in ((Postgres, postgres), (Redis, redis)) if wanted]
        self.running: list[Postgres | Redis] = []
        self.ownership: IO[str] | None = None

    def own(self, purpose: str) -> None:
        """Become the one process that may start the servers, or raise AlreadyRunning."""
        try:
            self.paths.var.mkdir(parents=True, exist_ok=True)
            file = self.paths.owner.open("a+")
        except OSError as error:
            raise CannotStart(
                f"{self.paths.var} cannot be written to ({error.strerror}): set REGULARS_VAR to another folder."
            ) from error
        if not lock(file, fcntl.LOCK_EX | fcntl.LOCK_NB):
            file.seek(0)
            owner = file.read().strip()
            file.close()
            raise AlreadyRunning(owner)
        file.truncate(0)
        file.write(f"process {os.getpid()}: {purpose}\n")
        file.flush()
        self.ownership = file

    def start(self) -> None:
        """Start what is wanted; whatever fails on the way, what was started is stopped again."""
        try:
            self.paths.log.mkdir(exist_ok=True)
            make_secret_key(self.paths)
            if self.wanted:
                make_folder(self.paths.sockets, server_account())
            for server_class in self.wanted:
                server = server_class(self.paths, durable=self.durable)
                self.running.append(server)
                server.start()
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
        return all(server(self.paths).answers() for server in self.wanted)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def lock(file: IO[str], kind: int) -> bool:
    try:
        fcntl.flock(file, kind)
    except BlockingIOError:
        return False
    return True


def make_secret_key(paths: Paths) -> None:
    """Keep one key for all processes of an installation that sets none itself."""
    try:
        descriptor = os.open(paths.secret_key, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    with os.fdopen(descriptor, "w") as file:
        file.write(secrets.token_urlsafe(50))


@contextmanager
def servers_for_command(servers: Servers, purpose: str) -> Iterator[None]:
    """Give one command its servers: attach where they run, else start and stop them around it."""
    if not servers.wanted:
        yield
        return
    servers.paths.var.mkdir(parents=True, exist_ok=True)
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
    deadline = time.monotonic() + ATTACH_SECONDS
    while time.monotonic() < deadline:
        try:
            servers.own(purpose)
        except AlreadyRunning:
            lock(users, fcntl.LOCK_SH)
        else:
            return False
        if servers.answer():
            return True
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
