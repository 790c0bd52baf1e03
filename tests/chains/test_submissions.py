"""A form that one user sent answers nobody else with what came of it, over HTTP."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from chains.access import Role
from chains.catalog.models import Category, Item
from chains.models import Access, Location, Submission
from clients.models import Client as Guest
from loyalty.cards.models import CardType
from loyalty.promotions.models import Promotion
from tests.cast import Cast, make_access, make_user
from tests.pages import fill, text_of

AUTUMN = {
    "name": "Autumn",
    "kind": "discount_fixed",
    "unit": "percent",
    "value": "10",
    "every": "1",
    "limit": "0",
    "where": "all",
    "service_mode": "any",
    "product_mode": "any",
}
FORMS: dict[str, tuple[str, dict[str, Any], Any]] = {
    "user": ("/chains/aurora/settings/users/new/", {"email": "i@example.com", "name": "Ida", "where": "all"}, Access),
    "location": ("/chains/aurora/settings/locations/new/", {"name": "Garden"}, Location),
    "client": ("/locations/center/clients/new/", {"name": "Gina Guest"}, Guest),
    "item": ("/locations/center/items/new/", {"name": "Trim", "price": "10"}, Item),
    "category": ("/locations/center/items/categories/new/", {"name": "Hair"}, Category),
    "card type": ("/chains/aurora/card-types/new/", {"name": "Club"}, CardType),
    "promotion": (
        "/chains/aurora/promotions/new/",
        AUTUMN,
        Promotion,
    ),
}


@pytest.mark.parametrize("kind", FORMS)
def test_the_key_of_a_form_is_that_of_who_sent_it(cast: Cast, kind: str) -> None:
    place, texts, model = FORMS[kind]
    other = make_user("Otto Owner")
    make_access(other, cast.aurora, Role.OWNER)
    first, second = Client(), Client()
    first.force_login(cast.owner)
    second.force_login(other)
    before = model.objects.count()
    typed = fill(first.get(place), **texts)
    made = first.post(place, typed)
    assert made.status_code == 302, text_of(made)
    assert Submission.objects.get().user == cast.owner

    page = second.post(place, typed)
    assert page.status_code == 200 and "This page was sent before." in text_of(page)
    assert first.post(place, typed)["Location"] == made["Location"]
    assert model.objects.count() == before + 1
