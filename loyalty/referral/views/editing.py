"""The referral program: the page of the chain's, one for each location, and their histories."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from chains.access import Right
from chains.edits import Merge, Version
from chains.models import Location
from chains.spaces import ChainRequest, chain_view
from config.ui.pages import PageLink
from loyalty.ledger.kinds import TransactionKind
from loyalty.ledger.models import Transaction
from loyalty.programs.forms import typed_in
from loyalty.programs.views import Opened, errand
from loyalty.referral.forms import CHOICES, ReferralForm
from loyalty.referral.history import edited_referral, history_of_referral
from loyalty.referral.models import ReferralProgram, ReferralTerms, State
from loyalty.referral.places import AllPlaces, all_places
from loyalty.referral.services import set_referral_program
from loyalty.referral.shown import shown_places
from loyalty.referral.views.pane import pane
from loyalty.referral.words import state_in_words, warnings_of_referral
from loyalty.rules.terms import PromotionKind

#: How many of the last accruals the page shows; the Transactions page has them all.
LAST = 10

#: Where what each list offers is made.
MADE: Mapping[str, tuple[str, dict[str, str]]] = {
    "discount": ("loyalty:promotion_new", {"kind": PromotionKind.DISCOUNT_FIXED}),
    "cashback": ("loyalty:promotion_new", {"kind": PromotionKind.CASHBACK_FIXED_PAID}),
    "card_type": ("loyalty:card_type_new", {}),
}

#: With the program that is typed, None where something is missing.
OpenedProgram = Opened[ReferralForm, ReferralTerms | None]


def program_page(request: ChainRequest) -> PageLink:
    return PageLink(_("Referral program"), reverse("loyalty:referral_program", args=[request.chain.slug]))


def place_page(request: ChainRequest, location: Location | None) -> PageLink:
    """The page of the program of a location, or of the chain's."""
    if location is None:
        return program_page(request)
    url = reverse("loyalty:referral_location", args=[request.chain.slug, location.pk])
    return PageLink(location.name, url)


@require_http_methods(["GET", "HEAD", "POST"])
@chain_view(Right.MANAGE_PROGRAMS)
def referral_program(request: ChainRequest) -> HttpResponse:
    """The chain's program, and beneath it what holds at each location."""
    return _edit(request, None)


@require_http_methods(["GET", "HEAD", "POST"])
@chain_view(Right.MANAGE_PROGRAMS)
def location_program(request: ChainRequest, location_id: int) -> HttpResponse:
    """The program of one location, in the same manner: on, off, or none, so that the chain's holds."""
    return _edit(request, _location_or_404(request, location_id))


@require_safe
@chain_view(Right.MANAGE_PROGRAMS)
def referral_history(request: ChainRequest) -> HttpResponse:
    """Every edit with who, when, from and to."""
    return _history(request, None, _("History of the referral program"))


@require_safe
@chain_view(Right.MANAGE_PROGRAMS)
def location_history(request: ChainRequest, location_id: int) -> HttpResponse:
    location = _location_or_404(request, location_id)
    title = _("History of the referral program of %(location)s") % {"location": location}
    return _history(request, location, title)


def _location_or_404(request: ChainRequest, location_id: int) -> Location:
    return get_object_or_404(request.chain.locations, pk=location_id)


def _history(request: ChainRequest, location: Location | None, title: str) -> HttpResponse:
    context = {
        "page_title": title,
        "breadcrumbs": [program_page(request), *([place_page(request, location)] if location else [])],
        "history": history_of_referral(all_places(request.chain).of(location)),
    }
    return render(request, "loyalty/programs/history.html", context)


def _edit(request: ChainRequest, location: Location | None) -> HttpResponse:
    if request.POST.get("make") in MADE:
        return redirect(_errand(request, location, request.POST["make"]))
    places = all_places(request.chain)
    opened = _opened(request, places, location)
    if opened.form.is_saved(lambda: _set(request, location, opened.form)):
        messages.success(request, _said(opened.form.cleaned_data["state"], location))
        return redirect(place_page(request, location).url)
    if opened.form.is_stale:
        places = all_places(request.chain)
        opened = _over(places.of(location), opened.form.merged_with(edited_referral(places.of(location))))
    terms = places.of(location).terms
    warnings = warnings_of_referral(terms, places.open_under(location)) if terms else []
    context = {
        "page_title": _("Referral program of %(location)s") % {"location": location}
        if location
        else _("Referral program"),
        **opened.context(lambda: history_of_referral(places.of(location)), _history_url(request, location)),
        "location": location,
        "is_unsaved": not request.GET.keys().isdisjoint(CHOICES),
        "breadcrumbs": [program_page(request)] if location else [],
        "terms": terms,
        "state": state_in_words(terms) if terms else "",
        "is_whole": terms is not None and not warnings,
        "may_start": location is None and terms is None,
        "accruals": [] if location else _last_accruals(request),
        "places": [] if location else shown_places(places),
        **pane(request, opened.draft, places, location, request.chain.local_date(timezone.now()), opened.form.missing),
    }
    return render(request, "loyalty/referral/program.html", context)


def _said(state: str, location: Location | None) -> str:
    sentences = {
        State.ON: _("The referral program was saved and is on."),
        State.OFF: _("The referral program was saved and is off."),
    }
    of_location = {
        State.ON: _("The referral program of %(location)s was saved and is on."),
        State.OFF: _("The referral program of %(location)s was saved: it is off here."),
        State.NONE: _("%(location)s has no referral program of its own now: that of the chain holds here."),
    }
    return of_location[State(state)] % {"location": location} if location else sentences[State(state)]


def _history_url(request: ChainRequest, location: Location | None) -> str:
    if location is None:
        return reverse("loyalty:referral_history", args=[request.chain.slug])
    return reverse("loyalty:referral_location_history", args=[request.chain.slug, location.pk])


def _opened(request: ChainRequest, places: AllPlaces, location: Location | None) -> OpenedProgram:
    program = places.of(location)
    if request.method != "POST":
        return _over(program, sent=request.GET)
    about = _about(program)
    bound = ReferralForm(request.POST, **about)
    draft = _draft(bound, program)
    if "look" not in request.POST:
        return Opened(bound, draft)
    return Opened(ReferralForm(initial=typed_in(request.POST, ReferralForm, {}), **about), draft)


def _over(program: ReferralProgram, merge: Merge | None = None, sent: QueryDict | None = None) -> OpenedProgram:
    """Over what is kept; where somebody saved first, over what remains of both edits.

    ``sent`` is what stood in the fields before something was made for them, and the version that it was typed over:
    what others saved meanwhile is not taken back. Where a list has one entry and nothing is chosen, that entry is.
    """
    edited, about = edited_referral(program), _about(program)
    if merge is not None:
        return Opened(ReferralForm(over=merge, **about), edited.terms_in(merge.both.columns))
    form = ReferralForm(sent, **about)
    kept = edited.now()
    seen = form.data.get("seen") or kept.seen
    chosen = {**kept.columns, **form.readable_columns}
    columns = {**chosen, **{name: only for name, only in form.only_choices.items() if not chosen.get(name)}}
    usual = {"state": State.NONE if program.location else State.OFF}
    return Opened(ReferralForm(over=Version(columns, seen), **about), edited.terms_in({**usual, **columns}))


def _about(program: ReferralProgram) -> dict[str, Any]:
    return {"chain": program.chain, "location": program.location, "terms": program.terms}


def _draft(form: ReferralForm, program: ReferralProgram) -> ReferralTerms | None:
    """The program as it is typed, kept nowhere."""
    return ReferralTerms(program=program, **form.chosen) if form.is_valid() else None


def _last_accruals(request: ChainRequest) -> QuerySet[Transaction]:
    rows = Transaction.objects.filter(chain=request.chain, kind=TransactionKind.REFERRAL_ACCRUAL)
    return rows.select_related("client", "card__card_type", "visit__client", "undoes", "location").order_by(
        "-at", "-pk"
    )[:LAST]


def _set(request: ChainRequest, location: Location | None, form: ReferralForm) -> ReferralProgram:
    return set_referral_program(
        chain=request.chain,
        location=location,
        seen=form.cleaned_data["seen"],
        key=form.cleaned_data["key"],
        at=timezone.now(),
        acting_user=request.user,
        **form.chosen,
    )


def _errand(request: ChainRequest, location: Location | None, place: str) -> str:
    """The address at which what a list lacks is made; it comes back chosen."""
    to, query = MADE[place]
    return errand(request, to, place, location, ("seen", *CHOICES), **query)
