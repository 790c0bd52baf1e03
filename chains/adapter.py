"""How sign-in differs here from what the sign-in library does by itself, and the mails about it."""

from __future__ import annotations

from allauth.account.adapter import DefaultAccountAdapter, get_adapter
from django.http import HttpRequest
from django.shortcuts import resolve_url

from chains.models import Access, User
from chains.settings.users.invitations import invitation_key


class AccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Nobody signs up: an owner adds those who work for the chain."""
        return False


def invitation_link(request: HttpRequest, user: User) -> str:
    """The address of the page where somebody who was added chooses a password."""
    link: str = get_adapter(request).get_reset_password_from_key_url(invitation_key(user))
    return link


def send_invitation(request: HttpRequest, access: Access, acting_user: User) -> None:
    """Tell somebody new that they were added, with the link to choose a password."""
    _send("account/email/invitation", request, access, acting_user, link=invitation_link(request, access.user))


def send_welcome(request: HttpRequest, access: Access, acting_user: User) -> None:
    """Tell somebody who has an account that one chain more is open to them."""
    link = request.build_absolute_uri(resolve_url("account_login"))
    _send("account/email/welcome", request, access, acting_user, link=link)


def _send(template: str, request: HttpRequest, access: Access, acting_user: User, *, link: str) -> None:
    about = {"user": access.user, "access": access, "chain": access.chain, "owner": acting_user, "link": link}
    get_adapter(request).send_mail(template, access.user.email, about)
