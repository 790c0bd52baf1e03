"""A morning of several web machines and a worker behind PgBouncer in transaction mode."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from django.db import connection, transaction
from django.utils import timezone
from openpyxl import load_workbook

from chains.models import Location, User
from clients.models import Client
from config.servers import processes
from loyalty.ledger.burning import burn_points
from loyalty.ledger.checks import differences
from loyalty.ledger.models import Transaction
from loyalty.ledger.sums import sum_up
from loyalty.rules.terms import PromotionKind
from reports.exports.models import Export, ExportState
from reports.exports.services import write_next
from tests.cast import Cast, make_cast
from tests.exports import make_export
from tests.plugins.races import race
from tests.pooler import pooled
from tests.programs import give_points, make_card_type, make_client, make_item, make_promotion
from tests.reports.conftest import LEDGER, browser
from tests.visits.window import new_window
from visits.models import Visit

VISITS_EACH = 3
DESKS = 4


@pytest.fixture
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One that the account of the servers may enter."""
    path = tmp_path_factory.mktemp("pooler")
    for parent in (path, path.parent, path.parent.parent):
        processes.let_through(parent)
    return path / "own"


@pytest.mark.races
def test_a_morning_needs_no_session_of_its_own(folder: Path) -> None:
    cast = make_cast()
    back = make_promotion(cast.aurora, "Back", PromotionKind.CASHBACK_FIXED_PAID, "5", burn_count=1, burn_unit="days")
    make_card_type(cast.aurora, "Bonus", [back], automatic_issue="any", acts_from="at_once")
    haircut = make_item(cast.aurora, "Haircut", "60.00")
    guests = [make_client(cast.center, f"Guest {n}", f"+49 151 777 {n:04}") for n in range(DESKS)]
    for guest in guests:
        give_points(guest.cards.get(), "4")
    with pooled(folder):
        desks = [lambda guest=guest: check_out(cast.manager, cast.center, guest, haircut.pk) for guest in guests]
        done = race(*desks, lambda: export(cast), lambda: keep_house(cast))
        assert [each for each in done if isinstance(each, Exception)] == []
        assert Visit.objects.filter(settled_at__isnull=False).count() == DESKS * VISITS_EACH
        later = timezone.now() + timedelta(days=3)
        assert burn_points(chain=cast.aurora, at=later)
        sum_up(chain=cast.aurora)
        assert list(differences(cast.aurora)) == []
        page = browser(cast.manager).get(LEDGER)
        assert "Accrual by promotion" in page.content.decode()
        book = load_workbook(BytesIO(browser(cast.manager).get(LEDGER, {"export": "xlsx"}).content))
        assert book["Transactions"].max_row > Transaction.objects.count()
        assert locks_of_sessions() == 0


def check_out(user: User, location: Location, guest: Client, item: int) -> None:
    for _ in range(VISITS_EACH):
        new_window(user, location, guest).post(add_item=str(item)).press("pay_the_rest", "cash").save().follow()


def export(cast: Cast) -> None:
    """As a worker does, while the desks go on; in the end the file is there."""
    asked = make_export(cast.aurora, cast.manager, LEDGER, at=timezone.now())
    write_next(clock=timezone.now)
    assert Export.objects.get(pk=asked.pk).state == ExportState.READY


def keep_house(cast: Cast) -> None:
    for _ in range(VISITS_EACH):
        burn_points(chain=cast.aurora, at=timezone.now())
        sum_up(chain=cast.aurora)


def locks_of_sessions() -> int:
    """Advisory locks that outlive the transactions they were taken in."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'")
        return int(cursor.fetchone()[0])
