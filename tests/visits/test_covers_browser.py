"""A membership in a real browser: sold, covering one of two units, and left on the receipt."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from loyalty.memberships.models import Membership
from tests.cast import make_cast
from tests.plugins.browser import NewPage, fits
from tests.programs import make_membership_type
from tests.visits.conftest import Salon, make_salon
from tests.visits.test_pay_browser import bill, left
from visits.models import Visit

pytestmark = pytest.mark.browser


@pytest.fixture
def shop(transactional_db: None) -> Salon:
    return make_salon(make_cast())


def test_a_membership_is_sold_covers_one_of_two_units_and_is_told(shop: Salon, new_page: NewPage) -> None:
    make_membership_type(shop.cast.aurora, "Hair 10", shop.haircut, named=True)
    page = new_page(user=shop.desk)
    bill(page, shop)
    page.locator("#sell summary").click()
    page.locator("#sell").get_by_role("button", name="Hair 10").click()
    left(page, "€460.00")
    page.get_by_role("button", name="Pay the rest: Cash").click()
    left(page, "€0.00")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#value-0")).to_contain_text("Granted:")
    bill(page, shop)
    page.get_by_label("Quantity, Haircut").fill("2")
    left(page, "€120.00")
    page.get_by_role("button", name="cover 2 with Hair 10").click()
    left(page, "€0.00")
    page.get_by_label("Units that are covered, Hair 10").fill("1")
    left(page, "€60.00")
    expect(page.locator(".bill-lines")).to_contain_text("covered by Hair 10 — 9 left")
    fits(page)
    page.get_by_role("button", name="Pay the rest: Cash").click()
    left(page, "€0.00")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("9 visits left on Hair 10.")).to_be_visible()
    page.get_by_role("link", name="Receipt").click()
    expect(page.locator(".receipt")).to_contain_text("1 unit covered")
    counter = Membership.objects.get().held_counters.get()
    assert int(counter.holder.balance) == 9 and Visit.objects.order_by("pk").last().covered == 60  # type: ignore[union-attr]
