"""The desk at work in a real browser: with a mouse, by keyboard alone, without JavaScript, and two at once."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from playwright.sync_api import Dialog, Locator, Page, Route, expect

from chains.models import Chain
from loyalty.ledger.models import Transaction
from tests.cast import PASSWORD, make_cast
from tests.plugins.browser import TABLET, NewPage, Problems, axe, fits
from tests.visits.conftest import Salon, make_salon
from visits.models import Visit

pytestmark = pytest.mark.browser

PHONE = (390, 844)
SEARCH = "Find a guest, card or visit"
USE_THE_MOST = re.compile(r"^Use [\d.]+ points of Bonus card")
ADD = "Add a service or product"


@pytest.fixture
def shop(transactional_db: None) -> Salon:
    return make_salon(make_cast())


def add_haircut(page: Page) -> None:
    page.get_by_label(ADD).fill("hair")
    press(page, "Find")
    page.locator("#found").get_by_role("button", name="Haircut").click()
    expect(page.locator(".bill-lines")).to_contain_text("Haircut")


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def save(page: Page, said: str = "Paid.") -> None:
    with page.expect_navigation():
        press(page, "Save")
    expect(page.locator("#messages")).to_contain_text(said)


def use_the_most(page: Page) -> None:
    page.get_by_role("button", name=USE_THE_MOST).click()


def search(page: Page, text: str) -> None:
    page.get_by_label(SEARCH).fill(text)
    page.get_by_label(SEARCH).press("Enter")


def confirm_inviter(page: Page, phone: str) -> None:
    page.get_by_label("Inviter's phone").fill(phone)
    press(page, "Confirm the inviter")


def open_from_the_day(page: Page, guest: str) -> None:
    page.get_by_role("link", name="Visits", exact=True).first.click()
    page.get_by_role("link", name=guest).click()


# A morning
# ----------------------------------------------------------------------------


@pytest.mark.parametrize("javascript", [True, False], ids=["with JavaScript", "without"])
def test_a_morning_at_the_desk(javascript: bool, shop: Salon, new_page: NewPage) -> None:
    shop.give(shop.boris, "50")
    page = new_page(javascript=javascript)
    page.goto("/sign-in/")
    page.get_by_label("E-mail").fill(shop.desk.email)
    page.get_by_label("Password").fill(PASSWORD)
    press(page, "Sign in")
    expect(page).to_have_url("/locations/center/visits/")

    a_new_guest_comes_by_referral(page)
    assert shop.bonus_card(shop.anna).holder.balance == Decimal("2.70")
    page.get_by_role("link", name="Receipt").click()
    expect(page.locator(".receipt")).to_contain_text("Earned with this visit+2.70")

    a_guest_with_points_pays_a_part(page)
    open_from_the_day(page, "Boris Ivanov")
    press(page, "Pay the rest: Bank card")
    save(page, "Paid. 1.89 points earned.")
    boris = Visit.objects.get(client=shop.boris)
    assert (boris.points_paid, boris.paid, boris.left) == (Decimal("16.20"), Decimal("37.80"), Decimal(0))
    assert shop.bonus_card(shop.boris).holder.balance == Decimal("35.69")

    a_mistake_is_corrected(page)
    assert shop.bonus_card(shop.boris).holder.balance == Decimal("46.00") + Decimal("2.50")

    page.get_by_role("link", name="Cancel visit").click()
    expect(page.locator("#correction")).to_contain_text("48.50 points50.00 points")
    page.get_by_label("Reason").fill("It was for Monday")
    press(page, "Cancel visit")
    expect(page.locator("#messages")).to_contain_text("The visit was cancelled.")
    expect(page.locator("#window")).to_contain_text("It was for Monday")
    assert shop.bonus_card(shop.boris).holder.balance == Decimal(50)


def a_new_guest_comes_by_referral(page: Page) -> None:
    page.get_by_role("link", name="New visit").click()
    add_haircut(page)
    page.get_by_label("Phone, name or card of the guest").fill("0151 2222 3333")
    page.get_by_label("Phone, name or card of the guest").press("Enter")
    page.get_by_label("Name of the new guest").fill("Greta Gast")
    press(page, "Add the guest")
    expect(page.get_by_role("heading", name="Visit of Greta Gast")).to_be_visible()
    press(page, "Add the inviter")
    confirm_inviter(page, "0151 2222 3333")
    expect(page.locator("#id_referral_error")).to_contain_text("This is the guest's own phone.")
    expect(page.get_by_label("Inviter's phone")).to_have_value("0151 2222 3333")
    confirm_inviter(page, "0151 1234 5601")
    expect(page.locator("#referral")).to_contain_text("Invited by Anna Schmidt.")
    expect(page.locator("#referral")).to_contain_text("Anna Schmidt gets 2.70 points once all is paid.")
    assert not Visit.objects.exists()
    press(page, "Pay the rest: Cash")
    expect(page.get_by_label("Cash", exact=True)).to_have_value("54.00")
    save(page)


def a_guest_with_points_pays_a_part(page: Page) -> None:
    search(page, "ivanov")
    page.get_by_role("link", name="Boris Ivanov").first.click()
    add_haircut(page)
    press(page, "Apply Club discount")
    use_the_most(page)
    expect(page.locator(".totals")).to_contain_text("−€16.20")
    expect(page.locator(".gives")).to_contain_text("This visit gives, once all is paid")
    save(page, "The visit was saved. €37.80 left to pay.")


def a_mistake_is_corrected(page: Page) -> None:
    """The guest wants to keep some points, and the club discount was not meant."""
    page.get_by_label("Bank card", exact=True).fill("50")
    press(page, "Take back Club discount")
    page.locator("#window [name=points-0-amount]").fill("4")
    press(page, "Find")
    expect(page.locator("#correction")).to_contain_text("Discount€6.00€0.00")
    page.get_by_label("Bank card", exact=True).fill("46")
    press(page, "Pay the rest: Cash")
    page.get_by_label("Cash", exact=True).fill("10")
    press(page, "Find")
    expect(page.locator("#correction")).to_contain_text("35.69 points48.80 points")
    page.get_by_label("Discount, %, Haircut").fill("10")
    page.get_by_label("Cash", exact=True).fill("4")
    press(page, "Find")
    expect(page.locator(".total-due")).to_contain_text("€54.00")
    save(page)


def test_a_morning_by_keyboard_alone(shop: Salon, new_page: NewPage) -> None:
    shop.give(shop.boris, "50")
    page = new_page(user=shop.desk)
    page.goto("/locations/center/visits/")
    page.keyboard.press("?")
    expect(page.get_by_role("heading", name="Keys", exact=True)).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("heading", name="Keys", exact=True)).to_be_hidden()

    page.keyboard.type("/5602")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Boris Ivanov").first).to_be_focused()
    assert has_visible_focus(page)
    page.keyboard.press("Enter")
    expect(page.get_by_label(ADD)).to_be_focused()
    page.keyboard.type("o")
    found = page.locator("#found").get_by_role("button")
    expect(found).to_have_count(2)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(found.nth(1)).to_be_focused()
    assert has_visible_focus(page)
    page.keyboard.press("Enter")
    expect(page.locator(".bill-lines")).to_contain_text("Shampoo")
    expect(page.get_by_label(ADD)).to_be_focused()
    # One Enter adds what is found first, also before it is shown, and also before the answer to the one before it.
    page.keyboard.type("hair")
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    page.keyboard.type("colour")
    page.keyboard.press("Enter")
    expect(page.locator(".total-due")).to_contain_text("€118.90")
    expect(page.get_by_label("Quantity, Haircut")).to_have_value("1")
    expect(page.get_by_label(ADD)).to_have_value("")
    press(page, "Put Colour aside")
    expect(page.locator(".total-due")).to_contain_text("€78.90")
    # Nothing is added of what is not sold; its text is there to be typed over.
    page.keyboard.press("F2")
    page.keyboard.type("glos")
    page.keyboard.press("Enter")
    expect(page.locator(".found-none")).to_have_text("Nothing sold here is called “glos”.")
    expect(page.get_by_label(ADD)).to_have_value("glos")
    page.keyboard.press("F2")
    page.keyboard.type("wom")
    expect(page.get_by_label(ADD)).to_have_value("wom")
    page.keyboard.press("Control+a")
    page.keyboard.press("Delete")
    expect(page.locator(".total-due")).to_contain_text("€78.90")
    tab_to(page, page.get_by_role("button", name="Apply Club discount"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Take back Club discount")).to_be_focused()
    page.keyboard.press("F9")
    expect(page.locator("[name=points-0-amount]")).to_have_value("21.30")
    page.keyboard.press("F4")
    expect(page.get_by_label("Cash", exact=True)).to_have_value("49.71")
    expect(page.get_by_label("Cash", exact=True)).to_be_focused()
    page.keyboard.press("F2")
    expect(page.get_by_label(ADD)).to_be_focused()
    page.keyboard.press("Control+Enter")
    expect(page.locator("#messages .alert")).to_be_focused()
    expect(page.locator("#messages")).to_contain_text("Paid. 2.49 points earned.")
    assert Visit.objects.get().left == 0

    page.keyboard.type("/0151 7777777")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Name", exact=True)).to_be_focused()
    page.keyboard.type("Walter Walk-in")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Visit of Walter Walk-in")).to_be_visible()


def tab_to(page: Page, wanted: Locator) -> None:
    for _ in range(40):
        page.keyboard.press("Tab")
        if wanted.evaluate("element => element === document.activeElement"):
            return
    pytest.fail("it is not reached by the tabulator")


def has_visible_focus(page: Page) -> bool:
    style = page.evaluate("(s => [s.outlineStyle, s.boxShadow])(getComputedStyle(document.activeElement))")
    return bool(style[0] != "none" or style[1] != "none")


# Nothing is lost, nothing is done twice
# ----------------------------------------------------------------------------


def test_what_is_typed_is_computed_at_once_and_never_lost(shop: Salon, new_page: NewPage, problems: Problems) -> None:
    problems.forgive("Failed to load resource|htmx:sendError|htmx:afterRequest|ERR_FAILED")
    page = new_page(user=shop.desk)
    page.goto(f"/locations/center/visits/new/{shop.boris.pk}/")
    add_haircut(page)
    # What is searched for next, before the answer to a button came.
    held: list[Route] = []
    page.route("**/visits/new/*/", lambda route: held.append(route))  # noqa: PLW0108 - Playwright marks the function
    with page.expect_request("**/visits/new/*/"):
        press(page, "Find")
    page.get_by_label(ADD).press_sequentially("sham")
    expect(page.locator("#found").get_by_role("button", name="Shampoo")).to_be_visible()
    with page.expect_response("**/visits/new/*/"):
        held[0].continue_()
    expect(page.locator("#found").get_by_role("button", name="Shampoo")).to_be_visible()
    expect(page.get_by_label(ADD)).to_have_value("sham")
    page.get_by_label(ADD).fill("")

    # What is selected to be typed over stays selected when an answer comes.
    with page.expect_request("**/visits/new/*/"):
        press(page, "Find")
    quantity = page.get_by_label("Quantity, Haircut")
    quantity.focus()
    quantity.press("Control+a")
    page.evaluate("document.getElementById('window').dataset.before = 'the answer'")
    held[1].continue_()
    page.unroute("**/visits/new/*/")
    expect(page.locator("#window[data-before]")).to_have_count(0)
    top = quantity.bounding_box()
    quantity.press_sequentially("12", delay=250)
    expect(page.locator(".total-due")).to_contain_text("€720.00")
    expect(quantity).to_have_value("12")
    expect(quantity).to_be_focused()
    assert quantity.bounding_box() == top
    expect(page.locator("#announcement")).to_contain_text("Due €720.00, left to pay €720.00.")

    # One button before the answer to another, and one right behind it: all are done. What is unfolded stays so.
    page.evaluate(
        """() => {
            const press = (name) => document.querySelector(`#window [name=${name}]`).click();
            document.addEventListener("htmx:afterRequest", () => queueMicrotask(() => press("apply")), { once: true });
            press("recalculate");
            press("pay_the_rest");
        }"""
    )
    expect(page.get_by_label("Cash", exact=True)).to_have_value("648.00")
    page.locator("#discount-0 summary").click()

    page.route("**/visits/new/*/", lambda route: route.abort())
    press(page, "Pay the rest: Bank card")
    expect(page.locator("#unreachable")).to_contain_text("The server did not answer.")
    press(page, "Save")
    expect(page.locator("#unreachable")).to_be_visible()
    expect(page.get_by_role("button", name="Save", exact=True)).to_be_focused()
    expect(page.get_by_label("Cash", exact=True)).to_have_value("648.00")
    page.unroute("**/visits/new/*/")
    page.get_by_label("Cash", exact=True).fill("700")
    expect(page.locator("#id_payments-0-amount_error")).to_contain_text("Only €648.00 is left to pay.")
    expect(page.locator("#unreachable")).to_be_hidden()
    expect(page.locator("#discount-0 .why ul")).to_be_visible()
    press(page, "Save")
    expect(page.locator("#mistakes")).to_be_focused()
    page.locator("#mistakes").get_by_role("link", name="Cash").click()
    expect(page.get_by_label("Cash", exact=True)).to_be_focused()
    assert not Visit.objects.exists()


def test_a_save_is_done_once(shop: Salon, new_page: NewPage, problems: Problems) -> None:
    problems.forgive("Failed to load resource|htmx:sendError|htmx:afterRequest|ERR_FAILED")
    page = new_page(user=shop.desk)
    address = f"/locations/center/visits/new/{shop.boris.pk}/"
    page.goto(address)
    add_haircut(page)
    # A change that is not saved yet.
    press(page, "Apply Club discount")
    expect(page.locator(".total-due")).to_contain_text("€54.00")

    # A page that is left before it is saved asks first.
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.once("dialog", stay)
    page.get_by_role("link", name="All clients").click()
    expect(page.locator(".total-due")).to_contain_text("€54.00")
    assert asked == ["beforeunload"]

    # The answer to the save is lost; the visit is there, and saving again leads to it.
    def lose(route: Route) -> None:
        route.fetch(max_redirects=0)
        route.abort()

    page.route(f"**{address}", lose)
    press(page, "Save")
    expect(page.locator("#unreachable")).to_be_visible()
    assert Visit.objects.count() == 1
    page.unroute(f"**{address}")
    page.get_by_role("button", name="Save", exact=True).dblclick()
    expect(page.locator("#messages")).to_contain_text("This form was sent before.")
    page.go_back()
    expect(page.get_by_label(ADD)).to_be_visible()
    page.go_forward()
    page.reload()
    expect(page.get_by_label("Quantity, Haircut")).to_have_value("1")
    assert Visit.objects.get().due == Decimal(54)


def test_two_browsers_on_one_visit_and_one_card(shop: Salon, new_page: NewPage) -> None:
    shop.give(shop.boris, "20")
    Chain.objects.filter(pk=shop.cast.aurora.pk).update(front_desk_discount=50)
    desk, manager = new_page(user=shop.desk), new_page(user=shop.manager)
    for page in (desk, manager):
        page.goto(f"/locations/center/visits/new/{shop.boris.pk}/")
        add_haircut(page)
        use_the_most(page)
        expect(page.locator(".totals")).to_contain_text("−€18.00")
    save(desk, "The visit was saved. €42.00 left to pay.")
    press(manager, "Save")
    expect(manager.locator("#id_points-0-amount_error")).to_contain_text("The card may pay at most €2.00 here.")
    expect(manager.locator(".loyalty-card").first).to_contain_text("2.00 points")
    assert shop.bonus_card(shop.boris).holder.balance == 2
    use_the_most(manager)
    expect(manager.locator("[name=points-0-amount]")).to_have_value("2.00")
    save(manager, "The visit was saved. €58.00 left to pay.")
    assert shop.bonus_card(shop.boris).holder.balance == 0

    manager.goto(desk.url)
    press(manager, "Pay the rest: Cash")
    expect(manager.get_by_label("Cash", exact=True)).to_have_value("42.00")
    desk.get_by_label("Discount, %, Haircut").fill("50")
    expect(desk.locator(".total-due")).to_contain_text("€30.00")
    save(manager)
    press(desk, "Save")
    expect(desk.locator("#meanwhile")).to_contain_text(re.compile(r"Cash\s*–\s*42\.00\s*–"))
    press(desk, "Put what I typed onto it")
    expect(desk.locator("#id_payments-0-amount_error")).to_contain_text("left to pay")
    expect(desk.get_by_label("Discount, %, Haircut")).to_have_value("50")
    desk.get_by_label("Cash", exact=True).fill("21")
    desk.locator("[name=points-0-amount]").fill("9")
    expect(desk.locator(".left")).to_contain_text("all paid")
    desk.get_by_label("Why is money taken off?").fill("Half price after all")
    save(desk)
    rows = Transaction.objects.filter(holder__card__client=shop.boris)
    assert shop.bonus_card(shop.boris).holder.balance == sum(row.amount for row in rows) == Decimal("10.05")


# For everyone, on every screen
# ----------------------------------------------------------------------------


def test_the_pages_are_accessible_and_fit_their_screens(shop: Salon, new_page: NewPage) -> None:
    shop.give(shop.boris, "50")
    page = new_page(user=shop.manager, size=TABLET)
    for address in ("", "?on=2026-03-01", "guest/?q=bo", "guest/?q=nobody", "new/"):
        page.goto(f"/locations/center/visits/{address}")
        look(page)
    page.keyboard.press("?")
    axe(page)
    page.goto(f"/locations/center/visits/new/{shop.boris.pk}/")
    axe(page)
    add_haircut(page)
    press(page, "Apply Club discount")
    use_the_most(page)
    expect(page.locator("[name=points-0-amount]")).to_have_value("16.20")
    page.locator(".pay-open").click()
    press(page, "Pay the rest: Cash")
    page.get_by_label("Cash", exact=True).fill("99")
    expect(page.locator(".give-change")).to_be_visible()
    look(page)
    page.locator(".pay-close").click()
    page.locator("#hand-points > summary").click()
    press(page, "Accrue")
    expect(page.locator("#id_hand_comment_error")).to_be_visible()
    press(page, "Save")
    expect(page.locator("#mistakes")).to_be_focused()
    look(page)
    page.locator("#mistakes").get_by_role("link", name="Cash").click()
    expect(page.get_by_label("Cash", exact=True)).to_be_focused()
    press(page, "Pay the rest: Cash")
    expect(page.get_by_label("Cash", exact=True)).to_have_value("37.80")
    save(page)
    press(page, "History of the cards")
    expect(page.get_by_role("button", name="History of the cards")).to_be_focused()
    look(page)
    page.get_by_role("link", name="Receipt").click()
    look(page)
    page.emulate_media(media="print")
    expect(page.locator(".frame-side")).to_be_hidden()
    expect(page.locator(".receipt")).to_be_visible()
    page.emulate_media(media="screen")
    page.go_back()
    page.locator(".pay-open").click()
    page.get_by_role("link", name="Cancel visit").click()
    look(page)


def look(page: Page) -> None:
    """Nothing has to be scrolled sideways on a tablet and on a phone, targets are large enough, and axe is content."""
    for size in (PHONE, TABLET):
        page.set_viewport_size({"width": size[0], "height": size[1]})
        fits(page)
        assert not page.evaluate(SMALL_TARGETS), page.url
    # An answer that is still under way would take the page away from under axe.
    page.wait_for_load_state("networkidle")
    axe(page)


#: Buttons and fields lower than a finger is wide; text links within a sentence may be so.
SMALL_TARGETS = """
[...document.querySelectorAll("main :is(button, input, select, summary, .btn)")]
  .filter(each => each.checkVisibility({visibilityProperty: true}))
  .filter(each => !each.closest(".visually-hidden, .window-recalculate"))
  .filter(each => each.type !== "hidden" && each.type !== "radio")
  .filter(each => (each.closest("label") ?? each).getBoundingClientRect().height < 43.5)
  .map(each => each.outerHTML.slice(0, 120))
"""
