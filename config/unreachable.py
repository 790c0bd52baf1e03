"""The page for the time in which the database does not answer; it needs no database itself."""

import logging
import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.views.defaults import server_error as broken

RETRY_SECONDS = 5
# Connection errors, servers that stop or start, and servers that are out of connections, memory or disk.
SQLSTATES_OF_SERVERS = ("08", "57P", "53")

logger = logging.getLogger(__name__)


def server_error(request: HttpRequest) -> HttpResponse:
    """Handle what no view has: 503 while the database is away, else the page of a mistake of ours."""
    error = sys.exc_info()[1]
    if not is_unreachable(error):
        return broken(request)
    logger.error("The database does not answer: %s", str(error).split("\n")[0])
    response = HttpResponse(
        render_to_string("503.html"),
        status=503,
        headers={"Retry-After": str(RETRY_SECONDS), "Cache-Control": "no-store"},
    )
    # It has been told in one line, which a traceback of every request would bury.
    response._has_been_logged = True  # type: ignore[attr-defined]
    return response


def is_unreachable(error: BaseException | None) -> bool:
    """Whether the server is away, told from a statement that it refused (a deadlock, a time limit)."""
    while error is not None:
        if isinstance(error, InterfaceError):
            return True
        if isinstance(error, OperationalError):
            sqlstate = getattr(error.__cause__, "sqlstate", None)
            return sqlstate is None or sqlstate.startswith(SQLSTATES_OF_SERVERS)
        error = error.__cause__ or error.__context__
    return False
