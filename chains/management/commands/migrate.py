"""`manage.py migrate`, which refuses a database of before the migration history was begun anew."""

from typing import Any

from django.core.management.base import CommandError
from django.core.management.commands.migrate import Command as Migrate
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.migrations.recorder import MigrationRecorder

#: A step that only the history of before had.
_OF_BEFORE = ("reports", "0001_exports")


class Command(Migrate):
    def handle(self, *args: Any, **options: Any) -> None:
        connection = connections[options.get("database") or DEFAULT_DB_ALIAS]
        if _OF_BEFORE in MigrationRecorder(connection).applied_migrations():
            raise CommandError(
                "This database was made by a version of before the first release, from which nothing leads here: begin "
                "with an empty one (delete var/, or name another one in DATABASE_URL)."
            )
        super().handle(*args, **options)
