"""From an empty chain to cashback on automatic cards in a real browser, click by click."""

from __future__ import annotations

from decimal import Decimal

import pytest
from playwright.sync_api import Page, expect

from loyalty.cards.models import Card
from loyalty.promotions.models import Promotion
from tests.cast import Cast
from tests.plugins.browser import TABLET, NewPage, axe, fits
from tests.programs import make_client, make_item, make_visit, moment

pytestmark = pytest.mark.browser

#: What an administrator may need at most, signed in, from the empty overview on.
MOST_CLICKS = 12


class Clicks:
    """Clicks, and counts them."""

    def __init__(self, page: Page) -> None:
        self.page, self.count = page, 0

    def on(self, role: str, name: str) -> None:
        self.page.get_by_role("main").get_by_role(role, name=name).click()  # type: ignore[arg-type]
        self.count += 1


def test_an_empty_chain_has_cashback_within_a_dozen_clicks(new_page: NewPage, cast: Cast) -> None:
    page = new_page(user=cast.administrator, size=TABLET)
    clicks = Clicks(page)

    def looked_at() -> None:
        for width in (320, TABLET[0]):
            page.set_viewport_size({"width": width, "height": TABLET[1]})
            fits(page)
        axe(page)

    page.goto("/chains/aurora/")
    clicks.on("link", "Start a program")
    expect(page.locator("#pane")).to_contain_text("Every visit gives 5 % of what the guest paid, in points.")
    looked_at()
    page.get_by_label("Points back").fill("7")
    clicks.count += 1
    expect(page.locator("#pane")).to_contain_text("Every visit gives 7 %")
    expect(page.locator("#bill")).to_contain_text("+5.25")
    clicks.on("button", "Turn it on")
    expect(page.get_by_role("heading", level=1)).to_have_text("Cashback 7 % is on")
    looked_at()
    assert clicks.count <= MOST_CLICKS
    guest = make_client(cast.center, "Gina Guest", "+4915112345601")
    make_visit(cast.center, guest, [make_item(cast.aurora, "Haircut", "60.00")], at=moment("2026-03-01 10:00"))
    assert Card.objects.get(client=guest).holder.balance == Decimal("4.20")
    page.get_by_role("link", name="Start another program").click()
    page.get_by_role("link", name="Tiers").click()
    page.get_by_label("Row 2: value").fill("6")
    expect(page.locator("#pane")).to_contain_text("6 % from €500.00")
    looked_at()
    page.get_by_role("button", name="Turn it on").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Growing discount is on")
    assert Promotion.objects.filter(card_types__name="Loyalty card").count() == 2
