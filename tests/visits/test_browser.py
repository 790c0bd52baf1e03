"""The desk at work in a real browser: with a mouse, by keyboard, and without JavaScript."""

from decimal import Decimal

import pytest
from playwright.sync_api import Page, expect

from tests.cast import PASSWORD, make_cast
from tests.plugins.browser import TABLET, NewPage, Problems, axe
from tests.visits.conftest import Salon, make_salon
from visits.models import Visit

pytestmark = pytest.mark.browser


@pytest.fixture
def shop(transactional_db: None) -> Salon:
    return make_salon(make_cast())


def sign_in(page: Page, salon: Salon) -> None:
    page.goto("/sign-in/")
    page.get_by_label("E-mail").fill(salon.desk.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url("/locations/center/visits/")


def add_haircut(page: Page) -> None:
    page.get_by_label("Add a service or product").fill("hair")
    page.get_by_label("Add a service or product").press("Enter")
    page.locator("#found").get_by_role("button", name="Haircut").click()
    expect(page.locator(".bill-lines")).to_contain_text("Haircut")


def confirm_inviter(page: Page, phone: str) -> None:
    page.get_by_label("Inviter's phone").fill(phone)
    page.get_by_role("button", name="Confirm the inviter").click()


@pytest.mark.parametrize("javascript", [True, False], ids=["with JavaScript", "without"])
def test_a_new_guest_is_checked_out_under_the_referral_program(
    javascript: bool, shop: Salon, new_page: NewPage
) -> None:
    page = new_page(javascript=javascript)
    sign_in(page, shop)
    page.get_by_label("Find a guest, card or visit").fill("0151 2222 3333")
    page.get_by_label("Find a guest, card or visit").press("Enter")
    page.get_by_label("Name", exact=True).fill("Greta Gast")
    page.get_by_role("button", name="Add and begin a visit").click()
    expect(page.get_by_role("heading", name="Visit of Greta Gast")).to_be_visible()
    add_haircut(page)

    page.get_by_role("button", name="Referral program").click()
    confirm_inviter(page, "0151 777 8888")
    expect(page.locator("#id_referral_error")).to_contain_text("No client of Aurora has the phone")
    confirm_inviter(page, "0151 2222 3333")
    expect(page.locator("#id_referral_error")).to_contain_text("This is the guest's own phone.")
    expect(page.get_by_label("Inviter's phone")).to_have_value("0151 2222 3333")
    confirm_inviter(page, "0151 1234 5601")
    expect(page.locator("#referral")).to_contain_text("Invited by Anna Schmidt.")
    expect(page.locator("#referral")).to_contain_text("Anna Schmidt gets 2.70 points once all is paid.")
    expect(page.locator(".totals")).to_contain_text("€54.00")
    assert not Visit.objects.exists()

    page.get_by_role("button", name="Pay the rest: Cash").click()
    expect(page.get_by_label("Cash", exact=True)).to_have_value("54.00")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#messages")).to_contain_text("The visit was saved.")
    assert shop.bonus_card(shop.anna).holder.balance == Decimal("2.70")

    page.goto(f"/locations/center/visits/new/{shop.anna.pk}/")
    expect(page.locator(".loyalty-card-points").first).to_have_text("2.70 points")


def test_typing_is_computed_at_once_and_never_lost(shop: Salon, new_page: NewPage) -> None:
    page = new_page(user=shop.desk)
    page.goto(f"/locations/center/visits/new/{shop.boris.pk}/")
    add_haircut(page)
    quantity = page.get_by_label("Quantity, Haircut")
    quantity.click()
    quantity.press("Control+a")
    quantity.press_sequentially("12", delay=250)
    expect(page.locator(".total-due")).to_contain_text("€720.00")
    expect(quantity).to_have_value("12")
    expect(quantity).to_be_focused()
    expect(page.locator("#announcement")).to_contain_text("Due €720.00, left to pay €720.00.")


def test_a_visit_is_checked_out_by_keyboard_alone(shop: Salon, new_page: NewPage) -> None:
    page = new_page(user=shop.desk)
    page.goto(f"/locations/center/visits/new/{shop.boris.pk}/")
    expect(page.get_by_label("Add a service or product")).to_be_focused()
    page.keyboard.type("hair")
    page.keyboard.press("Enter")
    expect(page.locator("#found").get_by_role("button", name="Haircut")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".total-due")).to_contain_text("€60.00")
    expect(page.get_by_label("Add a service or product")).to_be_focused()
    apply = page.get_by_role("button", name="Apply Club discount")
    apply.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Take back Club discount")).to_be_focused()
    page.get_by_role("button", name="Pay the rest: Bank card").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Bank card", exact=True)).to_be_focused()
    page.keyboard.press("Control+Enter")
    expect(page.locator("#messages")).to_contain_text("The visit was saved.")
    assert Visit.objects.get().paid == Decimal(54)


def test_a_mistake_is_summed_up_on_top_with_a_link_to_its_field(shop: Salon, new_page: NewPage) -> None:
    page = new_page(user=shop.desk)
    page.goto(f"/locations/center/visits/new/{shop.boris.pk}/")
    add_haircut(page)
    page.get_by_label("Cash", exact=True).fill("99")
    expect(page.locator("#id_payments-0-amount_error")).to_contain_text("Only €60.00 is left to pay.")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#mistakes")).to_be_focused()
    page.locator("#mistakes").get_by_role("link", name="Cash").click()
    expect(page.get_by_label("Cash", exact=True)).to_be_focused()
    assert not Visit.objects.exists()


def test_what_is_unfolded_stays_so(shop: Salon, new_page: NewPage) -> None:
    page = new_page(user=shop.desk)
    page.goto(f"/locations/center/visits/new/{shop.boris.pk}/")
    add_haircut(page)
    page.get_by_role("button", name="Apply Club discount").click()
    page.locator("#discount-0 summary").click()
    page.get_by_role("button", name="Pay the rest: Cash").click()
    expect(page.get_by_label("Cash", exact=True)).to_have_value("54.00")
    expect(page.locator("#discount-0 .why ul")).to_be_visible()


def test_a_lost_connection_loses_nothing(shop: Salon, new_page: NewPage, problems: Problems) -> None:
    problems.forgive("Failed to load resource|htmx:sendError|htmx:afterRequest|ERR_FAILED")
    page = new_page(user=shop.desk)
    page.goto(f"/locations/center/visits/new/{shop.boris.pk}/")
    add_haircut(page)
    page.route("**/visits/new/*/", lambda route: route.abort())
    page.get_by_role("button", name="Pay the rest: Cash").click()
    expect(page.locator("#unreachable")).to_contain_text("The server did not answer.")
    page.unroute("**/visits/new/*/")
    page.get_by_role("button", name="Pay the rest: Cash").click()
    expect(page.get_by_label("Cash", exact=True)).to_have_value("60.00")
    expect(page.locator("#unreachable")).to_be_hidden()


def test_who_saves_faster_than_the_answer_comes_sees_the_new_due_first(shop: Salon, new_page: NewPage) -> None:
    page = new_page(user=shop.desk)
    page.goto(f"/locations/center/visits/new/{shop.boris.pk}/")
    add_haircut(page)
    page.evaluate("for (const name of ['apply', 'save']) document.querySelector(`#window [name=${name}]`).click()")
    expect(page.locator("#mistakes")).to_contain_text("What is due changed since the page was shown.")
    expect(page.locator(".total-due")).to_contain_text("€54.00")
    assert not Visit.objects.exists()
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#messages")).to_contain_text("The visit was saved.")
    assert Visit.objects.get().due == Decimal(54)


def test_two_buttons_at_once_are_both_done(shop: Salon, new_page: NewPage) -> None:
    page = new_page(user=shop.desk)
    page.goto(f"/locations/center/visits/new/{shop.boris.pk}/")
    add_haircut(page)
    page.evaluate(
        "for (const name of ['apply', 'pay_the_rest']) document.querySelector(`#window [name=${name}]`).click()"
    )
    expect(page.get_by_label("Cash", exact=True)).to_have_value("54.00")
    expect(page.locator(".total-due")).to_contain_text("€54.00")


def test_a_visit_is_cancelled_after_a_question(shop: Salon, new_page: NewPage) -> None:
    page = new_page(user=shop.desk, javascript=False)
    page.goto(f"/locations/center/visits/new/{shop.boris.pk}/")
    add_haircut(page)
    page.get_by_role("button", name="Pay the rest: Cash").click()
    page.get_by_role("button", name="Save").click()
    page.get_by_role("link", name="Cancel visit").click()
    expect(page.locator(".undoing")).to_contain_text("3.00 points are taken. Balance 3.00 → 0.00.")
    page.get_by_label("Reason").fill("The guest called it off")
    page.get_by_role("button", name="Cancel visit").click()
    expect(page.locator("#messages")).to_contain_text("The visit was cancelled.")


def test_the_pages_are_accessible_and_fit_a_tablet(shop: Salon, new_page: NewPage) -> None:
    shop.give(shop.boris, "50")
    page = new_page(user=shop.manager, size=TABLET)
    for address in ("", "?on=2026-03-01", "guest/?q=bo", "guest/?q=nobody"):
        page.goto(f"/locations/center/visits/{address}")
        axe(page)
        assert fits(page)
    page.goto(f"/locations/center/visits/new/{shop.boris.pk}/")
    axe(page)
    add_haircut(page)
    page.get_by_role("button", name="Apply Club discount").click()
    page.get_by_role("button", name="Use the most").click()
    expect(page.locator(".totals")).to_contain_text("−€16.20")
    page.get_by_label("Cash", exact=True).fill("99")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#mistakes")).to_be_visible()
    axe(page)
    assert fits(page)
    page.get_by_role("button", name="Pay the rest: Cash").click()
    expect(page.get_by_label("Cash", exact=True)).to_have_value("37.80")
    page.get_by_role("button", name="Save").click()
    page.locator("#history summary").click()
    axe(page)
    page.get_by_role("link", name="Cancel visit").click()
    axe(page)


def fits(page: Page) -> bool:
    """Whether nothing has to be scrolled sideways."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"))
