"""The ledger as a workbook, read back."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import datetime
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.test import Client as Browser
from openpyxl import load_workbook

from chains.access import Right, Role
from config.ui.spreadsheets import Column, Spreadsheet, TooManyRows, figures_of
from loyalty.ledger.models import Lot, Transaction
from tests.cast import make_access, make_chain, make_location, make_user
from tests.programs import make_card_type, make_client, make_item
from tests.reports.conftest import FORMULA, LEDGER, Books, browser, fill_ledger

pytestmark = pytest.mark.django_db

GROUP = "Promotions and points"
HEADINGS = [
    *("Date and time", "Location", "Type", "Client", "Card or account", "Number", "Promotion", "Visit", "Amount"),
    *("Unit", "Balance after", "Who", "Comment", "Undoing", "Why", "Visit number", "Invited guest"),
    *("Last day of points", "Phone"),
]


def workbook(response: Any) -> Any:
    assert response.status_code == 200
    assert response["Content-Type"] == "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    return load_workbook(BytesIO(response.content))


def table(sheet: Any) -> list[list[Any]]:
    """The heading and the rows, without the sums below them."""
    return [[cell.value for cell in row] for row in sheet[sheet.auto_filter.ref]]


def values(sheet: Any) -> list[list[Any]]:
    return [[cell.value for cell in row] for row in sheet.iter_rows()]


def test_a_workbook_has_the_rows_of_the_page(books: Books, manager: Browser) -> None:
    response = manager.get(LEDGER, {"export": "xlsx"})
    assert response["Content-Disposition"].startswith('attachment; filename="transactions-aurora-')
    book = workbook(response)
    sheet = book["Transactions"]
    heading, *rows = table(sheet)
    assert heading == HEADINGS
    assert [row[8] for row in rows] == [5, -5, 20, 3, 2.7, 2.7, -6]
    night = datetime.fromisoformat("2026-03-03 00:30")
    assert rows[2][:6] == [night, "the chain", "Manual accrual", "Anna Schmidt", "Bonus card", books.anna_card.number]
    assert rows[2][6:12] == [None, None, 20, "points", 25.7, "Mara Manager"]
    assert rows[-1][1:4] == ["Center", "Promotion discount", FORMULA]
    assert rows[-1][6:11] == ["Welcome", datetime.fromisoformat("2026-03-01 11:00"), -6, "EUR", None]
    assert rows[0][13] == "Undoes Manual write-off of 3 Mar 2026, 00:30"
    assert rows[3][14].startswith("5 % of paid €60.00")


def test_further_columns_stand_behind_the_others(books: Books, manager: Browser) -> None:
    referral = Transaction.objects.get(kind="referral_accrual")
    Lot.objects.filter(transaction=referral).update(last_on="2026-09-01")
    sheet = workbook(manager.get(LEDGER, {"export": "xlsx", "kind": "referral_accrual"}))["Transactions"]
    assert table(sheet)[1][15:] == [
        referral.visit_id,
        FORMULA,
        datetime.fromisoformat("2026-09-01"),
        "+49 1511 2345601",
    ]
    assert [sheet[cell].number_format for cell in ("P2", "R2")] == ["0", "yyyy-mm-dd"]
    assert sheet["S2"].data_type == "s" and sheet["S2"].quotePrefix


def test_sums_stand_below_the_rows_apart_for_each_unit(books: Books, manager: Browser) -> None:
    sheet = workbook(manager.get(LEDGER, {"export": "xlsx"}))["Transactions"]
    found = [[value for value in row if value is not None] for row in values(sheet)[8:]]
    assert found == [[], [f"Total, {GROUP}", -6, "EUR"], [f"Total, {GROUP}", 28.4, "points"]]
    assert sheet["I10"].value == -6 and sheet["I10"].number_format == "#,##0.00" and sheet["A10"].font.bold
    assert sheet.auto_filter.ref == "A1:S8"
    nothing = workbook(manager.get(LEDGER, {"export": "xlsx", "whose": "zq zq"}))["Transactions"]
    assert len(values(nothing)) == 1


def test_a_full_sheet_has_no_room_for_sums(books: Books, manager: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    fill_ledger(30)
    for most, rows in ((30, 31), (32, 31), (33, 34)):
        monkeypatch.setattr("config.ui.spreadsheets.MOST_ROWS", most)
        assert len(values(workbook(manager.get(LEDGER, {"export": "xlsx"}))["Transactions"])) == rows


def test_phones_are_for_who_may_see_clients(books: Books, monkeypatch: pytest.MonkeyPatch) -> None:
    reader = make_user("Rita Reader")
    access = make_access(reader, books.cast.aurora, Role.FRONT_DESK)
    rights = frozenset({Right.VIEW_CHAIN, Right.VIEW_REPORTS, Right.EXPORT_REPORTS})
    monkeypatch.setattr(type(access), "rights", rights)
    sheet = workbook(browser(reader).get(LEDGER, {"export": "xlsx"}))["Transactions"]
    assert table(sheet)[0] == HEADINGS[:-1]
    assert all("2345601" not in str(value) for row in values(sheet) for value in row)


def test_the_period_of_the_summary_is_of_days(books: Books, manager: Browser) -> None:
    query = {"export": "xlsx", "since": "2026-03-01", "until": "2026-03-02"}
    summary = workbook(manager.get(LEDGER, query))["Summary"]
    cells = {row[0].value: row[1] for row in summary.iter_rows()}
    for name, day in (("Period from", "2026-03-01"), ("Period to", "2026-03-02")):
        assert cells[name].value == datetime.fromisoformat(day)
        assert cells[name].is_date and cells[name].number_format == "yyyy-mm-dd"
    assert cells["Made"].number_format == "yyyy-mm-dd hh:mm"


def test_dates_are_dates_figures_are_figures_and_texts_are_texts(books: Books, manager: Browser) -> None:
    sheet = workbook(manager.get(LEDGER, {"export": "xlsx"}))["Transactions"]
    for row in sheet.iter_rows(min_row=2, max_row=8):
        kinds = [cell.data_type for cell in row if cell.value is not None]
        assert "f" not in kinds and "e" not in kinds
        assert row[0].is_date and row[0].number_format == "yyyy-mm-dd hh:mm"
        assert row[8].data_type == "n" and row[8].number_format == "#,##0.00"
    texts = {cell.value: cell for row in sheet.iter_rows(min_row=2, max_row=8) for cell in row if cell.data_type == "s"}
    for text in (FORMULA, "=1+1 sorry, so late", "-5"):
        assert texts[text].quotePrefix


def test_the_heading_stays_and_every_column_has_a_filter(books: Books, manager: Browser) -> None:
    sheet = workbook(manager.get(LEDGER, {"export": "xlsx"}))["Transactions"]
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == "A1:S8"
    assert all(10 <= sheet.column_dimensions[letter].width <= 60 for letter in "ABCDEFGHIJKLMNOPQRS")


def test_filters_and_order_are_those_of_the_page_and_are_named(books: Books, manager: Browser) -> None:
    query = {"kind": ["manual_accrual", "promotion_accrual"], "since": "2026-03-02", "sort": "amount", "size": "50"}
    book = workbook(manager.get(LEDGER, {**query, "export": "xlsx"}))
    assert [row[8] for row in table(book["Transactions"])[1:]] == [3, 20]
    lines = [[value for value in row if value is not None] for row in values(book["Summary"])]
    assert lines[0] == ["Transactions of Aurora"]
    assert lines[2:6] == [
        ["Made by", "Mara Manager"],
        ["Time zone", "Europe/Berlin"],
        ["Period from", datetime.fromisoformat("2026-03-02")],
        ["Type", "Manual accrual, Accrual by promotion"],
    ]
    assert lines[7:] == [
        ["Type", "Unit", "Rows", "Plus", "Minus", "Sum"],
        ["Accrual by promotion", "points", 1, 3, 0, 3],
        ["Manual accrual", "points", 1, 20, 0, 20],
        ["All rows", 2],
    ]


def test_the_totals_are_those_of_the_ledger(books: Books, manager: Browser) -> None:
    rows = values(workbook(manager.get(LEDGER, {"export": "xlsx"}))["Summary"])
    begin = next(number for number, row in enumerate(rows) if row[0] == "Type")
    sums = [row for row in rows[begin + 1 :] if row[1]]
    assert sum(row[2] for row in sums) == rows[-1][2] == Transaction.objects.count()
    assert sum(Decimal(str(row[5])) for row in sums) == sum(Transaction.objects.values_list("amount", flat=True))


def test_a_chain_of_another_currency_has_its_places_and_only_its_rows(books: Books) -> None:
    tokyo = make_chain("Tokyo", currency="JPY", time_zone="Asia/Tokyo", region="JP")
    place, owner = make_location(tokyo, "Ginza"), make_user("Ken Keeper")
    make_access(owner, tokyo, Role.OWNER)
    card_type = make_card_type(tokyo, "Card", automatic_issue="any")
    guest = make_client(place, "Aiko", "+81 3 1234 5678")
    row = books.give("300", at=books.anna.registered_at, card=guest.cards.get(card_type=card_type))
    sheet = workbook(browser(owner).get("/chains/tokyo/transactions/", {"export": "xlsx"}))["Transactions"]
    assert [cell[8].value for cell in sheet[sheet.auto_filter.ref][1:]] == [300] == [row.amount]
    assert sheet["I2"].number_format == "#,##0"
    assert sheet["A2"].value == datetime.fromisoformat("2025-01-01 18:00")


def test_who_may_not_export_gets_no_workbook(books: Books) -> None:
    reader = make_user("Rita Reader")
    make_access(reader, books.cast.aurora, Role.FRONT_DESK, extra_rights=[Right.VIEW_CHAIN, Right.VIEW_REPORTS])
    page = browser(reader).get(LEDGER).content.decode()
    assert "Anna Schmidt" in page and "Export" not in page
    assert browser(reader).get(LEDGER, {"export": "xlsx"}).status_code == 403


@pytest.mark.parametrize(
    "text", ["=1", "+1", "-1", "@x", "\t=1", "#N/A", "#REF!", "TRUE", "1", "2026-01-01", "='x'!A1", "<r>1</r>"]
)
def test_a_text_stays_a_text(text: str) -> None:
    file = BytesIO()
    with Spreadsheet() as book:
        sheet = book.add_sheet("Texts")
        sheet.begin_table([Column("=heading", 20, figures_of(2))])
        sheet.add([text + "\x00\x0b\ufffe"])
        sheet.end_table()
        book.save(file)
    found = load_workbook(file)["Texts"]
    assert (found["A1"].value, found["A1"].data_type) == ("=heading", "s")
    assert (found["A2"].value.rstrip(), found["A2"].data_type) == (text, "s")


def test_a_full_sheet_is_written_and_a_fuller_one_leaves_nothing_behind(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("config.ui.spreadsheets.MOST_ROWS", 3)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    file = BytesIO()
    for rows in (3, 4):
        with pytest.raises(TooManyRows) if rows > 3 else nullcontext(), Spreadsheet() as book:
            book.add_sheet("Empty")
            sheet = book.add_sheet("Full")
            sheet.begin_table([Column("Number", 10)])
            for number in range(rows):
                sheet.add([number])
            sheet.end_table()
            book.save(file)
        assert list(tmp_path.iterdir()) == []
    assert [cell.value for cell in load_workbook(file)["Full"]["A"]] == ["Number", 0, 1, 2]


def test_a_list_of_any_name_and_any_texts_is_taken_home(books: Books, manager: Browser) -> None:
    """What no sheet may be called, and what only looks like a tag."""
    make_item(books.cast.aurora, "Cut <30 min> & go", "60.00")
    sheet = workbook(manager.get("/locations/center/items/", {"export": "xlsx"}))["Services and products"]
    assert "Cut <30 min> & go" in [row[0].value for row in sheet.iter_rows()]
    guest = make_client(books.cast.center, "Ann\x0b [VIP]", "+4915112345688")
    assert workbook(manager.get(f"/chains/aurora/clients/{guest.pk}/loyalty/", {"export": "xlsx"})).sheetnames[0] == (
        "Ann  VIP "
    )
