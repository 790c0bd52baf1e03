"""A program as it would be turned on, kept nowhere, for its sentences and its bills."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext as _

from chains.models import Chain
from loyalty.cards.models import CardType, CardTypeTerms
from loyalty.cards.sentences import card_type_in_sentences
from loyalty.programs.terms import terms_of
from loyalty.promotions.models import Promotion, PromotionTerms
from loyalty.referral.models import ReferralProgram, ReferralTerms, State
from loyalty.rules.terms import AutomaticIssue
from loyalty.start.offers import Offer
from loyalty.start.services import becomes_automatic, columns_of_new_card, name_of_new_card

#: The id of a card type that is not there yet; promotions that are not have ids below it.
_NEW = -1


def drafted_card(chain: Chain, card_type: CardType | None, *, is_automatic: bool) -> CardType:
    """The card type that would carry the program, as it would be then."""
    if card_type is None:
        card_type = CardType(pk=_NEW, chain=chain, name=name_of_new_card())
        columns = columns_of_new_card(is_automatic=is_automatic)
    else:
        columns = CardTypeTerms.choices_of(terms_of(card_type))
        if becomes_automatic(card_type, is_automatic=is_automatic):
            columns["automatic_issue"] = AutomaticIssue.ANY.value
    card_type.terms = CardTypeTerms(card_type=card_type, **columns)
    return card_type


def drafted_promotion(chain: Chain, offer: Offer, number: int = 1) -> Promotion:
    """The promotion; several that are drafted together have each a ``number`` of their own."""
    promotion = Promotion(pk=_NEW - number, chain=chain, name=offer.name)
    promotion.terms = PromotionTerms(promotion=promotion, **offer.choices)
    return promotion


def drafted_referral(chain: Chain, offers: Mapping[str, Offer], card_type: CardType) -> ReferralTerms:
    """The terms of the chain's referral program with two promotions that are not there yet."""
    places = {place: drafted_promotion(chain, offer, number) for number, (place, offer) in enumerate(offers.items(), 1)}
    return ReferralTerms(program=ReferralProgram(chain=chain), state=State.ON, card_type=card_type, **places)


def card_in_sentences(card_type: CardType) -> list[str]:
    """Through which card a promotion acts, and what cards of that type do."""
    carries = _("It acts through the card type %(card_type)s.") % {"card_type": card_type}
    return [carries, *card_type_in_sentences(terms_of(card_type), card_type.chain)]
