"""Guests are found and sorted by name, phone and card, as people type them, from every page that looks for one."""

from __future__ import annotations

from importlib import import_module

import pytest
from django.db import connection
from django.test import Client as Browser

from chains.refusals import Code, Refusal
from clients.folding import PIECE
from clients.models import Client
from clients.search import find_clients
from clients.services import add_client, find_by_phone
from loyalty.cards.models import Card
from tests.cast import LONG_AGO, Cast, make_chain
from tests.clients.guests import Programs, club_card, make_guest
from tests.pages import fill, mistakes, rows_of
from tests.programs import make_client
from tests.visits.window import Window

NAMES = ("Łukasz Wałęsa", "Işıl Yıldız", "Đặng Thị Hoa", "Siobhán O’Brien", "Søren Kjær", "Иванов Фёдор", "Zoë", "💇🏽")
DESK = "/locations/center/clients/"
GUEST = "/locations/center/visits/guest/"


@pytest.fixture
def desk(cast: Cast, client: Browser) -> Browser:
    client.force_login(cast.desk)
    return client


def register(browser: Browser, name: str, phone: str) -> Client:
    """Through the page, as the desk does."""
    address = "/locations/center/clients/new/"
    answer = browser.post(address, fill(browser.get(address), name=name, phone=phone))
    assert answer.status_code == 302, mistakes(answer)
    return Client.objects.latest("pk")


def listed(browser: Browser, address: str = DESK, column: int = 0, **query: str) -> list[str]:
    return [row[column] for row in rows_of(browser.get(address, query))]


def e164(guest: Client) -> str:
    assert guest.phone
    return str(guest.phone.as_e164)


def offered(browser: Browser, text: str) -> list[str]:
    """Whom the search of every page finds."""
    return [each.client.name for each in browser.get(GUEST, {"q": text}).context["found"].guests]


def test_guests_are_sorted_by_plain_letters_and_found_by_them(desk: Browser, cast: Cast) -> None:
    for number, name in enumerate(NAMES):
        register(desk, name, f"0151 1230 00{number:02d}")
    assert listed(desk) == [
        "Đặng Thị Hoa",
        "Işıl Yıldız",
        "Иванов Фёдор",
        "Łukasz Wałęsa",
        "Siobhán O’Brien",
        "Søren Kjær",
        "Zoë",
        "💇🏽",
    ]
    for text, name in (
        ("lukasz", NAMES[0]),
        ("ışıl", NAMES[1]),
        ("isil yil", NAMES[1]),
        ("dang", NAMES[2]),
        ("O'Brien", NAMES[3]),
        ("soren kjaer", NAMES[4]),
        ("ivanov fed", NAMES[5]),
        ("федор", NAMES[5]),
        ("zoe", NAMES[6]),
        ("💇🏽", NAMES[7]),
    ):
        assert listed(desk, q=text) == offered(desk, text) == [name], text


def test_a_renamed_guest_is_found_and_sorted_by_the_new_name(desk: Browser, programs: Programs) -> None:
    guest = make_client(programs.location, "Adam", "+4915112300001")
    make_client(programs.location, "Berta", "+4915112300002")
    edit = f"{DESK}{guest.pk}/edit/"
    desk.post(edit, fill(desk.get(edit), name="Øyvind", email="o-y@fjord-salon.example"))
    assert listed(desk) == ["Berta", "Øyvind"]
    for text in ("oyvind", "oeyvind", "fjord-salon", "O-Y@FJORD"):
        assert listed(desk, q=text) == ["Øyvind"], text
    assert offered(desk, "adam") == []


@pytest.mark.parametrize(
    "name", ["💇🏽" * 75, "\u200d", "ﷺ" * 150, "王" * 150, "\u202eאבג" * 30, "🧑‍🤝‍🧑", "-", "a\u0301" * 75, "…"]
)
def test_no_name_is_too_strange_to_be_kept(desk: Browser, name: str, programs: Programs) -> None:
    make_client(programs.location, "Anna", "+4915112300001")
    guest = add_client(chain=programs.location.chain, name=name, phone="0151 1234567", at=LONG_AGO)
    assert name in listed(desk, q="0151 1234567")[0]
    assert desk.get(GUEST, {"q": name}).status_code == 200
    assert "Anna" not in offered(desk, name)
    assert set(find_clients(guest.chain, name)) <= {guest}


PHONES = (
    "030 555 01 001",
    "０３０５５５０１００１",
    "٠٣٠٥٥٥٠١٠٠١",
    "tel:+49-30-55501001",
    "Tel. 030 55501001",
    "Mobil: 030/55501001",
    "Tel.: 030/5550-1001",
    "Tel.-Nr. (030) 55501001",
    "phone no. +49 30 55501001",
    "Phone: tel:+49-30-55501001",
    "+49 (0)30 555 01001",
    "0049 30 55501001",
    "＋４９ ３０ ５５５０１００１",
    "\u202a+49 30 55501001\u202c",
    "555 01 001",
    "５５５０１００１",
    "Tel. 030 55501",
)


@pytest.mark.parametrize("typed", PHONES)
def test_a_phone_is_found_as_it_may_be_registered(desk: Browser, cast: Cast, programs: Programs, typed: str) -> None:
    guest = make_guest(programs, 1, "Łukasz")
    edit = f"{DESK}{guest.pk}/edit/"
    desk.post(edit, fill(desk.get(edit), phone=PHONES[0]))
    make_guest(programs, 2, "Anna")
    assert offered(desk, typed) == listed(desk, q=typed) == ["Łukasz"]
    window = Window(cast.desk, "/locations/center/visits/new/")
    window.fill(guest_phone=typed).press("find_guest")
    assert window.text("guest-title") == "Łukasz"
    desk.force_login(cast.manager)
    assert listed(desk, "/chains/aurora/cards/", column=2, q=typed) == ["Łukasz"]
    assert len(listed(desk, "/chains/aurora/transactions/", whose=typed)) == 2


@pytest.mark.parametrize("typed", [each for each in PHONES if "030" in each or "30" in each][:-1])
def test_every_form_of_a_phone_registers_the_same_number(desk: Browser, cast: Cast, typed: str) -> None:
    assert e164(register(desk, "Łukasz", typed)) == "+493055501001"
    address = "/locations/center/clients/new/"
    again = desk.post(address, fill(desk.get(address), name="Twin", phone=PHONES[0]))
    assert mistakes(again)["phone"] and Client.objects.count() == 1
    assert find_by_phone(chain=cast.aurora, phone=typed).name == "Łukasz"


@pytest.mark.parametrize("typed", ["+52 1 55 1234 5678", "+52 55 1234 5678", "55 1234 5678", "044 55 1234 5678"])
def test_a_phone_of_mexico_is_the_same_with_what_is_dialled_no_more(db: None, typed: str) -> None:
    chain = make_chain("Aurora", region="MX", currency="MXN", time_zone="America/Mexico_City")
    guest = add_client(chain=chain, name="Inés", phone=typed, at=LONG_AGO)
    assert e164(guest) == "+525512345678"
    for text in ("+52 1 55 1234 5678", "+52 1 55 1234", "5512345678", typed):
        assert list(find_clients(chain, text)) == [guest], text


@pytest.mark.parametrize("typed", ["No. 4711", "HB-77001", "Anna 12", "x12345678", "12"])
def test_the_number_of_something_else_is_no_phone(programs: Programs, typed: str) -> None:
    make_client(programs.location, "Łukasz", "+4915112477001")
    make_client(programs.location, "Zoë", "+4915112345678")
    assert not find_clients(programs.location.chain, typed).exists()


@pytest.mark.parametrize("typed", ["hb-2948 724", "HB 2948-724 871", "ＨＢ２９４８", "hb2948724871", "HB‑2948"])
def test_a_card_is_found_in_groups_or_without(desk: Browser, cast: Cast, programs: Programs, typed: str) -> None:
    guest = make_client(programs.location, "Łukasz", "")
    club_card(programs, guest, "HB-2948 724 871")
    make_guest(programs, 2, "Anna")
    assert offered(desk, typed) == listed(desk, q=typed) == ["Łukasz"]
    window = Window(cast.desk, "/locations/center/visits/new/")
    assert window.fill(guest_phone=typed).press("find_guest").text("guest-title") == "Łukasz"
    desk.force_login(cast.manager)
    assert listed(desk, "/chains/aurora/cards/", q=typed) == ["HB-2948 724 871"]


@pytest.mark.parametrize("typed", ["2948724871", "2948-724-871", " 2948 724 871 ", "２９４８７２４８７１"])
def test_a_number_of_another_form_is_taken(cast: Cast, programs: Programs, desk: Browser, typed: str) -> None:
    club_card(programs, make_client(programs.location, "Łukasz", ""), "2948 724 871")
    other = make_client(programs.location, "Anna", "")
    desk.force_login(cast.manager)
    address = f"/chains/aurora/clients/{other.pk}/issue/"
    page = desk.post(address, fill(desk.get(address), card_type=str(programs.club.pk), number=typed))
    assert "has the number" in mistakes(page)["number"][0]
    assert Card.objects.filter(card_type=programs.club).count() == 1


def test_a_number_of_hyphens_is_none(programs: Programs) -> None:
    card = club_card(programs, make_client(programs.location, "Łukasz", ""), " - ")
    assert card.number.isdigit() and len(card.number) == 10


@pytest.mark.parametrize(
    ("typed", "found"),
    [("li", ["Ann Lima", "Li Wei"]), ("l w", ["Li Wei"]), ("ö", ["Özil"]), ("o'", ["Özil"]), ("nn", []), ("49", [])],
)
def test_a_word_of_one_or_two_letters_begins_a_name(
    desk: Browser, programs: Programs, typed: str, found: list[str]
) -> None:
    for number, name in enumerate(("Ann Lima", "Li Wei", "Özil", "Wally")):
        make_client(programs.location, name, f"+4915112300{number:03d}")
    assert listed(desk, q=typed) == offered(desk, typed) == found


def test_pieces_of_before_are_completed(programs: Programs) -> None:
    migration = import_module("clients.migrations.0003_find_by_beginnings")
    for number, name in enumerate((*NAMES, "Jürgen Groß-Müller", "O")):
        email = f"guest.{number}@salon.example" if number % 2 else ""
        phone = "" if number == 3 else f"+4915112300{number:03d}"
        add_client(chain=programs.location.chain, name=name, phone=phone, email=email, at=LONG_AGO)
    made = dict(Client.objects.values_list("pk", "search_grams"))
    for pk, found_by in made.items():
        Client.objects.filter(pk=pk).update(search_grams=[each for each in found_by if len(each) == PIECE])
    assert dict(Client.objects.values_list("pk", "search_grams")) != made
    with connection.cursor() as cursor:
        cursor.execute(migration.ADD_BEGINNINGS)
    assert dict(Client.objects.values_list("pk", "search_grams")) == made


def test_nobody_has_a_phone_of_words(cast: Cast) -> None:
    with pytest.raises(Refusal) as refused:
        find_by_phone(chain=cast.aurora, phone="call me")
    assert refused.value.code == Code.INVALID_PHONE
