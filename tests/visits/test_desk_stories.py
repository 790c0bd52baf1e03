"""What checking a guest out takes at the desk, in a real browser: its keys and clicks are counted, and held."""

from __future__ import annotations

from decimal import Decimal

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.cast import make_cast
from tests.plugins.browser import NewPage
from tests.visits.conftest import Salon, make_salon
from visits.models import Visit

pytestmark = pytest.mark.browser

GUEST = "Phone, name or card of the guest"
ADD = "Add a service or product"

#: The colours of what is left, of what is good, and of any other text.
INKS = """() => {
  const probe = document.body.appendChild(document.createElement("i"));
  probe.style.color = "var(--good)";
  const inks = [document.querySelector(".left strong"), probe, document.body].map(each => getComputedStyle(each).color);
  probe.remove();
  return inks;
}"""


class Hands:
    """Whoever works at a page. What is typed as text is not counted; each other key and each click is."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.keys = self.clicks = 0

    def type(self, text: str, *, into: str) -> None:
        expect(self.page.get_by_label(into, exact=True)).to_be_focused()
        # The field has the focus while the page is still read; on a slow machine Enter came before its scripts.
        self.page.wait_for_load_state("domcontentloaded")
        self.page.keyboard.type(text)

    def press(self, key: str) -> None:
        self.keys += 1
        self.page.keyboard.press(key)

    def click(self, wanted: Locator) -> None:
        self.clicks += 1
        wanted.click()

    def rest(self) -> tuple[int, int]:
        """What was counted since this was asked last: keys and clicks."""
        counted = (self.keys, self.clicks)
        self.keys = self.clicks = 0
        return counted


@pytest.fixture
def shop(transactional_db: None) -> Salon:
    return make_salon(make_cast())


def left(page: Page, amount: str) -> None:
    expect(page.locator(".left strong")).to_have_text(amount)


def paid() -> dict[str, Decimal]:
    return {payment.method: payment.amount for payment in Visit.objects.get().payments.all()}


def test_a_walk_in_is_paid_in_two_keys_and_the_next_guest_comes_with_one(shop: Salon, new_page: NewPage) -> None:
    page = new_page(user=shop.desk)
    page.goto("/locations/center/visits/new/")
    hands = Hands(page)
    hands.type("0151 1234 5602", into=GUEST)
    hands.press("Enter")
    hands.type("hair", into=ADD)
    hands.press("Enter")
    left(page, "€60.00")
    assert hands.rest() == (2, 0), "until the bill is filled"
    expect(page.locator(".left")).not_to_have_class("left plus")
    hands.press("F4")
    left(page, "€0.00")
    expect(page.locator(".left")).to_have_class("left plus")
    inks = {"light": page.evaluate(INKS)}
    page.emulate_media(color_scheme="dark")
    inks["dark"] = page.evaluate(INKS)
    page.emulate_media(color_scheme="light")
    assert all(left == good != usual for left, good, usual in inks.values()), inks
    hands.press("Control+Enter")
    expect(page.locator("#messages .alert")).to_be_focused()
    expect(page.locator("#messages")).to_have_text("Paid. 3.00 points earned.")
    assert hands.rest() == (2, 0), "until all is paid and saved"
    assert paid() == {"cash": Decimal(60)}
    # All is done: saving comes back with a change, and goes with it.
    save, following = page.get_by_role("button", name="Save"), page.get_by_role("link", name="Next guest")
    expect(save).to_be_hidden()
    page.get_by_label("Discount, %, Haircut").fill("1")
    expect(save).to_be_visible()
    expect(following).to_be_hidden()
    expect(page.locator(".total-due")).to_contain_text("€59.40")
    page.get_by_label("Discount, %, Haircut").fill("")
    expect(following).to_be_visible()
    expect(save).to_be_hidden()
    page.reload()
    page.wait_for_timeout(600)
    hands.press("Control+Enter")
    expect(page).to_have_url("/locations/center/visits/guest/")
    assert hands.rest() == (1, 0)
    expect(page.get_by_role("main").get_by_role("searchbox")).to_be_focused()


def test_a_guest_with_points_and_a_discount_is_paid_in_three_keys_and_a_click(shop: Salon, new_page: NewPage) -> None:
    shop.give(shop.boris, "50")
    page = new_page(user=shop.desk)
    page.goto("/locations/center/visits/")
    hands = Hands(page)
    hands.press("/")
    hands.type("5602", into="Find a guest, card or visit")
    hands.press("Enter")
    expect(page.get_by_role("link", name="Boris Ivanov").first).to_be_focused()
    hands.press("Enter")
    hands.type("hair", into=ADD)
    hands.press("Enter")
    left(page, "€60.00")
    assert hands.rest() == (4, 0), "until the bill is filled"
    hands.click(page.get_by_role("button", name="Apply Club discount"))
    left(page, "€54.00")
    hands.press("F9")
    left(page, "€37.80")
    hands.press("F6")
    left(page, "€0.00")
    hands.press("Control+Enter")
    expect(page.locator("#messages")).to_have_text("Paid. 1.89 points earned.")
    assert hands.rest() == (3, 1), "until all is paid and saved"
    assert paid() == {"card": Decimal("37.80")}
    assert Visit.objects.get().points_paid == Decimal("16.20")


def test_a_payment_is_split_by_typing_over_what_was_put_there(shop: Salon, new_page: NewPage) -> None:
    page = new_page(user=shop.desk)
    page.goto(f"/locations/center/visits/new/{shop.nina.pk}/")
    hands = Hands(page)
    hands.type("hair", into=ADD)
    hands.press("Enter")
    left(page, "€60.00")
    # What is not used has no field.
    expect(page.get_by_label("Cash", exact=True)).to_be_hidden()
    hands.rest()
    hands.press("F4")
    expect(page.get_by_label("Cash", exact=True)).to_have_value("60.00")
    hands.type("20", into="Cash")
    hands.press("F6")
    expect(page.get_by_label("Bank card", exact=True)).to_have_value("40.00")
    left(page, "€0.00")
    hands.press("Control+Enter")
    expect(page.locator("#messages")).to_contain_text("Paid.")
    assert hands.rest() == (3, 0)
    assert paid() == {"cash": Decimal(20), "card": Decimal(40)}


def test_on_a_phone_the_bar_opens_what_is_to_pay(shop: Salon, new_page: NewPage) -> None:
    """Without JavaScript as well: three taps from the filled bill to the saved visit."""
    page = new_page(user=shop.desk, javascript=False, size=(390, 844))
    page.goto(f"/locations/center/visits/new/{shop.nina.pk}/")
    page.get_by_label(ADD).fill("hair")
    page.get_by_role("button", name="Find", exact=True).click()
    page.locator("#found").get_by_role("button", name="Haircut").click()
    left(page, "€60.00")
    cash = page.get_by_role("button", name="Pay the rest: Cash")
    expect(cash).to_be_hidden()
    hands = Hands(page)
    hands.click(page.locator(".pay-open"))
    expect(page.get_by_label(ADD)).to_be_hidden()
    hands.click(cash)
    expect(page.get_by_label("Cash", exact=True)).to_be_visible()
    left(page, "€0.00")
    page.locator(".pay-close").click()
    expect(page.get_by_label(ADD)).to_be_visible()
    hands.click(page.get_by_role("button", name="Save"))
    expect(page.locator("#messages")).to_contain_text("Paid.")
    assert hands.rest() == (0, 3)
    # Where no script notices a change, saving stays in reach.
    expect(page.get_by_role("button", name="Save")).to_be_visible()
    expect(page.get_by_role("link", name="Next guest")).to_be_visible()


def test_whoever_types_ahead_of_the_answers_is_paid_and_told_what_was_not_found(shop: Salon, new_page: NewPage) -> None:
    page = new_page(user=shop.desk)
    page.goto(f"/locations/center/visits/new/{shop.nina.pk}/")
    field = page.get_by_label(ADD)
    expect(field).to_be_focused()
    unfound = page.get_by_text("Nothing sold here is called “xyzzy”.")
    page.keyboard.type("xyzzy")
    page.keyboard.press("Enter")
    page.keyboard.type("hair")
    page.keyboard.press("Enter")
    expect(page.locator(".bill-lines")).to_contain_text("Haircut")
    expect(unfound).to_be_visible()
    # What found nothing is typed over.
    page.keyboard.type("xyzzy")
    page.keyboard.press("Enter")
    expect(field).to_have_value("xyzzy")
    page.keyboard.type("colour")
    page.keyboard.press("Enter")
    expect(page.locator(".bill-lines")).to_contain_text("Colour")
    expect(unfound).to_be_hidden()
    page.keyboard.type("sham")
    for key in ("Enter", "F4", "Control+Enter"):
        page.keyboard.press(key)
    expect(page.locator("#messages")).to_contain_text("Paid.")
    assert paid() == {"cash": Decimal("118.90")}
