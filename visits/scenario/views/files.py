"""*For experts*: a scenario file is played, a starter downloaded. Nothing of it remains in the database."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from chains.access import Right
from chains.folding import folded
from chains.models import Location
from chains.spaces import ChainRequest, chain_view
from config.ui.pages import PageLink
from loyalty.referral.places import all_places
from visits.scenario.forms import TryForm
from visits.scenario.performance import play
from visits.scenario.reader import Entry, ScenarioError
from visits.scenario.shown import shown
from visits.scenario.starter import starter_of_promotion, starter_of_referral
from visits.scenario.story.programs import own_referral_programs, referral_terms
from visits.scenario.watch import limited, watched

#: How many promotions are offered to begin with; each has a button on its own page.
MOST_STARTERS = 20
#: The longest name of a file that is downloaded, before what says its kind.
LONGEST_FILE = 100


@require_http_methods(["GET", "HEAD", "POST"])
@chain_view(Right.MANAGE_PROGRAMS)
def play_file(request: ChainRequest) -> HttpResponse:
    form = TryForm(request.POST or None, request.FILES or None)
    promotions = request.chain.promotions.filter(terms__archived=False).order_by("name_folded", "pk")
    context: dict[str, Any] = {
        "page_title": _("Play a file"),
        "breadcrumbs": [PageLink(_("Try a program"), reverse("visits_scenario:try", args=[request.chain.slug]))],
        "form": form,
        "played": False,
        "promotions": promotions[:MOST_STARTERS],
        "has_referral": referral_terms(request.chain, None) is not None,
        "locations": own_referral_programs(request.chain),
    }
    if form.is_bound and form.is_valid():
        file = form.scenario
        try:
            with limited():
                difference, steps = play(file, tell=shown, go_on=watched(request.chain))
            context |= {"played": True, "difference": difference, "steps": steps, "title": _title(file) or form.name}
        except ScenarioError as error:
            form.add_error(form.source, str(error))
    return render(request, "visits/scenario/file.html", context)


@require_safe
@chain_view(Right.MANAGE_PROGRAMS)
def of_promotion(request: ChainRequest, promotion_id: int) -> HttpResponse:
    """A starter scenario with the terms of a promotion."""
    promotion = get_object_or_404(request.chain.promotions.select_related("chain", "terms"), pk=promotion_id)
    today = request.chain.local_date(timezone.now())
    return download(starter_of_promotion(promotion, today), promotion.name)


@require_safe
@chain_view(Right.MANAGE_PROGRAMS)
def of_referral(request: ChainRequest) -> HttpResponse:
    """A starter scenario with the terms of the chain's referral program."""
    back = reverse("loyalty:referral_program", args=[request.chain.slug])
    return _of_program(request, None, back)


@require_safe
@chain_view(Right.MANAGE_PROGRAMS)
def of_referral_location(request: ChainRequest, location_id: int) -> HttpResponse:
    """A starter scenario with the terms of a location's own referral program."""
    location = get_object_or_404(request.chain.locations, pk=location_id)
    return _of_program(request, location, reverse("loyalty:referral_location", args=[request.chain.slug, location.pk]))


def _of_program(request: ChainRequest, location: Location | None, back: str) -> HttpResponse:
    terms = all_places(request.chain).of(location).terms
    if terms is None or not terms.is_whole:
        messages.warning(request, _("There is no referral program yet. Set it up first."))
        return redirect(back)
    today = request.chain.local_date(timezone.now())
    return download(starter_of_referral(terms, request.chain, today), _("referral program"))


def _title(file: Entry) -> str:
    title = file.table().get("title")
    return title.text() if title and title.is_text else ""


def download(text: str, name: str) -> HttpResponse:
    response = HttpResponse(text, content_type="application/yaml; charset=utf-8")
    file = slugify(folded(name))[:LONGEST_FILE].strip("-") or "scenario"
    response["Content-Disposition"] = f'attachment; filename="{file}.yaml"'
    return response
