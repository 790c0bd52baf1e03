"""What stands beside the form of a referral program: the program in words, what is odd about it, worked bills."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django_stubs_ext import StrOrPromise

from chains.models import Location
from chains.spaces import ChainRequest
from loyalty.example_bills.forms import ExampleForm, asked_by_referral
from loyalty.example_bills.shown import shown_referral
from loyalty.example_bills.worked import worked_referral, worked_return
from loyalty.referral.models import ReferralTerms, State
from loyalty.referral.places import AllPlaces
from loyalty.referral.words import program_in_sentences, warnings_of_referral


def pane(
    request: ChainRequest,
    draft: ReferralTerms | None,
    places: AllPlaces,
    location: Location | None,
    today: date,
    missing: Sequence[StrOrPromise] = (),
) -> dict[str, Any]:
    """Of the draft; where a location leaves it to the chain, of the chain's program. Else what is ``missing``."""
    if draft is not None and draft.state == State.NONE and location:
        return _of_chain(request, places, location, today)
    if draft is None or not draft.is_whole:
        nothing = _("Choose both promotions and the card type. Here the program then stands in words, with bills.")
        about = {"missing": missing, "nothing_in_words": nothing}
        return {"sentences": [], "warnings": [], "example": None, "bills": [], **about}
    return {
        "sentences": program_in_sentences(draft, request.chain),
        "warnings": warnings_of_referral(draft, places.open_under(location)),
        **bills_of(request, draft, today),
    }


def _of_chain(request: ChainRequest, places: AllPlaces, location: Location, today: date) -> dict[str, Any]:
    terms = places.of(None).terms
    holds = _("%(location)s has no referral program of its own, so that of the chain holds here.")
    sentences = [holds % {"location": location}]
    if terms is None:
        sentences.append(_("The chain has none either."))
        return {"sentences": sentences, "warnings": [], "example": None, "bills": []}
    bills = bills_of(request, terms, today) if terms.is_whole else {"example": None, "bills": []}
    return {"sentences": [*sentences, *program_in_sentences(terms, request.chain)], "warnings": [], **bills}


def bills_of(request: ChainRequest, terms: ReferralTerms, today: date) -> dict[str, Any]:
    """The bills of an invited guest, for amounts that may be typed."""
    chain, program = request.chain, terms.as_rules()
    example = ExampleForm(request.POST, chain=chain, asked=asked_by_referral([program.discount, program.cashback]))
    bills = []
    if story := example.story:
        about: dict[str, Any] = {"places": chain.places, "today": today}
        bills = [
            (_("The first visit of an invited guest"), shown_referral(worked_referral(program, story, **about), chain)),
            (_("The guest's next visit"), shown_referral(worked_return(program, story, **about), chain)),
        ]
    return {"example": example, "bills": bills}
