"""A program is turned on here in one transaction: what it gives, the card that carries it, the referral program."""

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models.functions import Lower
from django.utils.translation import gettext as _

from chains.acting import Acting
from chains.models import Chain
from chains.submissions import claim, finish
from loyalty.cards.models import CardType
from loyalty.cards.services import change_card_type, create_card_type
from loyalty.promotions.models import Promotion
from loyalty.promotions.services import create_promotion
from loyalty.referral.models import ReferralProgram, State
from loyalty.referral.services import set_referral_program
from loyalty.rules.terms import ActsFrom, AutomaticIssue
from loyalty.start.meanwhile import check_nothing_made_since
from loyalty.start.offers import Offer

#: The longest name that a promotion or a card type may have.
LONGEST = 150


def name_of_new_card() -> str:
    return _("Loyalty card")


def columns_of_new_card(*, is_automatic: bool) -> dict[str, Any]:
    """Cards that act at once, so that who is given one at the desk has something of it that day."""
    issue = AutomaticIssue.ANY if is_automatic else AutomaticIssue.NEVER
    return {"automatic_issue": issue.value, "acts_from": ActsFrom.AT_ONCE.value}


def becomes_automatic(card_type: CardType, *, is_automatic: bool) -> bool:
    """Whether a card type that is there already is to be issued by itself from now on; never less than before."""
    return is_automatic and card_type.as_rules().automatic_issue is AutomaticIssue.NEVER


@transaction.atomic
def start_promotion(
    *,
    chain: Chain,
    offer: Offer,
    card_type: CardType | None,
    is_automatic: bool,
    seen: str | None = None,
    key: uuid.UUID | None = None,
    at: datetime,
    acting_user: Acting,
) -> Promotion:
    """Make the promotion and let it act through the card type; without one, through a new one.

    ``is_automatic``: new clients get the card by themselves from now on. A name that is taken gets a number behind it.
    Refuses ``stale_edit`` where a promotion or a card type was made since the version ``seen``; raises
    ``ValidationError`` by column for what cannot be. A known key answers with the first promotion.
    """
    submission = claim(chain=chain, key=key, action="start_promotion", user=acting_user, on=(chain,), at=at)
    if submission.result_id:
        return Promotion.objects.get(pk=submission.result_id)
    _hold(chain)
    check_nothing_made_since(chain, seen)
    by: dict[str, Any] = {"at": at, "acting_user": acting_user}
    carrier = _carrier(chain, card_type, is_automatic=is_automatic, **by)
    promotion = _made(chain, offer, card_types=[carrier], **by)
    finish(submission, promotion.pk)
    return promotion


@transaction.atomic
def start_referral(
    *,
    chain: Chain,
    offers: Mapping[str, Offer],
    card_type: CardType | None,
    seen: str | None = None,
    key: uuid.UUID | None = None,
    at: datetime,
    acting_user: Acting,
) -> ReferralProgram:
    """Make both promotions, and turn the chain's referral program on with them and the card type, else a new one.

    Raises ``ValidationError`` where the program is on already (docs/rules.md, section 7), and refuses ``stale_edit``
    where a promotion or a card type was made since the version ``seen``.
    """
    submission = claim(chain=chain, key=key, action="start_referral", user=acting_user, on=(chain,), at=at)
    if submission.result_id:
        return ReferralProgram.objects.get(pk=submission.result_id)
    _hold(chain)
    if is_referral_on(chain):
        raise ValidationError(_("The referral program is on already. Change it on its own page."))
    check_nothing_made_since(chain, seen)
    by: dict[str, Any] = {"at": at, "acting_user": acting_user}
    made: dict[str, Any] = {place: _made(chain, offer, **by) for place, offer in offers.items()}
    program = set_referral_program(
        chain=chain,
        state=State.ON,
        card_type=_carrier(chain, card_type, is_automatic=False, **by),
        **made,
        **by,
    )
    finish(submission, program.pk)
    return program


def is_referral_on(chain: Chain) -> bool:
    return ReferralProgram.objects.of_place(chain, None).standing().exists()


def _hold(chain: Chain) -> None:
    """One start at a time in a chain, so that two of them find its programs and the names of these as they are."""
    Chain.objects.select_for_update(no_key=True).get(pk=chain.pk)


def _made(chain: Chain, offer: Offer, **about: Any) -> Promotion:
    return create_promotion(chain=chain, name=free_name(chain.promotions, offer.name), **offer.choices, **about)


def _carrier(
    chain: Chain, card_type: CardType | None, *, is_automatic: bool, at: datetime, acting_user: Acting
) -> CardType:
    if card_type is None:
        return create_card_type(
            chain=chain,
            name=free_name(chain.card_types, name_of_new_card()),
            at=at,
            acting_user=acting_user,
            **columns_of_new_card(is_automatic=is_automatic),
        )
    # Without a join: one to terms that were replaced while this waits would find none.
    card_type = CardType.objects.select_for_update(no_key=True).get(pk=card_type.pk)
    if card_type.as_rules().archived:
        raise ValidationError({"card_type": _("%(name)s was archived meanwhile.") % {"name": card_type}})
    if becomes_automatic(card_type, is_automatic=is_automatic):
        issue = AutomaticIssue.ANY.value
        change_card_type(card_type=card_type, automatic_issue=issue, at=at, acting_user=acting_user)
    return card_type


def free_name(named: Any, name: str) -> str:
    """The name, or the first with a number behind it that nothing among ``named`` has, whatever its case."""
    taken = set(named.annotate(lower=Lower("name")).values_list("lower", flat=True))
    ends = ("", *(f" {number}" for number in range(2, len(taken) + 3)))
    candidates = (f"{name[: LONGEST - len(end)]}{end}" for end in ends)
    return next(each for each in candidates if each.lower() not in taken)
