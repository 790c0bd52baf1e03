"""Debian's PgBouncer in front of the database of a test, in transaction mode: a server's session is anybody's.

Two statements of one client meet on the same session of PostgreSQL only within a transaction, so whatever is kept in a
session, such as a cursor, a lock or a setting, is not there any more or is another client's.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from django.db import connection, connections

from config.servers import processes
from tests.debian import fetch, free_port

PROGRAM = Path("/usr/sbin/pgbouncer")
#: Fewer sessions than clients, so that they are handed round.
SESSIONS = 2


@contextmanager
def pooled(folder: Path) -> Iterator[None]:
    """Let every connection of this process, in all threads, go through the pooler."""
    if not PROGRAM.exists():
        fetch("pgbouncer")
    if not PROGRAM.exists():
        pytest.skip("There is no PgBouncer for this test: install the package pgbouncer, then run it again.")
    server, port, account = connection.settings_dict, free_port(), processes.server_account()
    processes.make_folder(folder, account)
    file = folder / "pgbouncer.ini"
    file.write_text(_configuration(port))
    file.chmod(0o644)
    process = processes.spawn([PROGRAM, file], account=account, log=folder / "pgbouncer.log", cwd=folder)

    def answers() -> bool:
        try:
            psycopg.connect(host="127.0.0.1", port=port, dbname=server["NAME"], user=server["USER"]).close()
        except psycopg.OperationalError:
            return False
        return True

    direct = {name: server[name] for name in ("HOST", "PORT")}
    try:
        processes.wait_until_ready(answers, process, name="PgBouncer", log=folder / "pgbouncer.log")
        connections.close_all()
        server.update(HOST="127.0.0.1", PORT=str(port))
        connections.settings["default"].update(HOST="127.0.0.1", PORT=str(port))
        yield
    finally:
        connections.close_all()
        server.update(direct)
        connections.settings["default"].update(direct)
        processes.end(process)
        shutil.rmtree(folder)


def _configuration(port: int) -> str:
    server = connection.settings_dict
    told = {"host": server["HOST"], "port": server["PORT"], "user": server["USER"], "password": server["PASSWORD"]}
    target = " ".join(f"{name}={value}" for name, value in told.items() if value)
    return f"""
[databases]
{server["NAME"]} = {target}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = {SESSIONS}
"""
