"""How much is on a gift card of which the desk knows the code alone."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.test import Client as Browser
from django.utils import timezone

from chains.models import WrongTry
from loyalty.gift_cards.models import GiftCard
from loyalty.gift_cards.services import block_gift_card, expire_gift_cards
from tests.cast import Cast
from tests.pages import fill, mistakes, text_of
from tests.programs import make_client, make_gift_card, make_gift_card_type

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Response

pytestmark = pytest.mark.django_db
LOOK_UP = "/locations/center/gift-cards/look-up/"
UNKNOWN = "The chain has no gift card of this code. Type it again, as it stands on the card."


@pytest.fixture
def desk(cast: Cast, client: Browser) -> Browser:
    client.force_login(cast.desk)
    return client


def ask(browser: Browser, code: str) -> Response:
    return browser.post(LOOK_UP, fill(browser.get(LOOK_UP), code=code))


def test_the_code_alone_tells_how_much_is_on_it(cast: Cast, desk: Browser) -> None:
    until = timezone.localdate() + timedelta(days=30)
    spring = make_gift_card_type(cast.aurora, "Spring", locations=[cast.center.pk], product_mode="none")
    make_gift_card(spring, "45.50", "AB3C DEF4 GHJ6 KMN7", last_on=until)
    page = ask(desk, "ab3c-def4-ghj6-kmn7")
    text = text_of(page)
    for told in ("Spring", "€45.50 is on it", "Active", "Accepted atCenter", "everything but products", "AB3C ····"):
        assert told in text, told
    assert "GHJ6" not in page.content.decode(), "neither shown nor kept in the field"
    assert f'href="{LOOK_UP.replace("gift-cards/look-up", "visits/new")}"' in page.content.decode()
    assert not WrongTry.objects.exists()
    assert "Use it in a visit" not in text_of(desk.get(LOOK_UP, {"code": "AB3CDEF4GHJ6KMN7"}))


def test_what_cannot_be_used_here_says_so(cast: Cast, desk: Browser) -> None:
    now = timezone.now()
    elsewhere = make_gift_card_type(cast.aurora, "Elsewhere", locations=[cast.harbour.pk])
    make_gift_card(elsewhere, "10", "HARBOUR1")
    assert "It is not accepted at this location." in text_of(ask(desk, "HARBOUR1"))
    spring = make_gift_card_type(cast.aurora)
    blocked, expired = make_gift_card(spring, "10", "BLOCKED1"), make_gift_card(spring, "10", "EXPIRED1")
    block_gift_card(gift_card=blocked, reason="Lost", at=now)
    GiftCard.objects.filter(pk=expired.pk).update(last_on=timezone.localdate() - timedelta(days=1))
    expire_gift_cards(chain=cast.aurora, at=now)
    for code, status in (("BLOCKED1", "Blocked"), ("EXPIRED1", "Expired")):
        text = text_of(ask(desk, code))
        assert status in text and "Use it in a visit" not in text
    owner = make_client(cast.center, "Olga", "")
    make_gift_card(make_gift_card_type(cast.aurora, "Own", named=True), "10", "NAMED123", client=owner)
    page = ask(desk, "NAMED123")
    assert "its owner alone" in text_of(page) and "Olga" not in text_of(page)
    assert f"/locations/center/visits/new/{owner.pk}/" in page.content.decode()


def test_wrong_codes_are_refused_alike_and_limited(cast: Cast, desk: Browser) -> None:
    make_gift_card(make_gift_card_type(cast.aurora), "10", "RIGHT123")
    make_gift_card(make_gift_card_type(cast.borealis), "10", "OTHER123")
    assert "required" in mistakes(ask(desk, " "))["code"][0]
    for guess in ("RIGHT124", "OTHER123", "RIGHT12", "' OR 1=1 --", "x" * 80):
        assert mistakes(ask(desk, guess)) == {"code": [UNKNOWN]}, guess
    assert mistakes(ask(desk, "RIGHT123"))["code"][0].startswith("Too many wrong codes. Wait 10 minutes")
    other = Browser()
    other.force_login(cast.manager)
    assert "€10.00 is on it" in text_of(ask(other, "right 123"))


def test_the_navigation_leads_to_it_once_the_chain_has_gift_cards(cast: Cast, desk: Browser) -> None:
    assert f'href="{LOOK_UP}"' not in desk.get("/locations/center/").content.decode()
    make_gift_card_type(cast.aurora)
    assert f'href="{LOOK_UP}"' in desk.get("/locations/center/visits/").content.decode()
