"""The referral program in one sentence."""

from __future__ import annotations

from django.utils.translation import gettext as _

from chains.models import Chain
from loyalty.promotions.models import PromotionTerms
from loyalty.promotions.words import value_in_words
from loyalty.referral.models import Accrues, ReferralTerms


def program_in_words(terms: ReferralTerms, chain: Chain) -> str:
    """Who gets what for an invitation, as the terms in force say."""
    sentence = {
        Accrues.FIRST_VISIT: _(
            "Whoever comes for the first time on a client's invitation gets %(discount)s off; once that visit is paid, "
            "the inviting client gets %(cashback)s on a card of the type %(card_type)s."
        ),
        Accrues.EVERY_VISIT: _(
            "Whoever comes for the first time on a client's invitation gets %(discount)s off; for that visit and every "
            "later one, once paid, the inviting client gets %(cashback)s on a card of the type %(card_type)s."
        ),
    }[Accrues(terms.accrues)]
    return sentence % {
        "discount": _value(terms.discount.terms, chain),
        "cashback": _value(terms.cashback.terms, chain),
        "card_type": terms.card_type,
    }


def _value(terms: PromotionTerms | None, chain: Chain) -> str:
    assert terms is not None
    return value_in_words(terms, chain)
