"""A real Chromium, and what every page has to hold: no console error, no policy violation, no axe finding."""

import os
import re
from collections.abc import Iterator
from typing import Literal, Protocol

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect, sync_playwright
from pytest_django.live_server_helper import LiveServer

from chains.models import User
from tests import chromium as chromium_program

WIDE = (1280, 900)
TABLET = (820, 1180)

#: Milliseconds after which a page counts as hung. It is no measure of speed: on a busy machine all takes longer.
PATIENCE = 90_000


class NewPage(Protocol):
    """Open a page of the live server; see the fixture `new_page`."""

    def __call__(
        self,
        *,
        user: User | None = None,
        javascript: bool = True,
        scheme: Literal["light", "dark"] = "light",
        size: tuple[int, int] = WIDE,
    ) -> Page: ...


class Problems:
    """What a browser complained about while a test ran."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.forgiven: list[re.Pattern[str]] = []

    def forgive(self, pattern: str) -> None:
        """Expect a complaint, such as the 404 that a test asks for."""
        self.forgiven.append(re.compile(pattern))

    def watch(self, page: Page) -> None:
        page.on("console", self.note_console)
        page.on("pageerror", lambda error: self.seen.append(f"{page.url}: {error}"))

    def note_console(self, message: ConsoleMessage) -> None:
        # A violation of the content security policy arrives here too, as an error.
        if message.type == "error":
            self.seen.append(f"{message.location.get('url')}: {message.text}")

    def left(self) -> list[str]:
        return [text for text in self.seen if not any(pattern.search(text) for pattern in self.forgiven)]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    executable = chromium_program.find()
    if executable is None:
        pytest.fail(chromium_program.MISSING)
    # Playwright keeps an event loop in this thread, and Django takes that for asynchronous code.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=chromium_program.ARGUMENTS)
        yield browser
        browser.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def problems() -> Iterator[Problems]:
    problems = Problems()
    yield problems
    if left := problems.left():
        pytest.fail("The browser complained:\n" + "\n".join(left))


@pytest.fixture
def new_page(chromium: Browser, live_server: LiveServer, problems: Problems) -> Iterator[NewPage]:
    """Open pages of the live server, each in a fresh profile and signed in as `user`.

    Addresses may be given without the host: `page.goto("/sign-in/")`.
    """
    contexts: list[BrowserContext] = []

    def open_page(
        *,
        user: User | None = None,
        javascript: bool = True,
        scheme: Literal["light", "dark"] = "light",
        size: tuple[int, int] = WIDE,
    ) -> Page:
        context = chromium.new_context(
            base_url=live_server.url,
            java_script_enabled=javascript,
            color_scheme=scheme,
            locale="en-GB",
            viewport={"width": size[0], "height": size[1]},
        )
        contexts.append(context)
        context.set_default_timeout(PATIENCE)
        if user:
            sign_in(context, user, live_server.url)
        page = context.new_page()
        problems.watch(page)
        return page

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture
def page(new_page: NewPage) -> Page:
    """A wide, light page of nobody in particular."""
    return new_page()


def sign_in(context: BrowserContext, user: User, url: str) -> None:
    """Give a browser profile the session of a user, without the detour over the form."""
    client = Client()
    client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[0])
    name = settings.SESSION_COOKIE_NAME
    context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": url}])


def fits(page: Page) -> None:
    """Assert that nothing has to be scrolled sideways."""
    # A click that leads to another page returns when that page begins to arrive, which may be before it has a root.
    page.wait_for_load_state()
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), page.url


def axe(page: Page) -> None:
    """Assert that axe finds nothing wrong with the page as it stands, in light and in dark."""
    page.wait_for_load_state()
    # Read into the page once for both; every reading of its half a megabyte costs as much as half a page.
    page.evaluate(AXE)
    # Without motion, since axe would read colours that are still on their way.
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    _axe_finds_nothing(page, {"resultTypes": ["violations"]})
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    # The dark page differs in nothing but its colours.
    _axe_finds_nothing(page, {"resultTypes": ["violations"], "runOnly": COLOURS})
    page.emulate_media(color_scheme="light", reduced_motion="no-preference")


AXE = Axe().axe_script
COLOURS = ["color-contrast", "link-in-text-block"]


def _axe_finds_nothing(page: Page, options: dict[str, object]) -> None:
    found = page.evaluate("options => axe.run(options).then((results) => results.violations)", options)
    lines = [f"{rule['id']}: {rule['help']}\n    {node['html']}" for rule in found for node in rule["nodes"]]
    assert not lines, f"axe on {page.url}:\n" + "\n".join(lines)
