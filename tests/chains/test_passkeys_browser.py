"""Passkeys with the virtual authenticator of Chromium: instead of the password, after it, renamed, removed."""

from __future__ import annotations

import re

import pytest
from allauth.mfa.models import Authenticator
from playwright.sync_api import Page, expect
from pytest_django.fixtures import Settings
from pytest_django.live_server_helper import LiveServer

from tests.cast import PASSWORD, Cast
from tests.plugins.browser import NewPage, axe, fits

pytestmark = pytest.mark.browser


@pytest.fixture
def page(new_page: NewPage, live_server: LiveServer, settings: Settings) -> Page:
    """A browser whose device has a finger print reader, at a site that may have passkeys."""
    settings.SITE_URL = live_server.url
    page = new_page()
    device = page.context.new_cdp_session(page)
    device.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    device.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return page


def type_password(page: Page, email: str) -> None:
    page.goto("/sign-in/")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def sign_out(page: Page) -> None:
    page.goto("/spaces/")
    page.locator(".user-menu summary").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")


def make_passkey(page: Page, name: str, *, alone: bool) -> None:
    page.get_by_label("Name").fill(name)
    page.get_by_label("Sign in with it alone").set_checked(alone)
    page.get_by_role("button", name="Make the passkey").click()


def test_a_passkey_signs_in_instead_of_the_password(page: Page, cast: Cast) -> None:
    type_password(page, cast.owner.email)
    page.goto("/account/second-factor/")
    axe(page)
    page.get_by_role("link", name="New passkey").click()
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("New passkey")
    axe(page)
    make_passkey(page, "Tablet at the desk", alone=True)
    expect(page.get_by_role("heading", level=1)).to_have_text("Recovery codes")

    page.goto("/account/second-factor/webauthn/")
    expect(page.get_by_role("main")).to_contain_text("Tablet at the desk Signs in alone")
    axe(page)
    fits(page)
    sign_out(page)
    axe(page)
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page).to_have_url(re.compile("/chains/aurora/"))

    sign_out(page)
    type_password(page, cast.owner.email)
    expect(page.get_by_role("heading", level=1)).to_have_text("Second factor")
    axe(page)
    page.get_by_role("button", name="Use a passkey").click()
    expect(page).to_have_url(re.compile("/chains/aurora/"))


def test_a_device_that_does_not_go_along_is_told_and_a_removed_passkey_signs_nobody_in(page: Page, cast: Cast) -> None:
    page.goto("/sign-in/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("alert")).to_contain_text("The passkey was not used")

    type_password(page, cast.desk.email)
    expect(page).to_have_url(re.compile("/visits/"))
    page.goto("/account/second-factor/webauthn/add/")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Confirm").click()
    make_passkey(page, "My phone", alone=True)
    expect(page.get_by_role("heading", level=1)).to_have_text("Recovery codes")
    page.goto("/account/second-factor/webauthn/")
    page.get_by_role("link", name="Rename").click()
    page.get_by_label("Name").fill("My old phone")
    page.get_by_role("button", name="Save").click()
    page.goto("/account/second-factor/webauthn/")
    page.get_by_role("link", name="Remove").click()
    expect(page.get_by_role("main")).to_contain_text("“My old phone”")
    page.get_by_role("button", name="Remove").click()
    expect(page.get_by_role("main")).to_contain_text("You have none yet.")
    assert not Authenticator.objects.filter(user=cast.desk).exists()
    sign_out(page)
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("main")).to_contain_text("Incorrect code")
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
