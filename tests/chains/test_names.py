"""Names of what a chain has are there once, whatever their case and the spaces around them."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client

from chains.catalog.models import Category, Item
from chains.models import Location
from chains.names import tell_apart
from chains.settings.locations.services import add_location
from loyalty.cards.models import CardType
from loyalty.promotions.models import Promotion
from loyalty.rules.terms import PromotionKind
from tests.cast import LONG_AGO, PROGRAM, Cast
from tests.pages import fill, mistakes
from tests.programs import make_card_type, make_item, make_promotion

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("place", "more", "model"),
    [
        ("/chains/aurora/promotions/", {"kind": "discount_fixed", "value": "5"}, Promotion),
        ("/chains/aurora/card-types/", {}, CardType),
        ("/chains/aurora/settings/locations/", {}, Location),
        ("/locations/center/items/", {"price": "5"}, Item),
        ("/locations/center/items/categories/", {}, Category),
    ],
)
def test_a_name_is_taken_whatever_its_case(
    administrator: Client, cast: Cast, place: str, more: dict[str, str], model: Any
) -> None:
    make_promotion(cast.aurora, "Größe", PromotionKind.DISCOUNT_FIXED, "5")
    make_card_type(cast.aurora, "Größe")
    add_location(chain=cast.aurora, name=" Größe ", at=LONG_AGO, acting_user=PROGRAM)
    make_item(cast.aurora, "Größe", "5", category="Größe")
    page = administrator.get(f"{place}new/")
    if "kind" in more:
        page = administrator.post(f"{place}new/", fill(page, kind=more["kind"], show_fields="1"))
    before = model.objects.count()
    page = administrator.post(f"{place}new/", fill(page, name=" GRÖßE ", save="1", **more))
    assert set(mistakes(page)) == {"name"} and model.objects.count() == before
    assert model.objects.filter(name="Größe").count() == 1
    # What is renamed to its own name in other letters stays itself.
    kept = model.objects.get(name="Größe")
    edit = f"{place}{kept.pk}/"
    assert administrator.post(edit, fill(administrator.get(edit), name="größe ", save="1")).status_code == 302
    kept.refresh_from_db()
    assert kept.name == "größe"


def test_names_of_before_are_told_apart(cast: Cast) -> None:
    """As the migration does it: the earlier keeps its name, the later gets a number, and nothing is lost."""
    drop_constraint(Item)
    names = ["Cut", " cut ", "CUT", "cut (2)", "Ärger", "ärger", "Wash "]
    items = [make_item(cast.aurora, name, "5") for name in names]
    elsewhere = make_item(cast.borealis, "cut", "5")
    tell_apart(Item, "chain_id", "kind")
    # Rows that are changed in the transaction that made them are still to be checked; those of before are not.
    connection.check_constraints()
    add_constraint(Item)
    found = {item.pk: (item.name, item.name_folded) for item in Item.objects.all()}
    assert [found[item.pk][0] for item in items] == [
        "Cut",
        "cut (2)",
        "CUT (3)",
        "cut (2) (2)",
        "Ärger",
        "ärger (2)",
        "Wash",
    ]
    assert found[items[2].pk][1] == "cut 3" and found[elsewhere.pk][0] == "cut"


def test_promotions_of_before_are_told_apart_too(cast: Cast) -> None:
    drop_constraint(Promotion)
    first, second = (make_promotion(cast.aurora, name, PromotionKind.DISCOUNT_FIXED, "5") for name in ("Gold", "gold"))
    tell_apart(Promotion, "chain_id")
    connection.check_constraints()
    add_constraint(Promotion)
    assert [Promotion.objects.get(pk=each.pk).name for each in (first, second)] == ["Gold", "gold (2)"]


def drop_constraint(model: Any) -> None:
    with connection.schema_editor() as editor:
        editor.remove_constraint(model, _constraint(model))


def add_constraint(model: Any) -> None:
    with connection.schema_editor() as editor:
        editor.add_constraint(model, _constraint(model))


def _constraint(model: Any) -> Any:
    return next(each for each in model._meta.constraints if "name_once" in each.name)
