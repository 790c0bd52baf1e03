"""Addresses of this site as letters name them, and the links by which a password is chosen.

Which way such a link went stands in it and is signed with it: to a mailbox, which proves whose the e-mail is; from an
owner's screen into somebody's hand, which proves nothing to any other chain; or onto the console of the server.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.contrib.auth.tokens import PasswordResetTokenGenerator

from chains.models import Access, User

MAILED, PRINTED, HANDED = "mailed", "printed", "handed"


def site_address(path: str) -> str:
    """The address of a page that a letter names: that of SITE_URL, whatever host a request was sent to."""
    return f"{settings.SITE_URL}{path}"


def mail_goes_out() -> bool:
    """Whether letters leave by a mail server; a console or a file is nobody's mailbox."""
    scheme: str = urlsplit(settings.EMAIL_URL).scheme
    return scheme.startswith("smtp")


@dataclass(frozen=True)
class PasswordLink:
    """A link that works: the way it went, and of one that was handed over, the access that it was made for."""

    way: str
    access_id: int | None = None


class _Signed(PasswordResetTokenGenerator):
    """Works once and for `PASSWORD_RESET_TIMEOUT`, for the password and the e-mail there are now, and for one way."""

    def __init__(self, way: str) -> None:
        super().__init__()
        self._way = way

    def _make_hash_value(self, user: Any, timestamp: int) -> str:
        return f"{super()._make_hash_value(user, timestamp)}{self._way}"


class PasswordLinks:
    """What the sign-in library signs its links with; those that it makes are sent by mail."""

    def make_token(self, user: User) -> str:
        return _token(user, MAILED if mail_goes_out() else PRINTED)

    def check_token(self, user: User | None, token: str | None) -> bool:
        return bool(user and token and read_token(user, token))


def mailed_key(user: User) -> str:
    """What the address of the page to choose a password ends with, in a letter."""
    return f"{user_pk_to_url_str(user)}-{PasswordLinks().make_token(user)}"


def handed_key(access: Access) -> str:
    """The same for a link that the owner of one chain sees and hands over."""
    return f"{user_pk_to_url_str(access.user)}-{_token(access.user, f'{HANDED}{access.pk}')}"


def read_token(user: User, token: str) -> PasswordLink | None:
    """Which link this is; None where it was used, is too old or was not made here."""
    way, _dot, signed = token.partition(".")
    if not _Signed(way).check_token(user, signed):
        return None
    return PasswordLink(HANDED, int(way.removeprefix(HANDED))) if way.startswith(HANDED) else PasswordLink(way)


def _token(user: User, way: str) -> str:
    return f"{way}.{_Signed(way).make_token(user)}"
