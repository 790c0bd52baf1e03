"""A form with a token of before the last sign-in: nothing of it is done, and nothing that was typed is lost.

A sign-in changes the token of the whole browser, so that pages of other tabs are refused. With a script they take the
new token by themselves; without one, what was refused comes here. It stays refused: the page that was typed on is drawn
again with all that stands in it, where its view knows how (``draws_refused``), and any other form is kept, to be sent
again by a press. Only what the browser names as sent by a page of this site: no other site can lay a form before
somebody.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.csrf import csrf_failure

from chains.adapter import remember_device
from chains.sent import keep_sent
from chains.spaces import UserRequest, sign_in_first

View = TypeVar("View", bound=Callable[..., HttpResponse])

_REFUSED = "is_refused_by_its_token"


def draws_refused(view: View) -> View:
    """Declare that the view does nothing of a request that ``is_refused``, and draws the page with what was typed."""
    vars(view)["draws_refused"] = True
    return view


def is_refused(request: HttpRequest) -> bool:
    return hasattr(request, _REFUSED)


def refused(request: UserRequest, reason: str = "") -> HttpResponse:
    """What Django answers with (``CSRF_FAILURE_VIEW``) where the token of a form is not that of the browser."""
    match = request.resolver_match
    if match is None or not hasattr(match.func, "door") or request.htmx or not _is_of_this_site(request):
        return csrf_failure(request, reason)
    if not request.user.is_authenticated:
        return sign_in_first(request)
    if hasattr(match.func, "draws_refused"):
        setattr(request, _REFUSED, True)
        return _drawn(match.func, request, *match.args, **match.kwargs)
    response = redirect("chains:sent")
    remember_device(request, response, request.user)
    keep_sent(request)
    return response


def _drawn(view: Callable[..., HttpResponse], request: UserRequest, *args: object, **kwargs: object) -> HttpResponse:
    """Whatever a view would write by mistake is not kept."""
    with transaction.atomic():
        response = view(request, *args, **kwargs)
        transaction.set_rollback(True)
    return response


def _is_of_this_site(request: HttpRequest) -> bool:
    here = f"{request.scheme}://{request.get_host()}"
    return request.headers.get("Origin") in {here, *settings.CSRF_TRUSTED_ORIGINS}
