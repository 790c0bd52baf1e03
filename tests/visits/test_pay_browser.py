"""Gift cards and accounts in a real browser, from the sale to the report and from the opening to the receipt."""

from __future__ import annotations

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from loyalty.accounts.models import Account
from loyalty.gift_cards.models import GiftCard
from tests.cast import make_cast
from tests.plugins.browser import NewPage, fits
from tests.programs import make_account_type, make_gift_card, make_gift_card_type
from tests.visits.conftest import Salon, make_salon
from tests.visits.paying import OTHER_CODE, balance
from tests.visits.test_gift_card_letters import letters_at
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


def sell(page: Page, amount: str) -> GiftCard:
    """Sell a gift card to nobody known, for Olga, and read her letter."""
    page.goto("/locations/center/visits/")
    page.get_by_role("link", name="Sell a gift card").click()
    page.get_by_role("button", name="Without a guest").click()
    page.locator("#sell").get_by_role("button", name=LONG).click()
    line = page.locator("#value-0")
    line.get_by_label("Amount").fill(amount)
    page.keyboard.press("Enter")
    left(page, f"€{amount}.00")
    line.locator("summary").click()
    line.get_by_label("Name").fill("Olga")
    line.get_by_label("E-mail").fill("olga@example.com")
    page.get_by_role("button", name="Pay the rest: Cash").click()
    left(page, "€0.00")
    page.get_by_role("button", name="Save").click()
    expect(line).to_contain_text("Granted:")
    [letter], card = letters_at(timezone.now()), GiftCard.objects.get()
    assert letter.to == "olga@example.com" and f"Its code: {card.number}" in letter.text and letter.pictures["code"]
    return card


@pytest.mark.parametrize("javascript", [True, False], ids=["script", "no script"])
def test_a_gift_card_is_sold_redeemed_in_two_parts_and_told(
    shop: Salon, new_page: NewPage, *, javascript: bool
) -> None:
    gift = make_gift_card_type(shop.cast.aurora, LONG)
    page = new_page(user=shop.desk, javascript=javascript)
    card, small = sell(page, "100"), make_gift_card(gift, "5", OTHER_CODE)
    begins = card.number[:4]
    bill(page, shop)
    # Two are scanned one right after the other, and none waits for the answer to the first.
    scan(page, OTHER_CODE)
    if not javascript:
        left(page, "€55.00")
    scan(page, card.number.lower())
    left(page, "€0.00")
    expect(page.get_by_text("€45.00 left after this visit")).to_be_visible()
    page.get_by_label(f"Pay with the gift card, {LONG} {begins}").fill("15")
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
    expect(page.locator("#messages")).to_contain_text(f"€85.00 is left on {LONG} {begins} ····.")
    assert (balance(card.holder_id), balance(small.holder_id)) == (85, 0)
    page.get_by_role("link", name="Receipt").click()
    expect(page.locator(".receipt")).to_contain_text("Left on it after this visit")
    bill(page, shop)
    scan(page, card.number)
    left(page, "€0.00")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#messages")).to_contain_text("€25.00 is left on")
    report = new_page(user=shop.manager, javascript=javascript, size=(1920, 1080))
    report.goto(f"/chains/aurora/gift-cards/?number={begins}")
    row = report.locator(".list-table tbody tr").filter(has_text=begins)
    for told in ("Active", "100.00", "75.00", "25.00", "Nina Neu"):
        expect(row).to_contain_text(told)
    paid = list(Visit.objects.filter(client=shop.nina).order_by("-pk").values_list("pk", flat=True))
    for visit in paid:
        expect(row.locator(f"a[href='/locations/center/visits/{visit}/']")).to_be_visible()
    assert len(paid) == 2 and Visit.objects.filter(settled_at__isnull=False).count() == 3


@pytest.mark.parametrize("javascript", [True, False], ids=["script", "no script"])
def test_an_account_is_opened_pays_on_credit_and_is_topped_up(
    shop: Salon, new_page: NewPage, *, javascript: bool
) -> None:
    make_account_type(shop.cast.aurora, LONG, credit="50")
    opening = new_page(user=shop.manager, javascript=javascript)
    opening.goto(f"/locations/center/clients/{shop.nina.pk}/accounts/open/")
    opening.get_by_label("Opening balance").fill("20")
    opening.get_by_role("button", name="Open account").click()
    expect(opening.locator("#messages")).to_contain_text("The account was opened.")
    account = Account.objects.get()
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
    page.goto(f"/locations/center/accounts/{account.pk}/")
    page.get_by_role("link", name="Receipt").click()
    for told in ("Nina Neu", "Received €100.00", "On the account after it", "€60.00"):
        expect(page.locator(".receipt")).to_contain_text(told)
