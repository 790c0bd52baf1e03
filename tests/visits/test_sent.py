"""A form that is sent after the session had ended: what was typed stays over the sign-in, or is said to be gone."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client as Browser
from django.utils import timezone

from chains import devices
from chains.models import SentForm, User
from chains.sent import AGAIN, KEPT, KEPT_FORMS, MOST_FORMS
from chains.tasks import forget_sessions
from clients.models import Client
from tests.cast import PASSWORD, Cast
from tests.visits.conftest import Salon
from tests.visits.window import Window, new_window
from visits.models import Visit

pytestmark = pytest.mark.django_db

GONE = "what was typed is gone"
NOTHING = "No form of yours waits here"
NEW_GUEST = "/locations/center/visits/guest/new/"


def browser_of(*users: User, **about: Any) -> Browser:
    """On a device on which these users signed in, the last of them last."""
    browser, cookie = Browser(**about), ""
    for user in users:
        cookie = devices.cookie_with(user, cookie=cookie)
    browser.cookies[devices.COOKIE] = cookie
    return browser


def sign_in(browser: Browser, user: User, response: Any) -> str:
    """Sign in where the answer leads, and read the page after it."""
    assert response["Location"] == "/sign-in/?next=/sent/"
    return sign_in_for(browser, user, "/sent/", comes_to="/sent/")


def sign_in_for(browser: Browser, user: User, page: str, *, comes_to: str) -> str:
    after = browser.post("/sign-in/", {"login": user.email, "password": PASSWORD, "next": page}, follow=True)
    assert after.redirect_chain[-1][0] == comes_to
    return str(after.content.decode())


def form_of(page: str) -> tuple[str, list[tuple[str, str]]]:
    """Where the form of the page is sent, and its hidden fields."""
    form = page.partition('<form class="card form-card"')[2].partition("</form>")[0]
    action = re.search(r'action="([^"]*)"', form)
    fields = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', form)
    assert action
    return html.unescape(action[1]), [(name, html.unescape(text)) for name, text in fields]


def send_again(browser: Browser, page: str) -> Any:
    address, fields = form_of(page)
    sent: dict[str, list[str]] = {}
    for name, text in fields:
        sent.setdefault(name, []).append(text)
    return browser.post(address, sent)


def leave(browser: Browser) -> str:
    """Where *Leave it* leads."""
    page = browser.get("/sent/").content.decode()
    assert re.search(r'<button [^>]*formaction="/sent/"[^>]*>Leave it<', page)
    return str(browser.post("/sent/", dict(form_of(page)[1]))["Location"])


def typed_window(salon: Salon) -> Window:
    window = new_window(salon.desk, salon.location, salon.nina).post(add_item=str(salon.haircut.pk))
    window.fill(payments__0__amount="20")
    window.browser.cookies[devices.COOKIE] = devices.cookie_with(salon.desk, cookie="")
    Session.objects.all().delete()
    return window


def test_a_visit_that_was_typed_is_saved_after_the_sign_in(salon: Salon) -> None:
    window = typed_window(salon).save()
    page = sign_in(window.browser, salon.desk, window.response)
    assert "It is still here." in page and not Visit.objects.exists()
    window.read(send_again(window.browser, page))
    window.follow()
    visit = Visit.objects.get()
    assert (visit.saved_by, visit.paid, visit.client) == (salon.desk, Decimal(20), salon.nina)
    assert NOTHING in window.browser.get("/sent/").content.decode()


def test_what_one_user_typed_is_not_offered_to_another(salon: Salon) -> None:
    """On a shared desk nobody sends with one press, in their own name, what somebody else had left there."""
    window = typed_window(salon).save()
    page = sign_in(window.browser, salon.manager, window.response)
    assert NOTHING in page and "Send it now" not in page and "Haircut" not in page
    kept = SentForm.objects.get()
    window.browser.post("/sent/", {AGAIN: str(kept.pk)})
    # Who typed it finds it at the next sign-in there, wherever that would have led.
    window.browser.post("/sign-out/")
    page = sign_in_for(window.browser, salon.desk, "/locations/center/visits/", comes_to="/sent/")
    assert "It is still here." in page and not Visit.objects.exists()
    window.read(send_again(window.browser, page))
    window.follow()
    assert Visit.objects.get().saved_by == salon.desk and not SentForm.objects.exists()


def test_a_form_says_who_opened_it_where_several_use_the_device(cast: Cast) -> None:
    browser = browser_of(cast.desk, cast.manager)
    for opened_by in (cast.desk.pk, cast.owner.pk, "nobody"):
        browser.post("/locations/center/visits/new/", {"opened_by": str(opened_by)})
    # One who never signed in there cannot be given anything.
    assert [each.user for each in SentForm.objects.order_by("pk")] == [cast.desk, cast.manager, cast.manager]


def test_the_newest_of_each_user_are_kept_and_offered_one_by_one(cast: Cast) -> None:
    browser = browser_of(cast.desk, cast.manager)
    browser.post(NEW_GUEST, {"opened_by": str(cast.desk.pk)})
    names = [f"Guest {number}" for number in range(MOST_FORMS + 2)]
    for name in names:
        response = browser.post(NEW_GUEST, {"name": name})
    page = sign_in(browser, cast.manager, response)
    assert re.findall(r'value="(Guest \d+)"', page) == names[2:]
    assert leave(browser) == "/sent/"
    page = browser.get("/sent/").content.decode()
    assert re.findall(r'value="(Guest \d+)"', page) == names[3:]
    assert SentForm.objects.filter(user=cast.desk).count() == 1


def test_what_a_stranger_typed_is_offered_to_nobody(cast: Cast) -> None:
    browser = Browser()
    page = sign_in(browser, cast.desk, browser.post(NEW_GUEST, {"name": "Nina"}))
    assert NOTHING in page and "Nina" not in page and not SentForm.objects.exists()


@pytest.mark.parametrize("place", ["/locations/center/visits/1/arrive/", "/chains/aurora/clients/new/"])
def test_a_form_is_kept_with_its_address_and_all_values(place: str, cast: Cast) -> None:
    """Also one whose address may not be asked for by itself."""
    browser = browser_of(cast.owner, headers={"Referer": "http://testserver/spaces/?q=1"})
    response = browser.post(f"{place}?a=1", {"name": ["Ann & <Bob>", "Cleo"], "key": "k"})
    page = sign_in(browser, cast.owner, response)
    assert form_of(page)[0] == f"{place}?a=1"
    assert form_of(page)[1][-3:] == [("name", "Ann & <Bob>"), ("name", "Cleo"), ("key", "k")]
    assert leave(browser) == "/spaces/?q=1"


def test_what_cannot_be_kept_says_that_it_is_gone(cast: Cast) -> None:
    address = "/locations/center/visits/guest/new/"
    files = {"name": "Nina", "file": SimpleUploadedFile("clients.csv", b"Nina")}
    for typed in (files, {"name": "x" * 100_001}):
        browser = browser_of(cast.desk)
        page = sign_in(browser, cast.desk, browser.post(address, typed))
        assert GONE in page and "Nina" not in page and "Send it now" not in page


def test_it_is_kept_until_it_is_left_and_for_nobody_else(cast: Cast) -> None:
    browser = browser_of(cast.desk)
    address = "/locations/center/visits/guest/new/"
    page = sign_in(browser, cast.desk, browser.post(address, {"name": "Nina", "phone": "0151 7777777"}))
    for shown in (browser.get("/sent/"), browser.head("/sent/"), browser.get("/sent/")):
        assert shown.status_code == 200
    assert form_of(shown.content.decode())[1][1:] == form_of(page)[1][1:]
    # Another form of the same address is not what was kept.
    browser.post(address, {"name": "", "phone": ""})
    assert "Nina" in browser.get("/sent/").content.decode()
    leave(browser)
    other = Browser()
    other.force_login(cast.owner)
    for each in (browser, other):
        nothing = each.get("/sent/").content.decode()
        assert NOTHING in nothing and GONE not in nothing and "Send it now" not in nothing
    assert not Client.objects.filter(name="Nina").exists()


def test_another_user_of_the_browser_does_not_find_it(cast: Cast) -> None:
    browser = browser_of(cast.desk)
    sign_in(browser, cast.desk, browser.post(NEW_GUEST, {"name": "Nina"}))
    browser.force_login(cast.owner)
    assert NOTHING in browser.get("/sent/").content.decode()
    # Nor does its user on another device.
    elsewhere = browser_of(cast.desk)
    elsewhere.force_login(cast.desk)
    assert NOTHING in elsewhere.get("/sent/").content.decode()


def test_from_one_network_so_many_forms_are_kept(cast: Cast) -> None:
    address = "/locations/center/visits/guest/new/"
    for _each in range(KEPT_FORMS.tries):
        browser_of(cast.owner).post(address, {"name": "Nina"})
    for network, is_kept in (("127.0.0.1", False), ("192.0.2.1", True)):
        browser = browser_of(cast.desk, REMOTE_ADDR=network)
        page = sign_in(browser, cast.desk, browser.post(address, {"name": "Nina"}))
        assert ("Nina" in page) == is_kept and (GONE in page) != is_kept


@pytest.mark.parametrize("page", ["https://evil.example/locations/", "http://testserver//evil.example/x"])
def test_a_page_of_another_site_is_not_led_back_to(page: str, cast: Cast) -> None:
    browser = browser_of(cast.desk, headers={"Referer": page})
    shown = sign_in(browser, cast.desk, browser.post("/locations/center/visits/1/arrive/"))
    assert "evil" not in shown and leave(browser) == "/"


def test_what_nobody_signs_in_for_is_forgotten(cast: Cast) -> None:
    browser = browser_of(cast.desk)
    for _each in range(2):
        response = browser.post(NEW_GUEST, {"key": "k"})
    past = SentForm.objects.order_by("pk")[0]
    SentForm.objects.filter(pk=past.pk).update(sent_at=timezone.now() - KEPT)
    page = sign_in(browser, cast.desk, response)
    assert page.count("Send it now") == 1
    Session.objects.create(session_key="past", session_data="", expire_date=timezone.now() - timedelta(seconds=1))
    forget_sessions()
    assert [each.pk for each in Session.objects.all()] == [browser.session.session_key]
    assert SentForm.objects.count() == 1 and not SentForm.objects.filter(pk=past.pk).exists()


def test_the_page_of_a_new_guest_may_be_asked_for(cast: Cast) -> None:
    browser = Browser()
    browser.force_login(cast.desk)
    response = browser.get("/locations/center/visits/guest/new/")
    assert response["Location"] == "/locations/center/visits/guest/"


# Sent with a token of before the sign-in
# ----------------------------------------------------------------------------


def sign_in_beside(browser: Browser, user: User) -> None:
    """In another tab of the browser, which now has another token; from here on every form must have it."""
    Session.objects.all().delete()
    browser.post("/sign-in/", {"login": user.email, "password": PASSWORD})
    browser.handler.enforce_csrf_checks = True
    browser.defaults["HTTP_ORIGIN"] = "http://testserver"


@pytest.mark.parametrize("is_of_another", [False, True])
def test_a_visit_typed_before_the_sign_in_is_shown_as_it_was_typed(is_of_another: bool, salon: Salon) -> None:
    window = typed_window(salon)
    sign_in_beside(window.browser, salon.manager if is_of_another else salon.desk)
    window.save()
    assert window.response.status_code == 200 and not Visit.objects.exists()
    said = "Another user opened this page" if is_of_another else "You signed in after this page was opened"
    assert said in window.mistakes and window.fields["payments-0-amount"] == "20"
    window.save().follow()
    assert Visit.objects.get().paid == Decimal(20)


def test_no_button_of_such_a_page_does_anything_at_once(salon: Salon) -> None:
    window = new_window(salon.manager, salon.location, salon.nina)
    card = salon.bonus_card(salon.nina)
    window.page.fields["hand_card"] = str(card.pk)
    window.fill(hand_amount="5", hand_comment="Sorry")
    sign_in_beside(window.browser, salon.manager)
    window.press("accrue_points")
    assert "You signed in after" in window.mistakes and window.fields["hand_amount"] == "5"
    card.holder.refresh_from_db()
    assert card.holder.balance == 0


@pytest.mark.parametrize("is_of_another", [False, True])
def test_enter_on_such_a_page_registers_no_guest_at_once(is_of_another: bool, salon: Salon) -> None:
    window = Window(salon.desk, "/locations/center/visits/new/").fill(guest_phone="0151 7777777").press("find_guest")
    window.fill(guest_name="Zoe Zart")
    if is_of_another:
        window.browser.force_login(salon.manager)
    else:
        sign_in_beside(window.browser, salon.desk)
    window.press("recalculate")
    said = "Another user opened this page" if is_of_another else "You signed in after this page was opened"
    assert said in window.mistakes and not Client.objects.filter(name="Zoe Zart").exists()
    assert (window.fields["guest_name"], window.fields["guest_phone"]) == ("Zoe Zart", "0151 7777777")
    window.press("recalculate")
    assert window.fields["guest"] == str(Client.objects.get(name="Zoe Zart").pk)


def test_any_other_form_of_before_the_sign_in_is_kept(cast: Cast) -> None:
    browser = Browser()
    browser.force_login(cast.desk)
    sign_in_beside(browser, cast.desk)
    del browser.cookies[devices.COOKIE]
    response = browser.post(NEW_GUEST, {"name": "Nina", "phone": "0151 7777777", "csrfmiddlewaretoken": "old"})
    assert response["Location"] == "/sent/"
    page = browser.get("/sent/").content.decode()
    assert "signed in anew" in page and not Client.objects.filter(name="Nina").exists()
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
    address, fields = form_of(page)
    assert token and address == NEW_GUEST
    assert browser.post(address, {**dict(fields), "csrfmiddlewaretoken": token[1]}).status_code == 302
    assert Client.objects.filter(name="Nina").exists() and not SentForm.objects.exists()


@pytest.mark.parametrize("origin", ["https://evil.example", "null", None])
def test_what_another_site_sends_is_neither_kept_nor_shown(origin: str | None, salon: Salon) -> None:
    window = typed_window(salon)
    sign_in_beside(window.browser, salon.desk)
    del window.browser.defaults["HTTP_ORIGIN"]
    headers = {"Origin": origin} if origin else None
    for address in (window.address, NEW_GUEST):
        response = window.browser.post(address, {**window.fields, "save": "1"}, headers=headers)
        assert response.status_code == 403 and "Haircut" not in response.content.decode()
    assert not SentForm.objects.exists() and not Visit.objects.exists()
