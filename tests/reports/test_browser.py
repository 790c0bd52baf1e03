"""A manager reads the ledger in a real browser, and takes it home."""

from io import BytesIO
from itertools import product

import pytest
from openpyxl import load_workbook
from playwright.sync_api import expect

from tests.cast import Cast
from tests.plugins.browser import TABLET, WIDE, NewPage, axe, fits
from tests.reports.conftest import LEDGER, make_books

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("javascript", [True, False], ids=["script", "no-script"])
def test_a_manager_filters_by_referral_and_reads_the_workbook(new_page: NewPage, cast: Cast, javascript: bool) -> None:
    books = make_books(cast)
    page = new_page(user=cast.manager, javascript=javascript)
    page.goto("/chains/aurora/")
    page.get_by_role("navigation", name="Navigation").get_by_role("link", name="Transactions").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Transactions")
    page.locator("summary").filter(has_text="Type").first.click()
    page.get_by_label("Referral program accrual").check()
    if not javascript:
        page.get_by_role("button", name="Show").click()
    expect(page.get_by_role("link", name="Type: Referral program accrual")).to_be_visible()
    expect(page.locator(".list-table tbody tr:not(.row-below)")).to_have_count(1)
    expect(page.locator(".list-count")).to_have_text("1 row")
    expect(page.locator(".row-below")).to_be_hidden()
    page.get_by_role("group").filter(has_text="Why").locator("summary").click()
    expect(page.locator(".row-below")).to_contain_text("5 % of paid €54.00.")
    expect(page.locator(".row-below")).to_be_visible()

    with page.expect_download() as download:
        page.get_by_role("link", name="Export to Excel").click()
    book = load_workbook(BytesIO(download.value.path().read_bytes()))
    rows = list(book["Transactions"].iter_rows(min_row=2, max_row=2, values_only=True))
    assert [(row[2], row[3], row[8]) for row in rows] == [("Referral program accrual", "Anna Schmidt", 2.7)]
    assert book["Transactions"]["I2"].data_type == "n" and book["Transactions"]["A2"].is_date
    assert list(book["Summary"].iter_rows(values_only=True))[-1][:3] == ("All rows", None, 1)

    page.get_by_role("link", name="Type: Referral program accrual").click()
    expect(page.locator(".list-table tbody tr:not(.row-below)")).to_have_count(7)
    assert books.anna.name in page.content()


def test_the_pages_are_readable_by_everyone(new_page: NewPage, cast: Cast) -> None:
    page = new_page(user=cast.manager, size=TABLET)
    page.goto(LEDGER)
    axe(page)
    make_books(cast)
    page.goto(f"{LEDGER}?kind=manual_accrual&since=2026-03-01&until=2026-02-01")
    page.locator(".report-totals summary").click()
    page.locator(".row-opens summary").first.click()
    axe(page)
    page.locator(".filter-choices summary").first.click()
    axe(page)
    fits(page)


def test_an_opened_reason_has_the_width_of_the_table_that_is_in_sight(new_page: NewPage, cast: Cast) -> None:
    books = make_books(cast)
    page = new_page(user=cast.manager)
    addresses = (LEDGER, f"/chains/aurora/clients/{books.anna.pk}/loyalty/")
    for (width, height), address in product((WIDE, TABLET, (390, 844)), addresses):
        page.set_viewport_size({"width": width, "height": height})
        page.goto(address)
        columns = page.evaluate(COLUMNS)
        for summary in page.locator(".row-opens summary").all():
            summary.click()
        gaps = page.evaluate(GAPS)
        assert len(gaps) >= 4 and all(10 < gap < 30 for both in gaps for gap in both), gaps
        assert page.evaluate(COLUMNS) == columns, "No column moves."
        fits(page)


COLUMNS = "[...document.querySelectorAll('.list-table th')].map((each) => each.offsetLeft)"
GAPS = """
    [...document.querySelectorAll(".row-below div")].map((each) => {
        const reason = each.getBoundingClientRect();
        const table = each.closest(".table-responsive").getBoundingClientRect();
        return [reason.left - table.left, table.right - reason.right];
    })
"""
