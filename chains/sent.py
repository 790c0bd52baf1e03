"""What a form said that was sent after the session had ended: kept over the sign-in, until it is sent again or left.

Only what the browser sent is kept, in the session of whoever signs in there; no part of it was done. Who does not sign
in has it for an hour. From one network so many forms are kept in that time, so that nobody fills the database.
"""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlsplit, urlunsplit

from allauth.account.adapter import get_adapter
from django.http import HttpRequest
from django.shortcuts import resolve_url
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme

from chains import devices
from chains.devices import network_of
from chains.limits import Limit, TooManyTries, take

_SENT = "sent_while_signed_out"

#: More than the longest bill has; a form with a file is not kept at all.
_MOST_CHARACTERS = 100_000
_KEPT_SECONDS = 60 * 60
#: What one network may have kept; a salon whose desks were all signed out sends fewer.
KEPT_FORMS = Limit(30, timedelta(seconds=_KEPT_SECONDS))


def keep_sent(request: HttpRequest) -> None:
    """Keep a form that nobody who is signed in has sent; of one that cannot be kept, that there was one."""
    fields = _fields(request)
    is_short = not request.FILES and sum(len(name) + len(text) for name, text in fields) <= _MOST_CHARACTERS
    request.session[_SENT] = {
        "address": request.get_full_path(),
        "page": _sent_from(request),
        "user": devices.last_user(request.COOKIES.get(devices.COOKIE, "")),
        "fields": fields if is_short and _has_room(request) else None,
    }
    request.session.set_expiry(_KEPT_SECONDS)


def sent_before(request: HttpRequest) -> dict[str, object] | None:
    """What was kept: its ``address``, the ``page`` it was typed on, its ``fields``, None where lost. Else None.

    What another user had typed is forgotten.
    """
    sent: dict[str, object] | None = request.session.get(_SENT)
    if sent and sent["user"] != request.user.pk:
        leave_sent(request)
        return None
    return sent


def leave_sent(request: HttpRequest) -> str:
    """Forget what was kept; the page it was typed on."""
    sent: dict[str, str] = request.session.pop(_SENT, {})
    return sent.get("page") or resolve_url("chains:home")


def forget_where_sent_again(request: HttpRequest) -> None:
    """What has now been sent by somebody who is signed in is kept no longer."""
    sent = request.session.get(_SENT)
    if sent and sent["address"] == request.get_full_path() and sent["fields"] == _fields(request):
        leave_sent(request)


def _fields(request: HttpRequest) -> list[list[str]]:
    """As pairs of name and text, in the order in which the session keeps them."""
    return [[name, text] for name, texts in request.POST.lists() if name != "csrfmiddlewaretoken" for text in texts]


def _has_room(request: HttpRequest) -> bool:
    network = network_of(get_adapter(request).get_client_ip(request))
    try:
        take({f"sent from {network}": KEPT_FORMS}, at=timezone.now())
    except TooManyTries:
        return False
    return True


def _sent_from(request: HttpRequest) -> str:
    """The page of this site that a form was sent from, as far as the browser says so."""
    page = urlsplit(request.headers.get("Referer", ""))
    path = urlunsplit(("", "", page.path, page.query, ""))
    is_of_this_site = page.netloc == request.get_host() and url_has_allowed_host_and_scheme(path, None)
    return path if is_of_this_site and path.startswith("/") else resolve_url("chains:home")
