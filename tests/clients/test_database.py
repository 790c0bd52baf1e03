"""The client database: found, filtered, sorted, added to."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.test import Client as Browser

from clients.models import Client
from clients.search import find_clients
from clients.services import add_client
from loyalty.cards.models import Card
from loyalty.cards.services import block_card
from tests.cast import LONG_AGO, Cast, make_chain
from tests.clients.guests import Programs, bonus_card, club_card, make_guest
from tests.pages import fill, mistakes, rows_of, sorts_by_every_column
from tests.plugins.query_counts import CountQueries
from tests.programs import give_points, make_client

CHAIN = "/chains/aurora/clients/"
DESK = "/locations/center/clients/"


@pytest.fixture
def desk(cast: Cast, client: Browser) -> Browser:
    client.force_login(cast.desk)
    return client


def names(browser: Browser, address: str = DESK, **query: str | int) -> list[str]:
    return [cells[0] for cells in rows_of(browser.get(address, query))]


def test_a_client_is_listed_with_cards_points_and_visits(desk: Browser, programs: Programs, cast: Cast) -> None:
    guest = make_guest(programs, 4, "Gina Guest")
    club_card(programs, guest)
    make_client(programs.location, "Nobody Yet", "")
    expected = [
        ["Gina Guest", "+49 1511 2300004", "–", "Bonus card 7.00 Club card 0.00", "6 Mar 2026", "1"],
        ["Nobody Yet", "–", "–", "Bonus card 0.00", "–", "0"],
    ]
    assert rows_of(desk.get(DESK)) == expected
    sorts_by_every_column(desk, DESK)
    desk.force_login(cast.manager)
    assert rows_of(desk.get(CHAIN)) == expected


@pytest.mark.parametrize(
    "text",
    [
        "jurgen",
        "GROß",
        "gross jür",
        "müller",
        "0151 1230 0007",
        "+49 1511 2300007",
        "0049151123",
        "2300007",
        "@salon",
        "JUERGEN@salon.example",
        "b-77",
        " B-7700 ",
    ],
)
def test_a_client_is_found_by_what_staff_know(desk: Browser, programs: Programs, text: str) -> None:
    guest = make_client(programs.location, "Jürgen Groß-Müller", "+4915112300007")
    make_client(programs.location, "Anna Berger", "+4917099999999")
    club_card(programs, guest, "B-7700")
    edit = f"{DESK}{guest.pk}/edit/"
    desk.post(edit, fill(desk.get(edit), email="juergen@salon.example"))
    assert names(desk, q=text) == ["Jürgen Groß-Müller"]


@pytest.mark.parametrize("text", ["xyz", "151", "%", "_", "jurgen berger", "aaaa'\\"])
def test_what_nobody_has_finds_nobody(desk: Browser, programs: Programs, text: str) -> None:
    make_client(programs.location, "Jürgen Groß", "+4915112300007")
    make_client(programs.location, "Anna Berger", "+4917099999999")
    page = desk.get(DESK, {"q": text})
    assert "Nothing matches" in page.content.decode()


def test_no_client_of_another_chain_is_found(cast: Cast, desk: Browser) -> None:
    make_client(cast.north, "Stella Stranger", "+4915112300001")
    assert "Nothing here yet" in desk.get(DESK).content.decode()
    assert not find_clients(cast.aurora, "Stella").exists()


def test_of_very_many_who_are_searched_for_some_are_shown_and_a_file_has_all(
    desk: Browser, programs: Programs, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "MOST_NUMBERED", 3)
    for number in range(5):
        make_client(programs.location, f"Zoe {number}", f"+4915112300{number:03d}")
    make_client(cast.harbour, "Zoe of the Harbour", "")
    make_client(programs.location, "Anna", "")
    page = desk.get(DESK, {"q": "zoe"})
    shown = page.content.decode()
    assert len(rows_of(page)) == 4 and "3+ rows" in shown and "These were found first" in shown
    assert [cells[0] for cells in rows_of(page)] == sorted(cells[0] for cells in rows_of(page))
    desk.force_login(cast.manager)
    file = desk.get(CHAIN, {"q": "zoe", "export": "csv"}).content.decode()
    assert file.count("Zoe") == 6 and "Anna" not in file
    found = desk.get(CHAIN, {"q": "zoe", "registered_location": str(cast.harbour.pk)})
    assert [cells[0] for cells in rows_of(found)] == ["Zoe of the Harbour"] and found.context["table"].data.is_counted
    everybody = desk.get(CHAIN).content.decode()
    assert "3+ rows" in everybody and "These were found first" not in everybody


def test_the_trunk_prefix_is_that_of_the_country(db: None) -> None:
    moscow = make_chain("Moskva", region="RU", currency="RUB", time_zone="Europe/Moscow")
    guest = add_client(chain=moscow, name="Иван Йод", phone="8 912 345 67 89", at=LONG_AGO)
    for typed in ("8 912 345-67-89", "8912345", "+7 912 345 67 89", "9123456789"):
        assert list(find_clients(moscow, typed)) == [guest]


def test_filters_say_who_came_and_who_did_not(desk: Browser, cast: Cast, programs: Programs) -> None:
    make_guest(programs, 1, "Early")
    club_card(programs, make_guest(programs, 20, "Late"))
    make_client(cast.harbour, "Never", "+4917099999999")
    assert names(desk, came_since="2026-03-10") == ["Late"]
    assert names(desk, not_since="2026-03-10") == ["Early", "Never"]
    assert names(desk, card_type=programs.club.pk) == ["Late"]
    assert names(desk, registered_location=cast.harbour.pk) == ["Never"]
    page = desk.get(DESK, {"came_since": "2026-03-10", "q": "late", "sort": "-visits_made"})
    assert [(chip.label, chip.value) for chip in page.context["filters"].chips()] == [
        ("Name, phone, e-mail or card", "late"),
        ("Came since", "10 March 2026"),
    ]
    assert "Enter a valid date" in desk.get(DESK, {"came_since": "soon"}).content.decode()


def test_cards_are_sorted_by_their_points(desk: Browser, programs: Programs) -> None:
    for number in (5, 9, 7):
        make_guest(programs, number)
    assert names(desk, sort="-cards") == ["Guest 009", "Guest 007", "Guest 005"]
    assert names(desk, sort="last_visit_on") == ["Guest 005", "Guest 007", "Guest 009"]


def test_who_has_no_card_stands_last_either_way(desk: Browser, programs: Programs) -> None:
    make_guest(programs, 5)
    block_card(card=bonus_card(make_guest(programs, 7)), at=LONG_AGO)
    make_client(programs.location, "Poor", "")
    assert names(desk, sort="cards") == ["Poor", "Guest 005", "Guest 007"]
    assert names(desk, sort="-cards") == ["Guest 005", "Poor", "Guest 007"]


@pytest.mark.parametrize("rows", [3, 30])
def test_the_queries_of_the_client_database(
    desk: Browser, programs: Programs, count_queries: CountQueries, rows: int
) -> None:
    for number in range(rows):
        guest = make_client(programs.location, f"Guest {number}", f"+49151123{number:05d}")
        give_points(bonus_card(guest), "1.00")
    desk.get(DESK, {"size": 50})
    with count_queries("client database"):
        desk.get(DESK, {"size": 50})
    with count_queries("client database, searched"):
        desk.get(f"{DESK}?size=50&q=guest&sort=-cards")


# A new client
# ----------------------------------------------------------------------------


def test_a_client_is_added_once_with_automatic_cards(desk: Browser, cast: Cast, programs: Programs) -> None:
    form = fill(
        desk.get(f"{DESK}new/"), name="Gina Guest", phone="0151 12300001", birthday_on="1990-05-01", comment="VIP"
    )
    pages = [desk.post(f"{DESK}new/", form) for _again in range(2)]
    guest = cast.aurora.clients.get()
    assert [page["Location"] for page in pages] == [f"{DESK}{guest.pk}/"] * 2
    assert (guest.phone.as_e164, guest.registered_location, str(guest.birthday_on)) == (
        "+4915112300001",
        cast.center,
        "1990-05-01",
    )
    assert [card.card_type.name for card in guest.cards.all()] == ["Bonus card"]


def test_the_chain_registers_where_it_chooses(client: Browser, cast: Cast, programs: Programs) -> None:
    client.force_login(cast.manager)
    page = client.get(f"{CHAIN}new/")
    client.post(f"{CHAIN}new/", fill(page, name="At none"))
    client.post(f"{CHAIN}new/", fill(client.get(f"{CHAIN}new/"), name="At harbour", location=cast.harbour.pk))
    assert list(cast.aurora.clients.order_by("pk").values_list("name", "registered_location__name")) == [
        ("At none", None),
        ("At harbour", "Harbour"),
    ]
    page = client.post(f"{CHAIN}new/", fill(client.get(f"{CHAIN}new/"), name="At north", location=cast.north.pk))
    assert set(mistakes(page)) == {"location"} and cast.aurora.clients.count() == 2


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("phone", "12"),
        ("phone", "none"),
        ("name", " "),
        ("email", "gina"),
        ("birthday_on", "May"),
        ("birthday_on", "0090-05-01"),
        ("birthday_on", "2190-05-01"),
    ],
)
def test_what_cannot_be_stands_beside_its_field(desk: Browser, programs: Programs, field: str, text: str) -> None:
    typed = {"name": "Gina Guest", "phone": "0151 12300001", field: text}
    page = desk.post(f"{DESK}new/", fill(desk.get(f"{DESK}new/"), **typed))
    assert set(mistakes(page)) == {field}
    assert f'value="{text}"' in page.content.decode() or not text.strip()
    assert not Client.objects.exists() and not Card.objects.exists()


def test_a_taken_phone_shows_whose_it_is(desk: Browser, programs: Programs) -> None:
    known = make_client(programs.location, "Boris Known", "+4915112300001")
    page = desk.post(f"{DESK}new/", fill(desk.get(f"{DESK}new/"), name="Gina", phone="0151 1230 0001"))
    assert set(mistakes(page)) == {"phone"} and Client.objects.count() == 1
    assert f'href="{DESK}{known.pk}/"' in page.content.decode() and "Open Boris Known" in page.content.decode()
