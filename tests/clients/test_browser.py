"""The pages of clients and cards in a real browser, by the desk and by the chain."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from loyalty.cards.models import Card
from tests.cast import Cast
from tests.clients.guests import bonus_card, make_guest, make_programs
from tests.plugins.browser import TABLET, NewPage, axe, fits

pytestmark = pytest.mark.browser


def test_the_desk_registers_a_guest_and_issues_a_card(new_page: NewPage, cast: Cast) -> None:
    """Without JavaScript, from the list to the card."""
    programs = make_programs(cast.center)
    known = make_guest(programs, 1, "Boris Known")
    page = new_page(user=cast.desk, javascript=False)
    page.goto("/locations/center/visits/")
    page.get_by_role("link", name="All clients").click()
    page.get_by_role("link", name="New client").click()
    page.get_by_label("Name").fill("Gina Guest")
    page.get_by_label("Phone").fill("0151 1230 0001")
    page.get_by_role("button", name="Add client").click()
    expect(page.get_by_role("link", name="Open Boris Known")).to_have_attribute(
        "href", f"/locations/center/clients/{known.pk}/"
    )
    page.get_by_label("Phone").fill("0170 1234567")
    page.get_by_role("button", name="Add client").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Gina Guest")

    page.get_by_role("link", name="Issue a card").click()
    page.get_by_label("Number").fill("C-77")
    page.get_by_role("button", name="Issue card").click()
    expect(page.get_by_role("link", name="C-77")).to_be_visible()

    page.get_by_role("link", name="All clients").first.click()
    page.get_by_label("Name, phone, e-mail or card").fill("0170 12345")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_role("row")).to_have_count(2)
    page.get_by_role("link", name="Name, phone, e-mail or card: 0170 12345").click()
    expect(page.get_by_role("row")).to_have_count(3)


def test_the_pages_are_readable_by_everyone(new_page: NewPage, cast: Cast) -> None:
    programs = make_programs(cast.center)
    guest = make_guest(programs, 3, "Maximiliane " * 12)
    card: Card = bonus_card(guest)
    row = guest.transactions.get(kind="manual_accrual")
    page = new_page(user=cast.owner, size=TABLET)
    client = f"/chains/aurora/clients/{guest.pk}/"
    for address in (
        "/chains/aurora/clients/",
        "/chains/aurora/clients/?q=zz",
        "/chains/aurora/clients/new/",
        client,
        f"{client}edit/",
        f"{client}issue/",
        f"{client}loyalty/",
        f"{client}loyalty/accrue/",
        f"{client}visits/",
        "/chains/aurora/cards/",
        f"/chains/aurora/cards/{card.pk}/",
        f"/chains/aurora/cards/{card.pk}/block/",
        f"/chains/aurora/loyalty-rows/{row.pk}/undo/",
        f"/locations/center/clients/{guest.pk}/",
    ):
        page.goto(address)
        assert page.locator("h1").count() == 1
        fits(page)
        for details in page.locator(".row-opens summary").all():
            details.click()
        axe(page)
