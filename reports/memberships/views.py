"""The memberships that a chain, or one of its locations, sold."""

from __future__ import annotations

from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from chains.access import Right
from chains.spaces import ChainRequest, space_page
from config.replica import report
from config.ui.pages import list_page
from reports.memberships.filters import MembershipFilterSet
from reports.memberships.reading import listed
from reports.memberships.tables import MembershipTable


@space_page(Right.VIEW_REPORTS)
@require_safe
@report
def memberships(request: ChainRequest) -> HttpResponse:
    today = request.chain.local_date(timezone.now())
    return list_page(
        request,
        table=MembershipTable,
        filterset=MembershipFilterSet,
        queryset=listed(request.chain, today, getattr(request, "location", None)),
        title=_("Memberships"),
        nothing_yet=_("No membership was sold yet. Once there is a type of them, the front desk sells them."),
        template_name="reports/memberships.html",
    )
