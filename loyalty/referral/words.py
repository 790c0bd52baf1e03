"""The referral program in one sentence."""

from __future__ import annotations

from django.utils.translation import gettext as _

from chains.models import Chain
from loyalty.promotions.models import PromotionTerms
from loyalty.promotions.sentences import burning_in_words, every_in_words
from loyalty.promotions.words import value_in_words
from loyalty.referral.models import Accrues, ReferralTerms


def program_in_sentences(terms: ReferralTerms, chain: Chain) -> list[str]:
    """Who gets what for an invitation, how long it lasts, and whether it is on."""
    cashback = terms.cashback.terms
    assert cashback is not None
    found = [program_in_words(terms, chain), *burning_in_words(cashback)]
    if cashback.every > 1:
        every = every_in_words(cashback.every)
        found.append(_("The inviter gets the points on %(every)s of invited guests.") % {"every": every})
    if cashback.limit:
        found.append(_("One inviter gets them %(times)s times at most.") % {"times": cashback.limit})
    return found if terms.is_on else [*found, _("It is off: no visit is taken for an invitation.")]


def warnings_of_referral(terms: ReferralTerms, chain: Chain) -> list[str]:
    """What of the program cannot work."""
    found = []
    if terms.discount.as_rules().archived:
        found.append(_("%(name)s is archived, so invitations give nothing.") % {"name": terms.discount})
    if terms.cashback.as_rules().archived:
        found.append(_("%(name)s is archived, so inviters get nothing.") % {"name": terms.cashback})
    if terms.card_type.as_rules().archived:
        sentence = _("Cards of the type %(name)s are no longer issued: inviters without one get nothing.")
        found.append(sentence % {"name": terms.card_type})
    return [*found, *_nowhere(terms, chain)]


def state_in_words(terms: ReferralTerms) -> str:
    """Whether the program is on, and what of it an archived part takes away."""
    if not terms.is_on:
        return _("Off")
    if terms.discount.as_rules().archived:
        return _("On, gives nothing")
    if terms.cashback.as_rules().archived:
        return _("On, gives inviters nothing")
    if terms.card_type.as_rules().archived:
        return _("On, gives inviters without a card nothing")
    return _("On")


def _nowhere(terms: ReferralTerms, chain: Chain) -> list[str]:
    """Where the discount, the cashback or the receiving card leave no location to the program."""
    here = set(chain.locations.active().values_list("pk", flat=True))
    discount, cashback, card_type = (each.as_rules() for each in (terms.discount, terms.cashback, terms.card_type))
    found = []
    if discount.locations is not None and not discount.locations & here:
        found.append(_("%(name)s is valid at no open location.") % {"name": terms.discount})
    giving = here.intersection(*[each for each in (discount.locations, cashback.locations) if each is not None])
    if not giving.intersection(*[each for each in (card_type.locations,) if each is not None]):
        found.append(_("There is no location where all three work: invited guests may save, but inviters get nothing."))
    return found


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
