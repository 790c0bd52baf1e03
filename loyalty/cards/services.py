"""Card types are set up, cards issued and blocked, and points moved by hand here (docs/rules.md, section 4)."""

import secrets
import uuid
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from chains.acting import Acting, user_of
from chains.folding import folded_number
from chains.models import Chain, Location
from chains.refusals import Code, Refusal
from chains.submissions import claim, finish
from clients.models import Client
from clients.services import add_client
from loyalty.cards.models import Card, CardType, CardTypeTerms
from loyalty.cards.questions import referral_gives
from loyalty.ledger.kinds import HolderKind
from loyalty.ledger.models import Holder
from loyalty.programs.edits import check_seen_program
from loyalty.programs.terms import one_order, save_name, write_terms
from loyalty.promotions.models import Promotion

_NOT_ATTACHED = _("%(promotion)s belongs to the referral program, whose promotions may not be attached to a card type.")


@transaction.atomic
def create_card_type(
    *,
    chain: Chain,
    name: str,
    promotions: Iterable[Promotion] = (),
    key: uuid.UUID | None = None,
    at: datetime,
    acting_user: Acting,
    **choices: Any,
) -> CardType:
    """Make a card type under its first terms; ``choices`` are the columns of ``CardTypeTerms``.

    ``key`` is that of the form that asked for it; a key that was sent before answers with the first card type.
    Raises ``ValidationError`` by column for what cannot be.
    """
    submission = claim(chain=chain, key=key, action="create_card_type", user=acting_user, on=(chain,), at=at)
    if submission.result_id:
        return CardType.objects.get(pk=submission.result_id)
    card_type = CardType(chain=chain)
    save_name(card_type, name)
    write_terms(CardTypeTerms, card_type, changes=one_order(choices), at=at, acting_user=acting_user)
    attach_promotions(card_type=card_type, promotions=promotions)
    finish(submission, card_type.pk)
    return card_type


@transaction.atomic
def change_card_type(
    *,
    card_type: CardType,
    name: str | None = None,
    promotions: Iterable[Promotion] | None = None,
    seen: str | None = None,
    key: uuid.UUID | None = None,
    at: datetime,
    acting_user: Acting,
    **choices: Any,
) -> CardTypeTerms:
    """Put new terms of a card type in force; lots granted before keep their stamped days.

    Refuses ``stale_edit`` where the card type is no longer at the version ``seen``; raises ``ValidationError`` by
    column for what cannot be.
    """
    submission = claim(
        chain=card_type.chain, key=key, action="change_card_type", user=acting_user, on=(card_type,), at=at
    )
    locked = CardType.objects.select_for_update(no_key=True).get(pk=card_type.pk)
    assert locked.terms is not None
    if submission.result_id:
        return locked.terms
    check_seen_program(locked, CardTypeTerms, seen)
    card_type.terms = locked.terms
    if name is not None and name.strip() != locked.name:
        save_name(card_type, name)
    if promotions is not None:
        attach_promotions(card_type=card_type, promotions=promotions)
    terms = write_terms(CardTypeTerms, card_type, changes=one_order(choices), at=at, acting_user=acting_user)
    finish(submission, card_type.pk)
    return terms


@transaction.atomic
def attach_promotions(*, card_type: CardType, promotions: Iterable[Promotion]) -> None:
    """Let exactly these promotions act through cards of the type.

    Raises ``ValidationError`` for a promotion of the referral program (docs/rules.md, section 7).
    """
    promotions = list(promotions)
    if taken := of_referral_program(promotions):
        raise ValidationError({"promotions": _NOT_ATTACHED % {"promotion": taken.name}})
    card_type.promotions.set(promotions)


@transaction.atomic
def attach_to_card_types(*, promotion: Promotion, card_types: Iterable[CardType]) -> None:
    """Let the promotion act through cards of exactly these types: the same link, made from its other end."""
    card_types = list(card_types)
    if card_types and of_referral_program([promotion]):
        raise ValidationError({"card_types": _NOT_ATTACHED % {"promotion": promotion.name}})
    promotion.card_types.set(card_types)


def of_referral_program(promotions: Iterable[Promotion]) -> Promotion | None:
    """The first of the promotions that a referral program which is on gives.

    Holds the promotions until the transaction ends, so that none of them becomes one meanwhile.
    """
    ids = [promotion.pk for promotion in promotions]
    locked = list(Promotion.objects.filter(pk__in=ids).order_by("pk").select_for_update(no_key=True))
    return next((promotion for promotion in locked if is_of_referral_program(promotion)), None)


def is_of_referral_program(promotion: Promotion) -> bool:
    """Whether a referral program that is on, the chain's or a location's, gives the promotion."""
    return promotion.pk in given_by_referral_program(promotion.chain)


def is_for_invited_clients(promotion: Promotion) -> bool:
    """Whether a referral program that is on gives the promotion on an invited client's first visit."""
    return promotion.pk in referral_gives(promotion.chain_id).discounts


def receives_of_referral_program(card_type: CardType) -> bool:
    """Whether a referral program that is on gives its points on cards of the type."""
    return card_type.pk in referral_gives(card_type.chain_id).card_types


def given_by_referral_program(chain: Chain) -> set[int]:
    """The ids of the promotions that the referral programs of the chain and its locations give, while they are on."""
    given = referral_gives(chain.pk)
    return {*given.discounts, *given.cashbacks}


@transaction.atomic
def issue_card(
    *,
    client: Client,
    card_type: CardType,
    number: str = "",
    for_new_client: bool = False,
    key: uuid.UUID | None = None,
    at: datetime,
    acting_user: Acting,
) -> Card:
    """Give the client a card of the type, with a holder in the ledger; a blank number is generated.

    ``key`` is that of the form that asked for it; a key that was sent before answers with the first card.

    Refuses ``card_type_held`` where the client has an active card of the type, ``card_number_taken`` where the
    chain has a card of this number, ``promotion_not_applicable`` where the card type is archived.
    """
    submission = claim(chain=client.chain, key=key, action="issue_card", user=acting_user, on=(client,), at=at)
    if submission.result_id:
        return Card.objects.get(pk=submission.result_id)
    Client.objects.filter(pk=client.pk).locked().get()
    if card_type.as_rules().archived:
        raise Refusal(
            Code.PROMOTION_NOT_APPLICABLE,
            _("Cards of the type %(card_type)s are no longer issued. Choose another type."),
            field="card_type",
            params={"card_type": card_type.name},
        )
    if Card.objects.active().filter(client=client, card_type=card_type).exists():
        raise _held(client, card_type)
    try:
        with transaction.atomic():
            card = add_card(
                client=client,
                card_type_id=card_type.pk,
                number=number,
                for_new_client=for_new_client,
                at=at,
                acting_user=acting_user,
            )
    except IntegrityError as error:
        raise Refusal(
            Code.CARD_NUMBER_TAKEN,
            _("Another card of the chain has the number %(number)s. Type another, or leave it blank for a new one."),
            field="number",
            params={"number": number.strip()},
        ) from error
    finish(submission, card.pk)
    return card


def add_card(
    *,
    client: Client,
    card_type_id: int,
    number: str = "",
    for_new_client: bool = False,
    at: datetime,
    acting_user: Acting,
) -> Card:
    """Add the card with its holder; the caller holds the client's lock and knows that the card may be issued.

    A number of spaces and hyphens alone is none.
    """
    number = number.strip() if folded_number(number) else _new_number()
    return Card.objects.create(
        chain_id=client.chain_id,
        client=client,
        card_type_id=card_type_id,
        number=number,
        number_folded=folded_number(number),
        holder=Holder.objects.create(chain_id=client.chain_id, client=client, kind=HolderKind.CARD),
        issued_at=at,
        issued_by=user_of(acting_user),
        for_new_client=for_new_client,
    )


def _held(client: Client, card_type: CardType) -> Refusal:
    return Refusal(
        Code.CARD_TYPE_HELD,
        _("%(client)s already has an active card of the type %(card_type)s. Use that one."),
        field="card_type",
        params={"client": client.name, "card_type": card_type.name},
    )


def _new_number() -> str:
    """Ten digits that nobody can guess from another card's."""
    return f"{secrets.randbelow(10**10):010d}"


@transaction.atomic
def block_card(*, card: Card, at: datetime) -> None:
    """Block a card: it neither accrues nor pays nor discounts any more; its points still burn."""
    Holder.objects.filter(pk=card.holder_id).locked().get()
    Card.objects.filter(pk=card.pk, blocked_at=None).update(blocked_at=at)


@transaction.atomic
def unblock_card(*, card: Card) -> None:
    """Let a blocked card act again. Refuses ``card_type_held`` where the client has another active one of the type."""
    Client.objects.filter(pk=card.client_id).locked().get()
    Holder.objects.filter(pk=card.holder_id).locked().get()
    if Card.objects.active().filter(client=card.client_id, card_type=card.card_type_id).exclude(pk=card.pk).exists():
        raise _held(card.client, card.card_type)
    Card.objects.filter(pk=card.pk).update(blocked_at=None)


@transaction.atomic
def register_client(
    *,
    chain: Chain,
    name: str,
    phone: str,
    location: Location | None,
    email: str = "",
    birthday_on: date | None = None,
    comment: str = "",
    key: uuid.UUID | None = None,
    at: datetime,
    acting_user: Acting,
) -> Client:
    """Add a client and issue the cards that new clients of the location get by themselves.

    Without a location those cards are issued that new clients get at any location. ``key`` is that of the
    form that asked for it; a key that was sent before answers with the first client.

    Refuses ``invalid_phone``, ``phone_taken`` and ``invalid_date``.
    """
    submission = claim(chain=chain, key=key, action="register_client", user=acting_user, on=(location or chain,), at=at)
    if submission.result_id:
        return Client.objects.get(pk=submission.result_id)
    client = add_client(
        chain=chain,
        name=name,
        phone=phone,
        email=email,
        birthday_on=birthday_on,
        comment=comment,
        at=at,
        location=location,
    )
    for card_type in CardType.objects.filter(chain=chain).select_related("terms").order_by("pk"):
        if card_type.as_rules().is_issued_at(location.pk if location else None):
            issue_card(client=client, card_type=card_type, for_new_client=True, at=at, acting_user=acting_user)
    finish(submission, client.pk)
    return client
