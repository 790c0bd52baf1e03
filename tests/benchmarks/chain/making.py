"""Makes a chain of about so many ledger rows in one transaction: the setting by the services, its life by sets.

Nothing is checked row by row meanwhile: foreign keys and triggers keep still and indexes are made at the end, which
needs a superuser, such as the one of the embedded server. `tests/loyalty/test_made_chain.py` proves what comes of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, time, timedelta
from itertools import product
from pathlib import Path
from time import perf_counter
from typing import Any

from django.apps import apps
from django.core.management.color import no_style
from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.db.models import Max

from chains.folding import folded, spellings
from clients.folding import pieces
from loyalty.referral.models import ReferralProgram
from tests.benchmarks.chain.setting import DAYS, SEASON_DAYS, TIME_ZONE, Setting, make_setting
from visits.demo.setting import FIRST_NAMES, LAST_NAMES

#: What a visit and its guest come to in the ledger, burnings and all, in the mean.
ROWS_A_VISIT = 3.6
VISITS_A_CLIENT = 2
#: Tables by the name that `rows.sql` has for the last key before.
MODELS = {
    "client": "clients.Client",
    "holder": "loyalty.Holder",
    "card": "loyalty.Card",
    "visit": "visits.Visit",
    "line": "visits.VisitLine",
    "transaction": "loyalty.Transaction",
    "lot": "loyalty.Lot",
}
FILLED = (
    *MODELS.values(),
    "clients.ClientEvent",
    "loyalty.Account",
    "loyalty.AccountEvent",
    "loyalty.CardEvent",
    "loyalty.GiftCard",
    "loyalty.GiftCardEvent",
    "loyalty.HandedMoney",
    "loyalty.LotMovement",
    "loyalty.ReferralLink",
    "loyalty.TransactionComment",
    "visits.Cancellation",
    "visits.VisitChange",
    "visits.VisitMeans",
    "visits.VisitPayment",
    "visits.VisitPromotion",
)

Tell = Callable[[str], None]


@transaction.atomic
def make_chain(slug: str, *, size: int, at: datetime, tell: Tell = lambda _line: None) -> Setting:
    """A chain of this address with about ``size`` ledger rows up to the day before ``at``; burned is what was due."""
    today = at.date()
    setting = make_setting(slug, today)
    with connection.cursor() as cursor:
        # What the services deferred is looked at before the checks keep still.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET LOCAL work_mem = '256MB'; SET LOCAL maintenance_work_mem = '1GB'")
        cursor.execute("SET LOCAL synchronous_commit = off; SELECT setseed(0.5)")
        names = _make_names(cursor)
        asked = {**_asked(setting, today, size), "names_count": names}
        with _without_checks(cursor), _without_indexes(cursor, tell):
            for title, statements in parts():
                started = perf_counter()
                cursor.execute(statements, asked)
                tell(f"{title}: {perf_counter() - started:.1f} s")
        _go_on_with_keys(cursor)
        for table in ("name", "visit", "line", "bill", "lot", "payment", "holder", "use", "row", "value"):
            cursor.execute(f"DROP TABLE made_{table}")
    return setting


def parts() -> Iterator[tuple[str, str]]:
    """The statements of rows.sql, part by part, by their titles."""
    text = (Path(__file__).parent / "rows.sql").read_text()
    for part in text.split("-- == ")[1:]:
        title, _, statements = part.partition("\n")
        yield title, statements


def _asked(setting: Setting, today: Any, size: int) -> dict[str, Any]:
    """What stands for the names in the statements."""
    visits = max(1, round(size / ROWS_A_VISIT))
    terms = {
        name: (getattr(setting, name).pk, getattr(setting, name).terms_id)
        for name in ("cashback", "discount", "invited", "inviting", "bonus", "club", "gift", "account")
    }
    program: ReferralProgram = setting.program
    items = setting.items
    return {
        **{name: pk for name, (pk, _terms) in terms.items()},
        **{f"{name}_terms": terms_id for name, (_pk, terms_id) in terms.items()},
        **{
            name: apps.get_model(model).objects.aggregate(last=Max("pk"))["last"] or 0 for name, model in MODELS.items()
        },
        "chain": setting.chain.pk,
        "desk": setting.staff["front_desk"].pk,
        "program": program.pk,
        "referral_terms": program.terms_id,
        "seasons": [each.pk for each in setting.seasons],
        "seasons_terms": [each.terms_id for each in setting.seasons],
        "locations": [each.pk for each in setting.locations],
        "locations_count": len(setting.locations),
        "items": [each.pk for each in items],
        "items_count": len(items),
        "kinds": [str(each.kind) for each in items],
        "categories": [each.category_id for each in items],
        "prices": [each.price for each in items],
        "visits": visits,
        "clients": max(1, visits // VISITS_A_CLIENT),
        "days": DAYS,
        "season_days": SEASON_DAYS,
        "first_day": setting.first_day,
        "today": today,
        "zone": TIME_ZONE,
        "opened_at": datetime.combine(setting.first_day - timedelta(days=1), time(12), setting.chain.zone),
    }


def _make_names(cursor: CursorWrapper) -> int:
    """Names of guests with what they are found by, thousands of them; returns how many."""
    cursor.execute(
        'CREATE TEMP TABLE made_name (nth int PRIMARY KEY, name text, folded text COLLATE "C", spellings text, '
        "pieces text[])"
    )
    names = [
        f"{first} {last}" if last == second else f"{first} {last}-{second}"
        for first, last, second in product(FIRST_NAMES, LAST_NAMES, LAST_NAMES)
    ]
    rows = [(nth, name, folded(name), spellings(name), pieces(spellings(name))) for nth, name in enumerate(names, 1)]
    with cursor.copy("COPY made_name FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)
    return len(rows)


@contextmanager
def _without_checks(cursor: CursorWrapper) -> Iterator[None]:
    cursor.execute("SET LOCAL session_replication_role = replica")
    yield
    cursor.execute("SET LOCAL session_replication_role = origin")


@contextmanager
def _without_indexes(cursor: CursorWrapper, tell: Tell) -> Iterator[None]:
    """All but primary keys are dropped, and made again over what is there then."""
    tables = [apps.get_model(name)._meta.db_table for name in FILLED]
    cursor.execute(
        """
        SELECT i.indrelid::regclass::text, i.indexrelid::regclass::text, c.conname, pg_get_constraintdef(c.oid),
          pg_get_indexdef(i.indexrelid)
        FROM pg_index i LEFT JOIN pg_constraint c ON c.conindid = i.indexrelid AND c.contype = 'u'
        WHERE i.indrelid::regclass::text = ANY(%s) AND NOT i.indisprimary
        """,
        [tables],
    )
    found = cursor.fetchall()
    for table, index, constraint, _definition, _index_definition in found:
        cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {constraint}" if constraint else f"DROP INDEX {index}")
    yield
    for table, index, constraint, definition, index_definition in found:
        started = perf_counter()
        cursor.execute(
            f"ALTER TABLE {table} ADD CONSTRAINT {constraint} {definition}" if constraint else index_definition
        )
        tell(f"{index}: {perf_counter() - started:.1f} s")
    started = perf_counter()
    cursor.execute(f"ANALYZE {', '.join(tables)}")
    tell(f"statistics: {perf_counter() - started:.1f} s")


def _go_on_with_keys(cursor: CursorWrapper) -> None:
    """The next row of each table gets the next key."""
    for statement in connection.ops.sequence_reset_sql(no_style(), [apps.get_model(name) for name in FILLED]):
        cursor.execute(statement)
