"""A list as a workbook or as comma-separated text: at once where it is small, written by a worker where it is large.

A worker opens the list at its own address, as the user who asked for it (`open_list`): so its rows, filters, order and
language are those of the page, and who may no longer see the page gets no workbook of it.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from typing import IO, Any, Protocol
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import Resolver404, resolve
from django.utils import timezone, translation
from django.utils.http import content_disposition_header
from django.utils.text import slugify
from django.utils.translation import gettext as _

from config.ui.books import EXCEL, FORMATS, Book, FileFormat, format_of
from config.ui.kept import Kept
from config.ui.spreadsheets import MOST_ROWS, TooManyRows

#: Told now and then how many rows are written.
Progress = Callable[[int], None]
#: Puts all of a list into a book.
BookWriter = Callable[[Book, Progress], object]
#: Writes a whole file.
Writer = Callable[[IO[bytes], Progress], object]

#: Bytes of a list's title in the name of its file; with the address of the space and the day no disk refuses it.
_LONGEST_NAME = 120

_SALT = "a list that is to be exported"


class Sink(Protocol):
    """Takes the file of a list instead of a browser."""

    def take(self, write: Writer) -> None: ...


class ListRequest(HttpRequest):
    """A request for a list: in which space, with the digits of whose currency, and whether it may be taken home."""

    space: Any
    chain: Any
    may_export: bool
    kept: Kept


@dataclass(frozen=True)
class WantedWorkbook:
    """A list that somebody asked for as a file; how its name ends says in which format."""

    path: str
    title: str
    filename: str
    rows: int

    @property
    def format(self) -> FileFormat:
        return format_of(self.filename)

    @property
    def is_too_long(self) -> bool:
        return _is_too_long(self.format, self.rows)

    def token(self, user_id: int | None) -> str:
        """What the form that asks for it carries; nobody can make one up, or use another user's."""
        return signing.dumps([user_id, self.path, self.title, self.filename, self.rows], salt=_SALT, compress=True)

    @classmethod
    def of_token(cls, token: str, user_id: int) -> WantedWorkbook | None:
        try:
            asked_by, *wanted = signing.loads(token, salt=_SALT)
        except signing.BadSignature:
            return None
        return cls(*wanted) if asked_by == user_id else None


def wanted_format(request: HttpRequest) -> FileFormat | None:
    return FORMATS.get(request.GET.get("export", ""))


def export(
    request: ListRequest,
    *,
    file_format: FileFormat,
    rows: QuerySet[Any],
    columns: Sequence[str],
    title: str,
    write: BookWriter,
) -> HttpResponse:
    """Answer with the file of all columns or of the chosen ones.

    Of more rows than EXPORT_ROWS with the question whether it shall be prepared.
    """
    if not request.may_export:
        raise PermissionDenied
    write_file = partial(_write_file, file_format, request.chain.places, write)
    # Only a request that `open_list` made has one.
    if sink := getattr(request, "sink", None):
        sink.take(partial(_write_if_possible, rows, file_format, write_file))
        return HttpResponse(status=204)
    wanted = WantedWorkbook(
        _page(request, columns=",".join(columns)), title, _filename(request, title, file_format), rows.count()
    )
    if wanted.rows > settings.EXPORT_ROWS or wanted.is_too_long:
        return _ask(request, wanted)
    file = BytesIO()
    write_file(file, lambda _done: None)
    return HttpResponse(file.getvalue(), content_type=file_format.content_type, headers=attachment(wanted.filename))


def _write_file(file_format: FileFormat, places: int, write: BookWriter, file: IO[bytes], progress: Progress) -> None:
    with file_format.begin(places=places) as book:
        write(book, progress)
        book.save(file)


def _write_if_possible(
    rows: QuerySet[Any], file_format: FileFormat, write: Writer, file: IO[bytes], progress: Progress
) -> None:
    """Look first: a list may have grown since it was asked for, and it takes long until its sheet is full."""
    if _is_too_long(file_format, rows.count()):
        raise TooManyRows
    write(file, progress)


def _is_too_long(file_format: FileFormat, rows: int) -> bool:
    return file_format.is_limited and rows > MOST_ROWS


def attachment(filename: str) -> dict[str, str]:
    return {"Content-Disposition": str(content_disposition_header(as_attachment=True, filename=filename))}


def _page(request: ListRequest, **more: str) -> str:
    """The list's own address, with its filters, its order and what more is said.

    A file is told its columns, also where they are those of the beginning: who asks for it may choose others meanwhile.
    """
    query = request.GET.copy()
    query.pop("export")
    for name, value in more.items():
        query[name] = value
    return f"{request.path}?{query.urlencode()}" if query else request.path


def _filename(request: ListRequest, title: str, file_format: FileFormat) -> str:
    slug = slugify(title, allow_unicode=True).encode()[:_LONGEST_NAME]
    name = slug.decode(errors="ignore").strip("-_") or "export"
    return f"{name}-{request.space.slug}-{timezone.localdate()}.{file_format.name}"


def _ask(request: ListRequest, wanted: WantedWorkbook) -> HttpResponse:
    context = {
        "page_title": _("Export %(list)s") % {"list": wanted.title},
        "wanted": wanted,
        "most_rows": MOST_ROWS,
        "token": wanted.token(request.user.pk),
        "key": uuid.uuid4(),
        "back": _page(request),
    }
    return render(request, "ui/large_export.html", context)


# Without a browser
# ----------------------------------------------------------------------------


class NotThere(Exception):
    """The list cannot be opened by the user any more, or its filters name what is gone."""


def open_list(path: str, *, user: AbstractBaseUser, language: str, sink: Sink, file_format: FileFormat = EXCEL) -> None:
    """Open the list at ``path`` as a user; its file goes to ``sink``. Raises ``NotThere``."""
    address = urlsplit(path)
    taken = _Once(sink)
    try:
        match = resolve(address.path)
        request = _request(address.path, f"{address.query}&export={file_format.name}", user, taken)
        request.resolver_match = match
        with translation.override(language):
            match.func(request, *match.args, **match.kwargs)
    except (Resolver404, Http404, PermissionDenied) as error:
        raise NotThere from error
    if not taken.was_used:
        raise NotThere


class _Once:
    """Notes whether anything came."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self.was_used = False

    def take(self, write: Writer) -> None:
        self.was_used = True
        self._sink.take(write)


def _request(path: str, query: str, user: AbstractBaseUser, sink: Sink) -> ListRequest:
    request: Any = ListRequest()
    request.method, request.path, request.path_info = "GET", path, path
    request.META = {"REQUEST_METHOD": "GET", "SERVER_NAME": "localhost", "SERVER_PORT": "80"}
    request.GET = QueryDict(query)
    request.user, request.session, request.htmx, request.sink = user, {}, False, sink
    found: ListRequest = request
    return found
