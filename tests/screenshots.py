"""The pictures of the README, taken from a fresh demo chain: `make screenshots`.

The demo is loaded into a data directory that is thrown away, so the pictures show today's pages and nobody's data.
"""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, Page, sync_playwright

from tests import chromium
from visits.demo import DEMO_PASSWORD

PROJECT = Path(__file__).resolve().parent.parent
FOLDER = PROJECT / "docs" / "screenshots"
WIDE = (1440, 900)
TABLET = (820, 1180)
CENTER = "/locations/center/"
CHAIN = "/chains/aurora/"


@dataclass(frozen=True)
class Shot:
    """A picture: whose page, how wide, in which theme, and the way to it."""

    name: str
    email: str
    way: Callable[[Page], None]
    size: tuple[int, int] = WIDE
    scheme: Literal["light", "dark"] = "light"


def to(address: str) -> Callable[[Page], None]:
    def go(page: Page) -> None:
        page.goto(address)

    return go


def the_first_visit(page: Page) -> None:
    """A visit of today with a guest who has points, filled in but not saved."""
    page.goto(f"{CENTER}visits/")
    page.locator(".day-visits tbody tr").nth(1).get_by_role("link").first.click()
    page.get_by_text("arrived", exact=True).first.click()
    page.wait_for_load_state("networkidle")


def the_first_promotion(page: Page) -> None:
    page.goto(f"{CHAIN}promotions/")
    page.get_by_role("main").get_by_role("link", name="Gold").first.click()


def a_card_with_rows(page: Page) -> None:
    page.goto(f"{CHAIN}cards/?sort=-balance")
    page.locator("tbody tr a").first.click()


SHOTS = (
    Shot("day", "desk@aurora.example", to(f"{CENTER}visits/")),
    Shot("visit", "desk@aurora.example", the_first_visit),
    Shot("visit-tablet-dark", "desk@aurora.example", the_first_visit, TABLET, "dark"),
    Shot("overview", "manager@aurora.example", to(CHAIN)),
    Shot("transactions", "manager@aurora.example", to(f"{CHAIN}transactions/")),
    Shot("promotion", "administrator@aurora.example", the_first_promotion),
    Shot("card", "administrator@aurora.example", a_card_with_rows),
)


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    wanted = set(sys.argv[1:])
    with demo_running() as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium.find(), args=[*chromium.ARGUMENTS, "--lang=en-GB"]
        )
        for shot in SHOTS:
            if not wanted or shot.name in wanted:
                take(shot, browser, url)
        browser.close()


def take(shot: Shot, browser: Browser, url: str) -> None:
    context = browser.new_context(
        base_url=url,
        color_scheme=shot.scheme,
        locale="en-GB",
        reduced_motion="reduce",
        viewport={"width": shot.size[0], "height": shot.size[1]},
    )
    page = context.new_page()
    page.goto("/sign-in/")
    page.get_by_label("E-mail").fill(shot.email)
    page.get_by_label("Password").fill(DEMO_PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    shot.way(page)
    page.screenshot(path=FOLDER / f"{shot.name}.png")
    context.close()
    print(f"docs/screenshots/{shot.name}.png")


@contextmanager
def demo_running() -> Iterator[str]:
    """The whole program over a data directory of its own, as `make run` starts it."""
    folder = Path(tempfile.mkdtemp(prefix="regulars-screenshots-"))
    folder.chmod(0o755)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    surroundings = {**os.environ, "REGULARS_VAR": str(folder), "REGULARS_ENV_FILE": os.devnull, "PORT": port}
    program = subprocess.Popen(
        [sys.executable, "-m", "config.run"], cwd=PROJECT, env=surroundings, stdout=subprocess.PIPE, text=True
    )
    try:
        assert program.stdout
        if not any("Ctrl-C stops it." in line for line in program.stdout):
            raise SystemExit("The demo did not start: what it printed above says why.")
        yield f"http://127.0.0.1:{port}"
    finally:
        program.terminate()
        program.wait(60)
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
