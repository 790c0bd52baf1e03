"""Every page of gift cards and accounts, by the owner and by the desk, is readable by everyone."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from loyalty.accounts.services import block_account
from loyalty.gift_cards.services import block_gift_card
from tests.cast import Cast
from tests.clients.gift_cards import pay, sell, take_back
from tests.plugins.browser import NewPage, axe, fits
from tests.programs import make_account, make_account_type, make_client, make_gift_card, make_gift_card_type, make_item

pytestmark = pytest.mark.browser

LONG = "Maximiliane " * 6 + "Engelhardt"


def test_the_pages_are_readable_by_everyone(new_page: NewPage, cast: Cast) -> None:
    """Wide and on a phone, in light and dark, with rows of every status, a long name and five digits."""
    chain, now = cast.aurora, timezone.now()
    guest = make_client(cast.center, LONG, "+4915112300001")
    kind, haircut = make_gift_card_type(chain, f"Gift of {LONG}"), make_item(chain, "Haircut", "12345.67")
    cards = [sell(cast.center, kind, "54321.99", buyer=guest, at=now) for _each in range(4)]
    for _time in range(3):
        pay(cast.center, guest, [haircut], cards[0], None, at=now)
    block_gift_card(gift_card=cards[1], reason="Lost", at=now)
    take_back(pay(cast.center, guest, [haircut], cards[2], None, at=now), at=now)
    make_gift_card(kind, "99", at=now - timedelta(days=9), last_on=(now - timedelta(days=2)).date(), client=guest)
    account = make_account(guest, make_account_type(chain, LONG, credit="20000"), "10000.5")
    pay(cast.center, guest, [haircut], account, "12345.67", at=now)
    other = make_account(guest, make_account_type(chain, "Wallet"), "12345.67")
    block_account(account=other, reason="Asked for", at=now)
    page = new_page(user=cast.owner)
    client = f"/chains/aurora/clients/{guest.pk}/"
    for address in (
        "/chains/aurora/gift-cards/",
        f"/chains/aurora/gift-cards/{cards[0].pk}/",
        "/locations/center/gift-cards/look-up/",
        "/chains/aurora/accounts/",
        f"/chains/aurora/accounts/{account.pk}/",
        client,
        f"{client}gift-cards/",
        f"{client}accounts/",
    ):
        page.goto(address)
        assert page.locator("h1").count() == 1
        for width in (1280, 390):
            page.set_viewport_size({"width": width, "height": 900})
            fits(page)
            axe(page)
