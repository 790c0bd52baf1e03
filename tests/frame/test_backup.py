"""A backup of the embedded server, put back: the same rows, and a ledger that adds up."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from config.servers.paths import Paths
from config.servers.supervisor import Servers
from tests.frame.conftest import finish, start

LIFE = """
from datetime import timedelta
from django.utils import timezone
from loyalty.rules.terms import PromotionKind
from tests.cast import make_cast
from tests.programs import make_card_type, make_client, make_item, make_promotion, make_visit
cast = make_cast()
cashback = make_promotion(cast.aurora, "Back", PromotionKind.CASHBACK_FIXED_PAID, "5")
make_card_type(cast.aurora, "Bonus card", [cashback], automatic_issue="any")
guest = make_client(cast.center, "Nora", "+49 151 1234 5678")
make_visit(cast.center, guest, [make_item(cast.aurora, "Hundred", "100.00")], at=timezone.now() - timedelta(days=1))
"""
AFTERWARDS = """
from chains.models import Chain, Location
from clients.models import Client
from django.utils import timezone
from visits.models import Item
from tests.programs import make_visit
make_visit(Location.objects.get(slug="center"), Client.objects.get(), [Item.objects.get()], at=timezone.now())
Client.objects.update(name="Somebody else")
"""
LEDGER = """
from clients.models import Client
from loyalty.ledger.models import Lot, Transaction
from visits.models import Visit
for model in (Client, Visit, Transaction, Lot):
    print(list(model.objects.order_by("pk").values_list()))
"""

IN_USE = """
from django.db import connection
connection.ensure_connection()
print("connected", flush=True)
connection.cursor().execute("SELECT pg_sleep(600)")
"""


@pytest.fixture
def served(data: Paths) -> Iterator[Paths]:
    """Embedded servers that run all along, so that each command only attaches."""
    servers = Servers(data, durable=False)
    servers.own("the test")
    with servers:
        yield data


def manage(data: Paths, *arguments: str) -> tuple[int, str, str]:
    return finish(start(data, "manage.py", *arguments))


def shell(data: Paths, code: str) -> str:
    code_of_end, output, complaints = manage(data, "shell", "--no-imports", "-c", code)
    assert code_of_end == 0, complaints
    return output


def test_what_was_backed_up_comes_back(served: Paths, tmp_path: Path) -> None:
    assert manage(served, "migrate", "--verbosity", "0")[0] == 0
    shell(served, LIFE)
    before = shell(served, LEDGER)
    assert "5.00" in before

    code, output, complaints = manage(served, "backup")
    assert (code, complaints) == (0, "")
    (file,) = (served.var / "backups").iterdir()
    assert output.startswith(f"{file} holds everything as of now (")
    assert (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (0o600, 0o700)

    shell(served, AFTERWARDS)
    after = shell(served, LEDGER)
    assert after != before

    # Nothing is overwritten by accident, by a file that is none, or halfway.
    code, _output, complaints = manage(served, "restore", str(file))
    assert code == 1
    assert complaints == (
        "CommandError: The database regulars is not empty, and nothing was changed: "
        "add --overwrite (with make, OVERWRITE=yes) to delete what it holds.\n"
    )
    code, _output, complaints = manage(served, "restore", str(file), "--overwrite")
    assert (code, complaints) == (1, "CommandError: Nothing was changed.\n")
    broken = tmp_path / "broken.dump"
    broken.write_bytes(file.read_bytes()[:-2000])
    for no_backup in (broken, Path(__file__), tmp_path / "nowhere.dump"):
        code, _output, complaints = manage(served, "restore", str(no_backup), "--overwrite", "--no-input")
        assert code == 1 and complaints.startswith("CommandError: ") and complaints.count("\n") == 1, complaints
    in_use = start(served, "manage.py", "shell", "--no-imports", "-c", IN_USE)
    assert in_use.stdout and in_use.stdout.readline() == "connected\n"
    code, _output, complaints = manage(served, "restore", str(file), "--overwrite", "--no-input")
    assert (code, complaints) == (
        1,
        "CommandError: The database is in use, and nothing was changed: stop Regulars first.\n",
    )
    in_use.kill()
    finish(in_use)
    assert shell(served, LEDGER) == after

    code, output, complaints = manage(served, "restore", str(file), "--overwrite", "--no-input")
    assert (code, complaints) == (0, "")
    assert "The ledger adds up: 1 holders, 1 transactions." in output
    assert shell(served, LEDGER) == before
    # Its triggers are back too: the ledger cannot be changed.
    refused = "from loyalty.ledger.models import Transaction as T; T.objects.update(amount=1)"
    assert manage(served, "shell", "--no-imports", "-c", refused)[0] == 1
