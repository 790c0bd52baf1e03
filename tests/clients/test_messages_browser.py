"""An administrator reads what clients were told, and sends off what was stuck."""

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from clients.messages.carriers import Mailbox
from clients.messages.delivery import deliver_due
from clients.models import Client
from tests.cast import Cast
from tests.clients.messages import make_guests, queue
from tests.plugins.browser import TABLET, NewPage, axe, fits

pytestmark = pytest.mark.browser


def test_an_administrator_sends_what_was_stuck(new_page: NewPage, cast: Cast) -> None:
    now = timezone.now()
    make_guests(cast, 2, at=now)
    queue(cast, now)
    Client.objects.filter(name="Guest 1").update(email="")
    deliver_due(carrier=Mailbox(), at=now)
    page = new_page(user=cast.administrator, size=TABLET)
    page.goto("/chains/aurora/")
    page.get_by_role("link", name="Open the navigation").click()
    page.get_by_role("navigation", name="Navigation").get_by_role("link", name="Messages").click()
    expect(page.locator("main")).to_contain_text("No mail server is set up")
    page.locator("summary").filter(has_text="Status").click()
    axe(page)
    page.get_by_label("Not deliverable").check()
    expect(page.get_by_role("link", name="Status: Not deliverable")).to_be_visible()
    Client.objects.filter(name="Guest 1").update(email="guest1@example.com")
    page.locator("tbody a").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Message to Guest 1")
    expect(page.locator(".message-letter")).to_contain_text("5.00 of your points at Aurora are good through")
    axe(page)
    fits(page)
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("status").filter(has_text="on its way again")).to_be_visible()
    deliver_due(carrier=Mailbox(), at=timezone.now())
    page.reload()
    expect(page.locator("main")).to_contain_text("In the mailbox")
