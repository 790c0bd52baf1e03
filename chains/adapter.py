"""How sign-in differs here from what the sign-in library does by itself, and the mails about it."""

from __future__ import annotations

import ipaddress
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter, get_adapter
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chains import devices
from chains.limits import TooManyTries, give_back, take
from chains.links import handed_key, mailed_key, site_address
from chains.models import Access, User, WrongTry
from chains.sent import sent_before


class AccountAdapter(DefaultAccountAdapter):
    error_messages = {
        **DefaultAccountAdapter.error_messages,
        # Of passwords this adapter says it itself; these are the codes of a second factor.
        "too_many_login_attempts": gettext_lazy("Too many wrong codes were tried. Wait 5 minutes, then try again."),
    }
    _tries: list[WrongTry]

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Nobody signs up: an owner adds those who work for the chain."""
        return False

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Count the password as a wrong one until it is known to be right."""
        limits = devices.sign_in_limits(
            cookie=request.COOKIES.get(devices.COOKIE, ""),
            email=credentials.get("email", ""),
            address=self.get_client_ip(request),
        )
        try:
            self._tries = take(limits, at=timezone.now())
        except TooManyTries as many:
            said = _("Too many wrong passwords were tried here. Wait %(wait)s, then try again.")
            raise ValidationError(said % {"wait": many.in_words}, code="too_many_login_attempts") from many

    def authenticate(self, request: HttpRequest, **credentials: Any) -> AbstractBaseUser | None:
        user: AbstractBaseUser | None = super().authenticate(request, **credentials)
        if user:
            give_back(self._tries)
        return user

    def post_login(self, request: HttpRequest, user: User, **hooks: Any) -> HttpResponse:
        response: HttpResponse = super().post_login(request, user, **hooks)
        # What the user sent too late waits, whoever signed in there meanwhile.
        if response.status_code == 302 and sent_before(request, user).exists():
            response = redirect("chains:sent")
        remember_device(request, response, user)
        return response

    def get_reset_password_from_key_url(self, key: str) -> str:
        return site_address(_password_page(key))

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """What a letter says of the site is that of SITE_URL, and never a host that a stranger asked for."""
        host = urlsplit(settings.SITE_URL).netloc
        site = SimpleNamespace(name="Regulars", domain=host)
        super().send_mail(template_prefix, email, {"current_site": site, **context})


def remember_device(request: HttpRequest, response: HttpResponse, user: User) -> None:
    """Let the device know the user, who is signed in on it, from this request on."""
    cookie = devices.cookie_with(user, cookie=request.COOKIES.get(devices.COOKIE, ""))
    request.COOKIES[devices.COOKIE] = cookie
    response.set_cookie(
        devices.COOKIE,
        cookie,
        max_age=devices.KEPT,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


class MFAAdapter(DefaultMFAAdapter):
    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """A passkey is one of the site, by whatever name of it this request came."""
        return {"id": urlsplit(settings.SITE_URL).hostname or "", "name": "Regulars"}

    def generate_authenticator_name(self, user: AbstractBaseUser, type: Authenticator.Type) -> str:  # noqa: A002 - the library names it
        number = Authenticator.objects.filter(user_id=user.pk, type=type).count() + 1
        return _("Passkey %(number)s") % {"number": number}


def passkeys_are_possible() -> bool:
    """Whether browsers make passkeys for SITE_URL: they want HTTPS or this machine, and a name instead of a number."""
    site = urlsplit(settings.SITE_URL)
    host = site.hostname or ""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return site.scheme == "https" or host == "localhost" or host.endswith(".localhost")
    return False


def handed_link(access: Access) -> str:
    """The link to choose a password that an owner hands over; see ``chains.links``."""
    return site_address(_password_page(handed_key(access)))


def send_invitation(request: HttpRequest, access: Access, acting_user: User) -> None:
    """Tell somebody new that they were added, with the link to choose a password."""
    link = site_address(_password_page(mailed_key(access.user)))
    _send("account/email/invitation", request, access, acting_user, link=link)


def send_proof(request: HttpRequest, access: Access, acting_user: User) -> None:
    """Tell somebody whose e-mail nobody proved that a chain waits for it, with a link that proves it."""
    link = site_address(_password_page(mailed_key(access.user)))
    _send("account/email/proof", request, access, acting_user, link=link)


def send_welcome(request: HttpRequest, access: Access, acting_user: User) -> None:
    """Tell somebody who has an account that one chain more is open to them."""
    link = site_address(reverse("account_login"))
    _send("account/email/welcome", request, access, acting_user, link=link)


def _password_page(key: str) -> str:
    uid, _dash, token = key.partition("-")
    return reverse("account_reset_password_from_key", kwargs={"uidb36": uid, "key": token})


def _send(template: str, request: HttpRequest, access: Access, acting_user: User, *, link: str) -> None:
    about = {"user": access.user, "access": access, "chain": access.chain, "owner": acting_user, "link": link}
    get_adapter(request).send_mail(template, access.user.email, about)
