"""The Chromium of the browser tests: on the PATH, else installed before the tests run.

`python -m tests.chromium` is what `make test` calls. It tries Debian's package
as root, then the installer of Playwright. Where neither works it says so in one
sentence and lets the suite run: the browser tests then fail with the same sentence.
"""

import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

from playwright.sync_api import sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
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
    if os.geteuid() == 0 and shutil.which("apt-get"):
        attempts.insert(0, ["apt-get", "install", "--yes", "--no-install-recommends", "chromium", "fonts-liberation"])
        subprocess.run(["apt-get", "update"], check=False)
    for attempt in attempts:
        subprocess.run(attempt, check=False, env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"})
        find.cache_clear()
        if find():
            return


def main() -> None:
    if not find():
        install()
    if not find():
        print(MISSING, file=sys.stderr)


if __name__ == "__main__":
    main()
