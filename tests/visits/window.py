"""The visit window as a browser without JavaScript uses it: fields are filled, buttons pressed, answers read."""

from __future__ import annotations

import html
import re
from typing import Any

from django.test import Client as Browser
from django.urls import reverse

from chains.models import Location, User
from clients.models import Client
from tests.markup import Markup, values_of
from visits.models import Visit

WHITE = re.compile(r"\s+")
APART = {"dd", "div", "dt", "h1", "h2", "h3", "li", "p", "small", "td", "th"}
NO_END = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}


class Reader(Markup):
    """Reads the fields and buttons of the window's form, and the text of every element with an id."""

    def __init__(self) -> None:
        self.fields: dict[str, str] = {}
        self.readonly: dict[str, str] = {}
        self.buttons: set[tuple[str, str]] = set()
        self.focus: dict[str, str | None] = {}
        self._texts: list[str] = []
        #: From where to where its text goes, of each element with an id.
        self._within: dict[str, tuple[int, int]] = {}
        self._inside: list[tuple[str, int]] = []
        self._form = 0

    def begin(self, tag: str, written: str) -> None:
        if tag in APART:
            self._texts.append(" ")
        has_end = tag not in NO_END
        if "id=" in written or self._form or "autofocus" in written:
            self._note(tag, values_of(written), has_end=has_end)
        elif has_end:
            self._inside.append(("", 0))

    def _note(self, tag: str, values: dict[str, str | None], *, has_end: bool) -> None:
        if has_end:
            self._inside.append((values.get("id") or "", len(self._texts)))
        if values.get("id") == "window":
            self._form = len(self._inside)
        if "autofocus" in values:
            self.focus = {"tag": tag, **values}
        if self._form and tag == "input":
            self._field(values)
        if self._form and tag == "button":
            self.buttons.add((values.get("name") or "", values.get("value") or ""))

    def _field(self, values: dict[str, str | None]) -> None:
        if values.get("type") in {"radio", "checkbox"} and "checked" not in values:
            return
        if "readonly" in values:
            self.readonly[values.get("id") or ""] = values.get("value") or ""
        if not values.get("name"):
            return
        self.fields[values.get("name") or ""] = values.get("value") or ""

    def end(self, tag: str) -> None:
        if tag in NO_END:
            return
        if self._form == len(self._inside):
            self._form = 0
        element, since = self._inside.pop()
        if element:
            self._within[element] = since, len(self._texts)

    def text(self, text: str) -> None:
        self._texts.append(text)

    def text_of(self, element: str) -> str:
        """All text of the element with this id, or an empty one where there is none."""
        since, until = self._within.get(element, (0, 0))
        return WHITE.sub(" ", "".join(self._texts[since:until])).strip()


class Window:
    """One window, open in one browser."""

    page: Reader

    def __init__(self, user: User, address: str) -> None:
        self.browser = Browser()
        self.browser.force_login(user)
        self.address = address
        self.read(self.browser.get(address))

    def __getstate__(self) -> dict[str, Any]:
        """A window of a scene (tests/scene.py) stays as it stands; of its last answer there is what the page says."""
        return {"address": self.address, "page": self.page, "cookies": self.browser.cookies}

    def __setstate__(self, kept: dict[str, Any]) -> None:
        self.address, self.page, self.browser = kept["address"], kept["page"], Browser()
        self.browser.cookies = kept["cookies"]

    def read(self, response: Any) -> None:
        self.response = response
        self.page = Reader()
        if response.status_code == 200:
            self.page.feed(response.content.decode())

    @property
    def fields(self) -> dict[str, str]:
        return self.page.fields

    @property
    def readonly(self) -> dict[str, str]:
        """Fields that show something and send nothing, by id."""
        return self.page.readonly

    def fill(self, **texts: str) -> Window:
        """Type into fields; ``__`` stands for the hyphen of a row's name."""
        for name, text in texts.items():
            field = name.replace("__", "-")
            assert field in self.fields, f"there is no field {field}"
            self.fields[field] = text
        return self

    def press(self, button: str, value: object = "1", **forged: str) -> Window:
        assert (button, str(value)) in self.page.buttons, f"there is no button {button} {value}"
        return self.post(**{button: str(value), **forged})

    def post(self, **texts: str) -> Window:
        """Send the form with texts that no field or button of the page has."""
        self.read(self.browser.post(self.address, {**self.fields, **texts}))
        return self

    def save(self) -> Window:
        return self.press("save")

    def follow(self) -> Window:
        """Go where the answer leads; the window then is that of the saved visit."""
        assert self.response.status_code == 302, self.mistakes
        self.address = self.response["Location"]
        self.read(self.browser.get(self.address))
        return self

    def has_button(self, name: str, value: object = "1") -> bool:
        return (name, str(value)) in self.page.buttons

    def text(self, element: str) -> str:
        """All text of the element with this id, or an empty one where there is none."""
        return self.page.text_of(element)

    def error(self, field: str) -> str:
        """The sentence beside a field."""
        return self.text(f"id_{field}_error")

    @property
    def content(self) -> str:
        """All that the page says."""
        return self.text("content")

    @property
    def mistakes(self) -> str:
        return self.text("mistakes")

    @property
    def moves(self) -> dict[str, tuple[str, str]]:
        """What the table of a correction says that saving changes: before and after, by what it is."""
        return moves_of(self.response.content.decode())

    @property
    def kept_money(self) -> dict[str, str]:
        return kept_money_of(self.response.content.decode())

    @property
    def totals(self) -> str:
        return self.text("announcement")


def new_window(user: User, location: Location, guest: Client) -> Window:
    return Window(user, reverse("visits:new", args=[location.slug, guest.pk]))


def window_of(user: User, visit: Visit) -> Window:
    return Window(user, reverse("visits:visit", args=[visit.location.slug, visit.pk]))


def two_ways(typed: str) -> str:
    """What any page says of a figure that is typed in euros and could be two."""
    whole = typed.replace(",", "").replace(".", "")
    return f"“{typed}” can be read in two ways. Type {whole} without anything between thousands, or a figure such as"


def kept_money_of(page: str) -> dict[str, str]:
    """What the table of a correction says of money that stays recorded: how much, by what becomes of it."""
    table = page.partition('id="correction"')[2].partition("</table>")[0]
    rows = re.findall(r"<th scope=\"row\">(.*?)</th><td [^>]*colspan=\"2\"><strong>(.*?)</strong>", table)
    return {html.unescape(what): amount for what, amount in rows}


def moves_of(page: str) -> dict[str, tuple[str, str]]:
    """What the table of a correction on a page says that is changed: before and after, by what it is."""
    table = page.partition('id="correction"')[2].partition("</table>")[0]
    rows = re.findall(r"<th scope=\"row\">(.*?)</th><td[^>]*>(.*?)</td><td[^>]*><strong>(.*?)</strong>", table)
    return {html.unescape(what): (before, after) for what, before, after in rows}
