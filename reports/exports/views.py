"""Files of lists that are prepared in the background: ask for one, see how far it is, fetch it."""

from __future__ import annotations

import uuid
from typing import cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from chains.access import Right
from chains.refusals import Refusal
from chains.spaces import ChainRequest, space_page
from config.ui.exports import NotThere, WantedWorkbook, Writer, attachment, open_list
from config.ui.pages import PageLink, list_page
from reports.exports.filters import ExportFilterSet
from reports.exports.models import Export, ExportQuerySet, ExportState
from reports.exports.services import ask_export
from reports.exports.tables import COLOURS, ExportTable


def exports_of(request: ChainRequest) -> ExportQuerySet:
    """Those that this user asked for in this chain, and nobody else's."""
    return Export.objects.asked_by(request.user).filter(chain=request.chain)


def _list(request: ChainRequest) -> PageLink:
    return PageLink(_("My exports"), request.space.page("reports:export_list"))


@space_page(Right.EXPORT_REPORTS)
@require_safe
def export_list(request: ChainRequest) -> HttpResponse:
    return list_page(
        request,
        table=ExportTable,
        filterset=ExportFilterSet,
        queryset=exports_of(request),
        title=_("My exports"),
        nothing_yet=_("A list with very many rows is prepared here when you export it. You asked for none of late."),
    )


@space_page(Right.EXPORT_REPORTS)
@require_POST
def new(request: ChainRequest) -> HttpResponse:
    """Ask for a list as a file, by the form that its page showed."""
    wanted = WantedWorkbook.of_token(request.POST.get("list", ""), request.user.pk)
    key = _key(request)
    if wanted is None or key is None:
        messages.error(request, _("This form cannot be read. Open the list and export it again."))
        return redirect(_list(request).url)
    try:
        export = ask_export(
            chain=request.chain,
            wanted=wanted,
            language=get_language() or "",
            key=key,
            at=timezone.now(),
            acting_user=request.user,
        )
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return redirect(_list(request).url)
    return redirect(request.space.page("reports:export", export.pk))


def _key(request: HttpRequest) -> uuid.UUID | None:
    try:
        return uuid.UUID(request.POST.get("key", ""))
    except ValueError:
        return None


@space_page(Right.EXPORT_REPORTS)
@require_safe
@never_cache
def export(request: ChainRequest, export_id: int) -> HttpResponse:
    """How far it is; a part of the page asks again every second until it is through."""
    found = get_object_or_404(exports_of(request), pk=export_id)
    context = {
        "page_title": _("Export of %(list)s") % {"list": found.title},
        "breadcrumbs": [_list(request)],
        "export": found,
        "colour": COLOURS[ExportState(found.state)],
    }
    return render(request, "reports/exports/export.html", context)


@space_page(Right.EXPORT_REPORTS)
@require_safe
@never_cache
def download(request: ChainRequest, export_id: int) -> HttpResponse:
    """The file, for who asked for it and may still see the list that it is of."""
    found = get_object_or_404(exports_of(request), pk=export_id)
    if found.state != ExportState.READY:
        return redirect(request.space.page("reports:export", found.pk))
    try:
        open_list(found.path, user=request.user, language=found.language, sink=_Nowhere(), file_format=found.format)
    except NotThere:
        messages.error(request, _("You may no longer see the list that this file is of."))
        return redirect(_list(request).url)
    headers = {**attachment(found.filename), "Content-Length": str(found.size)}
    streamed = StreamingHttpResponse(found.content(), content_type=found.format.content_type, headers=headers)
    # The doors know one type of answer only.
    return cast(HttpResponse, streamed)


class _Nowhere:
    """Lets a list be opened without writing it, only to see whether that is allowed."""

    def take(self, write: Writer) -> None:
        pass
