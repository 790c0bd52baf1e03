"""For each card type and location, which promotions combine there and in which order they act."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

from django.utils.translation import gettext as _

from chains.models import Chain, Location
from loyalty.cards.models import CardType
from loyalty.promotions.models import Promotion, PromotionTerms
from loyalty.promotions.sentences import what_it_gives
from loyalty.promotions.words import PromotionStanding, standing_of, value_in_words
from loyalty.referral.models import ReferralProgram
from loyalty.referral.places import AllPlaces
from loyalty.rules.terms import Gives


@dataclass(frozen=True)
class Acting:
    """A promotion of a combination, and its sentence."""

    promotion: Promotion
    sentence: str


@dataclass(frozen=True)
class Combination:
    """Locations at which the same promotions combine on cards of one type, in the order in which they act."""

    locations: list[Location]
    discounts: list[Acting]
    cashbacks: list[Acting]

    @property
    def order(self) -> list[str]:
        """What happens on a bill, sentence by sentence; empty where at most one promotion acts."""
        sentences = []
        if len(self.discounts) > 1:
            sentences.append(
                _("Discounts act in the order in which the desk applies them, each on what the one before left.")
            )
        if self.discounts and self.cashbacks:
            sentences.append(
                _("Discounts come first; the cashbacks are then taken of what they left, or of full prices.")
            )
        if len(self.cashbacks) > 1:
            sentences.append(_("The cashbacks add up; their points are written in this order."))
        return sentences


@dataclass(frozen=True)
class CardCombinations:
    """A card type with its combinations; ``idle`` are promotions of it that act nowhere today, and why."""

    card_type: CardType
    combinations: list[Combination]
    idle: list[tuple[Promotion, str]]


@dataclass(frozen=True)
class AddingUp:
    """Cashbacks of one card type that act at the same locations: a bill there gives all of them."""

    card_type: CardType
    locations: list[Location]
    cashbacks: list[Acting]

    @property
    def together(self) -> str:
        """Each by its name and what it gives, joined by a plus."""
        chain = self.card_type.chain
        return " + ".join(
            f"{each.promotion} ({value_in_words(_terms(each.promotion), chain)})" for each in self.cashbacks
        )


def adding_up(card_types: Iterable[CardCombinations]) -> list[AddingUp]:
    """Card type by card type, where two cashbacks or more act at one location."""
    return [
        AddingUp(each.card_type, combination.locations, combination.cashbacks)
        for each in card_types
        for combination in each.combinations
        if len(combination.cashbacks) > 1
    ]


def combinations_of(chain: Chain, today: date) -> list[CardCombinations]:
    """Card type by card type, by name; archived ones are left out."""
    types = chain.card_types.filter(terms__archived=False).select_related("chain", "terms")
    types = types.order_by("name_folded", "pk")
    locations = list(chain.locations.active())
    types = types.prefetch_related("promotions__terms")
    return [_of_type(card_type, locations, today, chain) for card_type in types]


@dataclass(frozen=True)
class Invited:
    """Open locations at which the same referral program is on: its discount comes before all others there."""

    locations: list[Location]
    program: ReferralProgram
    is_everywhere: bool


def invited_where(places: AllPlaces) -> list[Invited]:
    """The referral programs that are on, the chain's first, each with the open locations at which it stands."""
    here = [place for place in places.all if not place.location.archived]
    found: dict[int, Invited] = {}
    for place in here:
        program = place.program
        if program and program.terms and program.terms.is_on:
            found.setdefault(program.pk, Invited([], program, False)).locations.append(place.location)
    rows = [replace(each, is_everywhere=len(each.locations) == len(here)) for each in found.values()]
    return sorted(rows, key=lambda each: each.program.location_id is not None)


def _of_type(card_type: CardType, locations: Iterable[Location], today: date, chain: Chain) -> CardCombinations:
    promotions = sorted(card_type.promotions.all(), key=lambda each: each.pk)
    acting = [each for each in promotions if standing_of(_terms(each), today) is PromotionStanding.ACTIVE]
    rules = card_type.as_rules()
    here = [location for location in locations if rules.works_at(location.pk)]
    groups: dict[tuple[int, ...], list[Location]] = {}
    for location in here:
        groups.setdefault(tuple(each.pk for each in acting if _is_valid_at(each, location)), []).append(location)
    by_id = {each.pk: each for each in acting}
    combinations = [_combination(where, [by_id[pk] for pk in ids], chain) for ids, where in groups.items()]
    combined = {pk for ids in groups for pk in ids}
    idle = [(each, _idle(each, today)) for each in promotions if each.pk not in combined]
    return CardCombinations(card_type, combinations, idle)


def _combination(locations: list[Location], promotions: Iterable[Promotion], chain: Chain) -> Combination:
    acting = [Acting(each, what_it_gives(_terms(each), chain)) for each in promotions]
    return Combination(
        locations,
        [each for each in acting if each.promotion.as_rules().gives is Gives.DISCOUNT],
        [each for each in acting if each.promotion.as_rules().gives is Gives.POINTS],
    )


def _idle(promotion: Promotion, today: date) -> str:
    standing = standing_of(_terms(promotion), today)
    return _("valid at none of them") if standing is PromotionStanding.ACTIVE else str(standing.label)


def _is_valid_at(promotion: Promotion, location: Location) -> bool:
    locations = promotion.as_rules().locations
    return locations is None or location.pk in locations


def _terms(promotion: Promotion) -> PromotionTerms:
    assert promotion.terms is not None
    return promotion.terms
