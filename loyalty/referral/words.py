"""The referral program in the reader's words."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.text import capfirst
from django.utils.translation import gettext as _

from chains.models import Chain
from loyalty.promotions.models import Promotion
from loyalty.promotions.sentences import burning_in_words, every_in_words
from loyalty.promotions.words import value_in_words
from loyalty.referral.models import ReferralTerms, State
from loyalty.rules import terms as rules
from loyalty.rules.terms import FirstIn, ReferralAccrues


def program_in_sentences(terms: ReferralTerms, chain: Chain) -> list[str]:
    """Who gets what for an invitation, how long it lasts, and whether it is on."""
    found = [*_given(terms, chain)] if terms.is_whole else []
    if terms.state == State.OFF:
        found.append(_("It is off: no visit is taken for an invitation."))
    return found


def _given(terms: ReferralTerms, chain: Chain) -> Iterable[str]:
    assert terms.cashback and terms.cashback.terms
    cashback = terms.cashback.terms
    yield program_in_words(terms, chain)
    yield from _first_visit_in_words(terms)
    yield from burning_in_words(cashback)
    if cashback.every > 1:
        every = every_in_words(cashback.every)
        yield _("The inviter gets the points on %(every)s of invited guests.") % {"every": every}
    if cashback.limit:
        yield _("One inviter gets them %(times)s times at most.") % {"times": cashback.limit}


def _first_visit_in_words(terms: ReferralTerms) -> Iterable[str]:
    if terms.first_in == FirstIn.LOCATION:
        yield _("Who came to other locations only may still be invited, unless somebody invited them before.")
    if not terms.counts_free_visits:
        yield _(
            "Visits that cost nothing do not count: who began with one may be invited on the first visit that costs "
            "something."
        )


def warnings_of_referral(terms: ReferralTerms, open_locations: Iterable[int]) -> list[str]:
    """What of the program cannot work at the open locations at which it stands."""
    if not terms.is_whole:
        return []
    discount, cashback, card_type = terms.parts
    found = []
    if discount.as_rules().archived:
        found.append(_("%(name)s is archived, so invitations give nothing.") % {"name": discount})
    if cashback.as_rules().archived:
        found.append(_("%(name)s is archived, so inviters get nothing.") % {"name": cashback})
    if card_type.as_rules().archived:
        sentence = _("Cards of the type %(name)s are no longer issued: inviters without one get nothing.")
        found.append(sentence % {"name": card_type})
    return [*found, *_nowhere(terms, set(open_locations))]


def state_in_words(terms: ReferralTerms) -> str:
    """Whether the program is on, and what of it an archived part takes away."""
    if not terms.is_on:
        return _("Off") if terms.state == State.OFF else _("The chain's holds")
    discount, cashback, card_type = terms.parts
    if discount.as_rules().archived:
        return _("On, gives nothing")
    if cashback.as_rules().archived:
        return _("On, gives inviters nothing")
    if card_type.as_rules().archived:
        return _("On, gives inviters without a card nothing")
    return _("On")


def _nowhere(terms: ReferralTerms, here: set[int]) -> list[str]:
    """Where the discount, the cashback or the receiving card leave no location to the program."""
    if not here:
        return [_("It stands at no open location.")]
    discount, cashback, card_type = (each.as_rules() for each in terms.parts)
    found = []
    if discount.locations is not None and not discount.locations & here:
        found.append(_("%(name)s is valid at no open location.") % {"name": terms.discount})
    giving = here.intersection(*[each for each in (discount.locations, cashback.locations) if each is not None])
    if not giving.intersection(*[each for each in (card_type.locations,) if each is not None]):
        found.append(_("There is no location where all three work: invited guests may save, but inviters get nothing."))
    return found


def program_in_words(terms: ReferralTerms, chain: Chain) -> str:
    """Who gets what for an invitation, as terms say that are whole."""
    sentence = {
        (ReferralAccrues.FIRST_VISIT, FirstIn.CHAIN): _(
            "Whoever comes for the first time on a client's invitation gets %(discount)s off; once that visit is paid, "
            "the inviting client gets %(cashback)s on a card of the type %(card_type)s."
        ),
        (ReferralAccrues.EVERY_VISIT, FirstIn.CHAIN): _(
            "Whoever comes for the first time on a client's invitation gets %(discount)s off; for that visit and every "
            "later one, once paid, the inviting client gets %(cashback)s on a card of the type %(card_type)s."
        ),
        (ReferralAccrues.FIRST_VISIT, FirstIn.LOCATION): _(
            "Whoever comes to the location for the first time on a client's invitation gets %(discount)s off; once "
            "that visit is paid, the inviting client gets %(cashback)s on a card of the type %(card_type)s."
        ),
        (ReferralAccrues.EVERY_VISIT, FirstIn.LOCATION): _(
            "Whoever comes to the location for the first time on a client's invitation gets %(discount)s off; for that "
            "visit and every later one, wherever it is, once paid, the inviting client gets %(cashback)s on a card of "
            "the type %(card_type)s."
        ),
    }[ReferralAccrues(terms.accrues), FirstIn(terms.first_in)]
    discount, cashback, card_type = terms.parts
    return sentence % {
        "discount": _value(discount, chain),
        "cashback": _value(cashback, chain),
        "card_type": card_type,
    }


def made_in_words(terms: ReferralTerms, chain: Chain) -> list[str]:
    """The first terms of a program, as its history begins with them."""
    words = [program_in_words(terms, chain)] if terms.is_whole else []
    state = _("Referral program: %(state)s.") % {"state": terms.get_state_display()}
    return words if terms.is_on else [*words, capfirst(state)]


def program_in_short(terms: ReferralTerms, chain: Chain) -> str:
    """Both sides of a program that is on, in a few words: "10 % off; 5 % of paid for the inviter, first visit only"."""
    discount, cashback, _card_type = terms.parts
    sentence = {
        ReferralAccrues.FIRST_VISIT: _("%(discount)s off; for the inviter %(cashback)s, once"),
        ReferralAccrues.EVERY_VISIT: _("%(discount)s off; for the inviter %(cashback)s, on every visit"),
    }[ReferralAccrues(terms.accrues)]
    return sentence % {"discount": _value(discount, chain), "cashback": _value(cashback, chain)}


def offer_in_words(program: rules.ReferralProgram, chain: Chain) -> str:
    """What the desk offers an invited guest at a location where a program is on."""
    sentence = {
        FirstIn.CHAIN: _("On a first visit by invitation: %(discount)s off."),
        FirstIn.LOCATION: _("On a first visit here by invitation: %(discount)s off."),
    }[program.first_in]
    return sentence % {"discount": value_in_words(program.discount, chain)}


def _value(promotion: Promotion, chain: Chain) -> str:
    assert promotion.terms is not None
    return value_in_words(promotion.terms, chain)
