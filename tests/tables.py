"""What the tables of the database hold, asked of all of them at once."""

from functools import cache

from django.apps import apps
from django.db import connection

#: What any request may write, or the tests themselves.
_ASIDE = {"django_session", "django_migrations"}


def rows_of_tables() -> dict[str, int]:
    """How many rows each table has, events too; sessions and the like aside.

    One statement: asking one model after the other takes fifty times as long, and hundreds of forms are watched so.
    """
    with connection.cursor() as cursor:
        cursor.execute(_counting_all())
        return dict(cursor.fetchall())


@cache
def _counting_all() -> str:
    tables = {model._meta.db_table for model in apps.get_models(include_auto_created=True) if model._meta.managed}
    there = sorted(tables.intersection(connection.introspection.table_names()) - _ASIDE)
    return " UNION ALL ".join(f"SELECT '{table}', count(*) FROM \"{table}\"" for table in there)  # noqa: S608
