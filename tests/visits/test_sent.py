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
from chains.models import User
from chains.sent import KEPT_FORMS
from chains.tasks import forget_sessions
from clients.models import Client
from tests.cast import PASSWORD, Cast
from tests.visits.conftest import Salon
from tests.visits.window import Window, new_window
from visits.models import Visit

pytestmark = pytest.mark.django_db

GONE = "what was typed is gone"
NOTHING = "No form waits here to be sent"


def browser_of(user: User, **about: Any) -> Browser:
    """On a device on which the user signed in last."""
    browser = Browser(**about)
    browser.cookies[devices.COOKIE] = devices.cookie_with(user, cookie="")
    return browser


def sign_in(browser: Browser, user: User, response: Any) -> str:
    """Sign in where the answer leads, and read the page after it."""
    assert response["Location"] == "/sign-in/?next=/sent/"
    typed = {"login": user.email, "password": PASSWORD, "next": "/sent/"}
    after = browser.post("/sign-in/", typed, follow=True)
    assert after.redirect_chain[-1][0] == "/sent/"
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
    assert re.search(r'<button [^>]*form="leave"[^>]*>Leave it<', page) and 'action="/sent/" id="leave"' in page
    return str(browser.post("/sent/")["Location"])


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
    assert not window.browser.session.get("sent_while_signed_out") and not Visit.objects.exists()


def test_what_a_stranger_typed_is_offered_to_nobody(cast: Cast) -> None:
    browser = Browser()
    page = sign_in(browser, cast.desk, browser.post("/locations/center/visits/guest/new/", {"name": "Nina"}))
    assert NOTHING in page and "Nina" not in page


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
    sign_in(browser, cast.desk, browser.post("/locations/center/visits/guest/new/", {"name": "Nina"}))
    browser.force_login(cast.owner)
    assert NOTHING in browser.get("/sent/").content.decode()


def test_from_one_network_so_many_forms_are_kept(cast: Cast) -> None:
    address = "/locations/center/visits/guest/new/"
    for _each in range(KEPT_FORMS.tries):
        Browser().post(address, {"name": "Nina"})
    for network, is_kept in (("127.0.0.1", False), ("192.0.2.1", True)):
        browser = browser_of(cast.desk, REMOTE_ADDR=network)
        page = sign_in(browser, cast.desk, browser.post(address, {"name": "Nina"}))
        assert ("Nina" in page) == is_kept and (GONE in page) != is_kept


@pytest.mark.parametrize("page", ["https://evil.example/locations/", "http://testserver//evil.example/x"])
def test_a_page_of_another_site_is_not_led_back_to(page: str, cast: Cast) -> None:
    browser = browser_of(cast.desk, headers={"Referer": page})
    shown = sign_in(browser, cast.desk, browser.post("/locations/center/visits/1/arrive/"))
    assert "evil" not in shown and leave(browser) == "/"


def test_what_nobody_signs_in_for_is_forgotten_and_a_sign_in_lasts(cast: Cast) -> None:
    browser, nobody = Browser(), Browser()
    for each in (browser, nobody):
        response = each.post("/locations/center/visits/1/arrive/", {"key": "k"})
    sign_in(browser, cast.desk, response)
    assert browser.session.get_expiry_age() > 24 * 60 * 60
    assert nobody.session.get_expiry_age() <= 60 * 60
    Session.objects.filter(pk=nobody.session.session_key).update(expire_date=timezone.now() - timedelta(seconds=1))
    forget_sessions()
    assert [each.pk for each in Session.objects.all()] == [browser.session.session_key]


def test_the_page_of_a_new_guest_may_be_asked_for(cast: Cast) -> None:
    browser = Browser()
    browser.force_login(cast.desk)
    response = browser.get("/locations/center/visits/guest/new/")
    assert response["Location"] == "/locations/center/visits/guest/"
