"""What a form said that was sent after the session had ended: kept over the sign-in, then sent again or left.

Only what the browser sent is kept, in the session of whoever signs in there, for an hour; no part of it was done.
"""

from __future__ import annotations

from urllib.parse import urlsplit, urlunsplit

from django.http import HttpRequest
from django.shortcuts import resolve_url

_SENT = "sent_while_signed_out"

#: More than the longest bill has; a form with a file is not kept at all.
_MOST_CHARACTERS = 100_000
_KEPT_SECONDS = 60 * 60


def keep_sent(request: HttpRequest) -> None:
    """Keep a form that nobody who is signed in has sent; of one that cannot be kept, that there was one."""
    fields = [[name, text] for name, texts in request.POST.lists() if name != "csrfmiddlewaretoken" for text in texts]
    is_kept = not request.FILES and sum(len(name) + len(text) for name, text in fields) <= _MOST_CHARACTERS
    request.session[_SENT] = {
        "address": request.get_full_path(),
        "page": _sent_from(request),
        "fields": fields if is_kept else None,
    }
    request.session.set_expiry(_KEPT_SECONDS)


def take_sent(request: HttpRequest) -> dict[str, object]:
    """What was kept, for once: its ``address``, the ``page`` it was typed on, and its ``fields``, None where lost."""
    sent: dict[str, object] = request.session.pop(_SENT, {})
    return {"fields": None, "page": resolve_url("chains:home"), **sent}


def _sent_from(request: HttpRequest) -> str:
    """The page of this site that a form was sent from, as far as the browser says so."""
    page = urlsplit(request.headers.get("Referer", ""))
    if page.netloc != request.get_host() or not page.path.startswith("/"):
        return resolve_url("chains:home")
    return urlunsplit(("", "", page.path, page.query, ""))
