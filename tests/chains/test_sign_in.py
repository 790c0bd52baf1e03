"""Signing in and out, a forgotten password, the second factor."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.conf import settings
from django.core.mail import EmailMessage
from django.test import Client
from django.urls import NoReverseMatch, resolve, reverse
from pytest_django.fixtures import Settings

from chains.models import User
from tests.cast import PASSWORD, Cast
from tests.pages import fill

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Response

SIGN_IN = "/sign-in/"
NEW_PASSWORD = "seventy lilies for the regular"


def sign_in(client: Client, user: User, password: str = PASSWORD, **fields: str) -> Response:
    return client.post(SIGN_IN, {"login": user.email, "password": password, **fields})


def is_signed_in(client: Client) -> bool:
    return client.get("/spaces/").status_code == 200


def test_the_right_password_leads_to_where_one_was_going(cast: Cast, client: Client) -> None:
    response = client.post(f"{SIGN_IN}?next=/chains/aurora/", {"login": cast.owner.email, "password": PASSWORD})
    assert response["Location"] == "/chains/aurora/"
    assert is_signed_in(client)


def test_an_address_is_the_same_in_capitals(cast: Cast, client: Client) -> None:
    assert client.post(SIGN_IN, {"login": cast.desk.email.upper(), "password": PASSWORD}).status_code == 302
    assert is_signed_in(client)


def test_a_wrong_password_and_an_unknown_address_get_the_same_answer(cast: Cast, client: Client) -> None:
    wrong = sign_in(client, cast.desk, "wrong").context["form"].non_field_errors()
    unknown = client.post(SIGN_IN, {"login": "nobody@example.com", "password": "wrong"})
    assert wrong == unknown.context["form"].non_field_errors()
    assert "not correct" in str(wrong)
    assert not is_signed_in(client)


def test_a_foreign_address_is_not_followed_after_the_sign_in(cast: Cast, client: Client) -> None:
    assert sign_in(client, cast.desk, next="https://evil.example/").headers["Location"] == "/"


def test_too_many_requests_get_a_page_of_the_product(cast: Cast, client: Client) -> None:
    responses = [client.post(SIGN_IN, {"login": f"{number}@example.com"}) for number in range(121)]
    assert responses[-1].status_code == 429
    assert "Please wait a minute" in responses[-1].content.decode()


def test_who_was_switched_off_is_told_so(cast: Cast, client: Client) -> None:
    User.objects.filter(pk=cast.desk.pk).update(is_active=False)
    response = client.post(SIGN_IN, {"login": cast.desk.email, "password": PASSWORD}, follow=True)
    assert "You may not sign in" in response.content.decode()
    assert not is_signed_in(client)


def test_signing_out_takes_a_form_and_ends_at_the_sign_in(cast: Cast, client: Client) -> None:
    client.force_login(cast.desk)
    assert "Are you sure" in client.get("/sign-out/").content.decode()
    assert is_signed_in(client)
    assert client.post("/sign-out/")["Location"] == SIGN_IN
    assert not is_signed_in(client)


def test_nobody_signs_up() -> None:
    with pytest.raises(NoReverseMatch):
        reverse("account_signup")
    assert resolve("/sign-in/").url_name == "account_login"


# Passwords
# ----------------------------------------------------------------------------


def test_a_forgotten_password_is_replaced_through_the_mail(
    cast: Cast, client: Client, mailoutbox: list[EmailMessage]
) -> None:
    assert client.post("/password-reset/", {"email": cast.desk.email})["Location"] == "/password-reset/sent/"
    (mail,) = mailoutbox
    assert (mail.to, mail.subject) == ([cast.desk.email], "Choose a new password")
    assert str(mail.body).startswith("Hello Dora Desk,")
    (link,) = re.findall(rf"{settings.SITE_URL}(/password-reset/\S+)", str(mail.body))

    form = client.get(client.get(link)["Location"])
    assert "New Password" in form.content.decode()
    passwords = {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    done = client.post(form.wsgi_request.path, passwords, follow=True)
    assert done.redirect_chain[-1][0] == "/locations/center/visits/"
    assert is_signed_in(client) and sign_in(Client(), cast.desk, NEW_PASSWORD).status_code == 302


def test_a_new_password_does_not_replace_the_second_factor(
    cast: Cast, client: Client, mailoutbox: list[EmailMessage]
) -> None:
    TOTP.activate(cast.desk, "JBSWY3DPEHPK3PXP")
    client.post("/password-reset/", {"email": cast.desk.email})
    (link,) = re.findall(rf"{settings.SITE_URL}(/password-reset/\S+)", str(mailoutbox[0].body))
    form = client.get(client.get(link)["Location"])
    done = client.post(form.wsgi_request.path, {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD})
    assert done["Location"] == "/account/second-factor/authenticate/" and not is_signed_in(client)


def test_a_stranger_gets_the_same_answer_and_no_mail(
    cast: Cast, client: Client, mailoutbox: list[EmailMessage]
) -> None:
    assert client.post("/password-reset/", {"email": "nobody@example.com"})["Location"] == "/password-reset/sent/"
    assert mailoutbox == []


def test_a_link_works_once(cast: Cast, client: Client, mailoutbox: list[EmailMessage]) -> None:
    page = client.get("/password-reset/1-used-up/")
    assert "This link does not work" in page.content.decode()


def test_a_changed_password_is_told_by_mail(cast: Cast, client: Client, mailoutbox: list[EmailMessage]) -> None:
    client.force_login(cast.desk)
    passwords = {"oldpassword": PASSWORD, "password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    client.post("/account/password/", passwords)
    assert is_signed_in(client)
    assert User.objects.get(pk=cast.desk.pk).check_password(NEW_PASSWORD)
    assert [mail.to for mail in mailoutbox] == [[cast.desk.email]]


def test_links_in_letters_name_the_site_and_no_host_that_a_stranger_asked_for(
    cast: Cast, mailoutbox: list[EmailMessage], settings: Settings
) -> None:
    settings.ALLOWED_HOSTS = ["testserver", "backup.example"]
    settings.EMAIL_URL = "smtp://mail.example"
    stranger = Client(SERVER_NAME="backup.example")
    stranger.post("/password-reset/", {"email": cast.desk.email})
    stranger.force_login(cast.owner)
    new = "/chains/aurora/settings/users/new/"
    for email in ("ida.ito@example.com", cast.newcomer.email):
        stranger.post(new, fill(stranger.get(new), email=email, name="Ida Ito", where="all"))
    stranger.post("/account/confirm/", {"password": PASSWORD})
    page = stranger.get("/account/second-factor/totp/activate/")
    stranger.post("/account/second-factor/totp/activate/", {"code": code_of(page.context["form"].secret)})
    assert len(mailoutbox) == 3
    for mail in mailoutbox:
        assert "backup.example" not in f"{mail.subject} {mail.body} {mail.from_email}"
    for mail in mailoutbox[:3]:
        assert f"{settings.SITE_URL}/" in str(mail.body)


def test_a_link_that_is_handed_over_names_the_site(cast: Cast, settings: Settings) -> None:
    settings.ALLOWED_HOSTS = ["testserver", "backup.example"]
    owner = Client(SERVER_NAME="backup.example")
    owner.force_login(cast.owner)
    new = "/chains/aurora/settings/users/new/"
    typed = fill(owner.get(new), email="ida.ito@example.com", name="Ida Ito", where="all")
    page = owner.post(new, typed, follow=True).content.decode()
    assert f"{settings.SITE_URL}/password-reset/" in page and "backup.example/password" not in page


# The second factor
# ----------------------------------------------------------------------------


def code_of(secret: str) -> str:
    counter = next(iter(yield_hotp_counters_from_time()))
    return str(format_hotp_value(hotp_value(secret, counter)))


def test_a_second_factor_is_set_up_with_recovery_codes(cast: Cast, client: Client) -> None:
    sign_in(client, cast.owner)
    assert client.get("/account/second-factor/totp/activate/")["Location"].startswith("/account/confirm/")
    client.post("/account/confirm/", {"password": PASSWORD})
    page = client.get("/account/second-factor/totp/activate/")
    assert "data:image/svg+xml" in page.content.decode()
    secret = page.context["form"].secret
    client.post("/account/second-factor/totp/activate/", {"code": code_of(secret)})
    assert {row.type for row in Authenticator.objects.filter(user=cast.owner)} == {"totp", "recovery_codes"}
    codes = client.get("/account/second-factor/recovery-codes/").content.decode()
    assert "10 of 10 codes are left" in codes


def test_who_has_a_second_factor_is_asked_for_it(cast: Cast, client: Client) -> None:
    secret = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
    TOTP.activate(cast.owner, secret)
    assert get_adapter().is_mfa_enabled(cast.owner)

    assert sign_in(client, cast.owner)["Location"].startswith("/account/second-factor/authenticate/")
    assert not is_signed_in(client)
    wrong = client.post("/account/second-factor/authenticate/", {"code": "000000"})
    assert "Incorrect code" in wrong.content.decode()
    client.post("/account/second-factor/authenticate/", {"code": code_of(secret)})
    assert is_signed_in(client)


def test_passkeys_are_offered_where_a_browser_makes_them(cast: Cast, client: Client, settings: Settings) -> None:
    client.force_login(cast.owner)
    for address, offered in (
        ("http://127.0.0.1:8000", False),
        ("http://regulars.example", False),
        ("https://[::1]", False),
        ("http://localhost:8000", True),
        ("https://regulars.example", True),
    ):
        settings.SITE_URL = address
        assert ("Sign in with a passkey" in Client().get("/sign-in/").content.decode()) is offered, address
        assert ("New passkey" in client.get("/account/second-factor/").content.decode()) is offered, address
