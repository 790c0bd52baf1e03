"""Reports and exports are read from a replica that PostgreSQL keeps; pages say as of when. Nothing else goes there."""

from __future__ import annotations

import re
import shutil
import tempfile
import time
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection, connections
from django.utils import timezone
from openpyxl import load_workbook

from config.replica import REPLICA, Router
from reports.exports.models import Export, ExportState
from reports.exports.services import write_next
from tests.cast import make_cast
from tests.debian import PASSWORD, Debian
from tests.exports import make_export
from tests.frame.conftest import dump_of_ours
from tests.reports.conftest import LEDGER, browser, make_books


@pytest.fixture
def debian(transactional_db: None) -> Iterator[Debian]:
    """The databases of this process are a server of Debian's and its replica."""
    folder = Path(tempfile.mkdtemp(prefix="regulars-replica-"))
    folder.chmod(0o755)
    servers = Debian(folder / "debian")
    embedded = dict(connections.settings["default"])
    try:
        servers.make_database()
        tables = "" if settings.DATABASE_URL else tables_of_ours()
        own = {"HOST": "127.0.0.1", "NAME": "regulars", "USER": "regulars", "PASSWORD": PASSWORD}
        use("default", {**embedded, **own, "PORT": str(servers.postgres_port)})
        with connection.cursor() as cursor:
            if tables:
                cursor.execute(tables)
            else:
                call_command("migrate", interactive=False, verbosity=0)
            # What a process knows by its id, such as terms, must not be something else here.
            cursor.execute("SELECT setval(format('%I', sequencename)::regclass, 1000000) FROM pg_sequences")
        servers.start_replica()
        use(REPLICA, {**embedded, **own, "PORT": str(servers.replica_port)})
        # Django lets a test connect to those databases alone that it knew when the test began.
        connections[REPLICA].alias = "default"
        yield servers
    finally:
        connections.close_all()
        connections.settings.pop(REPLICA, None)
        use("default", embedded)
        servers.stop()
        shutil.rmtree(folder)


def tables_of_ours() -> str:
    """What makes the tables of the tests' database, and what migrations wrote into them, on any PostgreSQL."""
    lines = dump_of_ours("--inserts", "--no-owner", "--no-privileges").decode().splitlines()
    # The first are for psql alone; the others are no settings of the oldest PostgreSQL.
    kept = [line for line in lines if not line.startswith(("\\", "SET transaction_timeout", "SELECT pg_catalog.set_c"))]
    return "\n".join(kept)


def use(alias: str, settings: dict[str, object]) -> None:
    """Let an alias be another server from now on, in every thread."""
    if alias in connections.settings:
        connections[alias].close()
        del connections[alias]
    connections.settings[alias] = settings


@pytest.mark.races
def test_reports_and_exports_are_read_from_a_replica(debian: Debian) -> None:
    books = make_books(make_cast())
    catch_up(debian)
    manager = browser(books.manager)
    page = manager.get(LEDGER).content.decode()
    assert re.search(r"As of \d\d:\d\d:\d\d\.", page) and "Anna Schmidt" in page
    assert "As of" not in manager.get("/chains/aurora/clients/").content.decode()
    # What the replica was not sent is on no report, and on every other page.
    hold_back(debian)
    books.give("77", at=timezone.now())
    assert "77.00" not in manager.get(LEDGER).content.decode()
    assert "77.00" in manager.get(f"/chains/aurora/clients/{books.anna.pk}/loyalty/").content.decode()
    make_export(books.cast.aurora, books.manager, LEDGER, at=timezone.now())
    write_next(clock=timezone.now)
    export = Export.objects.get()
    assert export.state == ExportState.READY
    content = b"".join(bytes(part.content) for part in export.parts.order_by("number"))
    amounts = [row[8] for row in load_workbook(BytesIO(content))["Transactions"].iter_rows(values_only=True)]
    assert 77 not in amounts and 20 in amounts
    assert not Router().allow_migrate(REPLICA, "loyalty")


def ask(server: Debian, port: int, statement: str) -> object:
    with psycopg.connect(**{**server.superuser, "port": port}, autocommit=True) as asked:
        found = asked.execute(statement)
        row = found.fetchone() if found.description else None
        return row[0] if row else None


def catch_up(server: Debian) -> None:
    written = ask(server, server.postgres_port, "SELECT pg_current_wal_lsn()")
    ends = time.monotonic() + 60
    while not ask(server, server.replica_port, f"SELECT pg_last_wal_replay_lsn() >= '{written}'"):
        assert time.monotonic() < ends, "The replica does not follow."
        time.sleep(0.05)


def hold_back(server: Debian) -> None:
    ask(server, server.replica_port, "SELECT pg_wal_replay_pause()")
