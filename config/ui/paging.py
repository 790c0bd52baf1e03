"""The pages of a list: numbered where its rows can be counted, and else each from the row where another one ended.

Nobody turns to the thousandth page, and to count or skip a million rows takes as long as to read them. A list of more
rows than `MOST_NUMBERED` is walked in one of its `walks`, orders that an index serves; fewer are sorted by any column.
"""

from __future__ import annotations

import re
from typing import Any

from django.conf import settings
from django.core.paginator import Page, Paginator

from config.ui.tables import BaseTable

#: What an address says of a page that begins after a row, or ends before one.
_BESIDE = re.compile(r"(after|before)-(\d{1,18})")


class WalkedPage(Page[Any]):
    """Some rows, and whether there are any before and after them."""

    number = 0  # none that is known
    previous = following = ""

    def has_previous(self) -> bool:
        return bool(self.previous)

    def has_next(self) -> bool:
        return bool(self.following)

    def previous_page_number(self) -> str:  # type: ignore[override]
        return self.previous

    def next_page_number(self) -> str:  # type: ignore[override]
        return self.following


def show_page(table: BaseTable, asked: str, size: int) -> None:
    """Let the table show the page that the address asks for; the first where there is no such page."""
    if len(table.data) > settings.MOST_NUMBERED:
        _walk(table, asked, size)
        return
    table.paginator = Paginator(table.rows, size)
    table.page = table.paginator.get_page(asked)


def _walk(table: BaseTable, asked: str, size: int) -> None:
    found = _BESIDE.fullmatch(asked)
    way, key = (found[1], int(found[2])) if found else ("", 0)
    records = table.data.beside(key, size + 1, is_before=way == "before") if key else None
    if records is None or (way == "before" and len(records) <= size):
        way, records = "", table.data[: size + 1]
    shown = records[-size:] if way == "before" else records[:size]
    table.paginator = Paginator(table.rows, size)
    table.page = page = WalkedPage(type(table.rows)(shown, table), 0, table.paginator)
    if way and shown:
        page.previous = f"before-{shown[0].pk}"
    if way == "before" or len(records) > size:
        page.following = f"after-{shown[-1].pk}"
