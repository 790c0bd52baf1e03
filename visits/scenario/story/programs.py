"""Which programs of the chain a story is played under, and which cards its guest holds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from chains.models import Chain, Location
from loyalty.cards.models import CardType
from loyalty.programs.terms import HasTerms, terms_of
from loyalty.promotions.models import Promotion
from loyalty.referral.models import ReferralProgram, ReferralTerms
from loyalty.referral.places import all_places
from loyalty.rules.terms import AutomaticIssue

ALL, REFERRAL, PROMOTION = "all", "referral", "promotion-"
#: How many promotions can be chosen among, and how many cards a guest can hold.
MOST_OFFERED, MOST_CARDS = 200, 10


@dataclass(frozen=True)
class InPlay:
    """The card types that the guest holds, what each of them carries here, and the referral program, where it is in."""

    carried: dict[CardType, list[Promotion]] = field(default_factory=dict)
    #: A promotion that no card type carries is tried on a plain card.
    on_plain_card: Promotion | None = None
    referral: ReferralTerms | None = None

    @property
    def promotions(self) -> list[Promotion]:
        """Each once, those of the referral program too."""
        carried = [promotion for promotions in self.carried.values() for promotion in promotions]
        alone = [self.on_plain_card] if self.on_plain_card else []
        of_referral = list(self.referral.parts[:2]) if self.referral else []
        return list({promotion.pk: promotion for promotion in (*carried, *alone, *of_referral)}.values())

    @property
    def all_terms(self) -> list[Any]:
        """The terms of all promotions and card types."""
        types = [*self.carried, *([self.referral.parts[2]] if self.referral else [])]
        programs: list[HasTerms] = [*self.promotions, *types]
        return [terms_of(each) for each in programs]


def offered_promotions(chain: Chain) -> list[Promotion]:
    """Those that are not archived, by name."""
    found = chain.promotions.filter(terms__archived=False).select_related("chain", "terms")
    return list(found.order_by("name_folded", "pk")[:MOST_OFFERED])


def in_play(chain: Chain, chosen: str, ticked: Iterable[CardType], location: Location | None) -> InPlay:
    """The programs of a story; without ticked cards those that carry them, or that a new guest gets by herself."""
    if chosen == REFERRAL:
        return InPlay(carried=_carried(ticked), referral=referral_terms(chain, location))
    if chosen == ALL:
        types = list(ticked) or given_to_everybody(chain)
        return InPlay(carried=_carried(types), referral=referral_terms(chain, location, only_on=True))
    promotion = chain.promotions.select_related("chain", "terms").get(pk=int(chosen.removeprefix(PROMOTION)))
    carriers = promotion.card_types.filter(terms__archived=False).select_related("terms").order_by("pk")
    types = list(ticked) or list(carriers[:1])
    carried = {each: [promotion] if each in set(carriers) else [] for each in types}
    return InPlay(carried=carried, on_plain_card=None if types else promotion)


def given_to_everybody(chain: Chain) -> list[CardType]:
    """The card types that new guests of any location get by themselves."""
    issued = chain.card_types.filter(terms__archived=False, terms__automatic_issue=AutomaticIssue.ANY)
    return list(issued.select_related("terms").order_by("name_folded", "pk")[:MOST_CARDS])


def referral_terms(chain: Chain, location: Location | None, *, only_on: bool = False) -> ReferralTerms | None:
    """What stands at the location, or in the chain; None where it is not whole, or off where that counts."""
    places = all_places(chain)
    program = places.at(location).program if location else places.of(None)
    if program is None or not _is_whole(program) or (only_on and not terms_of(program).is_on):
        return None
    return program.terms


def own_referral_programs(chain: Chain) -> list[Location]:
    """The locations with a whole referral program of their own."""
    places = all_places(chain).all
    return [each.location for each in places if each.is_own and _is_whole(each.program)]


def has_referral_program(chain: Chain) -> bool:
    """Whether one could be tried, on or off: the chain's or a location's."""
    return referral_terms(chain, None) is not None or bool(own_referral_programs(chain))


def _is_whole(program: ReferralProgram | None) -> bool:
    return program is not None and program.terms is not None and program.terms.is_whole


def _carried(types: Iterable[CardType]) -> dict[CardType, list[Promotion]]:
    return {
        each: list(each.promotions.filter(terms__archived=False).select_related("chain", "terms").order_by("pk"))
        for each in types
    }
