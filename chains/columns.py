"""Columns of many rows, written by one statement that takes as long as there are rows.

``bulk_update`` makes one CASE of all rows for each column, through which the database goes for every row.
"""

from collections.abc import Sequence
from typing import Any, cast

from django.db import connection
from django.db.models import Field, Model


def write_columns(rows: Sequence[Model], *columns: str) -> None:
    """Write these columns of saved rows of one model, as they stand in the rows."""
    if not rows:
        return
    meta = rows[0]._meta
    fields = [meta.pk, *(cast("Field[Any, Any]", meta.get_field(column)) for column in columns)]
    quote = connection.ops.quote_name
    names = [quote(str(field.column)) for field in fields]
    key, *others = names
    table = quote(meta.db_table)
    written = ", ".join(f"{name} = written.{name}" for name in others)
    arrays = ", ".join(f"%s::{field.rel_db_type(connection)}[]" for field in fields)
    source = f"unnest({arrays}) AS written ({', '.join(names)})"
    # Names of tables, columns and types alone; what is written are parameters.
    statement = f"UPDATE {table} SET {written} FROM {source} WHERE {table}.{key} = written.{key}"  # noqa: S608
    values = [[field.get_db_prep_save(getattr(row, field.attname), connection) for row in rows] for field in fields]
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
