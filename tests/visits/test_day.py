"""The day of a location, whose visit begins, and how one is cancelled."""

import re
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from chains.access import ROLE_RIGHTS, Right, Role
from chains.models import User
from clients.models import Client
from loyalty.ledger.burning import burn_points
from loyalty.ledger.models import Transaction
from loyalty.rules.plan import MeansChoice, PaymentMethod, Status
from tests.cast import Cast
from tests.programs import give_points, make_client, make_visit
from tests.visits.conftest import Salon
from tests.visits.window import Reader, Window, kept_money_of, moves_of, window_of
from visits.models import Visit

pytestmark = pytest.mark.django_db


def browser(user: User) -> Browser:
    found = Browser()
    found.force_login(user)
    return found


def texts(response: Any) -> str:
    assert response.status_code == 200
    reader = Reader()
    reader.feed(response.content.decode())
    return reader.text_of("content")


# The day
# ----------------------------------------------------------------------------


def test_a_day_without_visits_says_what_to_do(cast: Cast) -> None:
    page = texts(browser(cast.desk).get("/locations/center/visits/?on=2026-03-01"))
    assert "Sunday, 1 March 2026" in page
    assert "No visit on this day yet. Search a guest to begin one." in page


def test_a_day_lists_its_visits_by_time_with_their_figures(salon: Salon) -> None:
    noon = timezone.now().replace(hour=11, minute=0) - timedelta(days=2)
    make_visit(salon.location, salon.boris, [salon.haircut, salon.colour], at=noon, pays=PaymentMethod.CARD)
    make_visit(salon.location, salon.anna, [salon.shampoo], at=noon - timedelta(hours=2), pays=None)
    make_visit(salon.location, salon.nina, [], at=noon, status=Status.NO_SHOW, pays=None)
    make_visit(salon.cast.harbour, salon.nina, [salon.haircut], at=noon)
    on = salon.location.local_date(noon).isoformat()
    page = texts(browser(salon.desk).get(f"/locations/center/visits/?on={on}"))
    assert page.index("Anna Schmidt") < page.index("Boris Ivanov") < page.index("Nina Neu")
    assert "arrived Boris Ivanov Haircut, Colour 100.00 100.00 0.00 Bank card 100.00" in page
    assert "arrived Anna Schmidt Shampoo 18.90 0.00 18.90 –" in page
    assert "Visits 3 2 arrived, 1 no-show" in page
    assert "Due €118.90" in page and "Left to pay €18.90" in page
    assert "Takings €100.00 Bank card €100.00" in page
    assert "Harbour" not in page


def test_points_paid_and_discounts_are_part_of_the_day(salon: Salon) -> None:
    salon.give(salon.boris, "50")
    window = Window(salon.desk, f"/locations/center/visits/new/{salon.boris.pk}/")
    window.post(add_item=str(salon.haircut.pk)).press("apply", f"{salon.club_card.pk}.{salon.discount.pk}")
    window.fill(points__0__amount="10").press("pay_the_rest", "cash").save()
    page = texts(browser(salon.desk).get("/locations/center/visits/"))
    assert "54.00 44.00 0.00 Cash 44.00, Points 10.00" in page
    assert "Discounts €6.00 Points 10.00 paid 2.20 given" in page


def test_a_cancelled_visit_is_listed_but_none_of_its_figures_count(salon: Salon) -> None:
    visit = make_visit(salon.location, salon.boris, [salon.haircut], at=timezone.now())
    cancel(salon, visit)
    page = texts(browser(salon.desk).get("/locations/center/visits/"))
    assert "cancelled Boris Ivanov" in page
    assert "Visits 0 not counted: 1 cancelled" in page and "1 row" in page
    assert "Due €0.00" in page and "Takings €0.00" in page


def test_one_moves_between_days_by_links(cast: Cast) -> None:
    page = browser(cast.desk).get("/locations/center/visits/?on=2026-03-01").content.decode()
    assert 'href="?on=2026-02-28"' in page and 'href="?on=2026-03-02"' in page


@pytest.mark.parametrize("on", ["", "yesterday", "2026-02-30", "0001-01-01", "9999-12-31"])
def test_an_impossible_day_is_today(on: str, cast: Cast) -> None:
    page = texts(browser(cast.desk).get(f"/locations/center/visits/?on={on}"))
    assert str(cast.center.local_date(timezone.now()).year) in page


def test_a_day_is_filtered_by_guest_and_status(salon: Salon) -> None:
    make_visit(salon.location, salon.boris, [salon.haircut], at=timezone.now())
    make_visit(salon.location, salon.anna, [salon.haircut], at=timezone.now(), status=Status.WAITING, pays=None)
    on = salon.location.local_date(timezone.now()).isoformat()
    page = texts(browser(salon.desk).get(f"/locations/center/visits/?on={on}&guest=5602"))
    assert "Boris Ivanov" in page and "Anna Schmidt" not in page
    page = texts(browser(salon.desk).get(f"/locations/center/visits/?on={on}&status=waiting"))
    assert "Boris Ivanov" not in page and "Anna Schmidt" in page and "Status: waiting" in page
    page = texts(browser(salon.desk).get(f"/locations/center/visits/?on={on}&status=confirmed"))
    assert "Nothing matches" in page and "Visits 2 1 waiting, 1 arrived" in page


def test_a_day_of_many_visits_is_shown_in_pages(salon: Salon) -> None:
    at = timezone.now()
    on = salon.location.local_date(at)
    Visit.objects.bulk_create(
        Visit(
            chain=salon.cast.aurora,
            location=salon.location,
            client=salon.boris,
            starts_at=at,
            starts_on=on,
            saved_at=at,
            due=Decimal(1),
            status=Status.WAITING,
        )
        for _ in range(250)
    )
    page = texts(browser(salon.desk).get("/locations/center/visits/"))
    assert "Visits 250 250 waiting" in page
    assert page.count("Boris Ivanov") == 100
    assert "Page 1 of 3" in page


# Whose visit it is
# ----------------------------------------------------------------------------


@pytest.mark.parametrize("search", ["boris", "IVAN", "ivanov bor", "0151 12345602", "+49 151 1234 5602", "345602"])
def test_a_guest_is_found_by_phone_and_by_name(search: str, salon: Salon) -> None:
    response = browser(salon.desk).get("/locations/center/visits/guest/", {"q": search})
    page = texts(response)
    assert "Boris Ivanov" in page and "Anna Schmidt" not in page
    assert f"/locations/center/visits/new/{salon.boris.pk}/" in response.content.decode()


def test_no_guest_of_another_chain_is_found(salon: Salon) -> None:
    make_client(salon.cast.north, "Fremd", "+49 151 1234 5609")
    for search in ("Fremd", "0151 1234 5609", "%", "\x00"):
        page = texts(browser(salon.desk).get("/locations/center/visits/guest/", {"q": search}))
        assert "New visit" not in page


def test_a_guest_is_found_by_the_number_of_a_card(salon: Salon) -> None:
    page = texts(browser(salon.desk).get("/locations/center/visits/guest/", {"q": "0042"}))
    assert "Boris Ivanov +49 1511 2345602 · Club card 0042" in page and "Anna Schmidt" not in page


def test_a_guest_with_a_visit_today_is_led_to_that_visit_first(salon: Salon) -> None:
    at = timezone.now()
    here = make_visit(salon.location, salon.boris, [salon.haircut], at=at, status=Status.WAITING, pays=None)
    make_visit(salon.cast.harbour, salon.boris, [], at=at, status=Status.WAITING, pays=None)
    make_visit(salon.location, salon.boris, [], at=at, status=Status.CANCELLED, pays=None)
    make_visit(salon.location, salon.boris, [], at=at - timedelta(days=1), status=Status.WAITING, pays=None)
    reader = Reader()
    reader.feed(browser(salon.desk).get("/locations/center/visits/guest/", {"q": "boris"}).content.decode())
    assert reader.focus["href"] == f"/locations/center/visits/{here.pk}/"
    assert reader.text_of("content").count("today at") == 1


def test_a_visit_is_found_by_its_number_at_its_own_location(salon: Salon) -> None:
    here = make_visit(salon.location, salon.boris, [], at=timezone.now(), pays=None)
    there = make_visit(salon.cast.harbour, salon.anna, [], at=timezone.now(), pays=None)
    desk = browser(salon.desk)
    for search in (str(here.pk), f"#{here.pk}"):
        page = desk.get("/locations/center/visits/guest/", {"q": search})
        assert f"Visit {here.pk} of Boris Ivanov" in texts(page)
    assert "Anna Schmidt" not in texts(desk.get("/locations/center/visits/guest/", {"q": str(there.pk)}))
    assert "Nobody found" in texts(desk.get("/locations/center/visits/guest/", {"q": "9" * 12}))


def test_every_page_of_a_location_has_the_search(salon: Salon) -> None:
    desk = browser(salon.desk)
    for address in ("visits/", f"visits/new/{salon.boris.pk}/", "clients/", f"clients/{salon.boris.pk}/", "items/"):
        assert 'id="id_desk_search"' in desk.get(f"/locations/center/{address}").content.decode()
    assert 'id="id_desk_search"' not in browser(salon.manager).get("/chains/aurora/").content.decode()


def test_nobody_found_leads_to_a_new_guest_with_what_was_typed(salon: Salon) -> None:
    response = browser(salon.desk).get("/locations/center/visits/guest/", {"q": "0151 7777777"})
    assert "Nobody found" in texts(response)
    assert 'name="phone" value="0151 7777777"' in response.content.decode()
    reader = Reader()
    reader.feed(response.content.decode())
    assert reader.focus["name"] == "name"


def test_a_new_guest_is_registered_and_the_visit_begins(salon: Salon) -> None:
    texts_typed = {"phone": "0151 7777777", "name": "Zoe Zart"}
    response = browser(salon.desk).post("/locations/center/visits/guest/new/", texts_typed)
    zoe = Client.objects.get(name="Zoe Zart")
    assert response["Location"] == f"/locations/center/visits/new/{zoe.pk}/"
    assert (str(zoe.phone), zoe.registered_location) == ("+491517777777", salon.location)
    assert salon.bonus_card(zoe).for_new_client


def test_a_new_guest_sent_twice_is_one_guest(salon: Salon) -> None:
    typed = {"phone": "0151 7777777", "name": "Zoe Zart", "key": "6f2d0b8c-8a44-4c43-9b51-0e5d8c2f7a10"}
    desk = browser(salon.desk)
    first, second = (desk.post("/locations/center/visits/guest/new/", typed) for _ in range(2))
    assert first["Location"] == second["Location"]
    assert Client.objects.filter(name="Zoe Zart").count() == 1
    # Gone back to, for somebody else: that is who the visit is for.
    third = desk.post("/locations/center/visits/guest/new/", {**typed, "phone": "0151 7777778", "name": "Yves Young"})
    assert third["Location"] == reverse("visits:new", args=["center", Client.objects.get(name="Yves Young").pk])


def test_a_known_phone_shows_whose_it_is(salon: Salon) -> None:
    before = Client.objects.count()
    typed = {"phone": "0151 12345602", "name": "Bob"}
    response = browser(salon.desk).post("/locations/center/visits/guest/new/", typed)
    page = texts(response)
    assert "Another client of the chain has this phone." in page
    assert "Boris Ivanov" in page
    assert 'value="Bob"' in response.content.decode()
    assert Client.objects.count() == before


@pytest.mark.parametrize(
    ("phone", "name", "sentence"),
    [
        ("hello", "Bob", "“hello” is not a possible phone number."),
        ("", "Bob", "This field is required."),
        ("0151 7777777", " ", "This field is required."),
    ],
)
def test_a_new_guest_needs_a_phone_and_a_name(phone: str, name: str, sentence: str, salon: Salon) -> None:
    before = Client.objects.count()
    page = texts(browser(salon.desk).post("/locations/center/visits/guest/new/", {"phone": phone, "name": name}))
    assert sentence in page
    assert Client.objects.count() == before


# Cancelling
# ----------------------------------------------------------------------------


WITH_REASON = {"reason": "The guest called it off"}


def cancel(salon: Salon, visit: Visit, **typed: str) -> Any:
    address = f"/locations/center/visits/{visit.pk}/cancel/"
    desk = browser(salon.desk)
    page = desk.get(address)
    form = page.context["form"]
    return desk.post(address, {**WITH_REASON, "key": form["key"].value(), "version": form["version"].value(), **typed})


def test_before_a_visit_is_cancelled_it_is_shown_what_that_undoes(salon: Salon) -> None:
    window = Window(salon.desk, f"/locations/center/visits/new/{salon.nina.pk}/").post(add_item=str(salon.haircut.pk))
    window.press("choose_referral").fill(referral="0151 1234 5601").press("confirm_referral")
    window.press("pay_the_rest", "cash").save()
    visit = Visit.objects.get()
    response = browser(salon.desk).get(f"/locations/center/visits/{visit.pk}/cancel/")
    assert moves_of(response.content.decode()) == {
        "Sold": ("€60.00", "€0.00"),
        "Discount": ("€6.00", "€0.00"),
        "Due": ("€54.00", "€0.00"),
        salon.called_card(salon.nina): ("2.70 points", "0.00 points"),
        salon.called_card(salon.anna): ("2.70 points", "0.00 points"),
    }
    assert kept_money_of(response.content.decode()) == {"Hand back: Cash": "€54.00"}
    assert "The invitation by Anna Schmidt is undone; the guest may be invited again." in texts(response)
    assert Visit.objects.get().status == Status.ARRIVED


def test_cancelling_undoes_everything_once(salon: Salon) -> None:
    visit = make_visit(salon.location, salon.boris, [salon.haircut], at=timezone.now())
    response = cancel(salon, visit)
    assert response["Location"] == f"/locations/center/visits/{visit.pk}/"
    rows = Transaction.objects.count()
    assert salon.bonus_card(salon.boris).holder.balance == Decimal(0)
    window = window_of(salon.desk, visit)
    assert "This visit is cancelled." in window.content
    assert "Cancelled by Dora Desk on" in window.content and "The guest called it off" in window.content
    assert window.fields["status"] == "cancelled"
    cancel(salon, visit, version="2")
    assert Transaction.objects.count() == rows
    window.fill(status="arrived").save().follow()
    assert salon.bonus_card(salon.boris).holder.balance == Decimal(3)


def test_a_stale_page_cancels_nothing(salon: Salon) -> None:
    visit = make_visit(salon.location, salon.boris, [salon.haircut], at=timezone.now())
    page = texts(cancel(salon, visit, version="7"))
    assert "The visit was saved by someone else meanwhile." in page
    assert Visit.objects.get().status == Status.ARRIVED


def test_the_window_alone_cannot_cancel(salon: Salon) -> None:
    visit = make_visit(salon.location, salon.boris, [salon.haircut], at=timezone.now())
    window_of(salon.desk, visit).post(save="1", status="cancelled")
    assert Visit.objects.get().status == Status.ARRIVED


def test_a_visit_is_not_cancelled_without_a_reason(salon: Salon) -> None:
    visit = make_visit(salon.location, salon.boris, [salon.haircut], at=timezone.now())
    for reason in ("", "   ", "x" * 501):
        page = texts(cancel(salon, visit, reason=reason))
        assert "Please check what you entered: Reason:" in page
    assert Visit.objects.get().status == Status.ARRIVED


def test_a_stale_cancellation_keeps_the_reason_typed(salon: Salon) -> None:
    visit = make_visit(salon.location, salon.boris, [salon.haircut], at=timezone.now())
    assert "Moved away" in cancel(salon, visit, version="7", reason="Moved away").content.decode()


def test_points_that_come_back_too_late_are_told_before(salon: Salon) -> None:
    card, long_ago = salon.bonus_card(salon.boris), timezone.now() - timedelta(days=40)
    last_day = (long_ago + timedelta(days=10)).date()
    give_points(card, "20", at=long_ago, last_day=last_day)
    points = (MeansChoice(card.holder_id, Decimal(10)),)
    visit = make_visit(salon.location, salon.boris, [salon.haircut], at=long_ago, means=points)
    burn_points(chain=salon.cast.aurora, at=timezone.now())
    response = browser(salon.manager).get(f"/locations/center/visits/{visit.pk}/cancel/")
    page = texts(response)
    # What the points come back to was paid after they had burned.
    assert moves_of(response.content.decode())[salon.called_card(salon.boris)] == ("2.50 points", "10.00 points")
    assert "10.00 of them were good through" in page
    assert "Points that come back have passed their last day meanwhile." in page


# Where the links lead
# ----------------------------------------------------------------------------


def test_who_may_only_look_is_led_to_the_receipt(salon: Salon, monkeypatch: pytest.MonkeyPatch) -> None:
    visit = make_visit(salon.location, salon.boris, [salon.haircut], at=timezone.now())
    monkeypatch.setitem(ROLE_RIGHTS, Role.FRONT_DESK, frozenset({Right.VIEW_VISITS}))
    desk = browser(salon.desk)
    page = desk.get("/locations/center/visits/").content.decode()
    assert f'href="/locations/center/visits/{visit.pk}/receipt/"' in page
    assert "New visit" not in page and "id_desk_search" not in page
    receipt = desk.get(f"/locations/center/visits/{visit.pk}/receipt/")
    assert receipt.status_code == 200
    assert f'href="/locations/center/visits/{visit.pk}/"' not in receipt.content.decode()


def test_every_link_of_the_desks_pages_opens_for_the_desk(salon: Salon) -> None:
    visit = make_visit(salon.location, salon.boris, [salon.haircut], at=timezone.now())
    make_visit(salon.cast.harbour, salon.boris, [salon.haircut], at=timezone.now() - timedelta(days=1))
    desk = browser(salon.desk)
    wanted, seen = {"/locations/center/visits/", f"/locations/center/visits/{visit.pk}/"}, set[str]()
    depth_of_links = 2
    for _ in range(depth_of_links):
        found: set[str] = set()
        for address in sorted(wanted - seen):
            response = desk.get(address, follow=True)
            assert response.status_code == 200, address
            found |= set(re.findall(r'<a\s[^>]*?href="(/(?:locations|chains)/[^"#?]*)', response.content.decode()))
        seen |= wanted
        wanted = found
    assert not [address for address in seen if address.startswith("/chains/")]
    assert f"/locations/center/clients/{salon.boris.pk}/" in seen
    for address in sorted(wanted - seen):
        assert desk.get(address, follow=True).status_code == 200, address


def test_who_is_expected_today_is_found_first(salon: Salon) -> None:
    later = make_client(salon.location, "Boris Zweig", "+49 151 1234 5688")
    make_visit(salon.location, later, [salon.haircut], at=timezone.now(), status=Status.WAITING)
    response = browser(salon.desk).get("/locations/center/visits/guest/", {"q": "boris"})
    assert [guest.client.name for guest in response.context["found"].guests] == ["Boris Zweig", "Boris Ivanov"]


def test_the_day_tells_what_is_expected_and_what_was_paid_before(salon: Salon) -> None:
    make_visit(salon.location, salon.nina, [salon.haircut], at=timezone.now())
    make_visit(salon.location, salon.anna, [salon.colour], at=timezone.now(), status=Status.CONFIRMED)
    page = texts(browser(salon.desk).get("/locations/center/visits/"))
    assert "Due €60.00 of 1 arrived visit €40.00 expected" in page
    assert "of it €40.00 in advance" in page


def test_a_visit_that_is_found_tells_what_is_left_to_pay(salon: Salon) -> None:
    at = timezone.now()
    make_visit(salon.location, salon.boris, [salon.haircut], at=at, pays=None)
    make_visit(salon.location, salon.boris, [salon.colour], at=at)
    make_visit(salon.location, salon.boris, [salon.colour], at=at, pays=None, status=Status.NO_SHOW)
    page = texts(browser(salon.desk).get("/locations/center/visits/guest/", {"q": "boris"}))
    assert "arrived, €60.00 left to pay" in page and "arrived, all paid" in page and "no-show Boris" in page
