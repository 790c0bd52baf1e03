"""Data directories and processes of their own for the tests of the servers."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import psutil
import pytest
from django.conf import settings
from django.db import connection

from config.servers.paths import POSTGRES_DATABASE, POSTGRES_USER, PROJECT, Paths
from config.servers.postgres import programs
from config.servers.supervisor import Servers

# What the test run set for itself, and would make a program behave otherwise than a user's.
OF_THE_TEST_RUN = ("DATABASE_URL", "DJANGO_", "PORT", "PYTEST_", "REDIS_URL", "REGULARS_")


@pytest.fixture
def data() -> Iterator[Paths]:
    """A data directory with nothing in it. Afterwards, nothing may work in it any more."""
    folder = Path(tempfile.mkdtemp(prefix="regulars-data-"))
    folder.chmod(0o755)
    yield Paths(folder)
    left = processes_in(folder)
    for process in left:
        process.kill()
    shutil.rmtree(folder)
    assert not left, f"left behind: {left}"


@pytest.fixture
def migrated(data: Paths, db: None) -> Paths:
    """The same directory with a database as migrations leave it: that of the tests, which migrated already."""
    if settings.DATABASE_URL:
        assert finish(start(data, "manage.py", "migrate", "--verbosity=0"))[0] == 0
        return data
    dump = dump_of_ours("--format=custom")
    servers = Servers(data, durable=False, redis=False)
    servers.own("the test")
    with servers:
        asked = [f"--host={data.sockets}", f"--username={POSTGRES_USER}", f"--dbname={POSTGRES_DATABASE}"]
        subprocess.run([programs() / "pg_restore", "--exit-on-error", *asked], input=dump, check=True)
    return data


def dump_of_ours(*options: str) -> bytes:
    """What the database of this process holds, as the embedded PostgreSQL writes it down."""
    ours = connection.settings_dict
    asked = [f"--host={ours['HOST']}", f"--username={ours['USER']}", str(ours["NAME"])]
    return subprocess.run([programs() / "pg_dump", *options, *asked], capture_output=True, check=True).stdout


def processes_in(folder: Path) -> list[psutil.Process]:
    """The servers of a data directory work inside it; other processes name it in their environment."""
    found = []
    for process in psutil.process_iter():
        try:
            ours = Path(process.cwd()).is_relative_to(folder) or process.environ().get("REGULARS_VAR") == str(folder)
            if ours and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return found


def start(data: Paths, *arguments: str, **variables: str) -> subprocess.Popen[str]:
    """Start Python on the project as a user would, over a data directory of the test."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(OF_THE_TEST_RUN)}
    return subprocess.Popen(
        [sys.executable, *arguments],
        cwd=PROJECT,
        env={**inherited, "REGULARS_ENV_FILE": os.devnull, "REGULARS_VAR": str(data.var), "DEMO": "no", **variables},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def finish(process: subprocess.Popen[str], *, seconds: float = 300) -> tuple[int, str, str]:
    """Wait for the end: exit code, output and complaints."""
    output, complaints = process.communicate(timeout=seconds)
    return process.returncode, output, complaints


def sql(data: Paths, *statements: str) -> subprocess.Popen[str]:
    """A management command that runs SQL and prints what the last statement found."""
    return start(data, "manage.py", "shell", "--no-imports", "-c", shell_code(statements))


def shell_code(statements: Sequence[str]) -> str:
    lines = ["from django.db import connection", "cursor = connection.cursor()"]
    lines += [f"cursor.execute({statement!r})" for statement in statements]
    return "\n".join([*lines, "print(cursor.fetchone()[0])"])
