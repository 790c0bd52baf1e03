"""The addresses that whoever watches over the installation asks: `/health/` and `/health/pages/`.

They are answered before anything else: without a session, for whatever host a probe
names, without a redirect to HTTPS, and also while the database is down.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user
from django.contrib.sessions.backends.db import SessionStore
from django.db import Error
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.utils import timezone

from chains.access import Role
from chains.models import Access
from reports.health.findings import Finding, look_at_database, look_at_everything


def health(respond: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Answer 200 where all is well, else 503; what is not is for who may know (see `_may_know`)."""

    def middleware(request: HttpRequest) -> HttpResponse:
        match request.path_info.rstrip("/"):
            case "/health":
                return _answer(request, lambda: look_at_everything(timezone.now()))
            case "/health/pages":
                return _answer(request, look_at_database)
        return respond(request)

    return middleware


def _answer(request: HttpRequest, look: Callable[[], dict[str, Finding]]) -> HttpResponse:
    if request.method not in {"GET", "HEAD"}:
        return HttpResponseNotAllowed(["GET", "HEAD"])
    findings = look()
    is_well = all(finding.is_well for finding in findings.values())
    told: dict[str, Any] = {"status": _word(is_well)}
    if _may_know(request, findings["database"]):
        told |= {name: _told(finding) for name, finding in findings.items()}
    return JsonResponse(told, status=200 if is_well else 503, headers={"Cache-Control": "no-store"})


def _word(is_well: bool) -> str:
    return "ok" if is_well else "failing"


def _told(finding: Finding) -> dict[str, Any]:
    return {"status": _word(finding.is_well), "seconds": finding.seconds}


def _may_know(request: HttpRequest, database: Finding) -> bool:
    """Who has the token of the installation, and an owner who is signed in, as far as the database can tell."""
    scheme, _space, token = request.headers.get("Authorization", "").partition(" ")
    if settings.HEALTH_TOKEN and scheme.lower() == "bearer":
        return secrets.compare_digest(token.strip().encode(), settings.HEALTH_TOKEN.encode())
    session_key = request.COOKIES.get(settings.SESSION_COOKIE_NAME)
    if not session_key or not database.is_well:
        return False
    request.session = SessionStore(session_key)
    try:
        user = get_user(request)
        return user.is_authenticated and Access.objects.open_to(user).filter(role=Role.OWNER).exists()
    except Error:
        return False
