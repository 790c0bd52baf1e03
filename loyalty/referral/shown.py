"""The locations of a chain with the referral program that holds at each, as the page shows them."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from chains.models import Location
from loyalty.referral.places import AllPlaces, ReferralPlace
from loyalty.referral.words import program_in_short, state_in_words, warnings_of_referral


@dataclass(frozen=True)
class ShownPlace:
    """A row of the table; ``state`` is empty where neither the location nor the chain has a program."""

    location: Location
    is_own: bool
    is_on: bool
    state: str
    is_whole: bool
    says: str


def shown_places(places: AllPlaces) -> list[ShownPlace]:
    """Location by location, by name."""
    return [_shown(place, places) for place in places.all]


def _shown(place: ReferralPlace, places: AllPlaces) -> ShownPlace:
    terms = place.program.terms if place.program else None
    if terms is None:
        return ShownPlace(place.location, place.is_own, is_on=False, state="", is_whole=False, says=_("No program."))
    says = program_in_short(terms, places.chain) if terms.is_on else _("No invitations here.")
    warnings = warnings_of_referral(terms, {place.location.pk})
    return ShownPlace(place.location, place.is_own, terms.is_on, state_in_words(terms), not warnings, says)
