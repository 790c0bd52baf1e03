"""Services and products: looked up by the desk, changed by who sets programs up."""

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from chains.catalog.models import Category, Item
from chains.catalog.services import change_item
from chains.history import version_of
from loyalty.rules import terms
from tests.cast import LONG_AGO, Cast, make_cast, make_chain, make_location
from tests.pages import differences, fill, history, mistakes, rows_of, sorts_by_every_column, text_of
from tests.plugins.query_counts import CountQueries
from tests.plugins.races import race
from tests.programs import make_client, make_item, make_visit
from visits.scenario.reader import ScenarioError, read_text
from visits.scenario.setting_up import build_world

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


def test_the_page_of_a_service_tells_who_changed_its_price_from_what_to_what(administrator: Client, cast: Cast) -> None:
    item = make_item(cast.aurora, "Haircut", "60.00")
    hair = make_item(cast.aurora, "Wash", "9.00", category="Hair").category
    assert hair
    address = f"{LIST}{item.pk}/"
    assert history(administrator.get(address)) == []
    administrator.post(address, fill(administrator.get(address), price="65"))
    administrator.post(address, fill(administrator.get(address), price="0", category=str(hair.pk)))
    administrator.force_login(cast.owner)
    administrator.post(f"{address}archive/")
    administrator.post(address, fill(administrator.get(address), name="Haircut, long", price="70.5"))
    page = administrator.get(address)
    assert history(page) == [
        ("Olivia Owner", [("Name", "Haircut", "Haircut, long"), ("Price", "€0.00", "€70.50")]),
        ("Olivia Owner", [("Archived", "no", "yes")]),
        ("Adam Administrator", [("Category", "none", "Hair"), ("Price", "€65.00", "€0.00")]),
        ("Adam Administrator", [("Price", "€60.00", "€65.00")]),
    ]
    assert "Price: €60.00 → €65.00" in text_of(page)
    # The page of another one knows nothing of it.
    assert history(administrator.get(f"{LIST}{make_item(cast.aurora, 'Trim', '20').pk}/")) == []


def test_two_administrators_at_once_lose_nothing(administrator: Client, cast: Cast) -> None:
    item = make_item(cast.aurora, "Haircut", "60.00")
    address = f"{LIST}{item.pk}/"
    owner = Client()
    owner.force_login(cast.owner)
    opened = administrator.get(address)
    owner.post(address, fill(owner.get(address), price="65"))
    page = administrator.post(address, fill(opened, name="Haircut, long"))
    assert page.status_code == 200 and differences(page) == [("Price", "€60.00", "€65.00")]
    said = text_of(page)
    assert "Someone else changed this meanwhile" in said and "Olivia Owner saved it on" in said
    # What was typed stays, and what was not typed is what somebody else saved.
    merged = fill(page)
    assert (merged["name"], merged["price"]) == (["Haircut, long"], ["65.00"])
    item.refresh_from_db()
    assert (item.name, item.price) == ("Haircut", Decimal(65))

    for _again in range(2):
        assert administrator.post(address, merged).status_code == 302
    item.refresh_from_db()
    assert (item.name, item.price) == ("Haircut, long", Decimal(65))
    assert [who for who, _differences in history(administrator.get(address))] == ["Adam Administrator", "Olivia Owner"]


def test_both_changed_the_price_and_the_page_keeps_what_was_typed(administrator: Client, cast: Cast) -> None:
    item = make_item(cast.aurora, "Haircut", "60.00", category="Hair")
    address = f"{LIST}{item.pk}/"
    opened = administrator.get(address)
    administrator.post(address, fill(administrator.get(address), price="65", category=""))
    page = administrator.post(address, fill(opened, price="66"))
    assert "You changed this meanwhile on another page" in text_of(page)
    assert differences(page) == [("Category", "Hair", "none"), ("Price", "€60.00", "€65.00")]
    merged = fill(page)
    assert (merged["price"], merged["category"]) == (["66.00"], [""])
    assert administrator.post(address, merged).status_code == 302
    item.refresh_from_db()
    assert (item.price, item.category) == (Decimal(66), None)


@pytest.mark.parametrize("seen", ["", "0", "999999999", "x", "٣"])
def test_a_version_that_never_was_saves_nothing(administrator: Client, cast: Cast, seen: str) -> None:
    item = make_item(cast.aurora, "Haircut", "60.00")
    address = f"{LIST}{item.pk}/"
    page = administrator.post(address, fill(administrator.get(address), price="1", seen=seen))
    assert page.status_code == 200 and differences(page) == [] and fill(page)["price"] == ["1.00"]
    item.refresh_from_db()
    assert item.price == 60


def test_the_same_form_is_sent_once(administrator: Client, cast: Cast) -> None:
    item = make_item(cast.aurora, "Haircut", "60.00")
    address = f"{LIST}{item.pk}/"
    typed = fill(administrator.get(address), price="65")
    assert administrator.post(address, typed).status_code == 302
    administrator.post(address, fill(administrator.get(address), price="70"))
    # Sent once more, it is answered as before and puts nothing back.
    assert administrator.post(address, typed).status_code == 302
    item.refresh_from_db()
    assert item.price == 70 and len(history(administrator.get(address))) == 2
    # The key of this form is of no use for another one.
    other = make_item(cast.aurora, "Trim", "20.00")
    page = administrator.post(f"{LIST}{other.pk}/", {**typed, "seen": "0"})
    assert page.status_code == 200 and "This page was sent before." in text_of(page)
    other.refresh_from_db()
    assert other.price == 20


def test_a_page_gone_back_to_and_changed_is_another_form(administrator: Client, cast: Cast) -> None:
    """A browser that goes back shows the page with the key that was sent; nothing typed then is lost unsaid."""
    sent = fill(administrator.get(f"{LIST}new/"), name="Haircut", kind="service", price="60")
    for name in ("Haircut", "Colour", "Colour"):
        assert administrator.post(f"{LIST}new/", {**sent, "name": name}).status_code == 302
    assert sorted(Item.objects.values_list("name", flat=True)) == ["Colour", "Haircut"]
    address = f"{LIST}{Item.objects.get(name='Haircut').pk}/"
    sent = fill(administrator.get(address), price="65")
    assert administrator.post(address, sent).status_code == 302
    page = administrator.post(address, {**sent, "price": "66"})
    assert "You changed this meanwhile on another page" in text_of(page)
    assert administrator.post(address, fill(page)).status_code == 302
    assert Item.objects.get(name="Haircut").price == 66


def test_of_another_chain_nothing_is_seen_or_changed(administrator: Client, cast: Cast) -> None:
    item, hair = make_item(cast.aurora, "Haircut", "60.00", category="Hair"), cast.aurora.categories.get()
    own = f"{LIST}{item.pk}/"
    administrator.post(own, fill(administrator.get(own), price="65"))
    stranger = Client()
    stranger.force_login(cast.stranger)
    for tail in (f"{item.pk}/", f"{item.pk}/archive/", f"categories/{hair.pk}/"):
        for place in ("center", "north"):
            address = f"/locations/{place}/items/{tail}"
            assert stranger.get(address).status_code == 404
            assert stranger.post(address, {"name": "Stolen", "price": "1", "kind": "service"}).status_code == 404
    foreign = Category.objects.create(chain=cast.borealis, name="Nails")
    # Nor is a category of another chain one to choose.
    refused = administrator.post(own, fill(administrator.get(own), category=str(foreign.pk)))
    assert set(mistakes(refused)) == {"category"}
    item.refresh_from_db()
    assert (item.name, item.price, item.archived, item.category) == ("Haircut", Decimal(65), False, hair)


@pytest.mark.races
def test_of_two_prices_at_once_one_is_told(transactional_db: None) -> None:
    cast = make_cast()
    item = make_item(cast.aurora, "Haircut", "60.00")
    seen = version_of(item)

    def change(price: int) -> Any:
        texts: dict[str, Any] = {"name": "Haircut", "kind": "service", "category": None, "price": Decimal(price)}
        return lambda: change_item(item=item, seen=seen, at=LONG_AGO, acting_user=cast.owner, **texts)

    outcomes = race(change(65), change(70))
    assert sorted(str(getattr(outcome, "code", "saved")) for outcome in outcomes) == ["saved", "stale_edit"]


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
    address = f"{CATEGORIES}{hair.pk}/"
    opened = administrator.get(address)
    administrator.post(address, fill(opened, name=" Hair care "))
    assert cast.aurora.categories.get().name == "Hair care"
    page = administrator.post(address, fill(opened, name="Hairs", key=""))
    assert differences(page) == [("Name", "Hair", "Hair care")] and fill(page)["name"] == ["Hairs"]
    assert cast.aurora.categories.get().name == "Hair care"
    assert history(page) == [("Adam Administrator", [("Name", "Hair", "Hair care")])]


@pytest.mark.parametrize("prices", [3, 30])
def test_the_queries_of_a_service_with_a_long_history(
    administrator: Client, cast: Cast, count_queries: CountQueries, prices: int
) -> None:
    item = make_item(cast.aurora, "Haircut", "60.00", category="Hair")
    other = Category.objects.create(chain=cast.aurora, name="Care")
    for number in range(prices):
        category = other.pk if number % 2 else item.category_id
        Item.objects.filter(pk=item.pk).update(price=number, category=category)
    administrator.get(f"{LIST}{item.pk}/")
    with count_queries("services and products: one with its changes"):
        administrator.get(f"{LIST}{item.pk}/")


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
