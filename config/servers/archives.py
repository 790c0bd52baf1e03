"""Backups of the database, made and put back by PostgreSQL's own programs.

A backup is one file of `pg_dump`, readable by its owner alone. It is put back in a
single transaction: either everything is as in the file afterwards, or as it was before.
Password and address go to the programs by their environment, where no list of processes shows them.
"""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.db import connection
from psycopg import pq

from config.servers import postgres
from config.servers.errors import CannotStart

DUMP = [
    *("--format=custom", "--no-owner", "--no-privileges", "--no-comments"),
    # Who is signed in, and who mistyped a password lately, is not brought back.
    *("--exclude-table-data=django_session", "--exclude-table-data=cache"),
]
# What `public` holds, beside what extensions brought along; the schema itself may be another's.
EMPTY = """
DO $$
DECLARE found record;
BEGIN
    FOR found IN
        SELECT CASE relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'S' THEN 'SEQUENCE'
            ELSE 'TABLE' END AS kind, pg_class.oid::regclass::text AS name
        FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'S')
            AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_class.oid AND deptype IN ('a', 'e', 'i'))
        ORDER BY relkind = 'S'
    LOOP
        EXECUTE format('DROP %s IF EXISTS %s CASCADE', found.kind, found.name);
    END LOOP;
    FOR found IN
        SELECT pg_proc.oid::regprocedure::text AS name
        FROM pg_proc
        WHERE pronamespace = 'public'::regnamespace AND prokind <> 'a'
            AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_proc.oid AND deptype = 'e')
    LOOP
        EXECUTE format('DROP ROUTINE IF EXISTS %s CASCADE', found.name);
    END LOOP;
    FOR found IN
        SELECT pg_type.oid::regtype::text AS name
        FROM pg_type LEFT JOIN pg_class ON pg_class.oid = typrelid
        WHERE typnamespace = 'public'::regnamespace
            AND (typtype IN ('d', 'e', 'r') OR typtype = 'c' AND pg_class.relkind = 'c')
            AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_type.oid AND deptype = 'e')
    LOOP
        EXECUTE format('DROP TYPE IF EXISTS %s CASCADE', found.name);
    END LOOP;
END $$;
"""


class ArchiveProblem(Exception):
    """One sentence that says what is wrong; the database is as it was before."""


def back_up(file: Path) -> None:
    """Write the database to ``file``, which is there once it is whole."""
    unfinished = file.with_name(f"{file.name}.unfinished")
    try:
        unfinished.unlink(missing_ok=True)
        # So that it is never readable by anybody else, not even while it is written.
        os.close(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        _check_dump(_run([_program("pg_dump"), *DUMP, f"--file={unfinished}"]))
        unfinished.rename(file)
    except OSError as error:
        raise ArchiveProblem(f"{file} cannot be written ({error.strerror}).") from error
    finally:
        with suppress(OSError):
            unfinished.unlink(missing_ok=True)


def write_backup(target: IO[bytes]) -> None:
    """Write the database to an output, which a reader takes as one piece."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "backup"
        back_up(file)
        with file.open("rb") as source:
            shutil.copyfileobj(source, target)


def put_back(file: Path) -> None:
    """Replace everything that the database holds with what ``file`` holds."""
    if not os.access(file, os.R_OK) or not file.is_file():
        raise ArchiveProblem(f"{file} cannot be read.")
    with tempfile.TemporaryFile() as script:
        read = _run([_program("pg_restore"), "--file=-", "--no-owner", "--no-privileges", str(file)], stdout=script)
        if read.returncode != 0:
            raise ArchiveProblem(f"{file} is not a backup that can be read: pg_restore says {_last_words(read)}")
        script.seek(0)
        with tempfile.NamedTemporaryFile(mode="w", suffix=".sql") as empty:
            empty.write(f"SET LOCAL lock_timeout = '30s';\n{EMPTY}")
            empty.flush()
            put = _run(
                [
                    *(_program("psql"), "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--single-transaction"),
                    *("--output=/dev/null", f"--file={empty.name}", "--file=-"),
                ],
                stdin=script,
            )
    if put.returncode != 0:
        raise ArchiveProblem(f"Nothing was changed: psql says {_last_words(put)}")


def tables() -> list[str]:
    """What is in the database already, by the names of its tables."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename")
        return [name for (name,) in cursor.fetchall()]


def others_connected() -> int:
    """How many other connections the database has now."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
            "AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )
        (count,) = cursor.fetchone()
        return int(count)


def _check_dump(done: subprocess.CompletedProcess[bytes]) -> None:
    if done.returncode != 0:
        raise ArchiveProblem(f"No backup was made: pg_dump says {_last_words(done)}")


def _program(name: str) -> str:
    """Of the embedded server, its own program; for another one, that on the PATH, which is to be of its version."""
    if not settings.DATABASE_URL:
        return str(postgres.programs() / name)
    if found := shutil.which(name):
        return found
    raise CannotStart(
        f"There is no {name} on the PATH: install the client programs of your PostgreSQL's version "
        "(on Debian and Ubuntu the package postgresql-client)."
    )


def _run(command: list[str], **streams: Any) -> subprocess.CompletedProcess[bytes]:
    usual = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL}
    environment = {**os.environ, **_whereabouts(), "PGAPPNAME": "regulars", "LC_ALL": "C"}
    return subprocess.run(command, check=False, stderr=subprocess.PIPE, env=environment, **{**usual, **streams})


def _whereabouts() -> Mapping[str, str]:
    """The server of the settings as libpq reads it from the environment; Django's own options are not for it."""
    known = {option.keyword.decode(): option.envvar.decode() for option in pq.Conninfo.get_defaults() if option.envvar}
    parameters = {**connection.get_connection_params(), "dbname": connection.settings_dict["NAME"]}
    return {known[name]: str(value) for name, value in parameters.items() if name in known and value is not None}


def _last_words(done: subprocess.CompletedProcess[bytes]) -> str:
    lines = done.stderr.decode(errors="replace").strip().splitlines()
    errors = [line for line in lines if "error:" in line.lower() or "ERROR:" in line]
    return (errors or lines or ["nothing."])[0]
