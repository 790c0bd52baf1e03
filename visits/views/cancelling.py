"""Cancelling a visit: first what will be undone is shown, then it is done."""

from __future__ import annotations

import uuid
from dataclasses import replace

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from chains.access import Right
from chains.refusals import Refusal
from chains.spaces import LocationRequest, location_view
from loyalty.rules.plan import Status
from visits.checkout import cancel_visit, preview
from visits.corrections import correction_of, correction_refusal
from visits.forms.cancelling import CancelForm
from visits.models import Visit
from visits.past import is_closed
from visits.plans import plan_of
from visits.refusals import visit_in_the_way
from visits.shown_corrections import shown_correction


@require_http_methods(["GET", "HEAD", "POST"])
@location_view(Right.CANCEL_VISITS)
def cancel(request: LocationRequest, visit_id: int) -> HttpResponse:
    visit = get_object_or_404(request.location.visits.with_plan(), pk=visit_id)
    visit.chain, visit.location = request.chain, request.location
    form = CancelForm(request.POST or None, initial={"key": uuid.uuid4(), "version": visit.version})
    if form.is_bound and form.is_valid():
        try:
            cancelled = cancel_visit(
                visit_id=visit.pk,
                chain=request.chain,
                version=form.cleaned_data["version"],
                reason=form.cleaned_data["reason"],
                key=form.cleaned_data["key"],
                at=timezone.now(),
                acting_user=request.user,
            )
        except Refusal as refusal:
            # Ask again, about the visit as it is now.
            if refusal.used_by is None:  # Of what was used the page tells itself.
                messages.error(request, str(refusal))
            reason = form.cleaned_data["reason"]
            form = CancelForm(initial={"key": uuid.uuid4(), "version": visit.version, "reason": reason})
        else:
            messages.success(request, _("The visit was cancelled."))
            return redirect("visits:visit", request.location.slug, cancelled.pk)
    return _page(request, visit, form)


def _title(visit: Visit) -> str:
    if visit.is_sale:
        return _("Cancel the sale")
    if visit.client is None:
        return _("Cancel the bill without a guest")
    return _("Cancel the visit of %(guest)s") % {"guest": visit.client}


def _page(request: LocationRequest, visit: Visit, form: CancelForm) -> HttpResponse:
    may_edit_past = request.access.has(Right.EDIT_PAST_VISITS)
    plan, at = replace(plan_of(visit), status=Status.CANCELLED), timezone.now()
    settled = preview(location=request.location, plan=plan, visit=visit, at=at)
    refusal = correction_refusal(visit=visit, plan=plan, preview=settled)
    correction = None if refusal else correction_of(visit=visit, plan=plan, preview=settled)
    context = {
        "page_title": _title(visit),
        "visit": visit,
        "form": form,
        "payments": list(visit.payments.all()),
        "is_closed": not may_edit_past and is_closed(visit, request.location, at),
        "correction": shown_correction(correction, request.chain) if correction else None,
        "refusal": refusal,
        "used_by": visit_in_the_way(refusal, request.access) if refusal else None,
    }
    return render(request, "visits/cancel.html", context)
