"""What wrong passwords count against: a device and its user, or where it is not known, account and address."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.test import Client
from django.utils import timezone

from chains.limits import Limit, TooManyTries, take
from chains.models import User, WrongTry
from tests.cast import LONG_AGO, PASSWORD, Cast
from tests.plugins.races import race

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Response

WAIT = "Too many wrong passwords were tried here. Wait 5 minutes, then try again."


def at_address(number: int) -> Client:
    return Client(REMOTE_ADDR=f"192.0.2.{number}")


def sign_in(browser: Client, email: str, password: str = PASSWORD) -> Response:
    return browser.post("/sign-in/", {"login": email, "password": password})


def fail(browser: Client, email: str, times: int = 5) -> None:
    for _time in range(times):
        sign_in(browser, email, "wrong")


def let_pass(**time: int) -> None:
    for each in WrongTry.objects.all():
        WrongTry.objects.filter(pk=each.pk).update(tried_at=each.tried_at - timedelta(**time))


def is_signed_in(browser: Client) -> bool:
    return browser.get("/spaces/").status_code == 200


def known_device(user: User, number: int) -> Client:
    """A browser that the user signed in on, and out again."""
    browser = at_address(number)
    sign_in(browser, user.email)
    browser.post("/sign-out/")
    assert not is_signed_in(browser)
    return browser


def test_after_five_wrong_passwords_even_the_right_one_waits_and_is_told_how_long(cast: Cast) -> None:
    browser = at_address(1)
    fail(browser, cast.desk.email)
    assert WAIT in sign_in(browser, cast.desk.email).content.decode()
    assert not is_signed_in(browser)
    let_pass(minutes=4, seconds=30)
    assert "Wait 30 seconds" in sign_in(browser, cast.desk.email).content.decode()
    let_pass(seconds=31)
    assert sign_in(browser, cast.desk.email).status_code == 302


def test_an_address_that_nobody_has_waits_alike(cast: Cast) -> None:
    browser = at_address(1)
    fail(browser, "nobody@example.com")
    assert WAIT in sign_in(browser, "nobody@example.com").content.decode()


def test_wrong_passwords_of_one_keep_no_colleague_of_the_salon_out(cast: Cast) -> None:
    fail(at_address(1), cast.desk.email)
    colleague = at_address(1)
    assert sign_in(colleague, cast.manager.email).status_code == 302
    assert is_signed_in(colleague)


def test_a_known_device_is_let_in_while_somebody_else_tries(cast: Cast) -> None:
    """From the same address, from many others, and after one address tried many accounts."""
    device = known_device(cast.desk, 1)
    for number in range(1, 12):
        fail(at_address(number), cast.desk.email)
    for number in range(6):
        fail(at_address(1), f"{number}@example.com")
    assert "Too many wrong passwords" in sign_in(at_address(50), cast.desk.email).content.decode()
    assert sign_in(device, cast.desk.email).status_code == 302


def test_a_known_device_has_a_limit_of_its_own_for_each_user(cast: Cast) -> None:
    device = known_device(cast.desk, 1)
    sign_in(device, cast.manager.email)
    device.post("/sign-out/")
    fail(device, cast.desk.email)
    assert WAIT in sign_in(device, cast.desk.email).content.decode()
    assert sign_in(device, cast.manager.email).status_code == 302


def test_right_passwords_count_against_nothing(cast: Cast) -> None:
    for _time in range(7):
        browser = at_address(1)
        assert sign_in(browser, cast.desk.email).status_code == 302
    assert not WrongTry.objects.exists()


def test_one_address_cannot_try_all_accounts(cast: Cast) -> None:
    for number in range(10):
        fail(at_address(1), f"{number}@example.com", times=3)
    assert "Too many wrong passwords" in sign_in(at_address(1), cast.desk.email).content.decode()
    assert sign_in(at_address(2), cast.desk.email).status_code == 302


def test_an_account_cannot_be_tried_from_all_addresses(cast: Cast) -> None:
    for number in range(10):
        fail(at_address(number), cast.desk.email)
    said = sign_in(at_address(99), cast.desk.email).content.decode()
    assert "Too many wrong passwords were tried here. Wait 60 minutes" in said


def test_addresses_of_one_network_are_one(cast: Cast) -> None:
    fail(Client(REMOTE_ADDR="2001:db8::1"), cast.desk.email)
    assert WAIT in sign_in(Client(REMOTE_ADDR="2001:db8::2"), cast.desk.email).content.decode()
    assert sign_in(Client(REMOTE_ADDR="2001:db8:1::1"), cast.desk.email).status_code == 302


@pytest.mark.parametrize("spoil", ["made up", "", "of another user", "of an old password"])
def test_a_device_is_known_by_what_was_signed_for_the_user_and_the_password(cast: Cast, spoil: str) -> None:
    device = known_device(cast.manager if spoil == "of another user" else cast.desk, 1)
    if spoil == "of an old password":
        cast.desk.set_password("another one altogether")
        cast.desk.save(update_fields=["password"])
    elif spoil != "of another user":
        device.cookies["device"] = spoil
    fail(at_address(1), cast.desk.email)
    assert WAIT in sign_in(device, cast.desk.email, "another one altogether").content.decode()


def test_the_cookie_of_a_device_is_read_by_no_script(cast: Cast) -> None:
    cookie = sign_in(at_address(1), cast.desk.email).cookies["device"]
    assert (cookie["httponly"], cookie["samesite"], cookie["max-age"]) == (True, "Lax", 365 * 24 * 3600)


def test_wrong_codes_of_one_second_factor_keep_nobody_else_out(cast: Cast) -> None:
    """The library counts them, by account alone."""
    from allauth.mfa.totp.internal.auth import TOTP

    TOTP.activate(cast.owner, "JBSWY3DPEHPK3PXP")
    TOTP.activate(cast.manager, "JBSWY3DPEHPK3PXP")
    clumsy, colleague = at_address(1), at_address(1)
    sign_in(clumsy, cast.owner.email)
    sign_in(colleague, cast.manager.email)
    pages = [clumsy.post("/account/second-factor/authenticate/", {"code": "000000"}) for _time in range(12)]
    assert "Too many wrong codes were tried. Wait 5 minutes" in pages[-1].content.decode()
    page = colleague.post("/account/second-factor/authenticate/", {"code": "000000"})
    assert "Incorrect code" in page.content.decode()


def test_past_tries_are_deleted(db: None) -> None:
    take({"a": Limit(5, timedelta(minutes=5))}, at=LONG_AGO)
    take({"b": Limit(5, timedelta(minutes=5))}, at=timezone.now())
    assert WrongTry.objects.count() == 1


@pytest.mark.races
def test_tries_at_once_do_not_slip_through(transactional_db: None) -> None:
    def one() -> object:
        return take({"a": Limit(2, timedelta(minutes=5)), "b": Limit(9, timedelta(minutes=5))}, at=LONG_AGO)

    outcomes = race(*(one for _time in range(6)))
    assert sum(isinstance(each, TooManyTries) for each in outcomes) == 4
    assert WrongTry.objects.count() == 4
