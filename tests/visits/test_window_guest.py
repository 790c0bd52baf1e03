"""Whose visit it is, found or registered within the window: phone first, and nothing typed is lost."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from chains.access import ROLE_RIGHTS, Right, Role
from clients.models import Client
from loyalty.rules.plan import Status
from tests.programs import make_card, make_client, make_visit
from tests.visits.conftest import Salon
from tests.visits.window import Window, new_window, window_of
from visits.models import Visit

pytestmark = pytest.mark.django_db


def walk_in(salon: Salon) -> Window:
    """A window that begins with what is sold, before anybody asked who the guest is."""
    window = Window(salon.desk, "/locations/center/visits/new/")
    assert window.page.focus["id"] == "id_guest_phone"
    return window.post(add_item=str(salon.haircut.pk)).press("pay_the_rest", "cash")


def test_a_known_phone_shows_the_guest(salon: Salon) -> None:
    salon.give(salon.boris, "50")
    window = walk_in(salon)
    assert window.totals == "Due €60.00, left to pay €0.00."
    window.fill(guest_phone="0151 1234 5602").press("recalculate")
    assert window.text("guest-title") == "Boris Ivanov"
    assert "50.00 points" in window.content and "Club discount" in window.content
    assert window.page.focus["id"] == "id_q"
    window.save().follow()
    assert (Visit.objects.get().client, Visit.objects.get().paid) == (salon.boris, Decimal(60))


def test_an_unknown_phone_asks_for_the_name_of_a_new_guest(salon: Salon) -> None:
    window = walk_in(salon).fill(guest_phone="0151 7777777").press("find_guest")
    assert "Nobody has this phone yet." in window.content
    assert window.page.focus["id"] == "id_guest_name"
    form = {**window.fields, "guest_name": "Zoe Zart", "add_guest": "1"}
    for _ in range(2):
        window.read(window.browser.post(window.address, form))
    zoe = Client.objects.get(name="Zoe Zart")
    assert window.text("guest-title") == "Zoe Zart" and salon.bonus_card(zoe).for_new_client
    assert zoe.registered_location == salon.location
    window.save().follow()
    assert Visit.objects.get().client == zoe


def test_a_name_that_nobody_has_is_that_of_a_new_guest(salon: Salon) -> None:
    window = walk_in(salon).fill(guest_phone="Neo Testmann").press("find_guest")
    assert "Nobody is called “Neo Testmann”. With a phone, the guest is new." in window.content
    assert window.fields["guest_name"] == "Neo Testmann" and window.fields["guest_phone"] == ""
    window.fill(guest_phone="0151 777 8888").press("add_guest")
    assert window.text("guest-title") == "Neo Testmann"
    assert Client.objects.get(name="Neo Testmann").phone == "+491517778888"


def test_a_guest_is_found_by_name_and_by_card_too(salon: Salon) -> None:
    window = walk_in(salon).fill(guest_phone="0042").press("recalculate")
    assert window.text("guest-title") == "Boris Ivanov"
    make_card(salon.anna, salon.club, "0151 888 9999")
    window = walk_in(salon).fill(guest_phone="0151 888 9999").press("recalculate")
    assert window.text("guest-title") == "Anna Schmidt"
    second = make_client(salon.location, "Boris Bauer", "+49 151 1234 5688")
    window = walk_in(salon).fill(guest_phone="boris").press("recalculate")
    assert window.page.focus["value"] == str(second.pk) and window.has_button("choose_guest", salon.boris.pk)
    window.press("choose_guest", salon.boris.pk)
    assert window.text("guest-title") == "Boris Ivanov" and "guest_phone" not in window.fields
    window.save().follow()
    assert Visit.objects.get().client == salon.boris


def test_who_searches_what_is_sold_registers_nobody(salon: Salon) -> None:
    before = Client.objects.count()
    window = walk_in(salon).fill(guest_phone="0151 7777777").press("find_guest")
    window.fill(guest_name="Zo", q="colour").press("recalculate")
    assert "Colour" in window.text("found") and window.fields["guest_name"] == "Zo"
    assert Client.objects.count() == before


@pytest.mark.parametrize(
    ("button", "typed", "field", "sentence"),
    [
        ("find_guest", {"guest_phone": "call 1"}, "guest_phone", "“call 1” is not a possible phone number."),
        ("find_guest", {"guest_phone": ""}, "guest_phone", "Type the phone of the guest; with a name or a card, "),
        ("find_guest", {"guest_phone": "0" * 41}, "guest_phone", "Type less than that."),
        ("save", {}, "guest_phone", "Whose visit is it? Type the guest's phone."),
    ],
)
def test_a_guest_who_is_not_found_is_asked_for(
    button: str, typed: dict[str, str], field: str, sentence: str, salon: Salon
) -> None:
    window = walk_in(salon).fill(**typed).press(button)
    assert window.error(field).startswith(sentence)
    assert window.fields["lines-0-quantity"] == "1" and window.fields["payments-0-amount"] == "60.00"
    assert {name: window.fields[name] for name in typed} == typed
    assert not Visit.objects.exists()


def test_without_the_right_to_add_clients_an_unknown_phone_stays_unknown(
    salon: Salon, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(ROLE_RIGHTS, Role.FRONT_DESK, Role.FRONT_DESK.rights - {Right.EDIT_CLIENTS})
    window = walk_in(salon).fill(guest_phone="0151 7777777").press("find_guest")
    assert window.error("guest_phone").startswith("No client of Aurora has the phone")
    window.fill(guest_phone="Zoe Neu").press("find_guest")
    assert window.error("guest_phone").startswith("Nobody is called “Zoe Neu”.")
    assert not window.has_button("add_guest")
    window.post(guest_step="name", guest_name="Zoe", add_guest="1")
    assert not Client.objects.filter(name="Zoe").exists()


def test_no_guest_of_another_chain_is_shown(salon: Salon) -> None:
    stranger = make_client(salon.cast.north, "Fremd", "+49 151 1234 5609")
    window = walk_in(salon).post(save="1", guest=str(stranger.pk))
    assert window.error("guest_phone").startswith("Whose visit is it?")
    window = new_window(salon.desk, salon.location, salon.boris).post(guest=str(stranger.pk))
    assert window.text("guest-title") == "Boris Ivanov"


def test_another_guest_takes_over_the_bill_but_not_the_cards(salon: Salon) -> None:
    salon.give(salon.boris, "50")
    window = new_window(salon.desk, salon.location, salon.boris).post(add_item=str(salon.haircut.pk))
    window.press("apply", f"{salon.club_card.pk}.{salon.discount.pk}").fill(points__0__amount="5")
    window.press("change_guest").fill(guest_phone="0151 1234 5601").press("find_guest")
    assert window.text("guest-title") == "Anna Schmidt"
    assert window.totals == "Due €60.00, left to pay €60.00."
    window.save().follow()
    assert Visit.objects.get().client == salon.anna


def test_a_planned_visit_changes_its_guest_and_an_arrived_one_does_not(salon: Salon) -> None:
    at = timezone.now() - timedelta(minutes=5)
    visit = make_visit(salon.location, salon.boris, [salon.haircut], at=at, status=Status.WAITING, pays=None)
    window = window_of(salon.desk, visit).press("change_guest").fill(guest_phone="0151 1234 5601").press("find_guest")
    window.save().follow()
    assert Visit.objects.get().client == salon.anna
    window.fill(status="arrived").press("recalculate").save().follow()
    assert not window.has_button("change_guest")
    window.post(save="1", guest=str(salon.boris.pk))
    assert Visit.objects.get().client == salon.anna


def test_a_guest_may_be_kept(salon: Salon) -> None:
    window = new_window(salon.desk, salon.location, salon.boris).press("change_guest").press("keep_guest")
    assert window.text("guest-title") == "Boris Ivanov" and "guest_phone" not in window.fields


def test_a_visit_of_the_guest_today_is_pointed_out(salon: Salon) -> None:
    visit = make_visit(salon.location, salon.boris, [], at=timezone.now(), status=Status.WAITING, pays=None)
    window = new_window(salon.desk, salon.location, salon.boris)
    assert "There is a visit today at" in window.content
    assert f"/locations/center/visits/{visit.pk}/" in window.response.content.decode()
    assert "There is a visit today" not in window_of(salon.desk, visit).content
