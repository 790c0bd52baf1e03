"""The client database, and the visits of a client."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from chains.access import Right
from chains.spaces import ChainRequest, SpaceKind, space_page
from chains.uses import Room
from config.ui.pages import PageLink, list_page
from config.ui.workbooks import write_list
from visits.client_pages.columns import further
from visits.client_pages.filters import ClientFilterSet, ClientVisitFilterSet
from visits.client_pages.reading import listed, visits_of
from visits.client_pages.tables import ClientTable, ClientVisitTable, CoveredVisitTable


@space_page(Right.VIEW_CLIENTS)
@require_safe
def database(request: ChainRequest) -> HttpResponse:
    """All clients of the chain, in either kind of space; the workbook has the types of cards side by side."""

    def workbook(*to: Any, **of: Any) -> None:
        write_list(*to, further=further(request.chain), **of)

    is_chain = request.space.kind == SpaceKind.CHAIN
    may_add = request.access.has(Right.EDIT_CLIENTS)
    return list_page(
        request,
        table=ClientTable,
        filterset=ClientFilterSet,
        queryset=listed(request.chain),
        title=_("Client database") if is_chain else _("All clients"),
        nothing_yet=_("Nobody is registered yet. The first guest can be added here or at a visit."),
        template_name="visits/client_pages/database.html",
        workbook=workbook,
        add=PageLink(_("New client"), request.space.page("loyalty_clients:new")) if may_add else None,
    )


@space_page(Right.VIEW_CLIENTS)
@require_safe
def visits(request: ChainRequest, client_id: int) -> HttpResponse:
    client = get_object_or_404(request.chain.clients.select_related("registered_location"), pk=client_id)
    return list_page(
        request,
        table=CoveredVisitTable if request.access.uses(Room.MEMBERSHIPS) else ClientVisitTable,
        filterset=ClientVisitFilterSet,
        queryset=visits_of(client),
        title=client.name,
        nothing_yet=_("This client has no visit yet."),
        template_name="visits/client_pages/visits.html",
        tab="visits",
        client=client,
    )
