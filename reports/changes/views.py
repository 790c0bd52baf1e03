"""The changes to visits of a chain, or of one location: who changed what, when, and why."""

from __future__ import annotations

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from chains.access import Right
from chains.spaces import ChainRequest, space_page
from config.replica import report
from config.ui.pages import list_page
from reports.changes.filters import ChangeFilterSet
from reports.changes.tables import ChangeTable
from visits.models import VisitChange


@space_page(Right.VIEW_REPORTS)
@require_safe
@report
def changes(request: ChainRequest) -> HttpResponse:
    location = getattr(request, "location", None)
    place = {"location": location} if location else {"chain": request.chain}
    return list_page(
        request,
        table=ChangeTable,
        filterset=ChangeFilterSet,
        queryset=VisitChange.objects.filter(**place).told(),
        title=_("Changes to visits"),
        nothing_yet=_("No visit was changed after it was entered. What is changed of one from now on stands here."),
        template_name="reports/changes.html",
    )
