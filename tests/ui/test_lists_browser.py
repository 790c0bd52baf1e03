"""Filters that apply at once, columns and the place of the first rows, in a real browser."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.cast import Cast
from tests.plugins.browser import NewPage, Problems, axe, fits
from tests.reports.conftest import LEDGER, fill_ledger, make_books

pytestmark = pytest.mark.browser

ROWS = ".list-table tbody tr:not(.row-below)"


def in_sight(page: Page) -> int:
    """Rows that are seen whole without scrolling."""
    seen: int = page.evaluate(
        "(rows) => [...document.querySelectorAll(rows)].filter("
        "(row) => row.getBoundingClientRect().bottom <= innerHeight).length",
        ROWS,
    )
    return seen


def is_covered(page: Page) -> bool:
    """Whether something lies over the middle of what has the focus."""
    covered: bool = page.evaluate("""() => {
        const field = document.activeElement, box = field.getBoundingClientRect();
        const there = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
        return there !== field && !field.contains(there);
    }""")
    return covered


def test_filters_apply_while_they_are_typed_and_late_answers_are_dropped(
    new_page: NewPage, cast: Cast, problems: Problems
) -> None:
    problems.forgive("htmx:(sendAbort|afterRequest)")
    make_books(cast)
    page = new_page(user=cast.manager)
    page.goto(LEDGER)
    expect(page.locator(ROWS)).to_have_count(7)
    expect(page.get_by_role("button", name="Show")).to_be_hidden()
    held: list[Route] = []

    def hold_the_first(route: Route) -> Any:
        return route.continue_() if held else held.append(route)

    page.route("**/transactions/?*", hold_the_first)
    whose = page.get_by_label("Client or card")
    with page.expect_request("**/transactions/?whose=ann"):
        whose.press_sequentially("ann")
    whose.press_sequentially("a zq")
    expect(page.locator(".nothing h2")).to_have_text("Nothing matches")
    expect(page.locator("#list-status")).to_have_text("Nothing matches")
    expect(whose).to_be_focused()
    expect(whose).to_have_value("anna zq")
    assert page.url.endswith("/transactions/?whose=anna%20zq") and not is_covered(page)
    # The first answer is nobody's any more: the page gave it up.
    page.unroute("**/transactions/?*")
    for _letter in " zq":
        whose.press("Backspace")
    expect(page.get_by_role("link", name="Client or card: anna")).to_be_visible()
    expect(page.locator("#filter-count")).to_have_text("Filters (1)")
    expect(page.locator(".nothing")).to_have_count(0)
    expect(page.locator("#list-status")).to_have_text(page.locator(".list-count").inner_text())
    few = page.locator(ROWS).count()
    assert 0 < few < 7
    expect(page.get_by_role("link", name="Export to CSV")).to_have_attribute("href", "?whose=anna&export=csv")

    page.get_by_label("Amount from").fill("x")
    expect(page.locator("#id_amount_from_error")).to_be_visible()
    expect(page.get_by_label("Amount from")).to_have_attribute("aria-invalid", "true")
    page.get_by_label("Amount from").fill("")
    expect(page.locator("#id_amount_from_error")).to_have_count(0)
    page.get_by_role("link", name="Take all away").click()
    expect(page.locator(ROWS)).to_have_count(7)


def test_the_first_rows_are_in_sight_and_columns_are_moved_by_the_keyboard(new_page: NewPage, cast: Cast) -> None:
    make_books(cast)
    fill_ledger(30)
    page = new_page(user=cast.manager, size=(1280, 800))
    page.goto(LEDGER)
    assert in_sight(page) >= 5
    heights = page.evaluate(
        "(rows) => [...new Set([...document.querySelectorAll(rows)].map((row) => Math.round(row.offsetHeight)))]", ROWS
    )
    assert heights == [40]
    page.set_viewport_size({"width": 390, "height": 844})
    assert in_sight(page) >= 1
    page.locator(".row-opens summary").first.click()
    why = page.locator(".row-below div").first.bounding_box()
    assert why and why["width"] > 300 and why["height"] < 100
    expect(page.get_by_label("Client or card")).to_be_hidden()
    page.locator(".filter-fold > summary").click()
    expect(page.get_by_label("Client or card")).to_be_visible()
    page.get_by_label("Client or card").focus()
    assert not is_covered(page)
    axe(page)
    fits(page)

    page.get_by_role("link", name="Columns").click()
    expect(page.get_by_role("checkbox", name="Date and time")).to_be_focused()
    page.get_by_role("button", name="Move Date and time down").press("Enter")
    page.get_by_role("button", name="Move Date and time down").press("Enter")
    page.get_by_role("checkbox", name="Location").uncheck()
    axe(page)
    page.get_by_role("button", name="Show these").click()
    expect(page.get_by_role("columnheader").first).to_have_text("Type")
    assert page.get_by_role("columnheader").all_inner_texts()[:3] == ["Type", "Date and time", "Client"]
