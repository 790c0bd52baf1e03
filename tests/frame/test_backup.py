"""A backup, put back: the same rows, and a ledger that adds up."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.utils import timezone
from psycopg import sql

from chains.catalog.models import Item
from clients.models import Client
from loyalty.ledger.models import Lot, Transaction
from loyalty.rules.terms import PromotionKind
from tests.cast import Cast, make_cast
from tests.programs import make_card_type, make_client, make_item, make_promotion, make_visit
from visits.models import Visit

ANOTHER = "put_back"


@pytest.fixture
def other_database(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], None]]:
    """Call it to go on in a new database of the same server."""

    def execute(statement: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute(sql.SQL(statement).format(sql.Identifier(ANOTHER)))

    def move_there() -> None:
        execute("DROP DATABASE IF EXISTS {}")
        execute("CREATE DATABASE {}")
        connection.close()
        monkeypatch.setitem(connection.settings_dict, "NAME", ANOTHER)

    yield move_there
    connection.close()
    monkeypatch.undo()
    execute("DROP DATABASE IF EXISTS {} WITH (FORCE)")


@pytest.fixture
def cast_with_points() -> Cast:
    """Nora was here yesterday, and got 5 % of 100.00 back."""
    cast = make_cast()
    cashback = make_promotion(cast.aurora, "Back", PromotionKind.CASHBACK_FIXED_PAID, "5")
    make_card_type(cast.aurora, "Bonus card", [cashback], automatic_issue="any")
    nora = make_client(cast.center, "Nora", "+49 151 1234 5678")
    hundred = make_item(cast.aurora, "Hundred", "100.00")
    make_visit(cast.center, nora, [hundred], at=timezone.now() - timedelta(days=1))
    return cast


def ledger() -> list[list[tuple[object, ...]]]:
    return [list(model._default_manager.order_by("pk").values_list()) for model in (Client, Visit, Transaction, Lot)]


def restore(file: Path, **options: bool) -> str:
    said = io.StringIO()
    call_command("restore", str(file), stdout=said, **options)
    return said.getvalue()


def refused(file: Path, **options: bool) -> str:
    with pytest.raises(CommandError) as problem:
        restore(file, **options)
    assert "\n" not in str(problem.value)
    return str(problem.value)


@pytest.mark.races
def test_what_was_backed_up_comes_back(
    other_database: Callable[[], None],
    request: pytest.FixtureRequest,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cast: Cast = request.getfixturevalue("cast_with_points")
    Session.objects.create(session_key="a" * 32, session_data="", expire_date=timezone.now() + timedelta(days=1))
    file = tmp_path / "regulars.dump"
    call_command("backup", str(file), stdout=io.StringIO())
    assert file.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [file]
    before = ledger()
    assert [len(rows) for rows in before] == [1, 1, 1, 1]

    # An empty database takes it as it is; who was signed in then is not signed in now.
    other_database()
    assert restore(file).endswith("The ledger adds up: 1 holders, 1 transactions.\n")
    assert ledger() == before
    assert not Session.objects.exists()

    # Nothing is overwritten by accident, by a file that is no backup or half of one, or under somebody's hands.
    make_visit(cast.center, Client.objects.get(), [Item.objects.get()], at=timezone.now())
    Client.objects.update(name="Somebody else")
    after = ledger()
    assert "add --overwrite" in refused(file)
    for answer in ("", "yes\n"):
        monkeypatch.setattr(sys, "stdin", io.StringIO(answer))
        assert refused(file, overwrite=True) == "Nothing was changed."
    broken = tmp_path / "broken.dump"
    broken.write_bytes(file.read_bytes()[:-30])
    for no_backup in (broken, Path(__file__), tmp_path / "nowhere.dump"):
        assert no_backup.name in refused(no_backup, overwrite=True, no_input=True)
    with psycopg.connect(**connection.get_connection_params()):
        assert "stop Regulars first" in refused(file, overwrite=True, no_input=True)
    with connection.cursor() as cursor:
        cursor.execute("CREATE TYPE in_the_way AS (of integer); CREATE FUNCTION f(in_the_way) RETURNS int RETURN 1")
        cursor.execute("CREATE VIEW v AS SELECT name FROM clients_client; CREATE SEQUENCE s")
    assert ledger() == after

    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{ANOTHER}\n"))
    assert restore(file, overwrite=True).endswith("The ledger adds up: 1 holders, 1 transactions.\n")
    assert ledger() == before
    # The triggers of the ledger are there too.
    with pytest.raises(DatabaseError, match="Cannot update"), transaction.atomic():
        Transaction.objects.update(amount=1)


@pytest.mark.django_db
def test_a_backup_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="cannot be written"):
        call_command("backup", str(tmp_path / "nowhere" / "regulars.dump"))
    assert list(tmp_path.iterdir()) == []
