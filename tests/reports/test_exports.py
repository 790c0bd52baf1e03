"""Workbooks of long lists: asked for once, written by a worker, fetched by who may still see the list."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from io import BytesIO
from typing import IO, Any

import pytest
from django.conf import settings
from django.db import OperationalError, connection
from django.test import Client as Browser
from django.utils import timezone
from openpyxl import load_workbook

from chains.access import Right, Role
from chains.models import Access
from config.servers import paths, processes
from config.ui.exports import Writer, open_list
from config.ui.spreadsheets import Spreadsheet
from loyalty.ledger.models import Transaction
from reports.exports import services
from reports.exports.models import Export, ExportPart, ExportState, Failure
from reports.exports.services import LEASE, delete_past, write_next
from reports.tasks import write_exports
from tests.cast import Cast, make_access, make_cast, make_user
from tests.exports import make_export
from tests.pages import fill, rows_of
from tests.plugins.query_counts import CountQueries
from tests.plugins.races import race
from tests.plugins.worker import wait_for
from tests.programs import make_client, moment
from tests.reports.conftest import LEDGER, Books, browser, fill_ledger, make_books

pytestmark = pytest.mark.django_db

NOW = moment("2026-03-10 09:00")
CLIENTS = "/chains/aurora/clients/"
EXPORTS = "/chains/aurora/exports/"


@pytest.fixture(autouse=True)
def _few_rows_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "EXPORT_ROWS", 3)


def write(at: Any = NOW) -> Export | None:
    return write_next(clock=lambda: at)


def content(response: Any) -> Any:
    assert response.status_code == 200, response.status_code
    return load_workbook(BytesIO(b"".join(response.streaming_content)))


def ask(user: Browser, address: str, query: Any = None) -> Any:
    """Export a list and send the form that asks whether it shall be prepared."""
    return user.post(f"{EXPORTS}new/", fill(user.get(address, {**(query or {}), "export": "xlsx"})))


# Asking
# ----------------------------------------------------------------------------


def test_a_long_list_is_asked_for_and_a_short_one_is_not(books: Books, manager: Browser) -> None:
    page = manager.get(LEDGER, {"export": "xlsx", "kind": "manual_accrual"})
    assert page["Content-Type"].startswith("application/vnd")
    page = manager.get(LEDGER, {"export": "xlsx", "sort": "amount"})
    assert "has 7 rows under these filters" in page.content.decode()
    assert f'href="{LEDGER}?sort=amount"' in page.content.decode()
    assert not Export.objects.exists()
    form = fill(page)
    first, again = (manager.post(f"{EXPORTS}new/", form) for _ in range(2))
    export = Export.objects.get()
    assert first["Location"] == again["Location"] == f"{EXPORTS}{export.pk}/"
    assert (export.path, export.rows_total, export.user) == (f"{LEDGER}?sort=amount&columns=", 7, books.manager)
    assert export.filename.startswith("transactions-aurora-")


def test_what_no_sheet_can_hold_is_not_prepared(
    books: Books, manager: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("config.ui.exports.MOST_ROWS", 6)
    page = manager.get(LEDGER, {"export": "xlsx"}).content.decode()
    assert "A sheet of Excel holds 6 rows." in page and "Prepare the file" not in page


def test_what_grew_beyond_a_sheet_is_not_written(
    books: Books, manager: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = ask(manager, LEDGER)["Location"]
    monkeypatch.setattr("config.ui.exports.MOST_ROWS", 6)
    write()
    export = Export.objects.get()
    assert (export.state, export.failure, export.rows_done) == (ExportState.FAILED, Failure.TOO_LONG, 0)
    assert str(Failure.TOO_LONG.label) in manager.get(page).content.decode()
    assert not ExportPart.objects.exists()


@pytest.mark.parametrize("address", [LEDGER, CLIENTS])
def test_no_sheet_is_filled_beyond_its_end(
    books: Books, manager: Browser, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    """Rows that come while it is written are found by the sheet itself, which is full while others are still read."""
    for constant in ("streamed.PART", "workbooks.PART", "workbooks._LOOKED_AT"):
        monkeypatch.setattr(f"config.ui.{constant}", 1)
    make_client(books.cast.center, "Carla", "")
    make_client(books.cast.center, "Dora", "")
    ask(manager, address)
    monkeypatch.setattr("config.ui.spreadsheets.MOST_ROWS", 3)
    write()
    assert Export.objects.get().failure == Failure.TOO_LONG


def test_a_full_sheet_is_asked_for_even_where_lists_are_exported_at_once(
    books: Books, manager: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "EXPORT_ROWS", 10)
    monkeypatch.setattr("config.ui.exports.MOST_ROWS", 6)
    assert "A sheet of Excel holds 6 rows." in manager.get(LEDGER, {"export": "xlsx"}).content.decode()


def test_nobody_asks_by_a_form_of_their_own(books: Books, manager: Browser) -> None:
    form = fill(manager.get(LEDGER, {"export": "xlsx"}))
    for changes in ({"list": form["list"][0][:-1]}, {"list": ""}, {"key": "1"}):
        told = manager.post(f"{EXPORTS}new/", {**form, **changes}, follow=True).content.decode()
        assert "This form cannot be read." in told
    owner = browser(books.cast.owner)
    assert "This form cannot be read." in owner.post(f"{EXPORTS}new/", form, follow=True).content.decode()
    assert not Export.objects.exists()


# Writing
# ----------------------------------------------------------------------------


def test_a_workbook_is_that_of_the_page(books: Books, manager: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    query = {"sort": "amount", "since": "2026-03-02"}
    export_page = ask(manager, LEDGER, query)["Location"]
    page = manager.get(export_page).content.decode()
    assert "0 of 4 rows" in page
    # Without JavaScript, the reader looks again.
    assert re.search(rf'href="{export_page}"[^>]*>.*Look again', page)
    assert write() and write() is None
    export = Export.objects.get()
    assert (export.state, export.rows_done, export.expires_at) == ("ready", 4, NOW + timedelta(hours=24))
    page = manager.get(export_page).content.decode()
    assert "Download" in page and "hx-get" not in page
    response = manager.get(f"{export_page}download/")
    assert response["Content-Disposition"] == f'attachment; filename="{export.filename}"'
    written = content(response)
    monkeypatch.setattr(settings, "EXPORT_ROWS", 1000)
    direct = load_workbook(BytesIO(manager.get(LEDGER, {**query, "export": "xlsx"}).content))
    for sheet in direct.sheetnames:
        rows, expected = (
            [row for row in book[sheet].iter_rows(values_only=True) if row[0] != "Made"] for book in (written, direct)
        )
        assert rows == expected
    assert rows_of(manager.get(EXPORTS))[0][1:4] == ["Transactions", "4", "Ready"]


def test_any_list_can_be_prepared_in_either_space(books: Books, cast: Cast) -> None:
    for number in range(3):
        make_client(cast.center, f"Ärzt=in {number}", f"+49 151 777 {number:04}")
    manager, address = browser(cast.manager), "/locations/center/clients/"
    page = manager.post(
        "/locations/center/exports/new/", fill(manager.get(address, {"export": "xlsx", "sort": "name"}))
    )
    write()
    book = content(manager.get(f"{page['Location']}download/"))
    names = [row[0] for row in book["All clients"].iter_rows(min_row=2, values_only=True)]
    assert names[:2] == ['=cmd|"/c calc"!A1', "Anna Schmidt"] and len(names) == 5
    about = dict(row[:2] for row in book["About this list"].iter_rows(min_row=2, values_only=True))
    assert about["Made by"] == "Mara Manager"


def test_a_large_file_is_kept_in_pieces(books: Books, manager: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "PIECE", 1000)
    page = ask(manager, LEDGER)["Location"]
    write()
    export = Export.objects.get()
    sizes = [len(part.content) for part in export.parts.order_by("number")]
    assert sum(sizes) == export.size and len(sizes) > 3 and set(sizes[:-1]) == {1000}
    sheet = content(manager.get(f"{page}download/"))["Transactions"]
    assert len(sheet[sheet.auto_filter.ref]) == 8


@pytest.mark.parametrize("count", [3, 30])
def test_the_queries_of_exports(books: Books, manager: Browser, count: int, count_queries: CountQueries) -> None:
    for _ in range(count):
        export = make_export(books.cast.aurora, books.manager, LEDGER)
    with count_queries("exports"):
        assert len(rows_of(manager.get(EXPORTS, {"size": "100", "title": "list"}))) == count
    with count_queries("one export"):
        manager.get(f"{EXPORTS}{export.pk}/")


# Who may
# ----------------------------------------------------------------------------


def test_only_who_asked_sees_it(books: Books, manager: Browser) -> None:
    page = ask(manager, LEDGER)["Location"]
    write()
    for other in (books.cast.owner, books.cast.stranger):
        assert {browser(other).get(f"{page}{more}").status_code for more in ("", "download/")} == {404}
    assert "You asked for none of late." in browser(books.cast.owner).get(EXPORTS).content.decode()
    assert browser(books.cast.desk).get(EXPORTS).status_code == 403


def test_the_menu_of_the_user_leads_to_their_exports(books: Books, manager: Browser) -> None:
    for space in ("/chains/aurora/", "/locations/center/"):
        link = f'href="{space}exports/"'
        assert link in manager.get(f"{space}clients/").content.decode()
        assert link not in browser(books.cast.desk).get("/locations/center/clients/").content.decode()


def test_a_right_that_was_taken_ends_it(books: Books, manager: Browser) -> None:
    page = ask(manager, LEDGER)["Location"]
    write()
    access = Access.objects.get(user=books.manager)
    for changes, status, told in (
        ({"role": Role.FRONT_DESK, "extra_rights": [Right.EXPORT_REPORTS, Right.VIEW_CHAIN]}, 302, True),
        ({"role": Role.FRONT_DESK, "extra_rights": [Right.VIEW_REPORTS, Right.VIEW_CHAIN]}, 403, False),
        ({"role": Role.MANAGER, "suspended": True}, 404, False),
    ):
        for name, value in changes.items():
            setattr(access, name, value)
        access.save()
        response = manager.get(f"{page}download/")
        assert response.status_code == status
        if told:
            assert "no longer see the list" in manager.get(EXPORTS).content.decode()


def test_what_may_not_be_seen_any_more_is_not_written(books: Books, manager: Browser) -> None:
    page = ask(manager, LEDGER)["Location"]
    Access.objects.filter(user=books.manager).update(suspended=True)
    write()
    Access.objects.update(suspended=False)
    export = Export.objects.get()
    assert (export.state, export.failure) == (ExportState.FAILED, Failure.NOT_THERE)
    assert str(Failure.NOT_THERE.label) in manager.get(page).content.decode()
    assert manager.get(f"{page}download/")["Location"] == page
    books.manager.is_active = False
    books.manager.save()
    Export.objects.update(state=ExportState.WAITING, failure="")
    write()
    assert Export.objects.get().failure == Failure.NOT_THERE


@pytest.mark.parametrize(
    "path", ["/nowhere/", "/chains/aurora/", f"{LEDGER}?kind=theft", "/chains/borealis/transactions/"]
)
def test_what_is_no_list_of_the_user_is_not_written(books: Books, path: str) -> None:
    reader = make_user("Rita Reader")
    make_access(reader, books.cast.aurora, Role.FRONT_DESK, extra_rights=[Right.EXPORT_REPORTS, Right.VIEW_REPORTS])
    make_export(books.cast.aurora, reader, path)
    write()
    assert Export.objects.get().failure == Failure.NOT_THERE


def test_it_is_deleted_after_a_day(books: Books, manager: Browser) -> None:
    page = ask(manager, LEDGER)["Location"]
    write()
    assert delete_past(at=NOW + timedelta(hours=23)) == 0
    assert delete_past(at=NOW + timedelta(hours=24)) == 1
    assert not ExportPart.objects.exists() and manager.get(page).status_code == 404


# Workers who die
# ----------------------------------------------------------------------------


class Died(BaseException):
    """As if the process were gone: nothing after it runs."""


def die_while_writing(monkeypatch: pytest.MonkeyPatch) -> None:
    def never_ends(_file: object, **_choices: object) -> None:
        raise Died

    monkeypatch.setattr("reports.transactions.views.write_workbook", never_ends)


def test_a_worker_who_died_is_followed_and_the_third_is_the_last(
    books: Books, manager: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    page, at = ask(manager, LEDGER)["Location"], NOW
    with monkeypatch.context() as dying:
        die_while_writing(dying)
        for attempt in (1, 2, 3):
            with pytest.raises(Died):
                write(at)
            assert Export.objects.get().attempts == attempt
            assert write(at + LEASE - timedelta(seconds=1)) is None
            at += LEASE
    failed = write(at)
    assert failed and (failed.state, failed.failure) == (ExportState.FAILED, Failure.BROKE_OFF)
    assert str(Failure.BROKE_OFF.label) in manager.get(page).content.decode()


def test_a_worker_who_was_overtaken_writes_nothing(books: Books, manager: Browser) -> None:
    """A worker who was asleep for longer than its lease goes on while another one has begun."""
    ask(manager, LEDGER)
    slow = services._take_up(NOW)
    assert slow is not None
    worker = services._Workbook(slow, lambda: NOW + LEASE)
    fast = write(NOW + LEASE)
    assert fast and fast.attempts == 2
    kept = list(ExportPart.objects.values_list("pk", flat=True))

    class Late:
        def take(self, write: Writer) -> None:
            worker.take(write)

    with pytest.raises(services.Overtaken):
        open_list(slow.path, user=books.manager, language="en", sink=Late())
    assert list(ExportPart.objects.values_list("pk", flat=True)) == kept


@pytest.mark.races
def test_two_workers_take_up_two_exports_or_one() -> None:
    cast = make_cast()
    books = make_books(cast)
    for _ in range(2):
        make_export(cast.aurora, books.manager, LEDGER)
    taken = race(*[lambda: services._take_up(NOW)] * 3)
    found = [each.pk for each in taken if isinstance(each, Export)]
    assert len(found) == len(set(found)) >= 1 and all(each is None for each in taken if not isinstance(each, Export))


@pytest.mark.races
def test_a_worker_who_takes_long_over_saving_is_not_overtaken(monkeypatch: pytest.MonkeyPatch) -> None:
    """As with a full sheet, whose file takes longer than the lease; here the lease is short."""
    books = make_books(make_cast())
    export = make_export(books.cast.aurora, books.manager, LEDGER)
    monkeypatch.setattr(services, "LEASE", timedelta(seconds=3))
    is_saving, is_seen = threading.Event(), threading.Event()
    save = Spreadsheet.save

    def slow_save(book: Spreadsheet, file: IO[bytes]) -> None:
        is_saving.set()
        is_seen.wait(timeout=300)
        save(book, file)

    monkeypatch.setattr(Spreadsheet, "save", slow_save)

    def look() -> list[Export | None]:
        is_saving.wait(timeout=300)
        taken = []
        for _ in range(6):
            time.sleep(0.75)
            taken.append(services._take_up(timezone.now()))
        page = browser(books.manager).get(f"{EXPORTS}{export.pk}/").content.decode()
        is_seen.set()
        assert "The file is being put together." in page
        return taken

    written, taken = race(lambda: [write_next(clock=timezone.now)], look)
    assert taken == [None] * 6
    assert written == [export]
    export.refresh_from_db()
    assert (export.state, export.attempts, export.rows_done) == (ExportState.READY, 1, 7)


def test_a_lost_beat_is_followed_by_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    beats = []

    class Mine:
        def update(self, leased_until: datetime, rows_done: int) -> int:
            beats.append(leased_until)
            if len(beats) == 1:
                raise OperationalError
            return int(len(beats) < 3)

    monkeypatch.setattr(services, "_mine", lambda _export: Mine())
    monkeypatch.setattr(services, "LEASE", timedelta(milliseconds=4))
    workbook = services._Workbook(Export(), lambda: NOW)
    beating = threading.Thread(target=services._beat, args=(workbook, threading.Event()))
    beating.start()
    beating.join(timeout=300)
    assert beats == [NOW + timedelta(milliseconds=4)] * 3


ROWS = 8000


@pytest.fixture
def doomed(transactional_db: None) -> Iterator[subprocess.Popen[bytes]]:
    """A worker with a queue of its own, there to be killed."""
    worker = processes.spawn(
        [
            *(sys.executable, "-m", "celery", "--quiet", "-A", "config", "worker", "--pool", "solo"),
            *("--queues", DOOMED, "--hostname", "doomed@%h"),
            *("--without-gossip", "--without-mingle", "--without-heartbeat"),
        ],
        env={"REGULARS_TEST_DATABASE": str(connection.settings_dict["NAME"])},
        cwd=paths.PROJECT,
    )
    yield worker
    processes.end(worker)


DOOMED = f"{settings.CELERY_TASK_DEFAULT_QUEUE}-doomed"


@pytest.mark.workers
def test_a_worker_that_is_killed_while_writing_is_followed(
    doomed: subprocess.Popen[bytes], celery_worker: object
) -> None:
    cast = make_cast()
    books = make_books(cast)
    fill_ledger(ROWS)
    export = make_export(cast.aurora, books.manager, LEDGER, rows=ROWS)
    write_exports.apply_async(queue=DOOMED)
    wait_for(lambda: 0 < Export.objects.get().rows_done < ROWS)
    doomed.kill()
    doomed.wait()
    write_exports.delay()
    export.refresh_from_db()
    assert (export.state, export.attempts) == (ExportState.WRITING, 1) and not export.parts.exists()
    Export.objects.update(leased_until=timezone.now())  # a minute later
    write_exports.delay()
    wait_for(lambda: Export.objects.get().state == ExportState.READY)
    export.refresh_from_db()
    assert (export.attempts, export.rows_done) == (2, ROWS)
    book = content(browser(cast.manager).get(f"{EXPORTS}{export.pk}/download/"))
    assert book["Transactions"].auto_filter.ref == f"A1:S{ROWS + 1}"
    assert Transaction.objects.count() == ROWS
