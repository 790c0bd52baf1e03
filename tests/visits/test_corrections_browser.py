"""A correction in a real browser: what it changes is seen before it is saved, in few presses."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from tests.cast import make_cast
from tests.plugins.browser import NewPage
from tests.programs import make_visit
from tests.visits.conftest import Salon, make_salon
from visits.models import Visit

pytestmark = pytest.mark.browser

#: Keys and clicks are counted over all pages of the story; a modifier is no key of its own.
COUNTED = """
  const count = (what) => sessionStorage.setItem(what, 1 + Number(sessionStorage.getItem(what)));
  addEventListener("keydown", ({ key }) => ["Control", "Shift", "Alt"].includes(key) || count("keys"), true);
  addEventListener("pointerdown", () => count("clicks"), true);
"""
REASON = "Promised"


@pytest.fixture
def shop(transactional_db: None) -> Salon:
    return make_salon(make_cast())


def test_a_discount_that_was_forgotten_is_corrected_in_few_presses(shop: Salon, new_page: NewPage) -> None:
    """A tenth off, the money back, and why; everything is shown before it is saved."""
    visit = make_visit(shop.location, shop.boris, [shop.haircut], at=timezone.now())
    page = new_page(user=shop.desk)
    page.add_init_script(COUNTED)
    page.goto("/locations/center/visits/")
    page.get_by_role("link", name="Boris Ivanov").click()
    moves = page.locator("#correction")
    page.get_by_label("Discount, %, Haircut").click()
    page.keyboard.type("10")
    expect(page.locator(".total-due")).to_contain_text("€54.00")
    expect(moves).to_have_count(0)  # more is paid than is due by now, which cannot be saved
    page.get_by_role("button", name="Pay the rest: Cash").click()
    expect(moves.get_by_role("row", name="Discount €0.00 €6.00")).to_be_visible()
    expect(moves.get_by_role("row", name="Due €60.00 €54.00")).to_be_visible()
    expect(moves.get_by_role("row", name="Bonus card")).to_contain_text("3.00 points2.70 points")
    page.get_by_label("Why is money taken off?").click()
    page.keyboard.type(REASON)
    page.keyboard.press("Control+Enter")
    expect(page.locator(".window-changes")).to_contain_text("saved 2 times")
    expect(moves).to_have_count(0)
    visit = Visit.objects.get(pk=visit.pk)
    assert (str(visit.discount), str(visit.paid), visit.left) == ("6.0000", "54.0000", Decimal(0))
    assert shop.bonus_card(shop.boris).holder.balance == visit.paid * 5 / 100
    clicks, keys = page.evaluate("[sessionStorage.getItem('clicks'), sessionStorage.getItem('keys')].map(Number)")
    assert 0 < clicks <= 4 and 0 < keys <= len("10") + len(REASON) + 1, (clicks, keys)
