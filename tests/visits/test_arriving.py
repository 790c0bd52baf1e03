"""A guest who is expected is marked as arrived from the list of the day, by the save of the window."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client as Browser
from django.utils import timezone

from chains.access import ROLE_RIGHTS, Right, Role
from loyalty.ledger.models import Transaction
from loyalty.rules.plan import DiscountChoice, MeansChoice, Status
from tests.programs import make_visit
from tests.visits.conftest import Salon
from tests.visits.window import Window, window_of
from visits.models import Visit

pytestmark = pytest.mark.django_db

DAY = "/locations/center/visits/"


def expected_visit(salon: Salon, *, status: Status = Status.WAITING, **plan: Any) -> Visit:
    """Boris is expected for a haircut of 60.00."""
    return make_visit(salon.location, salon.boris, [salon.haircut], at=timezone.now(), status=status, pays=None, **plan)


def desk_of(salon: Salon) -> Browser:
    browser = Browser()
    browser.force_login(salon.desk)
    return browser


def form_of(page: str, visit: Visit) -> tuple[str, dict[str, str]]:
    """Where the form of the visit's row is sent, and what it sends."""
    found = re.search(rf'<form\s[^>]*action="([^"]*/{visit.pk}/arrive/[^"]*)".*?</form>', page, re.DOTALL)
    assert found, "the row has no button"
    fields = re.findall(r'name="(key|version|shown_due|shown_value|shown_left)" value="([^"]*)"', found[0])
    return found[1].replace("&amp;", "&"), dict(fields)


def has_button(page: str) -> bool:
    return "/arrive/" in page


def press(salon: Salon, visit: Visit, query: str = "", **forged: str) -> Any:
    desk = desk_of(salon)
    address, fields = form_of(desk.get(f"{DAY}{query}").content.decode(), visit)
    return desk.post(address, {**fields, **forged}, follow=True)


@pytest.mark.parametrize("status", [Status.WAITING, Status.CONFIRMED])
def test_one_press_marks_a_guest_as_arrived(status: Status, salon: Salon) -> None:
    visit = expected_visit(salon, status=status)
    response = press(salon, visit, "?sort=-starts_at")
    assert response.redirect_chain == [(f"{DAY}?sort=-starts_at", 302)]
    page = response.content.decode()
    assert "Boris Ivanov has arrived." in page and not has_button(page)
    visit.refresh_from_db()
    assert (visit.status, visit.saved_by, visit.left, visit.settled_at) == ("arrived", salon.desk, Decimal(60), None)
    assert not Transaction.objects.exists()


def test_it_writes_what_the_save_of_the_window_writes(salon: Salon) -> None:
    salon.give(salon.boris, "50")
    card = salon.bonus_card(salon.boris)
    discounts = (DiscountChoice(salon.club_card.pk, salon.discount.pk),)
    visit = expected_visit(salon, discounts=discounts, means=(MeansChoice(card.holder_id, Decimal(10)),))
    press(salon, visit)
    written = Transaction.objects.filter(visit=visit).order_by("pk").values_list("kind", "amount")
    assert list(written) == [("promotion_discount", Decimal(-6)), ("card_payment", Decimal(-10))]
    window = window_of(salon.desk, visit)
    assert window.totals == "Due €54.00, left to pay €44.00."


def test_a_visit_without_a_line_has_arrived_and_is_not_settled(salon: Salon) -> None:
    visit = make_visit(salon.location, salon.nina, [], at=timezone.now(), status=Status.WAITING, pays=None)
    press(salon, visit)
    visit.refresh_from_db()
    assert (visit.status, visit.settled_at) == ("arrived", None)


def test_a_second_press_of_the_same_row_writes_nothing(salon: Salon) -> None:
    visit = expected_visit(salon)
    desk = desk_of(salon)
    address, fields = form_of(desk.get(DAY).content.decode(), visit)
    for _ in range(2):
        assert desk.post(address, fields)["Location"] == f"{DAY}?"
    visit.refresh_from_db()
    assert (visit.status, visit.version) == ("arrived", 2)


def test_an_old_row_does_not_say_that_a_guest_arrived_who_was_moved_back(salon: Salon) -> None:
    visit, other = expected_visit(salon), expected_visit(salon)
    desk = desk_of(salon)
    address, fields = form_of(desk.get(DAY).content.decode(), visit)
    desk.post(address, fields)
    window_of(salon.desk, visit).fill(status="waiting").save()
    for each in (visit, other):
        response = desk.post(address.replace(f"/{visit.pk}/", f"/{each.pk}/"), fields)
        assert response["Location"] == f"{DAY}{each.pk}/?arrive=1"
    assert set(Visit.objects.values_list("status", flat=True)) == {"waiting"}


def test_what_is_refused_is_shown_in_the_window_with_its_reason(salon: Salon) -> None:
    salon.give(salon.boris, "10")
    card = salon.bonus_card(salon.boris)
    visit = expected_visit(salon, means=(MeansChoice(card.holder_id, Decimal(10)),))
    other = Window(salon.desk, f"{DAY}new/{salon.boris.pk}/").post(add_item=str(salon.haircut.pk))
    other.fill(points__0__amount="8").save()
    response = press(salon, visit)
    assert response.redirect_chain == [(f"{DAY}{visit.pk}/?arrive=1", 302)]
    window = window_of(salon.desk, visit)
    window.read(response)
    assert window.fields["status"] == "arrived"
    assert "The card may pay at most €2.00 here." in window.text("messages")
    assert window.error("points-0-amount") == "The card may pay at most €2.00 here. Type that or less."
    visit.refresh_from_db()
    assert (visit.status, visit.version) == ("waiting", 1)
    assert not Transaction.objects.filter(visit=visit).exists()


@pytest.mark.parametrize(
    ("forged", "sentence"),
    [
        ({"version": "7"}, "The visit was saved by someone else meanwhile."),
        ({"shown_due": "1.00"}, "What is due changed since the page was shown."),
        ({"key": ""}, "The list was not sent whole."),
        ({"shown_due": "NaN"}, "The list was not sent whole."),
    ],
)
def test_a_list_that_is_out_of_date_marks_nobody(forged: dict[str, str], sentence: str, salon: Salon) -> None:
    visit = expected_visit(salon)
    assert sentence in press(salon, visit, **forged).content.decode()
    visit.refresh_from_db()
    assert (visit.status, visit.version) == ("waiting", 1)


@pytest.mark.parametrize("status", [Status.NO_SHOW, Status.CANCELLED])
def test_the_window_marks_nobody_who_is_expected_no_longer(status: Status, salon: Salon) -> None:
    visit = expected_visit(salon)
    desk = desk_of(salon)
    address, fields = form_of(desk.get(DAY).content.decode(), visit)
    Visit.objects.filter(pk=visit.pk).update(status=status, version=2)
    response = desk.post(address, fields, follow=True)
    assert "The visit was saved by someone else meanwhile." in response.content.decode()
    window = window_of(salon.desk, visit)
    window.read(response)
    assert window.fields["status"] == status


def test_two_desks_that_mark_one_guest_both_see_it_done(salon: Salon) -> None:
    visit = expected_visit(salon)
    desk, other = desk_of(salon), desk_of(salon)
    address, fields = form_of(desk.get(DAY).content.decode(), visit)
    _same, others = form_of(other.get(DAY).content.decode(), visit)
    desk.post(address, fields)
    response = other.post(address, others, follow=True)
    assert "Boris Ivanov was marked as arrived already." in response.content.decode()
    assert "Visits of the day" in response.content.decode()
    visit.refresh_from_db()
    assert (visit.status, visit.version) == ("arrived", 2)


def test_two_windows_that_save_the_same_arrival_are_one(salon: Salon) -> None:
    visit = expected_visit(salon)
    first, second = (window_of(user, visit).fill(status="arrived") for user in (salon.desk, salon.manager))
    first.save()
    second.save().follow()
    assert "Dora Desk saved the same already." in second.text("messages")
    visit.refresh_from_db()
    assert (visit.status, visit.version) == ("arrived", 2)
    assert not second.mistakes and second.fields["version"] == "2"


@pytest.mark.parametrize("typed", [{"lines__0__quantity": "2"}, {"payments__0__amount": "60"}, {"status": "confirmed"}])
def test_a_window_that_says_something_else_is_an_old_page_all_the_same(typed: dict[str, str], salon: Salon) -> None:
    visit = expected_visit(salon)
    first, second = (window_of(user, visit).fill(status="arrived") for user in (salon.desk, salon.manager))
    first.save()
    second.fill(**typed).save()
    assert "Nothing of this page was saved yet." in second.mistakes
    visit.refresh_from_db()
    assert visit.version == 2


def test_the_same_arrival_is_not_one_once_the_visit_was_called_off(salon: Salon) -> None:
    visit = expected_visit(salon)
    first, second = (window_of(user, visit).fill(status="arrived") for user in (salon.desk, salon.manager))
    first.fill(status="no_show").save()
    second.save()
    assert "It is now: no-show, to hand back €0.00." in second.mistakes
    visit.refresh_from_db()
    assert (visit.status, visit.version) == ("no_show", 2)


def test_only_who_is_expected_by_now_has_the_button(salon: Salon, monkeypatch: pytest.MonkeyPatch) -> None:
    today = timezone.now()
    for at, status in ((today, Status.ARRIVED), (today, Status.NO_SHOW), (today + timedelta(days=1), Status.WAITING)):
        make_visit(salon.location, salon.boris, [salon.haircut], at=at, status=status, pays=None)
    tomorrow = salon.location.local_date(today + timedelta(days=1))
    desk = desk_of(salon)
    assert not has_button(desk.get(DAY).content.decode())
    assert not has_button(desk.get(f"{DAY}?on={tomorrow}").content.decode())
    visit = expected_visit(salon)
    address, fields = form_of(desk.get(DAY).content.decode(), visit)
    monkeypatch.setitem(ROLE_RIGHTS, Role.FRONT_DESK, frozenset({Right.VIEW_VISITS}))
    assert not has_button(desk.get(DAY).content.decode())
    assert desk.post(address, fields).status_code == 403
    assert Visit.objects.get(pk=visit.pk).status == Status.WAITING


def test_a_visit_of_another_location_does_not_exist(salon: Salon) -> None:
    visit = make_visit(salon.cast.harbour, salon.boris, [salon.haircut], at=timezone.now(), status=Status.WAITING)
    assert desk_of(salon).post(f"{DAY}{visit.pk}/arrive/").status_code == 404
    assert Visit.objects.get().status == Status.WAITING
