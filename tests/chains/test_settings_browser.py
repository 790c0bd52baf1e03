"""An owner sets the chain up in a real browser: a location, and somebody who works there."""

import re

import pytest
from playwright.sync_api import expect

from tests.cast import Cast
from tests.plugins.browser import TABLET, NewPage, axe, fits

pytestmark = pytest.mark.browser


def test_an_owner_opens_a_location_and_invites_its_desk(new_page: NewPage, cast: Cast) -> None:
    page = new_page(user=cast.owner, size=TABLET)

    def looked_at() -> None:
        fits(page)
        axe(page)

    page.goto("/chains/aurora/settings/general/")
    page.get_by_label("Hour of notices").select_option("10:00")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("main")).to_contain_text("The settings were saved.")
    expect(page.get_by_role("region", name="Changes").first).to_contain_text("Hour of notices: 9 → 10")
    looked_at()

    page.goto("/chains/aurora/settings/locations/")
    looked_at()
    page.get_by_role("link", name="New location").click()
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".error-summary")).to_contain_text("Name: This field is required.")
    page.get_by_label("Name").fill("Garden")
    looked_at()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("row", name="Garden")).to_contain_text("/locations/garden/")

    page.goto("/chains/aurora/settings/users/")
    looked_at()
    page.get_by_role("link", name="New user").click()
    page.get_by_label("E-mail").fill("ida.ito@example.com")
    page.get_by_label("Name", exact=True).fill("Ida Ito")
    page.get_by_role("radio", name="Manager:").check()
    page.get_by_role("radio", name="listed").check()
    page.get_by_role("checkbox", name="Garden").check()
    page.get_by_text("What each role may do").first.click()
    looked_at()
    page.get_by_role("button", name="Add user").click()
    expect(page.get_by_label("Link to choose a password")).to_have_value(re.compile("/password-reset/"))
    looked_at()
    page.get_by_role("link", name="To the users").click()
    expect(page.get_by_role("row", name="Ida Ito")).to_contain_text("Invited")
    page.get_by_role("link", name="Ida Ito").click()
    looked_at()
    page.get_by_role("link", name="Suspend").click()
    looked_at()
    page.get_by_role("button", name="Suspend").click()
    expect(page.get_by_role("row", name="Ida Ito")).to_contain_text("Suspended")
