"""The visit window where something is refused, lost or still under way, in a real browser."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, Route, expect

from tests.cast import make_cast
from tests.plugins.browser import TABLET, NewPage, Problems, axe, fits
from tests.programs import make_item, make_visit
from tests.visits.conftest import Salon, make_salon
from visits.models import Visit

pytestmark = pytest.mark.browser

SMALL = (1000, 560)


@pytest.fixture
def shop(transactional_db: None) -> Salon:
    return make_salon(make_cast())


def open_with_haircut(page: Page, shop: Salon) -> str:
    """The window of Nina's visit with a haircut on it; its address."""
    address = f"/locations/center/visits/new/{shop.nina.pk}/"
    page.goto(address)
    add(page, "Haircut")
    return address


def add(page: Page, item: str) -> None:
    page.get_by_label("Add a service or product").fill(item)
    page.locator("#found").get_by_role("button", name=item).click()
    expect(page.locator(".bill-lines")).to_contain_text(item)


def test_a_refusal_stays_when_it_is_saved_straight_after_typing(shop: Salon, new_page: NewPage) -> None:
    page = new_page(user=shop.desk)
    address = open_with_haircut(page, shop)

    def answer_late(route: Route) -> None:
        page.wait_for_timeout(500)
        route.continue_()

    page.route(f"**{address}", answer_late)
    page.keyboard.press("F4")
    expect(page.get_by_label("Cash", exact=True)).to_have_value("60.00")
    page.get_by_label("Cash", exact=True).press_sequentially("abc")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#mistakes")).to_be_focused()
    # Longer than any answer that would sweep it away takes.
    page.wait_for_timeout(1200)
    expect(page.locator("#mistakes")).to_be_focused()
    expect(page.locator("#mistakes")).to_contain_text("Cash: Type an amount")
    assert not Visit.objects.exists()


def test_the_key_of_saving_pressed_once_more_leaves_no_page_unread(shop: Salon, new_page: NewPage) -> None:
    visit = make_visit(shop.location, shop.nina, [shop.haircut], at=timezone.now())
    page = new_page(user=shop.desk)
    page.clock.install(time=timezone.now())
    page.clock.pause_at(timezone.now() + timedelta(minutes=1))
    page.goto(f"/locations/center/visits/{visit.pk}/")
    expect(page.get_by_role("link", name="Next guest")).to_be_visible()
    page.evaluate("""document.addEventListener("click", event => {
      event.preventDefault();
      document.body.dataset.left = event.target.className;
    })""")
    page.keyboard.press("Control+Enter")
    expect(page.locator("body[data-left]")).to_have_count(0)
    page.clock.run_for(600)
    page.keyboard.press("Control+Enter")
    expect(page.locator("body[data-left~=next]")).to_have_count(1)


def test_a_lost_connection_is_told_within_sight_on_a_long_bill(
    shop: Salon, new_page: NewPage, problems: Problems
) -> None:
    problems.forgive("Failed to load resource|htmx:sendError|htmx:afterRequest|ERR_FAILED")
    for number in range(9):
        make_item(shop.cast.aurora, f"Service {number}", "10.00")
    page = new_page(user=shop.desk, size=SMALL)
    address = open_with_haircut(page, shop)
    for number in range(9):
        add(page, f"Service {number}")
    page.route(f"**{address}", lambda route: route.abort())
    page.get_by_label("Quantity, Service 8").fill("2")
    expect(page.locator("#unreachable")).to_be_in_viewport(ratio=1)


def test_what_has_the_focus_is_never_covered_at_any_size(shop: Salon, new_page: NewPage) -> None:
    shop.give(shop.boris, "50")
    for number in range(9):
        make_item(shop.cast.aurora, f"Service {number}", "10.00")
    page = new_page(user=shop.manager)
    page.goto(f"/locations/center/visits/new/{shop.boris.pk}/")
    for number in range(9):
        page.get_by_label("Add a service or product").fill(f"Service {number}")
        page.keyboard.press("Enter")
        expect(page.locator(".bill-lines")).to_contain_text(f"Service {number}")
    page.keyboard.press("F9")
    expect(page.locator("[name=points-0-amount]")).to_have_value("27.00")
    page.keyboard.press("F4")
    expect(page.get_by_label("Handed over")).to_be_visible()
    for summary in page.locator("#window summary").all():
        summary.evaluate("each => each.parentElement.open = true")
    page.wait_for_load_state("networkidle")
    for width, height in ((1280, 800), (820, 1180), (390, 844), (390, 480), (320, 568)):
        page.set_viewport_size({"width": width, "height": height})
        for is_paying in (True, False):
            page.evaluate("is => document.querySelector(is ? '.pay-open' : '.pay-close').click()", is_paying)
            for come in ("forward", "back", "at once"):
                assert page.evaluate(COVERED, come) == [], (width, height, is_paying, come)
            assert page.evaluate(OUTSIDE) == [], (width, is_paying)
            fits(page)
    # Once it is saved, its foot has other buttons.
    page.keyboard.press("Control+Enter")
    expect(page.locator("#messages")).to_contain_text("Paid.")
    page.wait_for_load_state("networkidle")
    for width, height in ((1280, 800), (820, 1180), (390, 844), (320, 568)):
        page.set_viewport_size({"width": width, "height": height})
        assert page.evaluate(COVERED, "back") == [], (width, height, "saved")
        assert page.evaluate(OUTSIDE) == [], (width, "saved")


#: What is seen of a card and reaches out of it.
OUTSIDE = """
[...document.querySelectorAll("#window .card")].flatMap(card => {
  const { left, right } = card.getBoundingClientRect();
  return [...card.querySelectorAll("*")]
    .filter(each => each.checkVisibility({visibilityProperty: true}) && !each.closest(".visually-hidden, .guest-word"))
    .filter(each => each.getBoundingClientRect().width > 1)
    .filter(each => each.getBoundingClientRect().left < left - 1 || each.getBoundingClientRect().right > right + 1)
    .map(each => each.outerHTML.slice(0, 120));
})
"""

#: Fields and buttons of the window that are not whole in the viewport, or lie below something, once they have the
#: focus: it comes from the one before, from the one after, or from the top of the page.
COVERED = """
(come) => {
  const fields = [...document.querySelectorAll("#window :is(input:not([type=hidden]), select, button, a, summary)")]
    .filter(each => each.checkVisibility({visibilityProperty: true}))
    .filter(each => !each.matches("[type=radio], .visually-hidden, .window-recalculate") && !each.closest("[inert]"));
  if (come === "back") fields.reverse();
  scrollTo(0, come === "back" ? document.body.scrollHeight : 0);
  const covered = [];
  for (const each of fields) {
    if (come === "at once") scrollTo(0, 0);
    document.activeElement.blur();
    each.focus();
    const box = each.getBoundingClientRect();
    const [left, right] = [box.left + box.width / 4, box.right - box.width / 4];
    const places = [left, right].flatMap(x => [[x, box.top + 3], [x, box.bottom - 3]]);
    const isSeen = box.top >= 0 && box.bottom <= innerHeight
      && places.every(([x, y]) => each.contains(document.elementFromPoint(x, y)));
    if (!isSeen) covered.push(each.outerHTML.slice(0, 80));
  }
  return covered;
}
"""


def test_what_is_to_pay_is_a_sheet_that_a_button_opens(shop: Salon, new_page: NewPage) -> None:
    page = new_page(user=shop.desk, size=(390, 844))
    open_with_haircut(page, shop)
    opens, add = page.get_by_role("button", name="Pay", exact=True), page.get_by_label("Add a service or product")
    for closing in ("key", "button", "beside"):
        expect(opens).to_have_attribute("aria-expanded", "false")
        opens.focus()
        page.keyboard.press("Enter")
        expect(page.get_by_role("dialog", name="To pay").get_by_role("heading")).to_be_focused()
        expect(page.locator(".pay-open")).to_have_attribute("aria-expanded", "true")
        axe(page)
        add.evaluate("each => each.focus()")
        expect(add).not_to_be_focused()
        if closing == "key":
            page.keyboard.press("Escape")
        elif closing == "button":
            page.get_by_role("button", name="Back to the bill").click()
        else:
            page.mouse.click(195, 100)
        expect(opens).to_be_focused()
        expect(page.get_by_role("heading", name="To pay")).to_be_hidden()
    # It stays open over answers, and is a column like any other once there is room.
    opens.click()
    page.get_by_role("button", name="Pay the rest: Cash").click()
    expect(page.get_by_label("Cash", exact=True)).to_be_focused()
    add.evaluate("each => each.focus()")
    expect(add).not_to_be_focused()
    page.get_by_label("Cash", exact=True).fill("20")
    page.keyboard.press("Enter")
    expect(page.locator(".left")).to_contain_text("€40.00")
    expect(page.get_by_label("Cash", exact=True)).to_be_focused()
    page.set_viewport_size({"width": 1280, "height": 800})
    add.click()
    expect(add).to_be_focused()
    expect(page.get_by_role("region", name="To pay")).to_be_visible()


def test_a_visit_that_can_only_be_looked_at_shows_on_a_phone_what_was_paid(shop: Salon, new_page: NewPage) -> None:
    visit = make_visit(shop.location, shop.boris, [shop.haircut], at=timezone.now() - timedelta(days=3))
    page = new_page(user=shop.desk, size=(390, 844))
    page.goto(f"/locations/center/visits/{visit.pk}/")
    expect(page.locator(".total-due")).to_contain_text("€60.00")
    expect(page.get_by_label("Cash", exact=True)).to_be_visible()
    expect(page.get_by_role("link", name="Receipt")).to_be_visible()
    expect(page.locator(".pay-open")).to_be_hidden()
    fits(page)


def test_a_button_that_only_has_the_focus_is_not_pressed_by_what_is_computed(shop: Salon, new_page: NewPage) -> None:
    page = new_page(user=shop.desk)
    open_with_haircut(page, shop)
    # Held until nobody asks for it any more.
    page.route("**/visits/new/**", lambda _route: None)
    page.get_by_label("Quantity, Haircut").fill("2")
    with page.expect_request("**/visits/new/**"):
        page.get_by_label("Discount, %, Haircut").fill("5")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Put Haircut aside")).to_be_focused()
    page.unroute("**/visits/new/**")
    expect(page.locator(".total-due")).to_contain_text("€114.00")
    expect(page.locator(".bill-lines")).to_contain_text("Haircut")


def test_the_whole_row_of_a_visit_leads_to_it(shop: Salon, new_page: NewPage) -> None:
    visit = make_visit(shop.location, shop.boris, [shop.haircut], at=timezone.now())
    page = new_page(user=shop.desk)
    page.goto("/locations/center/visits/")
    row = page.locator(".day-visits tbody tr")
    box = row.bounding_box()
    assert box and box["height"] >= 40
    page.mouse.click(box["x"] + box["width"] - 20, box["y"] + box["height"] / 2)
    expect(page).to_have_url(f"/locations/center/visits/{visit.pk}/")


def test_what_is_typed_in_a_small_field_is_seen_though_it_is_wrong(shop: Salon, new_page: NewPage) -> None:
    page = new_page(user=shop.desk)
    open_with_haircut(page, shop)
    page.keyboard.press("F4")
    expect(page.get_by_label("Cash", exact=True)).to_be_focused()
    for name, text in (("lines-0-quantity", "1x0"), ("payments-0-amount", "a twenty")):
        field = page.locator(f"#window [name={name}]")
        field.fill(text)
        expect(field).to_have_class(re.compile("is-invalid"))
        assert field.evaluate("each => each.scrollWidth <= each.clientWidth"), name


def test_the_change_is_shown_while_it_is_typed(shop: Salon, new_page: NewPage) -> None:
    page = new_page(user=shop.desk, size=TABLET)
    open_with_haircut(page, shop)
    page.keyboard.press("F4")
    expect(page.get_by_label("Cash", exact=True)).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_label("Handed over")).to_be_focused()
    page.keyboard.type("1")
    expect(page.locator(".payment")).to_contain_text("€59.00 missing")
    page.keyboard.type("00")
    expect(page.locator(".payment")).to_contain_text("Change €40.00")
    expect(page.get_by_label("Handed over")).to_be_focused()
    fits(page)
    axe(page)
    page.get_by_label("Cash", exact=True).fill("70")
    page.get_by_role("button", name="It was handed over: give change").click()
    expect(page.get_by_label("Handed over")).to_be_focused()
    expect(page.locator(".payment")).to_contain_text("Change €10.00")


def test_what_is_often_sold_is_reached_by_keyboard_and_gives_way_to_what_is_found(
    shop: Salon, new_page: NewPage
) -> None:
    make_visit(shop.location, shop.boris, [shop.haircut, shop.colour], at=timezone.now())
    page = new_page(user=shop.desk, size=TABLET)
    page.goto(f"/locations/center/visits/new/{shop.nina.pk}/")
    expect(page.get_by_role("group", name="Often sold").get_by_role("button")).to_have_count(2)
    fits(page)
    axe(page)
    page.keyboard.press("F2")
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("button", name="Colour 40.00")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".bill-lines")).to_contain_text("Colour")
    expect(page.get_by_label("Add a service or product")).to_be_focused()
    page.keyboard.type("hair")
    expect(page.locator("#found").get_by_role("button", name="Haircut")).to_be_visible()
    expect(page.locator("#often")).to_be_hidden()


def test_long_figures_and_names_are_whole_at_any_width(shop: Salon, new_page: NewPage) -> None:
    name = "Haircut, Donaudampfschifffahrtsgesellschaftskapitänsverlängerung"
    make_item(shop.cast.aurora, name, "99999.99")
    # The desk has no field for the price.
    page = new_page(user=shop.manager)
    page.goto(f"/locations/center/visits/new/{shop.nina.pk}/")
    add(page, name)
    page.get_by_label(f"Quantity, {name}").fill("2")
    expect(page.locator(".total-due")).to_contain_text("€199,999.98")
    page.get_by_role("button", name="Pay the rest: Cash").click()
    expect(page.get_by_label("Cash", exact=True)).to_have_value("199999.98")
    cut_off = "[...document.querySelectorAll('#window input.number')].filter(e => e.scrollWidth > e.clientWidth)"
    for width in (1920, 1366, 1280, 1024, 820, 390):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate(f"{cut_off}.map(each => each.name)") == [], width
        fits(page)
    with page.expect_navigation():
        page.get_by_role("button", name="Save", exact=True).click()
    page.goto(f"{page.url.partition('?')[0]}receipt/")
    fits(page)
