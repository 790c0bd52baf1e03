"""Rows that are written together: statements of which nobody waits for an answer go to the database in one message."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection
from django.db.models import Model, sql
from django.db.models.constants import OnConflict


class Batch:
    """Statements in the order in which they act, sent at once; what they write has no key before that."""

    def __init__(self) -> None:
        self._statements: list[str] = []
        self._values: list[Any] = []

    def insert(self, rows: Iterable[Model], *, unique: Sequence[str] = (), update: Sequence[str] = ()) -> None:
        """Insert new rows of one model; where one of the same ``unique`` columns is there, ``update`` its others."""
        rows = list(rows)
        if not rows:
            return
        meta = rows[0]._meta
        fields = [field for field in meta.concrete_fields if field is not meta.pk]
        query = sql.InsertQuery(
            type(rows[0]),
            on_conflict=OnConflict.UPDATE if unique else None,
            unique_fields=[meta.get_field(name) for name in unique],
            update_fields=[meta.get_field(name) for name in update],
        )
        query.insert_values(fields, rows)
        for statement, values in query.get_compiler(connection=connection).as_sql():
            self.add(statement, values)

    def update(self, rows: Sequence[Model], *columns: str) -> None:
        """Write these columns of saved rows of one model, as they stand in the rows."""
        if not rows:
            return
        meta, quote = rows[0]._meta, connection.ops.quote_name
        fields: list[Any] = [meta.pk, *(meta.get_field(column) for column in columns)]
        key, *others = [quote(field.column) for field in fields]
        written = ", ".join(f"{name} = written.{name}" for name in others)
        arrays = ", ".join(f"%s::{field.rel_db_type(connection)}[]" for field in fields)
        source = f"unnest({arrays}) AS written ({', '.join([key, *others])})"
        table = quote(meta.db_table)
        # Names of tables, columns and types alone; what is written are parameters.
        statement = f"UPDATE {table} SET {written} FROM {source} WHERE {table}.{key} = written.{key}"  # noqa: S608
        self.add(
            statement,
            [[field.get_db_prep_save(getattr(row, field.attname), connection) for row in rows] for field in fields],
        )

    def add(self, statement: str, values: Iterable[Any]) -> None:
        """Any other statement, with its values."""
        self._statements.append(statement)
        self._values += values

    def send(self) -> None:
        """Let all of it act, and begin anew."""
        if self._statements:
            with connection.cursor() as cursor:
                cursor.execute("; ".join(self._statements), self._values)
        self._statements, self._values = [], []
