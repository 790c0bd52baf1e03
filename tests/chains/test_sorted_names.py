"""Whatever has a name is sorted and found by the same folding as a guest: services, programs, places, users."""

from __future__ import annotations

from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from chains.access import Role
from chains.catalog.models import Category
from chains.models import Chain, Location, User
from loyalty.rules.terms import PromotionKind
from tests.cast import Cast, make_access, make_location
from tests.pages import fill, rows_of
from tests.programs import make_card_type, make_item, make_promotion

NAMES = ("Zoë", "Łukasz", "Ängste", "Москва", "O’Brien")
SORTED = ["Ängste", "Łukasz", "Москва", "O’Brien", "Zoë"]


def users(chain: Chain, name: str) -> None:
    user = User.objects.create_user(f"user-{User.objects.count()}@example.com", name=name)
    make_access(user, chain, Role.MANAGER)


def places(chain: Chain, name: str) -> None:
    make_location(chain, name, slug=f"place-{chain.locations.count()}")


MAKE: dict[str, tuple[str, Callable[[Chain, str], Any]]] = {
    "services": ("/locations/center/items/", lambda chain, name: make_item(chain, name, "5")),
    "categories": (
        "/locations/center/items/categories/",
        lambda chain, name: Category.objects.create(chain=chain, name=name),
    ),
    "promotions": (
        "/chains/aurora/promotions/",
        lambda chain, name: make_promotion(chain, name, PromotionKind.DISCOUNT_FIXED, "5"),
    ),
    "card types": ("/chains/aurora/card-types/", make_card_type),
    "locations": ("/chains/aurora/settings/locations/", places),
    "users": ("/chains/aurora/settings/users/", users),
}


@pytest.mark.parametrize("kind", MAKE)
def test_lists_sort_and_find_by_plain_letters(client: Client, cast: Cast, kind: str) -> None:
    address, make = MAKE[kind]
    for name in NAMES:
        make(cast.aurora, name)
    client.force_login(cast.owner)

    def names(**query: str) -> list[str]:
        return [row[0] for row in rows_of(client.get(address, query)) if row[0] in NAMES]

    assert names(sort="name") == SORTED
    assert names(sort="-name") == SORTED[::-1]
    field = "q" if kind == "users" else "name"
    for text, found in (("lukasz", "Łukasz"), ("aengste", "Ängste"), ("moskva", "Москва"), ("O'Brien", "O’Brien")):
        assert names(**{field: text}) == [found], text


def test_a_chain_and_a_location_are_chosen_by_plain_letters(client: Client, cast: Cast) -> None:
    places(cast.aurora, "Łódź")
    client.force_login(cast.owner)
    settings = "/chains/aurora/settings/general/"
    client.post(settings, fill(client.get(settings), name="Ærø"))
    cast.aurora.refresh_from_db()
    assert (cast.aurora.name, cast.aurora.name_folded) == ("Ærø", "aero")
    page = client.get("/spaces/", {"q": "lodz"})
    assert [space.name for group in page.context["groups"] for space in group.locations] == ["Łódź"]
    page = client.get("/spaces/", {"q": "aero"})
    assert len(page.context["groups"][0].locations) == 3


def test_an_address_is_made_of_letters_that_are_no_latin_ones(db: None) -> None:
    call_command(
        "create_chain",
        "Студия Łódź",
        currency="EUR",
        time_zone="Europe/Warsaw",
        country="PL",
        location="Площадь",
        email="owner@studio.example",
        owner="Ола",
        stdout=StringIO(),
    )
    assert Chain.objects.get().slug == "studiya-lodz"
    assert Location.objects.get().slug == "studiya-lodz-ploshchad"
