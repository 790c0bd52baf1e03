"""What every list does, shown on the locations of a chain."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

import pytest
from django.conf import settings
from django.db.models import QuerySet
from django.test import Client
from openpyxl import load_workbook

from chains.models import Location
from chains.settings.locations.tables import LocationTable
from tests.cast import Cast, make_chain, make_location
from tests.pages import walked

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Response

LIST = "/chains/aurora/settings/locations/"


@pytest.fixture
def owner(cast: Cast, client: Client) -> Client:
    client.force_login(cast.owner)
    return client


def names(page: Response) -> list[str]:
    return [row.record.name for row in page.context["table"].paginated_rows]


def test_a_list_has_a_caption_and_its_order_is_told(owner: Client) -> None:
    page = owner.get(LIST)
    text = page.content.decode()
    assert names(page) == ["Center", "Harbour"]
    assert '<caption class="visually-hidden">Locations</caption>' in text
    assert text.count("aria-sort") == 1 and 'aria-sort="ascending"' in text
    assert 'href="?sort=-name"' in text
    assert "2 rows" in text


def test_a_heading_turns_the_order_around(owner: Client) -> None:
    page = owner.get(LIST, {"sort": "-name", "name": "r"})
    assert names(page) == ["Harbour", "Center"]
    assert 'aria-sort="descending"' in page.content.decode()
    assert 'href="?sort=name&amp;name=r"' in page.content.decode()


@pytest.mark.parametrize("sort", ["zone", "chain__region", "nothing", "-"])
def test_what_cannot_be_sorted_by_is_ignored(owner: Client, sort: str) -> None:
    assert sorted(names(owner.get(LIST, {"sort": sort}))) == ["Center", "Harbour"]


def test_filters_in_force_are_chips_that_take_themselves_away(owner: Client) -> None:
    page = owner.get(LIST, {"name": "harb", "sort": "-name", "page": "1"})
    assert names(page) == ["Harbour"]
    (chip,) = page.context["filters"].chips()
    assert (chip.label, chip.value, chip.query_without) == ("Name or address", "harb", "sort=-name")
    assert 'href="?sort=-name"' in page.content.decode()


def test_what_is_no_filter_is_kept_when_the_filters_change(owner: Client) -> None:
    page = owner.get(LIST, {"name": "zz", "sort": "-name", "on": "2026-03-01", "page": "2"}).content.decode()
    for name, value in (("sort", "-name"), ("on", "2026-03-01")):
        assert f'<input type="hidden" name="{name}" value="{value}">' in page
    assert page.count('href="?sort=-name&amp;on=2026-03-01"') == 3
    assert 'name="page"' not in page


def test_nothing_matches_and_nothing_yet_are_two_pages(owner: Client, cast: Cast) -> None:
    filtered = owner.get(LIST, {"name": "zz"}).content.decode()
    assert "Nothing matches" in filtered and "Take all filters away" in filtered
    Location.objects.filter(chain=cast.aurora).delete()
    empty = owner.get(LIST).content.decode()
    assert "Nothing here yet" in empty and "Add the first one." in empty
    assert '<form class="filters"' not in empty


def test_equal_rows_are_on_exactly_one_page(owner: Client, cast: Cast) -> None:
    for number in range(60):
        make_location(cast.aurora, f"Twin {number}")
    seen = [
        row.record.pk
        for number in (1, 2, 3)
        for row in owner.get(LIST, {"page": number, "sort": "time_zone"}).context["table"].paginated_rows
    ]
    assert len(seen) == len(set(seen)) == 62
    assert "Page 2 of 3" in owner.get(f"{LIST}?page=2&sort=-name").content.decode()


@pytest.mark.parametrize("page", ["99", "0", "x", "-1"])
def test_a_page_that_does_not_exist_is_one_that_does(owner: Client, page: str) -> None:
    assert owner.get(LIST, {"page": page}).status_code == 200


def test_a_list_of_too_many_rows_is_walked(owner: Client, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both ways, each row once, in an order that an index serves; nothing is counted or numbered."""
    monkeypatch.setattr(settings, "MOST_NUMBERED", 20)
    for number in range(60):
        make_location(cast.aurora, f"Twin {number}")
    Location.objects.filter(name__startswith="Twin").update(name_folded="twin")
    for sort in ("name", "-name"):
        there = list(walked(owner, LIST, "next", sort=sort))
        back = list(walked(owner, LIST, "prev", sort=sort, page=f"before-{there[-1][-1].pk}"))
        rows = [row for page in there for row in page]
        assert [len(page) for page in there] == [25, 25, 12] and rows == list(in_order(cast, sort))
        assert [len(page) for page in back] == [25, 25, 25]  # at the beginning, a whole page of it
        assert back[0] == rows[-26:-1] and back[-1] == rows[:25]
    page = owner.get(LIST).content.decode()
    assert "20+ rows" in page and "Page 1 of" not in page and "sort=time_zone" not in page and "sort=-name" in page
    assert names(owner.get(LIST, {"sort": "-time_zone"})) == names(owner.get(LIST))
    file = load_workbook(BytesIO(owner.get(LIST, {"sort": "-time_zone", "export": "xlsx"}).content)).worksheets[0]
    assert [row[0] for row in file.iter_rows(min_row=2, values_only=True)][:25] == names(owner.get(LIST))
    elsewhere = make_location(make_chain("Other"), "Dora").pk
    for nowhere in (f"after-{elsewhere}", f"before-{elsewhere}", "after-0", "before-999999", "after-", "after-x", "2"):
        assert names(owner.get(LIST, {"page": nowhere})) == names(owner.get(LIST))


def in_order(cast: Cast, sort: str) -> QuerySet[Location]:
    return Location.objects.filter(chain=cast.aurora).order_by(sort.replace("name", "name_folded"), "pk")


def test_every_order_ends_with_the_primary_key(cast: Cast) -> None:
    for order_by in (None, "name", "-name"):
        rows = LocationTable(Location.objects.all(), order_by=order_by).data
        assert rows.in_order().query.order_by[-1] == "pk"
