"""Every page of gift cards, accounts and memberships is readable by everyone."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page

from loyalty.accounts.services import block_account
from loyalty.gift_cards.services import block_gift_card
from loyalty.memberships.freezes import freeze
from loyalty.memberships.services import block_membership
from tests.cast import PROGRAM, Cast
from tests.clients.gift_cards import pay, sell, take_back
from tests.clients.memberships import cover, make_membership_type, sale_of
from tests.clients.memberships import sell as sell_membership
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
    client = f"/chains/aurora/clients/{guest.pk}/"
    addresses = (
        "/chains/aurora/gift-cards/",
        f"/chains/aurora/gift-cards/{cards[0].pk}/",
        "/locations/center/gift-cards/look-up/",
        "/chains/aurora/accounts/",
        f"/chains/aurora/accounts/{account.pk}/",
        client,
        f"{client}gift-cards/",
        f"{client}accounts/",
    )
    _assert_readable(new_page(user=cast.owner), addresses)


def test_the_pages_of_memberships_are_readable_by_everyone(new_page: NewPage, cast: Cast) -> None:
    """The same: not begun, frozen, used, expired, blocked and returned, with and without a count."""
    chain, now = cast.aurora, timezone.now()
    today = chain.local_date(now)
    guest, haircut = make_client(cast.center, LONG, "+4915112300001"), make_item(chain, "Haircut", "12345.67")
    month: dict[str, Any] = {"lasts_count": 1, "lasts_unit": "months", "freeze_days": 9, "price": 54321}
    ten = make_membership_type(chain, f"Ten of {LONG}", [([haircut], 10)], **month)
    later = make_membership_type(chain, "Later", [([haircut], None)], begins="first_use", price=99)
    held = [sell_membership(cast.center, ten, guest, "54321", at=now) for _each in range(3)]
    sell_membership(cast.center, later, guest, "99", at=now)
    sell_membership(cast.center, ten, guest, "54321", at=now - timedelta(days=60))
    cover(cast.center, guest, [haircut, haircut], held[0], at=now)
    freeze(membership=held[0], first_on=today, last_on=today + timedelta(days=3), at=now, acting_user=PROGRAM)
    block_membership(membership=held[1], reason="Lost", at=now)
    take_back(sale_of(held[2]), at=now)
    page = f"/chains/aurora/memberships/{held[0].pk}/"
    client = f"/chains/aurora/clients/{guest.pk}/memberships/"
    addresses = ("/chains/aurora/memberships/", page, f"{page}freeze/", client)
    _assert_readable(new_page(user=cast.owner), addresses)


def _assert_readable(page: Page, addresses: Iterable[str]) -> None:
    for address in addresses:
        page.goto(address)
        assert page.locator("h1").count() == 1
        for width in (1280, 390):
            page.set_viewport_size({"width": width, "height": 900})
            fits(page)
            axe(page)
