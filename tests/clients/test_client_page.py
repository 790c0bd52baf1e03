"""The page of a client: its cards, every row of its ledger, its visits; what staff change there."""

from __future__ import annotations

import uuid
from datetime import date
from decimal import Decimal

import pytest
import time_machine
from django.test import Client as Browser

from chains.history import events_of
from clients.models import Client
from loyalty.cards.models import Card
from loyalty.cards.services import block_card
from loyalty.ledger.models import Transaction
from loyalty.rules.plan import MeansChoice
from tests.cast import PROGRAM, Cast
from tests.clients.guests import MONDAY, Programs, bonus_card, club_card, make_guest
from tests.pages import fill, mistakes, rows_of, sorts_by_every_column
from tests.plugins.query_counts import CountQueries
from tests.programs import give_points, make_card, make_client, make_visit, moment
from visits.checkout import cancel_visit

DESK = "/locations/center/clients/"


@pytest.fixture
def guest(programs: Programs) -> Client:
    return make_guest(programs, 4, "Gina Guest")


def page_of(guest: Client, *, tab: str = "") -> str:
    return f"{DESK}{guest.pk}/{tab}"


def texts(browser: Browser, address: str) -> str:
    return " ".join(browser.get(address).content.decode().split())


# Cards
# ----------------------------------------------------------------------------


def test_cards_show_what_burns_when(manager: Browser, guest: Client, programs: Programs) -> None:
    card = bonus_card(guest)
    give_points(card, "1.50", at=MONDAY, last_day=date(2026, 3, 20))
    block_card(card=club_card(programs, guest, "C-1"), at=MONDAY)
    with time_machine.travel("2026-03-20 12:00", tick=False):
        page = texts(manager, page_of(guest))
    assert "8.50</span></strong> points to spend" in page
    assert "1.50</span> burn after 20 Mar 2026" in page and "3.00</span> burn after 5 Apr 2026" in page
    assert page.index("Bonus card") < page.index("Club card") and "blocked 2 March 2026" in page
    with time_machine.travel("2026-03-21 12:00", tick=False):
        page = texts(manager, page_of(guest))
    assert "7.00</span></strong> points to spend" in page and "1.50</span> points are past their last day" in page


def test_a_card_is_issued_once(manager: Browser, guest: Client, programs: Programs) -> None:
    address = page_of(guest, tab="issue/")
    form = fill(manager.get(address), number=" C-77 ")
    assert "Bonus card" not in manager.get(address).content.decode()
    for _again in range(2):
        assert manager.post(address, form)["Location"] == page_of(guest)
    assert guest.cards.get(card_type=programs.club).number == "C-77"
    assert "active card of every type" in manager.get(address).content.decode()


def test_a_number_that_is_taken_is_refused(manager: Browser, guest: Client, programs: Programs) -> None:
    make_card(make_client(programs.location, "Other", "+4915112300099"), programs.club, "C-77")
    address = page_of(guest, tab="issue/")
    page = manager.post(address, fill(manager.get(address), number="c-77"))
    assert set(mistakes(page)) == {"number"} and 'value="c-77"' in page.content.decode()
    assert not guest.cards.filter(card_type=programs.club).exists()


def test_a_client_without_cards_is_told_so(manager: Browser, guest: Client, programs: Programs) -> None:
    block_card(card=bonus_card(guest), at=MONDAY)
    assert "has no active card" in texts(manager, page_of(guest, tab="loyalty/accrue/"))
    Card.objects.filter(client=guest).update(client=make_client(programs.location, "Other", ""))
    assert "No loyalty card yet" in texts(manager, page_of(guest))


# Loyalty
# ----------------------------------------------------------------------------


def test_every_row_is_told_with_its_reason(manager: Browser, guest: Client, programs: Programs) -> None:
    card = bonus_card(guest)
    visit = make_visit(
        programs.location,
        guest,
        [programs.haircut],
        at=moment("2026-03-10 09:00"),
        means=(MeansChoice(card.holder_id, Decimal("5.00")),),
    )
    cancel_visit(
        visit_id=visit.pk,
        chain=guest.chain,
        version=visit.version,
        key=uuid.uuid4(),
        at=moment("2026-03-11 09:30"),
        acting_user=PROGRAM,
    )
    page = manager.get(page_of(guest, tab="loyalty/"))
    rows = rows_of(page)
    assert [(row[0], row[2], row[5], row[6]) for row in rows] == [
        (
            "11 Mar 2026 10:30",
            "Accrual by promotion Bonus 5 % Undoes Accrual by promotion of 10 Mar 2026, 10:00",
            "−2.75",
            "7.00",
        ),
        ("11 Mar 2026 10:30", "Paid with card Undoes Paid with card of 10 Mar 2026, 10:00", "+5.00", "9.75"),
        ("10 Mar 2026 10:00", "Accrual by promotion Bonus 5 % Undone on 11 Mar 2026, 10:30", "+2.75", "4.75"),
        ("10 Mar 2026 10:00", "Paid with card Undone on 11 Mar 2026, 10:30", "−5.00", "2.00"),
        ("6 Mar 2026 10:00", "Accrual by promotion Bonus 5 %", "+3.00", "7.00"),
        ("1 Mar 2026 10:00", "Manual accrual For a fine story", "+4.00", "4.00"),
    ]
    assert rows[2][8] == "Why 5 % of paid €55.00. Good through 9 April 2026."
    assert rows[3][8] == "Why At most 7.00 points could be paid: all that is on the card."
    assert rows[5][8] == "Why Undo These points have no last day of their own."
    assert rows[4][4] == "6 Mar 2026" and rows[4][7] == "the program"
    sorts_by_every_column(manager, page_of(guest, tab="loyalty/"))


def test_rows_are_filtered(manager: Browser, guest: Client, programs: Programs) -> None:
    club = club_card(programs, guest)
    address = page_of(guest, tab="loyalty/")
    for query, rows in (
        ({"q": "fine"}, 1),
        ({"q": "bonus"}, 1),
        ({"kind": "manual_accrual"}, 1),
        ({"card": club.pk}, 0),
    ):
        page = manager.get(address, query)
        assert len(rows_of(page)) == rows and len(page.context["filters"].chips()) == 1
    nobody = make_client(programs.location, "Nobody Yet", "")
    assert "It begins with the first visit" in texts(manager, page_of(nobody, tab="loyalty/"))


def test_a_visit_is_linked_where_the_reader_works(manager: Browser, cast: Cast, programs: Programs) -> None:
    guest = make_client(cast.center, "Gina", "+4915112300001")
    here = make_visit(cast.center, guest, [programs.haircut], at=MONDAY)
    there = make_visit(cast.harbour, guest, [programs.haircut], at=MONDAY)
    links = [f"/locations/center/visits/{here.pk}/", f"/locations/harbour/visits/{there.pk}/"]
    for tab in ("loyalty/", "visits/"):
        assert all(link in texts(manager, page_of(guest, tab=tab)) for link in links)
    manager.force_login(cast.desk)
    for tab in ("loyalty/", "visits/"):
        assert [link in texts(manager, page_of(guest, tab=tab)) for link in links] == [True, False]


def test_points_are_accrued_and_written_off_once(manager: Browser, guest: Client) -> None:
    card = bonus_card(guest)
    accrue, write_off = page_of(guest, tab="loyalty/accrue/"), page_of(guest, tab="loyalty/write-off/")
    with time_machine.travel("2026-03-10 12:00", tick=False):
        given = fill(manager.get(accrue), card=card.pk, amount="2,50", last_day="2026-03-31", comment="Sorry")
        taken = fill(manager.get(write_off), card=card.pk, amount="1", comment="Mistake")
        for _again in range(2):
            assert manager.post(accrue, given)["Location"] == page_of(guest, tab="loyalty/")
            assert manager.post(write_off, taken)["Location"] == page_of(guest, tab="loyalty/")
    rows = Transaction.objects.filter(client=guest).order_by("-pk")[:2]
    assert [(row.amount, row.balance_after, row.comment.text, str(row.acting_user)) for row in rows] == [
        (Decimal(-1), Decimal("8.50"), "Mistake", "Mara Manager"),
        (Decimal("2.50"), Decimal("9.50"), "Sorry", "Mara Manager"),
    ]
    assert rows[1].granted_lot.last_on == date(2026, 3, 31)
    assert {row.location for row in rows} == {guest.registered_location}


@pytest.mark.parametrize(
    ("page", "field", "text"),
    [
        ("accrue", "amount", "0"),
        ("accrue", "amount", "-1"),
        ("accrue", "amount", "1.234"),
        ("accrue", "amount", "much"),
        ("accrue", "amount", ""),
        ("accrue", "comment", ""),
        ("accrue", "last_day", "2020-01-01"),
        ("accrue", "card", "999999"),
        ("write-off", "amount", "7.01"),
    ],
)
def test_points_that_cannot_be_moved_are_refused(
    manager: Browser, guest: Client, page: str, field: str, text: str
) -> None:
    before = Transaction.objects.count()
    address = page_of(guest, tab=f"loyalty/{page}/")
    typed = {"amount": "1.00", "comment": "A reason", field: text}
    shown = manager.post(address, fill(manager.get(address), **typed))
    assert set(mistakes(shown)) == {field}
    assert Transaction.objects.count() == before
    assert "A reason" in shown.content.decode() or field == "comment"


def test_a_row_by_hand_is_undone_once(manager: Browser, guest: Client) -> None:
    row = Transaction.objects.get(client=guest, kind="manual_accrual")
    address = f"/locations/center/loyalty-rows/{row.pk}/undo/"
    form = fill(manager.get(address))
    for _again in range(2):
        assert manager.post(address, form)["Location"] == page_of(guest, tab="loyalty/")
    assert row.undone_by.amount == -4 and str(row.undone_by.acting_user) == "Mara Manager"
    page = manager.post(address, {"key": ""})
    assert "already" in mistakes(page)["__all__"][0]
    assert "Nothing is left to undo" in texts(manager, address)
    accrual = Transaction.objects.get(client=guest, kind="promotion_accrual")
    page = manager.post(f"/locations/center/loyalty-rows/{accrual.pk}/undo/", {"key": ""})
    assert "Edit or cancel the visit" in mistakes(page)["__all__"][0]
    assert Transaction.objects.filter(undoes__isnull=False).count() == 1


# Visits
# ----------------------------------------------------------------------------


def test_visits_show_their_figures(manager: Browser, guest: Client, programs: Programs) -> None:
    address = page_of(guest, tab="visits/")
    assert rows_of(manager.get(address)) == [
        ["6 Mar 2026, 10:00", "Center", "arrived", "€60.00", "–", "€60.00", "€60.00", "–", "3.00"]
    ]
    sorts_by_every_column(manager, address)
    assert "Nothing matches" in texts(manager, f"{address}?status=cancelled")
    nobody = make_client(programs.location, "Nobody Yet", "")
    assert "has no visit yet" in texts(manager, page_of(nobody, tab="visits/"))


@pytest.mark.parametrize("rows", [3, 30])
def test_the_queries_of_a_client_page(
    manager: Browser, programs: Programs, count_queries: CountQueries, rows: int
) -> None:
    guest = make_client(programs.location, "Gina", "+4915112300001")
    for number in range(rows // 3):
        make_visit(programs.location, guest, [programs.haircut] * 3, at=moment(f"2026-03-{number + 1:02d} 09:00"))
        give_points(bonus_card(guest), "1.00")
    for tab in ("", "loyalty/", "visits/"):
        with count_queries(f"client page, {tab or 'cards/'}"):
            manager.get(page_of(guest, tab=tab))


# Editing
# ----------------------------------------------------------------------------


def saves_of(guest: Client) -> int:
    """How often what is known of a client was changed."""
    changed: int = events_of(guest).filter(pgh_label="update").count()
    return changed


def test_a_client_is_edited(manager: Browser, guest: Client) -> None:
    address = page_of(guest, tab="edit/")
    form = fill(manager.get(address), name="Gina Gast", phone="0170 1234567", email="gina@example.com", comment="Tea")
    for _again in range(2):
        assert manager.post(address, form)["Location"] == page_of(guest)
    guest.refresh_from_db()
    assert (guest.name, guest.phone.as_e164, saves_of(guest)) == ("Gina Gast", "+491701234567", 1)
    page = texts(manager, page_of(guest))
    assert "Tea" in page and "gina@example.com" in page


def test_who_comes_second_is_told_what_changed(manager: Browser, guest: Client) -> None:
    address = page_of(guest, tab="edit/")
    mine, theirs = (fill(manager.get(address)) for _two in range(2))
    manager.post(address, {**theirs, "phone": "0170 1234567", "comment": "Tea"})
    page = manager.post(address, {**mine, "name": "Gina Gast"})
    shown = " ".join(page.content.decode().split())
    assert "<strong>Phone</strong>: <del>+49 1511 2300004</del> → <ins>+49 170 1234567</ins>" in shown
    assert (
        "You changed this meanwhile on another page." in shown
        and " saved it on " in shown
        and "Please check" not in shown
    )
    assert "<strong>Comment</strong>: <del>none</del> → <ins>Tea</ins>" in shown
    assert 'value="Gina Gast"' in shown
    guest.refresh_from_db()
    assert (guest.name, guest.comment) == ("Gina Guest", "Tea")
    manager.post(address, fill(page))
    guest.refresh_from_db()
    # What the second did not touch is as the first left it.
    assert (guest.name, guest.comment, saves_of(guest)) == ("Gina Gast", "Tea", 2)
    assert guest.phone.as_e164 == "+491701234567"


def test_a_phone_of_another_client_is_refused(manager: Browser, guest: Client, programs: Programs) -> None:
    other = make_client(programs.location, "Boris Known", "+4915112300099")
    address = page_of(guest, tab="edit/")
    page = manager.post(address, fill(manager.get(address), phone="0151 12300099", name="Gina Gast"))
    assert set(mistakes(page)) == {"phone"}
    assert f'href="{page_of(other)}"' in page.content.decode()
    guest.refresh_from_db()
    assert guest.name == "Gina Guest" and saves_of(guest) == 0


def test_buttons_stand_for_who_may_press_them(client: Browser, cast: Cast, guest: Client) -> None:
    card = f"/locations/center/cards/{bonus_card(guest).pk}/"
    client.force_login(cast.desk)
    assert "Accrue</a>" not in texts(client, page_of(guest, tab="loyalty/"))
    assert ">Undo</a>" not in texts(client, page_of(guest, tab="loyalty/"))
    assert "Block card" not in texts(client, card) and "Edit client" in texts(client, page_of(guest))
    client.force_login(cast.owner)
    assert "Block card" in texts(client, card) and ">Undo</a>" in texts(client, page_of(guest, tab="loyalty/"))


@pytest.mark.parametrize("page", ["accrue", "write-off"])
def test_a_blocked_card_is_never_offered_for_points(manager: Browser, programs: Programs, page: str) -> None:
    """Neither before nor after a mistake; one that is blocked meanwhile is told about."""
    guest = make_guest(programs, 9)
    bonus = guest.cards.get()
    club = club_card(programs, guest, "C-1")
    block_card(card=bonus, at=MONDAY)
    address = f"/chains/aurora/clients/{guest.pk}/loyalty/{page}/"
    first = manager.get(address)
    again = manager.post(address, fill(first, amount="x"))
    for shown in (first, again):
        assert [value for value, _label in shown.context["form"]["card"].field.widget.choices] == [club.pk]
        assert str(bonus.number) not in shown.content.decode()
    refused = manager.post(address, fill(first, card=str(bonus.pk), amount="1", comment="Sorry"))
    assert "is blocked" in str(mistakes(refused))
