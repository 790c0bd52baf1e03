"""Pages as tests read them: the rows of a table, the fields of a form, what stands beside them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.test import Client
from django.utils.html import strip_tags

from tests.markup import Markup, values_of

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Response


class _Form(Markup):
    """The fields of the last form of the page, as a browser would send them without a button."""

    OF_FORMS = frozenset({"form", "select", "textarea", "option", "input"})

    def __init__(self) -> None:
        self.fields: dict[str, list[str]] = {}
        self.select = ""
        self.options: list[tuple[str, bool]] = []
        self.area: str | None = None

    def begin(self, tag: str, written: str) -> None:
        if tag not in self.OF_FORMS:
            return
        values = values_of(written)
        name, value = values.get("name") or "", values.get("value")
        if tag == "form":
            self.fields = {}
        elif tag == "select":
            self.select, self.options = ("" if "disabled" in values else name), []
        elif tag == "textarea":
            self.area = name
            self.fields[name] = [""]
        elif tag == "option":
            self.options.append((value or "", "selected" in values))
        elif tag == "input" and name and "disabled" not in values:
            if values.get("type") not in {"checkbox", "radio"}:
                self.fields.setdefault(name, []).append(value or "")
            elif "checked" in values:
                self.fields.setdefault(name, []).append("on" if value is None else value)

    def end(self, tag: str) -> None:
        if tag == "select" and self.select:
            chosen = [value for value, selected in self.options if selected] or [self.options[0][0]]
            self.fields[self.select], self.select = chosen, ""
        elif tag == "textarea":
            self.area = None

    def text(self, text: str) -> None:
        if self.area:
            # A browser leaves out the line break that a text field begins with.
            self.fields[self.area][0] += text.removeprefix("\n") if not self.fields[self.area][0] else text


def fill(page: Response, **texts: Any) -> dict[str, Any]:
    """The form of the page with some fields filled in, to be posted; a list ticks boxes, None leaves a field out."""
    parser = _Form()
    parser.feed(page.content.decode())
    fields: dict[str, Any] = {**parser.fields, **texts}
    return {name: value for name, value in fields.items() if value is not None}


def mistakes(page: Response) -> dict[str, list[str]]:
    """What stands beside each field of the form."""
    assert page.status_code == 200, page.status_code
    return {name: [str(error) for error in errors] for name, errors in page.context["form"].errors.items()}


def text_of(page: Response) -> str:
    """What stands on the page, without its tags."""
    return " ".join(unescape(strip_tags(page.content.decode())).split())


def differences(page: Any) -> list[tuple[str, str, str]]:
    """What a page says was changed since it was opened: label, before, after."""
    return [(each.label, each.before, each.after) for each in page.context["form"].overtaken]


def history(page: Any) -> list[tuple[str, list[tuple[str, str, str]]]]:
    """What a page of settings tells of its changes, the newest first: who, and what."""
    return [
        (change.who, [(each.label, each.before, each.after) for each in change.differences])
        for change in page.context["history"]
    ]


def rows_of(page: Response) -> list[list[str]]:
    """The texts of the table's cells; what stands below a row belongs to its last one."""
    parser = _Cells()
    parser.feed(page.content.decode())
    return parser.rows


class _Cells(Markup):
    def __init__(self) -> None:
        self.rows: list[list[str]] = []
        self.is_in_cell = self.is_below = False

    def begin(self, tag: str, written: str) -> None:
        if tag == "tbody":
            self.rows = []
        elif tag == "tr":
            self.is_below = values_of(written).get("class") == "row-below"
            if not self.is_below:
                self.rows.append([])
        elif tag == "td":
            if not self.is_below:
                self.rows[-1].append("")
            self.is_in_cell = True

    def end(self, tag: str) -> None:
        self.is_in_cell = self.is_in_cell and tag != "td"

    def text(self, text: str) -> None:
        if self.is_in_cell:
            self.rows[-1][-1] = f"{self.rows[-1][-1]} {text.strip()}".strip()


def sorts_by_every_column(client: Client, address: str, query: dict[str, str] | None = None) -> None:
    """Every heading that is a link orders the table both ways, and shows which way it is."""
    table = client.get(address, query).context["table"]
    rows = sorted(str(row.record) for row in table.rows)
    sortable = [column.name for column in table.columns if column.orderable]
    assert sortable
    for name in sortable:
        for sort, told in ((name, "ascending"), (f"-{name}", "descending")):
            page = client.get(address, {**(query or {}), "sort": sort})
            assert f'aria-sort="{told}"' in page.content.decode()
            assert sorted(str(row.record) for row in page.context["table"].rows) == rows


def walked(browser: Client, place: str, rel: str, **query: str) -> Iterator[list[Any]]:
    """The rows of a page of a list, and of those that its links to the next one or the previous one lead to."""
    address: str | None = f"?{urlencode(query)}"
    seen: set[str | None] = {None}
    while address not in seen:
        seen.add(address)
        page = browser.get(f"{place}{address}")
        assert page.status_code == 200, f"{place}{address}"
        yield [row.record for row in page.context["table"].paginated_rows]
        link = re.search(rf'rel="{rel}" href="([^"]*page=[^"]*)"', page.content.decode())
        address = unescape(link[1]) if link else None
