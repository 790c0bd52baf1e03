"""Services and products: looked up by the desk, changed by who sets programs up."""

from decimal import Decimal

import pytest
from django.test import Client

from chains.catalog.models import Category, Item
from loyalty.rules import terms
from tests.cast import LONG_AGO, Cast, make_chain, make_location
from tests.pages import fill, mistakes, rows_of, sorts_by_every_column
from tests.plugins.query_counts import CountQueries
from tests.programs import make_client, make_item, make_visit
from visits.scenario.reader import ScenarioError, read_text
from visits.scenario.world import build_world

LIST = "/locations/center/items/"
CATEGORIES = f"{LIST}categories/"


def test_the_list_shows_prices_and_is_searched_filtered_and_sorted(administrator: Client, cast: Cast) -> None:
    make_item(cast.aurora, "Haircut", "60.00", category="Hair")
    make_item(cast.aurora, "Hair wax", "14.00", kind=terms.ItemKind.PRODUCT)
    Item.objects.filter(name="Hair wax").update(archived=True)
    page = administrator.get(LIST)
    assert [cells[:4] for cells in rows_of(page)] == [
        ["Hair wax", "Product", "–", "€14.00"],
        ["Haircut", "Service", "Hair", "€60.00"],
    ]
    hair = Category.objects.get().pk
    for query in ({"name": "CUT hair"}, {"kind": "service"}, {"category": hair}, {"status": "for_sale"}):
        page = administrator.get(LIST, query)
        assert [cells[0] for cells in rows_of(page)] == ["Haircut"]
        assert len(page.context["filters"].chips()) == 1
    sorts_by_every_column(administrator, LIST)
    sorts_by_every_column(administrator, CATEGORIES)
    assert rows_of(administrator.get(CATEGORIES)) == [["Hair", "1"]]


def test_both_empty_pages_and_a_desk_that_only_looks(administrator: Client, cast: Cast) -> None:
    assert "New service or product" in administrator.get(LIST).content.decode()
    assert "Nothing matches" in administrator.get(LIST, {"name": "x"}).content.decode()
    make_item(cast.aurora, "Haircut", "60.00")
    administrator.force_login(cast.desk)
    page = administrator.get(LIST).content.decode()
    assert "Haircut" in page and "/items/new/" not in page and "Categories" not in page


def test_a_service_is_added_once_and_changed(administrator: Client, cast: Cast) -> None:
    form = fill(administrator.get(f"{LIST}new/"), name=" Haircut ", kind="service", price="60,5")
    for _again in range(2):
        assert administrator.post(f"{LIST}new/", form).status_code == 302
    item = cast.aurora.items.get()
    assert (item.name, item.price, item.name_folded) == ("Haircut", Decimal("60.50"), "haircut")

    page = administrator.get(f"{LIST}{item.pk}/")
    assert 'value="60.50"' in page.content.decode()
    administrator.post(f"{LIST}{item.pk}/", fill(page, price="65"))
    item.refresh_from_db()
    assert item.price == 65


def test_a_price_that_somebody_else_changed_meanwhile_is_not_put_back(administrator: Client, cast: Cast) -> None:
    item = make_item(cast.aurora, "Haircut", "60.00")
    address = f"{LIST}{item.pk}/"
    opened = administrator.get(address)
    administrator.post(address, fill(administrator.get(address), price="65"))
    page = administrator.post(address, fill(opened, name="Haircut, long"))
    said = page.content.decode()
    assert "Someone else changed this meanwhile" in said and "Haircut, service, no category, €65.00" in said
    assert 'value="Haircut, long"' in said
    item.refresh_from_db()
    assert (item.name, item.price) == ("Haircut", Decimal(65))

    form = fill(page, price="66")
    for _again in range(2):
        assert administrator.post(address, form).status_code == 302
    item.refresh_from_db()
    assert (item.name, item.price) == ("Haircut, long", Decimal(66))


@pytest.mark.parametrize("price", ["-1", "10.001", "1,000", "free", "", "1000000000"])
def test_a_price_that_cannot_be_stands_beside_its_field(administrator: Client, cast: Cast, price: str) -> None:
    page = administrator.get(f"{LIST}new/")
    page = administrator.post(f"{LIST}new/", fill(page, name="Haircut", kind="service", price=price))
    assert set(mistakes(page)) == {"price"}
    assert f'value="{price}"' in page.content.decode() or not price
    assert not Item.objects.exists()


def test_a_currency_without_decimals_takes_none(administrator: Client, cast: Cast) -> None:
    tokyo = make_chain("Tokyo", currency="JPY")
    place = make_location(tokyo, "Ginza")
    tokyo.accesses.create(user=cast.administrator, role="owner", all_locations=True)
    address = f"/locations/{place.slug}/items/new/"
    page = administrator.post(address, fill(administrator.get(address), name="Cut", kind="service", price="5000.5"))
    assert set(mistakes(page)) == {"price"}
    administrator.post(address, fill(page, price="5000"))
    assert tokyo.items.get().price == 5000


def test_a_name_is_there_once_and_a_kind_stays_after_a_sale(administrator: Client, cast: Cast) -> None:
    item = make_item(cast.aurora, "Haircut", "60.00")
    page = administrator.get(f"{LIST}new/")
    page = administrator.post(f"{LIST}new/", fill(page, name="Haircut", kind="service", price="1"))
    assert set(mistakes(page)) == {"name"} and Item.objects.count() == 1

    guest = make_client(cast.center, "Gina", "+4915112345601")
    make_visit(cast.center, guest, [item], at=LONG_AGO)
    page = administrator.get(f"{LIST}{item.pk}/")
    assert "It was sold already" in page.content.decode()
    administrator.post(f"{LIST}{item.pk}/", {**fill(page), "kind": "product"})
    item.refresh_from_db()
    assert item.kind == "service"


def test_archiving_asks_first_and_can_be_taken_back(administrator: Client, cast: Cast) -> None:
    item = make_item(cast.aurora, "Haircut", "60.00")
    archive, restore = f"{LIST}{item.pk}/archive/", f"{LIST}{item.pk}/restore/"
    assert archive in administrator.get(f"{LIST}{item.pk}/").content.decode()
    assert "no longer finds it" in administrator.get(archive).content.decode()
    assert not Item.objects.get().archived
    for _again in range(2):
        administrator.post(archive)
        assert Item.objects.get().archived and Item.objects.get() not in cast.aurora.items.for_sale()
    assert restore in administrator.get(f"{LIST}{item.pk}/").content.decode()
    assert "finds it again" in administrator.get(restore).content.decode()
    for _again in range(2):
        administrator.post(restore)
        assert not Item.objects.get().archived


def test_categories_are_added_and_renamed(administrator: Client, cast: Cast) -> None:
    page = administrator.get(f"{CATEGORIES}new/")
    administrator.post(f"{CATEGORIES}new/", fill(page, name="Hair"))
    hair = cast.aurora.categories.get()
    page = administrator.post(f"{CATEGORIES}new/", fill(administrator.get(f"{CATEGORIES}new/"), name="Hair"))
    assert set(mistakes(page)) == {"name"}
    page = administrator.get(f"{CATEGORIES}{hair.pk}/")
    administrator.post(f"{CATEGORIES}{hair.pk}/", fill(page, name="Hair care"))
    assert cast.aurora.categories.get().name == "Hair care"


@pytest.mark.parametrize("rows", [3, 30])
def test_the_queries_of_the_price_list(
    administrator: Client, cast: Cast, count_queries: CountQueries, rows: int
) -> None:
    for number in range(rows):
        make_item(cast.aurora, f"Service {number}", "10.00", category=f"Category {number}")
    administrator.get(LIST)
    with count_queries("services and products"):
        administrator.get(LIST)


def test_a_scenario_with_an_impossible_price_says_where(db: None) -> None:
    text = "services:\n  haircut: -1\nsteps: [{at: 2026-03-01 10:00}]\n"
    with pytest.raises(ScenarioError, match=r"bad\.yaml:2: price"):
        build_world(read_text(text, "bad.yaml"))
