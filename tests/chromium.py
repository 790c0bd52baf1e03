"""The Chromium of the browser tests: on the PATH, else installed before the tests run.

`python -m tests.chromium` is what `make test` calls. It tries Debian's packages
as root, then the installer of Playwright. Where neither works it says so in one
sentence and lets the suite run: the browser tests then fail with the same sentence.

Debian's headless shell is the same browser without its own windows: a page of a fresh
profile takes a quarter of the time, so it is taken first. Any other Chromium does.
"""

import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

from playwright.sync_api import sync_playwright

SHELL = "chromium-headless-shell"
NAMES = (SHELL, "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MISSING = "There is no Chromium for the browser tests: put one on the PATH as `chromium`, then run them again."

# Without a display, a GPU or the servers that Chromium likes to talk to.
ARGUMENTS = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-sync",
    "--no-first-run",
    *(["--no-sandbox"] if os.geteuid() == 0 else []),
]


@cache
def find() -> str | None:
    for name in NAMES:
        if (path := shutil.which(name)) and starts(path):
            return path
    with sync_playwright() as playwright:
        own = playwright.chromium.executable_path
    return own if Path(own).exists() and starts(own) else None


def starts(path: str) -> bool:
    """Whether it is a browser at all: some systems have a stub of that name that only asks to install one."""
    try:
        return subprocess.run([path, "--version"], capture_output=True, check=False, timeout=30).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def install() -> None:
    attempts = [[sys.executable, "-m", "playwright", "install", "chromium"]]
    if may_install_packages():
        attempts = [package(SHELL), package("chromium", "fonts-liberation"), *attempts]
        run(["apt-get", "update"])
    for attempt in attempts:
        run(attempt)
        find.cache_clear()
        if find():
            return


def install_shell() -> None:
    """Beside another Chromium, where the lists of packages that are here know of it."""
    if may_install_packages():
        run(package(SHELL))
        find.cache_clear()


def may_install_packages() -> bool:
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def package(*names: str) -> list[str]:
    return ["apt-get", "install", "--yes", "--no-install-recommends", *names]


def run(command: list[str]) -> None:
    """Try; what it says matters only to who reads why there is no Chromium."""
    try:
        subprocess.run(command, check=False, timeout=300, env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"})
    except subprocess.TimeoutExpired:
        print(f"{' '.join(command)} took too long.", file=sys.stderr)


def main() -> None:
    if not find():
        install()
    elif not shutil.which(SHELL):
        install_shell()
    if not find():
        print(MISSING, file=sys.stderr)


if __name__ == "__main__":
    main()
