"""Which management commands get the servers started around them."""

import os
import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from django.conf import settings
from django.db import connection

from config.servers.supervisor import Servers, servers_for_command

WITHOUT_DATABASE = {
    "check",
    "collectstatic",
    "compilemessages",
    "diffsettings",
    "findstatic",
    "help",
    "makemessages",
    "startapp",
    "version",
}


def needs_database(arguments: Sequence[str]) -> bool:
    """Whether a command line of manage.py will talk to the database.

    Asking for help never does, and `makemigrations --check` compares files only.
    """
    command, options = arguments[0] if arguments else "help", arguments[1:]
    if command.startswith("-") or {"-h", "--help"} & set(options):
        return False
    if command == "makemigrations" and {"--check", "--dry-run"} & set(options):
        return False
    return command not in WITHOUT_DATABASE


def configured_servers() -> Servers:
    """The embedded servers that the settings leave to us."""
    return Servers(
        settings.PATHS,
        postgres=not settings.DATABASE_URL,
        redis=not settings.REDIS_URL,
        has_signed=has_signed,
    )


def has_signed() -> bool:
    """Whether the kept key may have signed something: there are users, and no SECRET_KEY of the environment."""
    if os.environ.get("SECRET_KEY"):
        return False
    with connection.cursor() as cursor:
        if "chains_user" not in connection.introspection.table_names(cursor):
            return False
        cursor.execute("SELECT EXISTS (SELECT FROM chains_user)")
        (found,) = cursor.fetchone()
    connection.close()
    return bool(found)


def servers_around(arguments: Sequence[str]) -> AbstractContextManager[None]:
    if not needs_database(arguments):
        return nullcontext()
    return servers_for_command(configured_servers(), f"{Path(sys.argv[0]).name} {arguments[0]}")
