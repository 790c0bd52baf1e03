"""A manager reads the overview in a real browser, chooses a period and follows a figure to its rows."""

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from tests.cast import Cast
from tests.plugins.browser import TABLET, NewPage, axe, fits
from tests.programs import make_client, make_item, make_visit

pytestmark = pytest.mark.browser


def test_a_manager_follows_a_figure_to_its_rows(new_page: NewPage, cast: Cast) -> None:
    page = new_page(user=cast.manager, size=TABLET)

    def looked_at() -> None:
        fits(page)
        axe(page)

    page.goto("/chains/aurora/")
    expect(page.get_by_role("heading", name="What to do first")).to_be_visible()
    expect(page.get_by_role("img", name="Sold, Day by day")).to_have_count(0)
    looked_at()

    guest = make_client(cast.center, "Gina Guest", "+4915112345601")
    make_visit(cast.center, guest, [make_item(cast.aurora, "Haircut", "60.00")], at=timezone.now())
    page.goto("/chains/aurora/")
    expect(page.get_by_role("heading", name="What to do first")).to_have_count(0)
    expect(page.get_by_role("img", name="Sold, Day by day")).to_be_visible()
    page.get_by_text("The same as a table").click()
    expect(page.get_by_role("table").first.get_by_role("row").nth(1)).to_contain_text("€60.00")
    looked_at()
    page.get_by_label("Period", exact=True).select_option("This month")
    expect(page.get_by_role("heading", name="This month")).to_be_visible()
    assert "period=this_month" in page.url
    page.get_by_role("link", name="Sold, This month: €60.00").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Visits")
    expect(page.locator(".report-totals")).to_contain_text("€60.00")
    expect(page.locator(".list-table tbody tr:not(.row-below)")).to_have_count(1)
    looked_at()
    page.goto("/locations/center/overview/")
    looked_at()
