"""The visits of a chain, or of one location, over a period."""

from __future__ import annotations

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from chains.access import Right
from chains.spaces import ChainRequest, space_page
from chains.uses import Room
from config.replica import report
from config.ui.pages import list_page
from reports.visits.filters import VisitFilterSet
from reports.visits.tables import CoveredVisitTable, VisitTable
from visits.models import Visit


@space_page(Right.VIEW_REPORTS)
@require_safe
@report
def visits(request: ChainRequest) -> HttpResponse:
    location = getattr(request, "location", None)
    place = {"location": location} if location else {"chain": request.chain}
    return list_page(
        request,
        table=CoveredVisitTable if request.access.uses(Room.MEMBERSHIPS) else VisitTable,
        filterset=VisitFilterSet,
        queryset=Visit.objects.filter(**place, is_sale=False).select_related("location", "client"),
        title=_("Visits"),
        nothing_yet=_("No visit was saved yet. The front desk begins one in the day of its location."),
        template_name="reports/visits.html",
    )
