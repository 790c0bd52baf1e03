"""The list of the day at the desk and on a phone, in a real browser."""

from __future__ import annotations

import re

import pytest
from django.utils import timezone
from playwright.sync_api import Page, Route, expect

from clients.models import Client
from loyalty.rules.plan import MeansChoice, Status
from tests.cast import make_cast
from tests.plugins.browser import NewPage, Problems
from tests.programs import make_visit
from tests.visits.conftest import Salon, make_salon
from tests.visits.test_browser import PHONE, look
from visits.models import Visit

pytestmark = pytest.mark.browser

DAY = "/locations/center/visits/"


@pytest.fixture
def shop(transactional_db: None) -> Salon:
    return make_salon(make_cast())


def expected(shop: Salon) -> Visit:
    at = timezone.now()
    make_visit(shop.location, shop.nina, [shop.colour], at=at)
    return make_visit(shop.location, shop.boris, [shop.haircut], at=at, status=Status.WAITING, pays=None)


def test_a_guest_is_marked_as_arrived_in_the_row(shop: Salon, new_page: NewPage) -> None:
    visit = expected(shop)
    page = new_page(user=shop.desk)
    page.goto(DAY)
    page.get_by_role("button", name="Arrived: Boris Ivanov").click()
    expect(page.locator("#messages")).to_contain_text("Boris Ivanov has arrived.")
    expect(page.locator(".day-figures")).to_contain_text("2 arrived")
    expect(page.get_by_role("button", name="Arrived")).to_have_count(0)
    expect(page).to_have_url(DAY)
    expect(page.get_by_role("link", name="Boris Ivanov")).to_be_focused()
    assert Visit.objects.get(pk=visit.pk).status == Status.ARRIVED
    page.get_by_role("link", name="Boris Ivanov").click()
    expect(page).to_have_url(f"{DAY}{visit.pk}/")


#: The answer to what is sent first is taken up late.
SLOW_FIRST = """
  const send = XMLHttpRequest.prototype.send;
  let sent = 0;
  XMLHttpRequest.prototype.send = function (...data) {
    const { onload } = this;
    const late = (...event) => {
      onload.apply(this, event);
      document.documentElement.dataset.takenUp = "first";
    };
    if (sent++ === 0) this.onload = (...event) => setTimeout(late, 2000, ...event);
    send.apply(this, data);
  };
"""


def test_two_rows_that_are_marked_quickly_both_show_it(shop: Salon, new_page: NewPage) -> None:
    expected(shop)
    make_visit(shop.location, shop.anna, [shop.colour], at=timezone.now(), status=Status.WAITING, pays=None)
    page = new_page(user=shop.desk)
    page.add_init_script(SLOW_FIRST)
    page.goto(DAY)
    with page.expect_response("**/arrive/**"):
        page.get_by_role("button", name="Arrived: Boris Ivanov").click()
    page.get_by_role("button", name="Arrived: Anna Schmidt").click()
    expect(page.locator("html[data-taken-up]")).to_have_count(1)
    expect(page.locator("#messages")).to_contain_text("Anna Schmidt has arrived.")
    expect(page.locator(".day-arrive")).to_have_count(0)
    expect(page.locator(".day-figures")).to_contain_text("3 arrived")
    assert set(Visit.objects.values_list("status", flat=True)) == {"arrived"}


def test_who_cannot_be_marked_is_shown_in_the_window(shop: Salon, new_page: NewPage) -> None:
    shop.give(shop.boris, "10")
    at, card = timezone.now(), shop.bonus_card(shop.boris)
    points = (MeansChoice(card.holder_id, shop.haircut.price / 6),)
    for status in (Status.WAITING, Status.ARRIVED):
        make_visit(shop.location, shop.boris, [shop.haircut], at=at, status=status, pays=None, means=points)
    page = new_page(user=shop.desk)
    page.goto(DAY)
    page.get_by_role("button", name="Arrived: Boris Ivanov").click()
    expect(page.get_by_role("radio", name="arrived")).to_be_checked()
    expect(page.locator("#messages")).to_contain_text("The card may pay at most €0.00 here.")
    expect(page.locator("#id_points-0-amount_error")).to_be_visible()


def test_a_press_that_did_not_arrive_says_so(shop: Salon, new_page: NewPage, problems: Problems) -> None:
    problems.forgive("403|Response Status Error")
    visit = expected(shop)
    page = new_page(user=shop.desk)
    page.goto(DAY)
    # As after a sign-in in another tab.
    token = next(each for each in page.context.cookies() if each["name"] == "csrftoken")
    page.context.add_cookies([{"name": "csrftoken", "value": "x" * 32, "domain": token["domain"], "path": "/"}])
    page.get_by_role("button", name="Arrived: Boris Ivanov").click()
    expect(page.get_by_text("It is still here.")).to_be_visible()
    assert Visit.objects.get(pk=visit.pk).status == Status.WAITING
    page.get_by_role("button", name="Send it now").click()
    expect(page.get_by_text("It is still here.")).to_be_hidden()
    assert Visit.objects.get(pk=visit.pk).status == Status.ARRIVED


def test_rows_that_were_not_sent_say_so_and_are_sent_by_another_press(
    shop: Salon, new_page: NewPage, problems: Problems
) -> None:
    problems.forgive("Failed to load resource|htmx:sendError|htmx:afterRequest|ERR_FAILED")
    expected(shop)
    make_visit(shop.location, shop.anna, [shop.colour], at=timezone.now(), status=Status.WAITING, pays=None)
    page = new_page(user=shop.desk)
    held: list[Route] = []
    page.route("**/arrive/**", lambda route: held.append(route))  # noqa: PLW0108 - Playwright marks the function
    page.goto(DAY)
    names = ("Boris Ivanov", "Anna Schmidt")
    with page.expect_request("**/arrive/**"):
        page.get_by_role("button", name=f"Arrived: {names[0]}").click()
    page.get_by_role("button", name=f"Arrived: {names[1]}").click()
    held[0].abort()
    expect(page.get_by_text("not sent: no connection. Press again.")).to_have_count(2)
    expect(page.locator(".day-arrive [data-busy]")).to_have_count(0)
    expect(page).to_have_url(DAY)
    assert len(held) == 1 and Visit.objects.filter(status=Status.WAITING).count() == 2
    page.unroute("**/arrive/**")
    for name in names:
        page.get_by_role("button", name=f"Arrived: {name}").click()
        expect(page.locator("#messages")).to_contain_text(f"{name} has arrived.")
    assert set(Visit.objects.values_list("status", flat=True)) == {"arrived"}


def test_the_day_reads_on_a_phone(shop: Salon, new_page: NewPage) -> None:
    expected(shop)
    page = new_page(user=shop.desk, size=PHONE)
    page.goto(DAY)
    look(page)
    page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    assert is_cut_off(page) == []
    row = page.locator(".day-visits tbody tr", has_text="Boris Ivanov")
    guest, what = row.locator(".is-name").bounding_box(), row.locator(".is-fact").first.bounding_box()
    button, left = row.get_by_role("button").bounding_box(), row.locator(".is-figure").bounding_box()
    assert guest and what and button and left
    assert guest["y"] + guest["height"] <= what["y"] + 1, "what was done stands under who came"
    assert abs(button["x"] + button["width"] - left["x"] - left["width"]) <= 1, "both end at the same edge"


def test_a_long_name_is_one_line_and_nothing_is_too_small_to_press(shop: Salon, new_page: NewPage) -> None:
    name = "Maximiliane " * 6 + "von Hohen"
    Client.objects.filter(pk=shop.boris.pk).update(name=name)
    expected(shop)
    page = new_page(user=shop.desk)
    page.goto(DAY)
    link = page.get_by_role("link", name=name)
    expect(link).to_have_attribute("title", name)
    # What leads to the visit is as large as its row, and a box is ticked by its label.
    small = """each => {
      const pressed = each.closest(".is-name") ? each.closest("tr") : each.closest("label") ?? each;
      return each.checkVisibility() && !each.matches(".breadcrumb a, .page-clock a")
        && each.getBoundingClientRect().height > 0 && Math.min(pressed.offsetWidth, pressed.offsetHeight) < 44;
    }"""
    for width in (820, 390, 320):
        page.set_viewport_size({"width": width, "height": 800})
        assert is_cut_off(page) == [], width
        line, row = page.locator(".is-name .line", has=link).bounding_box(), page.locator("tr", has=link).bounding_box()
        assert line and line["height"] < 30 and row and row["height"] < 90, width
        found = page.locator("main :is(a, button, select, input:not([type=hidden]))").evaluate_all(
            f"all => all.filter({small}).map(each => each.outerHTML)"
        )
        assert found == [], width
    page.locator("tr", has=link).click(position={"x": 5, "y": 5})
    expect(page).to_have_url(re.compile(r"/visits/\d+/$"))


def is_cut_off(page: Page) -> list[str]:
    """Cells of the list that reach out of it."""
    found: list[str] = page.locator(".day-visits").evaluate("""
        list => [...list.querySelectorAll("td, th, button")]
          .filter(each => each.checkVisibility() && each.getBoundingClientRect().width)
          .filter(each => each.getBoundingClientRect().right > list.getBoundingClientRect().right)
          .map(each => each.className)
    """)
    return found
