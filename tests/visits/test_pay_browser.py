"""Gift cards and accounts at the desk, in a real browser: redeemed in two parts, paid on credit, topped up."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.cast import make_cast
from tests.plugins.browser import NewPage, fits
from tests.programs import make_account, make_account_type, make_gift_card, make_gift_card_type
from tests.visits.conftest import Salon, make_salon
from tests.visits.paying import CODE, OTHER_CODE, balance
from visits.models import Visit

pytestmark = pytest.mark.browser

LONG = "Spring in the garden with everything that belongs to it, for two, and a card wide"


@pytest.fixture
def shop(transactional_db: None) -> Salon:
    return make_salon(make_cast())


def bill(page: Page, salon: Salon) -> None:
    """A new visit of Nina with a haircut of 60.00."""
    page.goto(f"/locations/center/visits/new/{salon.nina.pk}/")
    page.get_by_label("Add a service or product", exact=True).fill("hair")
    page.get_by_role("button", name="Find").click()
    page.locator("#found").get_by_role("button", name="Haircut").click()
    left(page, "€60.00")


def left(page: Page, amount: str) -> None:
    expect(page.locator(".left strong")).to_have_text(amount)


def scan(page: Page, code: str) -> None:
    """A scanner is a keyboard that ends with Enter."""
    page.get_by_label("Code of a gift card", exact=True).focus()
    page.keyboard.type(code)
    page.keyboard.press("Enter")


@pytest.mark.parametrize("javascript", [True, False], ids=["script", "no script"])
def test_a_gift_card_is_redeemed_in_two_parts(shop: Salon, new_page: NewPage, *, javascript: bool) -> None:
    gift = make_gift_card_type(shop.cast.aurora, LONG)
    card, small = make_gift_card(gift, "100", CODE), make_gift_card(gift, "5", OTHER_CODE)
    page = new_page(user=shop.desk, javascript=javascript)
    bill(page, shop)
    # Two are scanned one right after the other, and none waits for the answer to the first.
    scan(page, OTHER_CODE)
    if not javascript:
        left(page, "€55.00")
    scan(page, CODE.lower())
    left(page, "€0.00")
    expect(page.get_by_text("€45.00 left after this visit")).to_be_visible()
    page.get_by_label(f"Pay with the gift card, {LONG} AB34").fill("15")
    page.keyboard.press("Enter")
    left(page, "€40.00")
    page.get_by_role("button", name="Pay the rest: Cash").click()
    left(page, "€0.00")
    if javascript:
        for width in (1440, 820, 390):
            page.set_viewport_size({"width": width, "height": 900})
            fits(page)
        page.set_viewport_size({"width": 1440, "height": 900})
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#messages")).to_contain_text(f"€85.00 is left on {LONG} AB34 ····.")
    assert (balance(card.holder_id), balance(small.holder_id)) == (85, 0)
    page.get_by_role("link", name="Receipt").click()
    expect(page.locator(".receipt")).to_contain_text("Left on it after this visit")
    bill(page, shop)
    scan(page, CODE)
    left(page, "€0.00")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#messages")).to_contain_text("€25.00 is left on")
    assert Visit.objects.filter(settled_at__isnull=False).count() == 2


@pytest.mark.parametrize("javascript", [True, False], ids=["script", "no script"])
def test_an_account_pays_on_credit_and_is_topped_up(shop: Salon, new_page: NewPage, *, javascript: bool) -> None:
    account = make_account(shop.nina, make_account_type(shop.cast.aurora, LONG, credit="50"), "20")
    page = new_page(user=shop.desk, javascript=javascript)
    bill(page, shop)
    expect(page.get_by_text("may use up to €70.00")).to_be_visible()
    page.get_by_role("button", name=f"Use €60.00 of {LONG}").click()
    left(page, "€0.00")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#messages")).to_contain_text(f"−€40.00 is on {LONG} now.")
    bill(page, shop)
    expect(page.get_by_text("may use up to €10.00")).to_be_visible()
    page.locator("#hand-top-up summary").click()
    page.locator("#id_top_up_amount").fill("100")
    page.get_by_role("button", name="Top up", exact=True).click()
    expect(page.locator("#hand-done")).to_contain_text("€60.00 is on it now.")
    page.get_by_role("button", name=f"Use €60.00 of {LONG}").click()
    left(page, "€0.00")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#messages")).to_contain_text(f"€0.00 is on {LONG} now.")
    assert balance(account.holder_id) == 0
