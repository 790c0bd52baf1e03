"""Django's PostgreSQL, emptied between tests that commit by DELETE.

TRUNCATE makes new files for all fifty tables and their indexes, whether or not something was in them; that
takes 0.2 s, a hundred times a run. Deleting the few rows of a test takes a thousandth. Triggers
keep still meanwhile, for the ledger refuses to be deleted; that takes a superuser, such as the one of the
embedded server. Any other keeps Django's way.

The kinds of content and the permissions stay: Django's, which belong to the tables and which nobody changes.
"""

from collections.abc import Sequence
from typing import Any

from django.db.backends.postgresql import base, operations

from tests.plugins.postgres.creation import DatabaseCreation

KEPT = {"auth_permission", "django_content_type"}


class DatabaseOperations(operations.DatabaseOperations):
    def sql_flush(
        self, style: Any, tables: Sequence[str], *, reset_sequences: bool = False, allow_cascade: bool = False
    ) -> list[str]:
        tables = [table for table in tables if table not in KEPT]
        if reset_sequences or not tables or not self._is_superuser():
            return super().sql_flush(style, tables, reset_sequences=reset_sequences, allow_cascade=allow_cascade)
        return [
            "SET LOCAL session_replication_role = replica",
            *(f"DELETE FROM {self.quote_name(table)}" for table in tables),  # noqa: S608
        ]

    def _is_superuser(self) -> bool:
        with self.connection.cursor() as cursor:
            cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
            return bool(cursor.fetchone()[0])


class DatabaseWrapper(base.DatabaseWrapper):
    ops_class = DatabaseOperations
    creation_class = DatabaseCreation
