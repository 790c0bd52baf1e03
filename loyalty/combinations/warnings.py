"""What of a chain's programs cannot work or will surprise, by promotion and card type."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

from django.urls import reverse
from django.utils.translation import gettext as _

from chains.folding import folded
from chains.models import Chain
from loyalty.cards.services import given_by_referral_program
from loyalty.cards.warnings import warnings_of_card_type
from loyalty.promotions.drafts import around
from loyalty.promotions.warnings import warnings_of
from loyalty.referral.models import ReferralProgram
from loyalty.referral.places import AllPlaces
from loyalty.referral.words import warnings_of_referral


@dataclass(frozen=True)
class ProgramWarnings:
    """A referral program, a promotion or a card type, and what to look at; ``url`` is where it is mended."""

    name: str
    url: str
    sentences: list[str]


def warnings_of_chain(chain: Chain, today: date, places: AllPlaces) -> list[ProgramWarnings]:
    """Referral programs first, then card types and promotions, by name; what is archived or off is left out."""
    surroundings = around(chain, today)
    given = given_by_referral_program(chain)
    types = chain.card_types.filter(terms__archived=False).select_related("terms").order_by("name_folded", "pk")
    promotions = (
        chain.promotions.filter(terms__archived=False).select_related("chain", "terms").order_by("name_folded", "pk")
    )
    found = [*_of_referral(places)]
    for card_type in types:
        sentences = warnings_of_card_type(card_type.as_rules(), surroundings.open_locations)
        url = reverse("loyalty:card_type_edit", args=[chain.slug, card_type.pk])
        found.append(ProgramWarnings(card_type.name, url, sentences))
    for promotion in promotions.prefetch_related("card_types__terms"):
        assert promotion.terms is not None
        here = replace(surroundings, is_of_referral=promotion.pk in given)
        sentences = warnings_of(promotion.terms, promotion.card_types.all(), here)
        url = reverse("loyalty:promotion_edit", args=[chain.slug, promotion.pk])
        found.append(ProgramWarnings(promotion.name, url, sentences))
    return [each for each in found if each.sentences]


def _of_referral(places: AllPlaces) -> Iterator[ProgramWarnings]:
    """Programs that are on."""
    for program in sorted(places.programs.values(), key=lambda each: folded(str(each.location or ""))):
        if program.terms and program.terms.is_on:
            sentences = warnings_of_referral(program.terms, places.open_under(program.location))
            yield ProgramWarnings(_name_of(program), _url_of(program), sentences)


def _url_of(program: ReferralProgram) -> str:
    if program.location is None:
        return reverse("loyalty:referral_program", args=[program.chain.slug])
    return reverse("loyalty:referral_location", args=[program.chain.slug, program.location.pk])


def _name_of(program: ReferralProgram) -> str:
    if program.location is None:
        return _("Referral program")
    return _("Referral program of %(location)s") % {"location": program.location}
