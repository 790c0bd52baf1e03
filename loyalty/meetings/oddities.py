"""What of a chain's programs cannot work or will surprise, by promotion and card type."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from chains.models import Chain
from loyalty.cards.models import CardType
from loyalty.cards.services import given_by_referral_program
from loyalty.cards.warnings import warnings_of_card_type
from loyalty.promotions.drafts import around
from loyalty.promotions.models import Promotion
from loyalty.promotions.warnings import warnings_of


@dataclass(frozen=True)
class Oddity:
    """A promotion or a card type, and what to look at."""

    subject: Promotion | CardType
    sentences: list[str]

    @property
    def is_promotion(self) -> bool:
        return isinstance(self.subject, Promotion)


def oddities_of(chain: Chain, today: date) -> list[Oddity]:
    """Card types first, then promotions, by name; what is archived is left out."""
    surroundings = around(chain, today)
    given = given_by_referral_program(chain)
    types = chain.card_types.filter(terms__archived=False).select_related("terms").order_by("name_folded", "pk")
    promotions = (
        chain.promotions.filter(terms__archived=False).select_related("chain", "terms").order_by("name_folded", "pk")
    )
    found = [Oddity(each, warnings_of_card_type(each.as_rules(), surroundings.open_locations)) for each in types]
    for promotion in promotions.prefetch_related("card_types__terms"):
        assert promotion.terms is not None
        here = replace(surroundings, is_of_referral=promotion.pk in given)
        found.append(Oddity(promotion, warnings_of(promotion.terms, promotion.card_types.all(), here)))
    return [each for each in found if each.sentences]
