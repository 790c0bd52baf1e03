"""What a person sees of the frame, in a real browser."""

import re
from typing import Literal

import pytest
from playwright.sync_api import Page, expect

from tests.cast import PASSWORD, Cast, make_location
from tests.plugins.browser import TABLET, NewPage, Problems, axe, fits

pytestmark = pytest.mark.browser

PHONE = (390, 844)

Scheme = Literal["light", "dark"]


def sign_in(page: Page, email: str, password: str = PASSWORD) -> None:
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


def test_a_user_signs_in_finds_a_space_and_signs_out(new_page: NewPage, cast: Cast) -> None:
    page = new_page()
    page.goto("/")
    sign_in(page, cast.owner.email, "wrong")
    expect(page.get_by_text("not correct")).to_be_visible()
    sign_in(page, cast.owner.email)
    expect(page.get_by_role("heading", level=1)).to_have_text("Overview")
    page.goto("/spaces/")

    page.get_by_label("Name of a chain or location").fill("auro")
    page.get_by_role("button", name="Find").click()
    page.get_by_role("main").get_by_role("link", name="Aurora Chain").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Overview")

    page.locator(".switcher summary").click()
    page.get_by_role("link", name="All spaces").click()
    expect(page).to_have_url(re.compile("/spaces/$"))

    page.locator(".user-menu summary").click()
    page.get_by_role("button", name="Dark").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.locator(".user-menu summary").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()


@pytest.mark.urls("tests.frame.developer_urls")
def test_the_pages_are_readable_by_everyone(new_page: NewPage, cast: Cast, problems: Problems) -> None:
    problems.forgive("403|404")
    page = new_page()
    page.goto("/sign-in/")
    axe(page)
    sign_in(page, "nobody@example.com", "wrong")
    expect(page.locator(".error-summary")).to_be_focused()
    axe(page)
    page.goto("/password-reset/")
    axe(page)

    page = new_page(user=cast.owner)
    nothing = "/chains/aurora/settings/locations/?name=zz"
    for address in ("/spaces/", "/chains/aurora/", nothing, "/account/preferences/", "/nowhere/"):
        page.goto(address)
        axe(page)
        fits_zoomed(page)
    page.goto("/styles/")
    axe(page)
    fits_zoomed(page)
    chosen_is_seen_in_forced_colours(page)
    for address in ("/account/second-factor/", "/account/password/", "/account/confirm/"):
        page.goto(address)
        axe(page)
    for menu in ("switcher", "user-menu"):
        page.goto("/chains/aurora/")
        page.locator(f".{menu} summary").click()
        axe(page)

    page = new_page(user=cast.desk)
    page.goto("/chains/aurora/")
    expect(page.get_by_role("heading", level=1)).to_have_text("You may not do this")
    axe(page)


def fits_zoomed(page: Page) -> None:
    """A window of 1280 pixels at 200 % is one of 640."""
    before = page.viewport_size
    page.set_viewport_size({"width": 640, "height": 400})
    fits(page)
    assert before
    page.set_viewport_size(before)


def chosen_is_seen_in_forced_colours(page: Page) -> None:
    """Each of these is filled with the colour that the reader has for what is chosen; its neighbours are not."""
    page.emulate_media(forced_colors="active", reduced_motion="reduce")
    ground = "(each) => getComputedStyle(each).backgroundColor"
    for chosen, other in (
        (".tabs a[aria-current]", ".tabs a:not([aria-current])"),
        (".menu-list li a[aria-current]", ".menu-list li a:not([aria-current])"),
        (".btn[aria-pressed=true]", ".btn:not([aria-pressed])"),
        (":checked + .pill", ":not(:checked) + .pill"),
    ):
        of_chosen, of_other = (page.locator(each).first.evaluate(ground) for each in (chosen, other))
        assert of_chosen == page.evaluate(HIGHLIGHT) != of_other, chosen
    page.emulate_media(forced_colors="none", reduced_motion="no-preference")


HIGHLIGHT = """() => {
    document.body.style.color = "Highlight";
    const found = getComputedStyle(document.body).color;
    document.body.style.color = "";
    return found;
}"""


def test_the_theme_of_the_device_needs_no_script(new_page: NewPage) -> None:
    def ground(scheme: Scheme, *, javascript: bool) -> bytes:
        page = new_page(scheme=scheme, javascript=javascript)
        page.goto("/sign-in/")
        return page.screenshot(clip={"x": 0, "y": 0, "width": 8, "height": 8})

    dark = ground("dark", javascript=True)
    assert dark == ground("dark", javascript=False)
    assert dark != ground("light", javascript=True)


def test_menus_close_like_menus(new_page: NewPage, cast: Cast) -> None:
    page = new_page(user=cast.owner)
    page.goto("/chains/aurora/")
    switcher, mine = page.locator("details.switcher"), page.locator("details.user-menu")
    switcher.locator("summary").click()
    expect(switcher).to_have_attribute("open", "")
    mine.locator("summary").click()
    expect(switcher).not_to_have_attribute("open", "")
    page.keyboard.press("Escape")
    expect(mine).not_to_have_attribute("open", "")
    expect(mine.locator("summary")).to_be_focused()


def test_the_keyboard_skips_to_the_content(new_page: NewPage, cast: Cast) -> None:
    page = new_page(user=cast.owner)
    page.goto("/chains/aurora/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#content")).to_be_focused()


def test_a_narrow_window_has_its_navigation_behind_a_link(new_page: NewPage, cast: Cast) -> None:
    make_location(cast.aurora, "A place with a rather long name on the other side of the river", slug="far")
    page = new_page(user=cast.owner)
    page.goto("/chains/aurora/")
    entry = page.get_by_role("navigation", name="Navigation").get_by_role("link", name="Overview")
    for width, height in ((768, 1024), TABLET, PHONE):
        page.set_viewport_size({"width": width, "height": height})
        fits(page)
        expect(entry).not_to_be_visible()
        page.get_by_role("link", name="Open the navigation").click()
        expect(entry).to_be_in_viewport(ratio=1)
        axe(page)
        page.get_by_role("link", name="Close the navigation").click()
        expect(entry).not_to_be_visible()


def test_beside_a_page_that_is_not_wide_the_side_is_narrow_and_its_words_whole(new_page: NewPage, cast: Cast) -> None:
    page = new_page(user=cast.owner, size=(1024, 768))
    for address in ("/chains/aurora/", "/locations/center/visits/"):
        page.goto(address)
        assert page.evaluate("document.querySelector('.frame-side').offsetWidth") <= 170
        cut = """[...document.querySelectorAll(".frame-navigation a, .menu summary strong")]
            .filter((each) => each.scrollWidth > each.clientWidth || each.scrollHeight > each.clientHeight)
            .map((each) => each.textContent)"""
        assert page.evaluate(cut) == []
        fits(page)
        axe(page)


TARGETS = ", ".join(f"{each}:visible" for each in ("a.btn", "button", "summary", "input", "a.chip", "thead a"))


def test_targets_on_a_tablet_have_room_for_a_finger(new_page: NewPage, cast: Cast) -> None:
    page = new_page(user=cast.owner, size=TABLET)
    page.goto("/chains/aurora/settings/locations/?name=har")
    page.locator(".user-menu summary").click()
    for target in page.locator(TARGETS).all():
        box = target.bounding_box()
        assert box and box["height"] >= 44, target.evaluate("element => element.outerHTML")
