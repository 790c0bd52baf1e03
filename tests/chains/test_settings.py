"""The chain and its locations, set up over HTTP."""

from __future__ import annotations

from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from django.test import Client
from openpyxl import load_workbook

from chains.access import Right, Role
from chains.history import version_of
from chains.models import Access, Chain, Location, User
from chains.refusals import Code, Refusal
from chains.settings.general.services import change_chain
from loyalty.rules.terms import PromotionKind
from tests.cast import LONG_AGO, Cast, make_access, make_cast, make_location, make_user
from tests.pages import differences, fill, history, mistakes, rows_of, sorts_by_every_column
from tests.plugins.query_counts import CountQueries
from tests.plugins.races import race
from tests.programs import (
    give_points,
    make_card,
    make_card_type,
    make_client,
    make_item,
    make_promotion,
    make_visit,
)

GENERAL, LOCATIONS = "/chains/aurora/settings/general/", "/chains/aurora/settings/locations/"
NEW = f"{LOCATIONS}new/"


def names_of_spaces(client: Client) -> set[str]:
    groups = client.get("/spaces/").context["groups"]
    return {space.name for group in groups for space in group.spaces}


# General
# ----------------------------------------------------------------------------


def test_the_chain_is_changed_and_the_page_says_by_whom(administrator: Client, cast: Cast) -> None:
    page = administrator.get(GENERAL)
    assert history(page) == []
    changed = fill(page, name="Aurora Salons", time_zone="Europe/Lisbon", region="PT", notice_hour="7", currency="JPY")
    assert administrator.post(GENERAL, changed).status_code == 302
    chain = Chain.objects.get(pk=cast.aurora.pk)
    assert (chain.name, chain.time_zone, chain.region, chain.notice_hour) == (
        "Aurora Salons",
        "Europe/Lisbon",
        "PT",
        7,
    )
    assert (chain.currency, chain.slug) == ("JPY", "aurora")
    page = administrator.get(GENERAL)
    assert history(page) == [
        (
            "Adam Administrator",
            [
                ("Name", "Aurora", "Aurora Salons"),
                ("Currency", "EUR", "JPY"),
                ("Time zone", "Europe/Berlin", "Europe/Lisbon"),
                ("Country", "DE", "PT"),
                ("Hour of notices", "9", "7"),
            ],
        )
    ]
    assert "Aurora Salons" in page.content.decode()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("name", ""),
        ("name", "  "),
        ("currency", "EURO"),
        ("time_zone", "Berlin"),
        ("region", "EU"),
        ("notice_hour", "24"),
    ],
)
def test_what_the_chain_cannot_be_is_said_beside_its_field(
    administrator: Client, cast: Cast, name: str, text: str
) -> None:
    page = administrator.post(GENERAL, fill(administrator.get(GENERAL), **{name: text}))
    assert set(mistakes(page)) == {name}
    assert Chain.objects.get(pk=cast.aurora.pk).name == "Aurora"


def test_the_currency_stays_once_amounts_are_kept_in_it(administrator: Client, cast: Cast) -> None:
    guest = make_client(cast.center, "Gina Guest", "+4915112345601")
    give_points(make_card(guest, make_card_type(cast.aurora, "Bonus")), "10")
    assert "Points were given already" in administrator.get(GENERAL).content.decode()
    make_visit(cast.center, guest, [make_item(cast.aurora, "Haircut", "60")], at=LONG_AGO)
    page = administrator.get(GENERAL)
    assert "The chain has visits" in page.content.decode()
    typed = fill(page, currency="USD", notice_hour="10")
    assert administrator.post(GENERAL, typed).status_code == 302
    chain = Chain.objects.get(pk=cast.aurora.pk)
    assert (chain.currency, chain.notice_hour) == ("EUR", 10)


@pytest.mark.parametrize("what", ["price", "promotion", "rules", "limit"])
def test_a_currency_with_fewer_decimals_must_fit_what_is_set_up(administrator: Client, cast: Cast, what: str) -> None:
    if what == "price":
        make_item(cast.aurora, "Blow-dry", "29.50")
    elif what == "promotion":
        make_promotion(cast.aurora, "Welcome", PromotionKind.DISCOUNT_FIXED, "2.50", unit="amount")
    elif what == "rules":
        steps = [["10.50", "5"]]
        make_promotion(cast.aurora, "Steps", PromotionKind.CASHBACK_VISIT_SOLD, rules=steps)
    else:
        make_card_type(cast.aurora, "Bonus", limit_amount="7.25")
    page = administrator.post(GENERAL, fill(administrator.get(GENERAL), currency="JPY"))
    assert "more decimals than JPY" in mistakes(page)["currency"][0]
    assert administrator.post(GENERAL, fill(administrator.get(GENERAL), currency="USD")).status_code == 302
    assert Chain.objects.get(pk=cast.aurora.pk).currency == "USD"


def test_only_owners_change_what_staff_may_do_by_hand(administrator: Client, cast: Cast) -> None:
    limits = {"front_desk_discount": "15", "manager_discount": "40", "administrator_discount": "50", "most_units": "20"}
    page = administrator.get(GENERAL)
    assert "Only owners change what staff may do by hand." in page.content.decode()
    administrator.post(GENERAL, {**fill(page), **limits})
    with pytest.raises(Refusal) as refused:
        change_limits(cast, cast.administrator)
    assert refused.value.code == Code.FORBIDDEN
    chain = Chain.objects.get(pk=cast.aurora.pk)
    assert [getattr(chain, name) for name in limits] == [10, 30, 100, 100]
    owner = Client()
    owner.force_login(cast.owner)
    refusal = owner.post(GENERAL, fill(owner.get(GENERAL), front_desk_discount="100.01"))
    assert set(mistakes(refusal)) == {"front_desk_discount"}
    owner.post(GENERAL, fill(owner.get(GENERAL), **limits))
    chain = Chain.objects.get(pk=cast.aurora.pk)
    assert [getattr(chain, name) for name in limits] == [15, 40, 50, 20]
    # Read and shown like every figure.
    owner.post(GENERAL, fill(owner.get(GENERAL), manager_discount="12,5", front_desk_discount="٧"))
    shown = fill(owner.get(GENERAL))
    assert (shown["manager_discount"], shown["front_desk_discount"]) == (["12.5"], ["7"])
    for impossible in ("-1", "0.125", "1e1", "", "NaN"):
        refusal = owner.post(GENERAL, fill(owner.get(GENERAL), front_desk_discount=impossible))
        assert set(mistakes(refusal)) == {"front_desk_discount"}, impossible


def change_limits(cast: Cast, user: User) -> None:
    change_chain(
        chain=cast.aurora,
        seen=version_of(cast.aurora),
        at=LONG_AGO,
        acting_user=user,
        currency="EUR",
        manager_discount=Decimal(100),
    )


def test_a_second_editor_is_told_what_the_first_one_changed(administrator: Client, cast: Cast) -> None:
    page = administrator.get(GENERAL)
    owner = Client()
    owner.force_login(cast.owner)
    owner.post(GENERAL, fill(owner.get(GENERAL), notice_hour="11"))
    stale = administrator.post(GENERAL, fill(page, name="Aurora Nova"))
    assert differences(stale) == [("Hour of notices", "9", "11")]
    assert "Someone else changed this meanwhile" in stale.content.decode()
    assert "Olivia Owner saved it on " in stale.content.decode() and 'href="#history"' in stale.content.decode()
    assert Chain.objects.get(pk=cast.aurora.pk).name == "Aurora"
    # What was typed is still there, and where nothing was typed, what the first one saved.
    assert administrator.post(GENERAL, fill(stale)).status_code == 302
    chain = Chain.objects.get(pk=cast.aurora.pk)
    assert (chain.name, chain.notice_hour) == ("Aurora Nova", 11)


def test_a_form_sent_twice_counts_once(administrator: Client, cast: Cast) -> None:
    typed = fill(administrator.get(GENERAL), notice_hour="8")
    for _time in range(2):
        assert administrator.post(GENERAL, typed).status_code == 302
    typed = fill(administrator.get(NEW), name="Garden")
    for _time in range(2):
        assert administrator.post(NEW, typed).status_code == 302
    assert cast.aurora.locations.filter(name="Garden").count() == 1


# Locations
# ----------------------------------------------------------------------------


def test_a_new_location_is_open_at_once_to_who_may_enter_all(administrator: Client, cast: Cast) -> None:
    typed = fill(administrator.get(NEW), name="Über der Elbe", time_zone="Europe/Lisbon")
    assert administrator.post(NEW, typed).status_code == 302
    location = cast.aurora.locations.get(name="Über der Elbe")
    assert (location.slug, location.time_zone) == ("uber-der-elbe", "Europe/Lisbon")
    assert administrator.get("/locations/uber-der-elbe/visits/").status_code == 200
    desk = Client()
    desk.force_login(cast.desk)
    assert desk.get("/locations/uber-der-elbe/visits/").status_code == 404


@pytest.mark.parametrize(
    ("name", "slug"), [("North", "aurora-north"), ("Кафе", "kafe"), ("🌊", "aurora"), ("x" * 150, "x" * 52)]
)
def test_an_address_is_made_from_the_name(administrator: Client, cast: Cast, name: str, slug: str) -> None:
    """That of another chain's location is taken, a name without letters gives none."""
    assert administrator.post(NEW, fill(administrator.get(NEW), name=name)).status_code == 302
    assert cast.aurora.locations.get(name=name).slug == slug


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "center"}, "name"),
        ({"name": "Garden", "slug": "NORTH"}, "slug"),
        ({"name": "Garden", "slug": "a b"}, "slug"),
        ({"name": "Garden", "time_zone": "Mars/Olympus"}, "time_zone"),
    ],
)
def test_what_a_location_cannot_be_is_said_beside_its_field(
    administrator: Client, cast: Cast, typed: dict[str, str], field: str
) -> None:
    page = administrator.post(NEW, fill(administrator.get(NEW), **typed))
    assert set(mistakes(page)) == {field}
    assert cast.aurora.locations.count() == 2


def test_a_location_is_renamed_archived_and_restored(administrator: Client, cast: Cast) -> None:
    address = f"{LOCATIONS}{cast.harbour.pk}/"
    page = administrator.get(address)
    other = Client()
    other.force_login(cast.owner)
    assert other.post(address, fill(other.get(address), name="Old Harbour")).status_code == 302
    stale = administrator.post(address, fill(page, time_zone="Europe/Lisbon"))
    assert differences(stale) == [("Name", "Harbour", "Old Harbour")]
    for _time in range(2):
        assert administrator.post(f"{address}archive/").status_code == 302
    assert not names_of_spaces(administrator) & {"Old Harbour"}
    assert administrator.get("/locations/harbour/visits/").status_code == 200
    for _time in range(2):
        assert administrator.post(f"{address}restore/").status_code == 302
    assert names_of_spaces(administrator) >= {"Old Harbour"}
    assert history(administrator.get(address)) == [
        ("Adam Administrator", [("Archived", "yes", "no")]),
        ("Adam Administrator", [("Archived", "no", "yes")]),
        ("Olivia Owner", [("Name", "Harbour", "Old Harbour")]),
    ]


def test_the_list_of_locations(administrator: Client, cast: Cast) -> None:
    make_location(cast.aurora, "Closed", archived=True, time_zone="Asia/Tokyo")
    assert rows_of(administrator.get(LOCATIONS)) == [
        ["Center", "/locations/center/", "as the chain", "4", "Active"],
        ["Closed", "/locations/closed/", "Asia/Tokyo", "3", "Archived"],
        ["Harbour", "/locations/harbour/", "as the chain", "3", "Active"],
    ]
    for query, found in (("name=CENT", "Center"), ("clock=own", "Closed"), ("status=archived", "Closed")):
        assert [row[0] for row in rows_of(administrator.get(f"{LOCATIONS}?{query}"))] == [found]
    sorts_by_every_column(administrator, LOCATIONS)


def test_the_list_of_locations_as_a_workbook(administrator: Client, cast: Cast) -> None:
    make_location(cast.aurora, "=1+1", slug="formula", archived=True)
    answer = administrator.get(f"{LOCATIONS}?export=xlsx&status=archived&sort=-name")
    assert 'filename="locations-' in answer["Content-Disposition"]
    book = load_workbook(BytesIO(answer.content))
    sheet = book["Locations"]
    assert [cell.value for cell in sheet[1]] == ["Name", "Web address", "Time zone", "Users who may enter", "Status"]
    assert [cell.value for cell in sheet[2]] == ["=1+1", "/locations/formula/", "as the chain", 3, "Archived"]
    assert sheet["A2"].data_type == "s" and sheet["D2"].data_type == "n" and sheet.max_row == 2
    about = {row[0]: row[1] for row in book["About this list"].iter_rows(values_only=True)}
    assert (about["Status"], about["Made by"], about["Time zone"]) == (
        "Archived",
        "Adam Administrator",
        "Europe/Berlin",
    )


def test_who_may_not_export_gets_no_workbook(cast: Cast, client: Client) -> None:
    user = make_user("Sonja Settings")
    make_access(user, cast.aurora, Role.FRONT_DESK, extra_rights=[Right.MANAGE_SETTINGS])
    client.force_login(user)
    assert "Export" not in client.get(LOCATIONS).content.decode()
    assert client.get(f"{LOCATIONS}?export=xlsx").status_code == 403


@pytest.mark.parametrize("many", [3, 30])
def test_the_queries_of_the_settings(cast: Cast, client: Client, count_queries: CountQueries, many: int) -> None:
    client.force_login(cast.owner)
    for number in range(many):
        make_access(make_user(f"User {number}"), cast.aurora, Role.MANAGER, locations=[cast.center])
        make_location(cast.aurora, f"Place {number}")
        Chain.objects.filter(pk=cast.aurora.pk).update(notice_hour=number % 24)
    access = Access.objects.get(user=cast.desk)
    for name in ("general/", "locations/", f"locations/{cast.center.pk}/", "users/", f"users/{access.pk}/"):
        address = f"/chains/aurora/settings/{name}"
        client.get(address)
        with count_queries(f"settings: {name.rstrip('0123456789/')}{' of one' if name[-2].isdigit() else ''}"):
            client.get(address)


@pytest.mark.races
def test_of_two_changes_at_once_one_is_told(transactional_db: None) -> None:
    cast = make_cast()
    seen = version_of(cast.aurora)

    def change(hour: int) -> Any:
        columns: dict[str, Any] = {"name": "Aurora", "currency": "EUR", "time_zone": "Europe/Berlin", "region": "DE"}
        return lambda: change_chain(
            chain=cast.aurora,
            seen=seen,
            at=LONG_AGO,
            acting_user=cast.owner,
            notice_hour=hour,
            **columns,
        )

    outcomes = race(change(1), change(2))
    assert sorted(str(getattr(outcome, "code", "saved")) for outcome in outcomes) == ["saved", "stale_edit"]
    assert Location.objects.count() == 3
