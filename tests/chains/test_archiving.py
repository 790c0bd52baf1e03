"""What is no longer used is archived and can be put back: the same pages for all of it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.messages import get_messages
from django.test import Client

from chains.access import Role
from loyalty.rules.terms import PromotionKind
from tests.cast import Cast, make_access, make_location, make_user
from tests.pages import text_of
from tests.programs import make_card_type, make_item, make_promotion

CHAIN = "/chains/aurora"
ITEMS = "/locations/center/items/"


def a_location(cast: Cast) -> str:
    return f"{CHAIN}/settings/locations/{make_location(cast.aurora, 'Old Town').pk}/"


def an_item(cast: Cast) -> str:
    return f"{ITEMS}{make_item(cast.aurora, 'Haircut', '60.00').pk}/"


def a_promotion(cast: Cast) -> str:
    return f"{CHAIN}/promotions/{make_promotion(cast.aurora, 'Autumn', PromotionKind.DISCOUNT_FIXED, '10').pk}/"


def a_card_type(cast: Cast) -> str:
    return f"{CHAIN}/card-types/{make_card_type(cast.aurora, 'Club').pk}/"


def an_access(cast: Cast) -> str:
    access = make_access(make_user("Sam Seasonal"), cast.aurora, Role.FRONT_DESK)
    return f"{CHAIN}/settings/users/{access.pk}/"


@pytest.mark.parametrize(
    ("make", "name", "verb", "restored"),
    [
        (a_location, "Old Town", "archive", "Old Town is open again."),
        (an_item, "Haircut", "archive", "Haircut is for sale again."),
        (a_promotion, "Autumn", "archive", "Autumn acts again."),
        (a_card_type, "Club", "archive", "Cards of the type Club are issued again."),
        (an_access, "Sam Seasonal", "suspend", "Sam Seasonal can enter the chain again."),
    ],
)
def test_it_asks_does_it_once_and_can_be_taken_back(
    make: Callable[[Cast], str], name: str, verb: str, restored: str, cast: Cast
) -> None:
    owner = Client()
    owner.force_login(cast.owner)
    page = make(cast)
    out, back, listing = f"{page}{verb}/", f"{page}restore/", f"{page.rstrip('/').rpartition('/')[0]}/"

    assert links_of(owner, page, out, back) == {out}
    asked = text_of(owner.get(out))
    assert f"{verb.capitalize()} {name}?" in asked
    assert "You can restore" in asked and "at any time." in asked
    # Asking does nothing.
    assert links_of(owner, page, out, back) == {out}

    for _again in range(2):
        answer = owner.post(out)
        assert answer["Location"] == listing
        assert said(answer) == [f"{name} was {verb}{'d' if verb.endswith('e') else 'ed'}."]
        assert links_of(owner, page, out, back) == {back}

    asked = text_of(owner.get(back))
    assert f"Restore {name}?" in asked and "at any time" not in asked
    for _again in range(2):
        answer = owner.post(back)
        assert answer["Location"] == listing and said(answer) == [restored]
        assert links_of(owner, page, out, back) == {out}


@pytest.mark.parametrize(
    ("make", "in_use"),
    [(a_location, "active"), (an_item, "for_sale"), (a_card_type, "active")],
)
def test_a_list_shows_what_is_in_use_or_what_is_archived(make: Callable[[Cast], str], in_use: str, cast: Cast) -> None:
    owner = Client()
    owner.force_login(cast.owner)
    page = make(cast)
    listing = f"{page.rstrip('/').rpartition('/')[0]}/"

    def is_shown(status: str) -> bool:
        return f'href="{page}"' in owner.get(f"{listing}?status={status}").content.decode()

    assert (is_shown(in_use), is_shown("archived")) == (True, False)
    owner.post(f"{page}archive/")
    assert (is_shown(in_use), is_shown("archived")) == (False, True)


def links_of(client: Client, page: str, *addresses: str) -> set[str]:
    """Which of the addresses a page leads to."""
    shown = client.get(page).content.decode()
    return {address for address in addresses if f'href="{address}"' in shown}


def said(answer: object) -> list[str]:
    return [str(message) for message in get_messages(answer.wsgi_request)]  # type: ignore[attr-defined]
