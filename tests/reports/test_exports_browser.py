"""A manager exports a long list: the question, the bar that fills by itself, the workbook."""

from io import BytesIO

import pytest
from django.conf import settings
from django.utils import timezone
from openpyxl import load_workbook
from playwright.sync_api import expect

from reports.exports.models import Export
from reports.exports.services import write_next
from tests.cast import Cast
from tests.plugins.browser import TABLET, NewPage, axe
from tests.reports.conftest import LEDGER, make_books

pytestmark = pytest.mark.browser


def test_a_long_list_is_prepared_and_fetched(new_page: NewPage, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "EXPORT_ROWS", 3)
    make_books(cast)
    page = new_page(user=cast.manager, size=TABLET)
    page.goto(f"{LEDGER}?sort=amount")
    page.get_by_role("link", name="Export to Excel").click()
    expect(page.locator("main")).to_contain_text("Transactions has 7 rows")
    axe(page)
    page.get_by_role("button", name="Prepare the file").click()
    expect(page.get_by_role("progressbar")).to_be_visible()
    Export.objects.update(state="writing", attempts=1, rows_done=3, leased_until=timezone.now())
    expect(page.locator("main")).to_contain_text("3 of 7 rows")
    axe(page)
    assert write_next(clock=timezone.now)
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    book = load_workbook(BytesIO(download.value.path().read_bytes()))
    assert next(row[8] for row in book["Transactions"].iter_rows(min_row=2, values_only=True)) == -6
    axe(page)
    page.get_by_role("link", name="My exports").click()
    axe(page)
