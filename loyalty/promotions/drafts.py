"""A promotion as it stands in the fields, kept nowhere: its sentences, what is odd about it, what it still lacks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from chains.models import Chain
from loyalty.cards.models import CardType
from loyalty.cards.services import is_of_referral_program
from loyalty.programs.differences import ProgramNames
from loyalty.promotions.models import Promotion, PromotionTerms
from loyalty.promotions.sentences import in_sentences
from loyalty.promotions.warnings import Around, warnings_of
from loyalty.rules import terms as rules

#: Ids of what is not saved yet.
_NEW = 0


@dataclass(frozen=True)
class Draft:
    """``terms`` is None while something that they need is missing or cannot be; ``missing`` says what.

    ``is_of_referral``: the referral program gives it, or will.
    """

    chain: Chain
    promotion: Promotion | None = None
    terms: PromotionTerms | None = None
    card_types: list[CardType] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    is_of_referral: bool = False

    @property
    def sentences(self) -> list[str]:
        if self.terms is None:
            return []
        return in_sentences(self.terms, self.chain, ProgramNames(self.chain), is_of_referral=self.is_of_referral)

    def warnings(self, today: date) -> list[str]:
        if self.terms is None:
            return []
        return warnings_of(self.terms, self.card_types, around(self.chain, today, is_of_referral=self.is_of_referral))

    def as_rules(self) -> rules.Promotion | None:
        if self.terms is None:
            return None
        self.terms.promotion_id = self.terms.promotion_id or _NEW
        return self.terms.as_rules()

    def card_type_as_rules(self) -> rules.CardType:
        """The first card type that carries it, for its limits; one without any where none does."""
        if self.card_types:
            return self.card_types[0].as_rules()
        return rules.CardType(_NEW, _NEW)


def around(chain: Chain, today: date, *, is_of_referral: bool = False) -> Around:
    """What stands around the promotions of a chain."""
    return Around(chain, today, frozenset(chain.locations.active().values_list("pk", flat=True)), is_of_referral)


def draft_of(promotion: Promotion, card_types: Iterable[CardType]) -> Draft:
    """A promotion as it is kept."""
    is_of_referral = is_of_referral_program(promotion)
    return Draft(promotion.chain, promotion, promotion.terms, list(card_types), is_of_referral=is_of_referral)
