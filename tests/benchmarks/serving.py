"""The web server as `make run` starts it, on the database of the test, and desks that check visits out without a pause.

A desk keeps one connection and reads of a page only its fields: what measures must cost little itself.
"""

from __future__ import annotations

import html
import http.client
import os
import re
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import quantiles
from time import perf_counter
from urllib.parse import urlencode

from django.conf import settings
from django.db import connection
from django.test import Client as Browser
from django.urls import reverse

from chains.models import Location, User
from config.run import WEB
from config.servers import paths, processes
from tests.debian import free_port

_INPUT = re.compile(r"<input\b[^>]*>")
_ATTRIBUTE = re.compile(r'([a-z]+)(?:="([^"]*)")?')


@contextmanager
def web_server(command: str = WEB) -> Iterator[int]:
    """The port it listens at."""
    port = free_port()
    log = Path(os.environ["REGULARS_TEST_VAR"]) / f"web-{port}.log"
    process = processes.spawn(
        [sys.executable, "-m", *command.split(), "--bind", f"127.0.0.1:{port}"],
        env={"REGULARS_TEST_DATABASE": str(connection.settings_dict["NAME"])},
        log=log,
        cwd=paths.PROJECT,
    )

    def answers() -> bool:
        with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as asked:
            try:
                asked.request("GET", "/sign-in/")
                return asked.getresponse().status == 200
            except OSError:
                return False

    try:
        processes.wait_until_ready(answers, process, name="The web server", log=log)
        yield port
    finally:
        processes.end(process)


class Desk:
    """A browser at a desk: one connection, and the session that somebody signed in with."""

    def __init__(self, port: int, session: str) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=300)
        self.cookies = f"{settings.SESSION_COOKIE_NAME}={session}; csrftoken={'a' * 32}"
        self.text = ""

    @classmethod
    def of(cls, port: int, user: User) -> Desk:
        browser = Browser()
        browser.force_login(user)
        return cls(port, browser.cookies[settings.SESSION_COOKIE_NAME].value)

    def close(self) -> None:
        self.connection.close()

    def get(self, address: str) -> http.client.HTTPResponse:
        return self._read(self.ask(address))

    def press(self, address: str, **more: object) -> http.client.HTTPResponse:
        """Send the form of the page that came last with a button and what is typed."""
        fields = {**self._fields(), **more, "csrfmiddlewaretoken": "a" * 32}
        return self._read(self.ask(address, "POST", urlencode(fields)))

    def ask(self, address: str, method: str = "GET", body: str | None = None) -> http.client.HTTPResponse:
        """The answer as it begins; whoever asks reads it."""
        headers = {"Cookie": self.cookies, "Content-Type": "application/x-www-form-urlencoded"}
        if method == "POST":
            headers["HX-Request"] = "true"
        self.connection.request(method, address, body, headers)
        return self.connection.getresponse()

    def _read(self, response: http.client.HTTPResponse) -> http.client.HTTPResponse:
        self.text = response.read().decode()
        return response

    def _fields(self) -> dict[str, object]:
        found: dict[str, object] = {}
        for tag in _INPUT.findall(self.text):
            values = dict(_ATTRIBUTE.findall(tag))
            if values.get("type") not in {"radio", "checkbox"} or "checked" in values:
                found[values.get("name", "")] = html.unescape(values.get("value", ""))
        found.pop("", None)
        return found


@dataclass
class Shift:
    """What desks did together: visits in so many seconds, and how long each save took, in seconds."""

    seconds: float = 0
    visits: int = 0
    saves: list[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        return self.visits / self.seconds

    @property
    def slow_save(self) -> float:
        """The save that is slower than 95 of 100."""
        return quantiles(self.saves, n=20)[-1]


def work(desks: list[Desk], location: Location, guests: list[int], item: int, *, visits: int) -> Shift:
    """All desks at the same time, each its share of so many visits: opened, an item, paid in cash, saved."""
    shift, left, lock = Shift(), list(range(visits)), threading.Lock()

    def serve(desk: Desk) -> None:
        while True:
            with lock:
                if not left:
                    return
                guest = guests[left.pop() % len(guests)]
            address = reverse("visits:new", args=[location.slug, guest])
            assert desk.get(address).status == 200
            assert desk.press(address, add_item=item).status == 200
            assert desk.press(address, pay_the_rest="cash").status == 200
            started = perf_counter()
            saved = desk.press(address, save="1")
            took = perf_counter() - started
            assert saved.status in {200, 204, 302}, saved.status
            with lock:
                shift.saves.append(took)
                shift.visits += 1

    began = perf_counter()
    threads = [threading.Thread(target=serve, args=(desk,)) for desk in desks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    shift.seconds = perf_counter() - began
    return shift
