"""Lists as comma-separated text: what stands in the file, byte by byte, and who gets it."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime
from decimal import Decimal
from io import BytesIO, StringIO

import pytest
from django.conf import settings
from django.test import Client as Browser

from chains.access import Right, Role
from config.ui.separated import CommaSeparated
from config.ui.spreadsheets import Column, Value
from loyalty.ledger.models import Transaction
from reports.exports.services import write_next
from tests.cast import make_access, make_user
from tests.pages import fill
from tests.reports.conftest import FORMULA, LEDGER, Books, browser

pytestmark = pytest.mark.django_db

LATER = datetime(2026, 3, 6, tzinfo=UTC)


def lines(content: bytes) -> list[list[str]]:
    return list(csv.reader(StringIO(content.decode("utf-8-sig"), newline="")))


def written(value: Value, *, places: int = 2) -> bytes:
    file = BytesIO()
    with CommaSeparated(places=places) as book:
        book.add_sheet("Notes").add(["left out"])
        sheet = book.add_sheet("Texts")
        sheet.begin_table([Column("Heading", 20)])
        sheet.add([value])
        sheet.end_table()
        sheet.add(["a sum, left out"])
        book.save(file)
    return file.getvalue()


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, '""'),
        (Decimal("-1234.5"), "-1234.50"),
        (Decimal("0.125"), "0.125"),
        (7, "7"),
        (date(2026, 3, 1), "2026-03-01"),
        (datetime.fromisoformat("2026-03-01 09:05"), "2026-03-01 09:05"),
        ("Ärzt", "Ärzt"),
        ('5" comb, black', '"5"" comb, black"'),
        ("=1+1", "'=1+1"),
        ("@sum", "'@sum"),
        ("-2+3+cmd|' /C calc'!A0", "'-2+3+cmd|' /C calc'!A0"),
        ("\t=1", "' =1"),
        ("x;=HYPERLINK(1)", '"x;\'=HYPERLINK(1)"'),
        ('x; "=1"', '"x;\' ""=1"""'),
        ("x,@sum", '"x,\'@sum"'),
        ("x\t=1\r\n=2\n=3", "x =1 =2 =3"),
        ("=1;=2", "\"'=1;'=2\""),
        ("by phone; +49 151", '"by phone; +49 151"'),
        ("+49 1511 2345601", "+49 1511 2345601"),
        ("-5", "-5"),
        ("a\x00b", "ab"),
    ],
)
def test_each_value_is_written_so_that_programs_read_it_and_sheets_compute_nothing(value: Value, shown: str) -> None:
    assert written(value) == b"\xef\xbb\xbf" + f"Heading\r\n{shown}\r\n".encode()


def test_amounts_have_the_digits_of_the_currency() -> None:
    assert written(Decimal(300), places=0).endswith(b"\r\n300\r\n")


def test_a_list_has_its_rows_and_columns_and_nothing_else(books: Books, manager: Browser) -> None:
    answer = manager.get(LEDGER, {"export": "csv", "kind": "manual_accrual"})
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"].startswith('attachment; filename="transactions-aurora-')
    assert answer["Content-Disposition"].endswith('.csv"')
    heading, *rows = lines(answer.content)
    assert heading[:2] == ["Date and time", "Location"] and heading[-1] == "Phone"
    assert [row[8] for row in rows] == ["20.00"] and len(rows) == 1
    everything = lines(manager.get(LEDGER, {"export": "csv"}).content)
    assert len(everything) == 1 + Transaction.objects.count()
    assert f"'{FORMULA}" in {cell for row in everything for cell in row}


def test_who_may_not_export_gets_no_text_either(books: Books) -> None:
    reader = make_user("Rita Reader")
    make_access(reader, books.cast.aurora, Role.FRONT_DESK, extra_rights=[Right.VIEW_CHAIN, Right.VIEW_REPORTS])
    assert browser(reader).get(LEDGER, {"export": "csv"}).status_code == 403
    page = browser(books.manager).get(LEDGER, {"sort": "amount", "page": "2"}).content.decode()
    assert 'href="?sort=amount&amp;export=csv" aria-label="Export to CSV"' in page


def test_a_long_list_is_prepared_as_text_and_no_sheet_is_too_short_for_it(
    books: Books, manager: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    direct = manager.get(LEDGER, {"export": "csv", "sort": "amount"}).content
    monkeypatch.setattr(settings, "EXPORT_ROWS", 3)
    monkeypatch.setattr("config.ui.exports.MOST_ROWS", 6)
    asked = manager.get(LEDGER, {"export": "csv", "sort": "amount"})
    page = manager.post("/chains/aurora/exports/new/", fill(asked))["Location"]
    export = write_next(clock=lambda: LATER)
    assert export and export.filename.endswith(".csv") and export.path == f"{LEDGER}?sort=amount&columns="
    response = manager.get(f"{page}download/")
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert b"".join(response.streaming_content) == direct  # type: ignore[attr-defined]
