"""What happens at the desk once a program is on, step by step."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from loyalty.cards.models import Card, CardType
from loyalty.programs.terms import terms_of
from loyalty.promotions.fields import gives_points, is_free_units
from loyalty.promotions.models import PromotionTerms
from loyalty.rules.terms import AutomaticIssue


def steps_of_promotion(terms: PromotionTerms, card_type: CardType) -> list[str]:
    """From the guest without a card to the guest who has something of it."""
    return [*_getting_a_card(card_type), *_at_checkout(terms)]


def steps_of_referral(card_type: CardType) -> list[str]:
    return [
        _("In the first visit of a new guest the desk opens Referral program and types the phone of who invited them."),
        _("The discount is on the bill at once."),
        _("When that visit is paid, the inviter's points come by themselves, on a card of the type %(card_type)s.")
        % {"card_type": card_type},
        _("Who invites and has no such card gets one then."),
    ]


def _getting_a_card(card_type: CardType) -> Iterator[str]:
    words = {"card_type": card_type}
    issued = AutomaticIssue(terms_of(card_type).automatic_issue)
    if issued is AutomaticIssue.NEVER:
        yield _("The desk issues a card of the type %(card_type)s in the guest's visit, with one press.") % words
        return
    if issued is AutomaticIssue.OWN:
        yield _("A new guest of the locations of %(card_type)s gets a card when the desk registers them.") % words
    else:
        yield _("A new guest gets a card of the type %(card_type)s as soon as the desk registers them.") % words
    if without := _without_card(card_type):
        sentence = ngettext(
            "%(guests)s guest whom you know already has none yet: the desk issues it in the next visit.",
            "%(guests)s guests whom you know already have none yet: the desk issues it in their next visit.",
            without,
        )
        yield sentence % {"guests": without}


def _without_card(card_type: CardType) -> int:
    """How many clients of the chain hold no active card of the type."""
    held = Card.objects.active().filter(card_type=card_type)
    return card_type.chain.clients.exclude(pk__in=held.values("client")).count()


def _at_checkout(terms: PromotionTerms) -> Iterator[str]:
    if gives_points(terms.kind):
        yield _("Once a visit is paid, the points are on the card. Nobody has to think of it.")
        yield _("In a later visit the window says how many points the card has, and takes them with one press.")
    elif is_free_units(terms.kind):
        yield _("The window counts what the guest paid for; once one is free, the desk applies it with one press.")
    else:
        yield _("In the window the desk applies the discount with one press; it knows the guest's tier.")
