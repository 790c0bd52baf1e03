"""Every list of the product: found by its addresses, sorted by every column, exported and read back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from django.conf import settings
from django.test import Client as Browser
from django.utils import timezone
from django.utils.http import urlencode
from django_filters import CharFilter
from django_tables2 import A
from openpyxl import load_workbook

from chains.access import ROLE_RIGHTS, Right, Role
from clients.models import Client
from config.ui import pages
from config.ui.tables import BaseTable
from loyalty.ledger.models import Lot, Transaction
from tests.cast import LONG_AGO, Cast
from tests.chains.addresses import Address, guarded
from tests.chains.test_access import OBJECTS
from tests.pages import walked
from tests.plugins.browser import NewPage
from tests.reports.conftest import make_books

pytestmark = pytest.mark.django_db

#: What an address needs besides, so that its list has rows.
QUERIES = {
    "visits:day": {"on": str(LONG_AGO.date())},
    "reports:chain_visit_changes": {"kind": "entered"},
    "reports:location_visit_changes": {"kind": "entered"},
}


def objects(cast: Cast) -> dict[str, int]:
    """One thing of each kind at the center; cards and rows are those of one client."""
    books = make_books(cast)
    Client.objects.filter(pk=books.anna.pk).update(email="anna@example.org")
    row = Transaction.objects.latest("pk")
    for days in (100, 200, 100):
        given = books.give("7", at=timezone.now())
        Lot.objects.filter(transaction=given).update(last_on=timezone.localdate() + timedelta(days=days))
    of_one = {"client_id": books.anna.pk, "card_id": books.anna_card.pk, "row_id": row.pk}
    return {**{name: make(cast.center) for name, make in OBJECTS.items() if name not in of_one}, **of_one}


def lists(cast: Cast, owner: Browser) -> Iterator[tuple[Address, str, dict[str, str], Any]]:
    """Where each list is, by which query, and its page."""
    made = objects(cast)
    for address in guarded():
        if not address.door or not address.door.kind:
            continue
        place = address.of_cast(cast, **{name: made[name] for name in address.objects})
        query = QUERIES.get(str(address), {})
        page = owner.get(place, query)
        if page.status_code == 200 and page.context and "table" in page.context:
            yield address, place, query, page


def tables() -> set[type[BaseTable]]:
    """Every table of the product that is over a model.

    Of two of a list, one with a column that only some chains use, it is the one with that column: the cast uses all.
    """
    found, left = set(), [BaseTable]
    while left:
        more = [each for each in left.pop().__subclasses__() if not each.__module__.startswith("tests.")]
        left += more
        found |= {each for each in more if getattr(each._meta, "model", None)}
    return {each for each in found if not any(one.__name__.startswith("Covered") for one in each.__subclasses__())}


def test_every_list_is_sorted_exported_and_laid_out(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    owner, seen, walks = Browser(), set(), set()
    owner.force_login(cast.owner)
    found = list(lists(cast, owner))
    for address, place, query, page in found:
        says_what_it_is(owner, address, page, place, query)
        can_be_exported(owner, page, place, query)
        if type(page.context["table"]) not in seen:
            is_sorted_by_every_column(page.context["table"])
            tells_its_order(owner, page, place, query)
            with monkeypatch.context() as few:
                few.setattr(settings, "MOST_NUMBERED", 2)
                few.setattr(pages, "PAGE_SIZES", (FEW,))
                if is_walked_both_ways(owner, place, query):
                    walks.add(type(page.context["table"]).__name__)
        seen.add(type(page.context["table"]))
    assert tables() == seen
    assert walks >= {"OwedTable", "TransactionTable"}
    monkeypatch.setitem(ROLE_RIGHTS, Role.OWNER, frozenset(Right) - {Right.EXPORT_REPORTS})
    for _address, place, query, _page in found:
        if _address.door.right != Right.EXPORT_REPORTS:  # type: ignore[union-attr]
            assert "Export to Excel" not in owner.get(place, query).content.decode()
            assert owner.get(place, {**query, "export": "xlsx"}).status_code == 403


def never(page: Any) -> dict[str, str]:
    """A search that finds nothing."""
    return {name: "zq zq" for name, each in page.context["filters"].filters.items() if type(each) is CharFilter}


def says_what_it_is(owner: Browser, address: Address, page: Any, place: str, query: dict[str, str]) -> None:
    text = page.content.decode()
    assert text.count("<h1") == 1, address
    table = page.context["table"]
    named, names = table.importance.named, set(table.columns.names())
    assert named <= names | {*type(table)._meta.exclude}, address
    assert 'aria-label="Breadcrumbs"' in text, address
    assert '<caption class="visually-hidden">' in text or "Nothing here yet" in text, address
    assert 'class="filters"' in text, address
    assert any(type(each) is CharFilter for each in page.context["filters"].filters.values()), f"{address}: no search"
    empty = owner.get(f"{place}?{urlencode({**query, **never(page)})}").content.decode()
    assert "Nothing matches" in empty and "Take all" in empty, address
    assert page.context["table"].page.paginator.count, f"{address} has no row to try"


def is_sorted_by_every_column(table: Any) -> None:
    """Both ways, without losing a row, and with empty cells last; the tests of a list look at the order itself."""
    rows = {row.record.pk for row in table.rows}
    assert PARTLY_EMPTY.get(type(table).__name__, set()) <= partly_empty(table)
    for column in table.columns:
        for sign in ("", "-"):
            if column.orderable:
                table.order_by = f"{sign}{column.name}"
                assert [row.record.pk for row in table.rows if row.record.pk not in rows] == []
                assert len({row.record.pk for row in table.rows}) == len(rows), (table, column.name)
                empty = [is_empty(row, column) for row in table.rows]
                assert empty == sorted(empty), (table, sign, column.name)


def is_empty(row: Any, column: Any) -> bool:
    return A(column.accessor).resolve(row.record, quiet=True) in column.column.empty_values


def partly_empty(table: Any) -> set[str]:
    return {column.name for column in table.columns if len({is_empty(row, column) for row in table.rows}) == 2}


#: Some columns that must be so, for empty cells to be tried at all: figures, days, texts, and those of other tables.
PARTLY_EMPTY = {
    "TransactionTable": {"balance_after", "visit", "promotion"},
    "ClientTable": {"email", "last_visit_on"},
    "UserTable": {"last_login"},
    "OwedTable": {"ends_on"},
}


def tells_its_order(owner: Browser, page: Any, place: str, query: dict[str, str]) -> None:
    name = next(column.name for column in page.context["table"].columns if column.orderable)
    for sort, told in ((name, "ascending"), (f"-{name}", "descending")):
        assert f'aria-sort="{told}"' in owner.get(place, {**query, "sort": sort}).content.decode()


#: Rows of a page, so that a short list has several of them.
FEW = 3


def is_walked_both_ways(owner: Browser, place: str, query: dict[str, str]) -> bool:
    """Few rows a page, in every order that it has when it is too long to be sorted; False where it is too short."""
    table = owner.get(place, query).context["table"]
    served = {each.lstrip("-") for each in (*table.walks, *(table._meta.order_by or ()))}
    for sort in [f"{sign}{name}" for name in sorted(served) for sign in ("", "-")] or [""]:
        asked = {**query, "sort": sort, "size": str(FEW)}
        page = owner.get(place, asked)
        rows = [row.pk for row in page.context["table"].data.in_order()]
        there = [[row.pk for row in part] for part in walked(owner, place, "next", **asked)]
        assert [key for part in there for key in part] == rows, (place, sort)
        if len(rows) <= FEW:
            return False
        back = [[row.pk for row in part] for part in walked(owner, place, "prev", **asked, page=f"before-{rows[-1]}")]
        parts = [rows[end - FEW : end] for end in range(len(rows) - 1, FEW, -FEW)]
        assert back == [*parts, rows[:FEW]], (place, sort)
    return True


def can_be_exported(owner: Browser, page: Any, place: str, query: dict[str, str]) -> None:
    """All rows and columns, with figures as figures, and no name is a formula."""
    assert "Export to Excel" in page.content.decode(), place
    response = owner.get(place, {**query, "export": "xlsx"})
    assert response["Content-Disposition"].startswith("attachment; filename"), place
    book = load_workbook(BytesIO(response.content))
    (sheet,) = [each for each in book if each.freeze_panes]
    # Sums may stand below the rows, outside of what is sorted and filtered.
    last: Any = sheet[sheet.auto_filter.ref][-1]
    heading, *rows = list(sheet.iter_rows(max_row=last[0].row))
    table = page.context["table"]
    assert len(rows) == table.page.paginator.count, place
    assert sheet.freeze_panes == "A2" and sheet.auto_filter.ref
    if not place.endswith("/transactions/"):  # whose workbook is one of its own
        exported = [column for column in table.columns if not column.column.exclude_from_export]
        # A workbook may have further columns.
        assert [cell.value for cell in heading][: len(exported)] == [str(column.header) for column in exported]
    numeric = {
        str(column.header) for column in table.columns if "number" in str(column.attrs.get("td", {}).get("class"))
    }
    for row in rows:
        assert any(cell.value not in (None, "") for cell in row), place
        for head, cell in zip(heading, row, strict=True):
            assert cell.data_type not in {"f", "e"}, (place, cell.value)
            if head.value in numeric and cell.value is not None:
                assert cell.data_type == "n", (place, head.value, cell.value)


#: Of a list as it is drawn: what leaves its frame, and rows that do not begin with a name and end with their figure.
ILL_LAID_OUT = """() => {
  const leaving = [document.documentElement, ...document.querySelectorAll(".list-table .table-responsive")]
    .filter((each) => each.scrollWidth > each.clientWidth).map((each) => "leaves its frame");
  const rows = [...document.querySelectorAll(".list-table tbody tr:not(.row-below)")].map((row) => {
    const of = (part) => row.querySelector(part)?.getBoundingClientRect();
    const [box, name, figure] = [row.getBoundingClientRect(), of(".is-name .line"), of(".is-figure")];
    if (name.width < 72) return `a name of ${name.width} pixels`;
    if (figure && figure.right > box.right) return "a figure out of sight";
    return box.height > (innerWidth < 390 ? 110 : 90) ? `a row of ${box.height} pixels` : "";
  });
  return [...leaving, ...rows].filter(Boolean);
}"""


@pytest.mark.browser
def test_every_list_is_read_on_every_screen(new_page: NewPage, cast: Cast) -> None:
    owner, seen, wide = Browser(), set(), []
    owner.force_login(cast.owner)
    page = new_page(user=cast.owner)
    for address, place, query, found in lists(cast, owner):
        table = type(found.context["table"])
        if table in seen:
            continue
        seen.add(table)
        page.goto(f"{place}?{urlencode(query)}")
        for width in (320, 390, 820, 1024, 1280):
            page.set_viewport_size({"width": width, "height": 1024})
            wide += [(width, str(address), each) for each in page.evaluate(ILL_LAID_OUT)]
    assert not wide, "Name what their tables may leave out as `minor`."
