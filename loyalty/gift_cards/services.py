"""Gift card types are set up; gift cards are adjusted, given longer, blocked, expired (docs/rules.md, section 12).

``key`` is that of the form that asked for it; a key that was sent before answers with the first result.
"""

from __future__ import annotations

import uuid
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from chains.acting import Acting, Program
from chains.edits import check_seen
from chains.models import Chain
from chains.refusals import Code, Refusal
from chains.submissions import claim, finish
from clients.models import Client
from loyalty.gift_cards.models import GRANTS, GiftCard, GiftCardType, GiftCardTypeTerms
from loyalty.gift_cards.sales import make_gift_card
from loyalty.ledger.books import Books
from loyalty.ledger.by_hand import check_amount
from loyalty.ledger.journal import Given, Journal, open_journal
from loyalty.ledger.kinds import TransactionKind
from loyalty.ledger.models import Holder, Transaction
from loyalty.programs.edits import check_seen_program
from loyalty.programs.terms import one_order, save_name, write_terms
from loyalty.rules.money import ZERO
from loyalty.rules.why import Reason, why

#: Who writes what ends by itself.
EXPIRY = Program("expiry")
#: So many gift cards expire in one transaction, so that no desk waits for long.
_AT_ONCE = 100

# Types
# ----------------------------------------------------------------------------


@transaction.atomic
def create_gift_card_type(
    *, chain: Chain, name: str, key: uuid.UUID | None = None, at: datetime, acting_user: Acting, **choices: Any
) -> GiftCardType:
    """Make a gift card type under its first terms; ``choices`` are the columns of ``GiftCardTypeTerms``.

    Raises ``ValidationError`` by column for what cannot be.
    """
    submission = claim(chain=chain, key=key, action="create_gift_card_type", user=acting_user, on=(chain,), at=at)
    if submission.result_id:
        return GiftCardType.objects.get(pk=submission.result_id)
    gift_card_type = GiftCardType(chain=chain)
    save_name(gift_card_type, name)
    write_terms(GiftCardTypeTerms, gift_card_type, changes=one_order(choices), at=at, acting_user=acting_user)
    finish(submission, gift_card_type.pk)
    return gift_card_type


@transaction.atomic
def change_gift_card_type(
    *,
    gift_card_type: GiftCardType,
    name: str | None = None,
    seen: str | None = None,
    key: uuid.UUID | None = None,
    at: datetime,
    acting_user: Acting,
    **choices: Any,
) -> GiftCardTypeTerms:
    """Put new terms of a gift card type in force; cards that were sold keep theirs.

    Refuses ``stale_edit`` where the type is no longer at the version ``seen``; raises ``ValidationError`` by column
    for what cannot be.
    """
    chain = gift_card_type.chain
    submission = claim(
        chain=chain, key=key, action="change_gift_card_type", user=acting_user, on=(gift_card_type,), at=at
    )
    locked = GiftCardType.objects.select_for_update(no_key=True).get(pk=gift_card_type.pk)
    assert locked.terms is not None
    if submission.result_id:
        return locked.terms
    check_seen_program(locked, GiftCardTypeTerms, seen)
    gift_card_type.terms = locked.terms
    if name is not None and name.strip() != locked.name:
        save_name(gift_card_type, name)
    terms = write_terms(GiftCardTypeTerms, gift_card_type, changes=one_order(choices), at=at, acting_user=acting_user)
    finish(submission, gift_card_type.pk)
    return terms


# Cards
# ----------------------------------------------------------------------------


@transaction.atomic
def grant_opening_balance(
    *,
    gift_card_type: GiftCardType,
    amount: Decimal,
    number: str = "",
    client: Client | None = None,
    last_on: date | None = None,
    at: datetime,
    acting_user: Acting,
) -> GiftCard:
    """A gift card that was sold before there was a ledger, with what is on it; ``last_on`` None is without end.

    Refuses ``invalid_amount``, ``invalid_date`` for a last day in the past, ``gift_card_number_taken``,
    ``unknown_client`` where a named one has no owner. No par value and no number of copies bounds it.
    """
    chain = gift_card_type.chain
    check_amount(chain, amount)
    today = chain.local_date(at)
    if last_on is not None and last_on < today:
        raise _past_day()
    if client is None and gift_card_type.as_rules().named:
        raise Refusal(Code.UNKNOWN_CLIENT, _("A named gift card is a guest's. Say whose."), field="phone")
    card = make_gift_card(
        gift_card_type=gift_card_type,
        par=amount,
        number=number,
        buyer_id=client.pk if client else None,
        granted_on=today,
        at=at,
        acting_user=acting_user,
    )
    card.last_on = last_on
    card.save(update_fields=["last_on"])
    journal = open_journal(chain=chain, holder_ids=[card.holder_id], at=at, acting_user=acting_user)
    journal.grant(
        holder_id=card.holder_id,
        kind=TransactionKind.GIFT_CARD_OPENING_BALANCE,
        amount=amount,
        given=Given(client_id=card.buyer_id),
    )
    journal.write()
    return card


@transaction.atomic
def adjust_balance(
    *,
    gift_card: GiftCard,
    amount: Decimal,
    comment: str,
    key: uuid.UUID | None = None,
    at: datetime,
    acting_user: Acting,
) -> Transaction:
    """Put the balance right by hand: ``amount`` above or below 0, never so that it falls below 0.

    Refuses ``invalid_amount``, ``gift_card_not_valid`` for one that was returned, and for more on one that is past its
    last day, where it would expire within the hour, ``balance_too_low``, ``reason_missing`` without a comment.
    """
    submission = claim(
        chain=gift_card.chain, key=key, action="adjust_gift_card", user=acting_user, on=(gift_card,), at=at
    )
    if submission.result_id:
        return Transaction.objects.get(pk=submission.result_id)
    journal = _open(gift_card, at=at, acting_user=acting_user)
    check_amount(gift_card.chain, abs(amount) if amount.is_finite() else amount)
    _check_granted(journal.books, gift_card)
    if amount > 0 and GiftCard.objects.filter(pk=gift_card.pk, last_on__lt=journal.books.today).exists():
        raise Refusal(
            Code.GIFT_CARD_NOT_VALID,
            _("The gift card is past its last day, so more on it would expire. Let it be valid for longer first."),
            field="amount",
        )
    if not comment.strip():
        raise Refusal(Code.REASON_MISSING, _("Say why, in a few words."), field="comment")
    balance = journal.books.holders[gift_card.holder_id].balance
    if balance + amount < ZERO:
        raise Refusal(
            Code.BALANCE_TOO_LOW,
            _("Only %(balance)s is on the gift card. Take at most that."),
            field="amount",
            params={"balance": f"{balance:.{gift_card.chain.places}f}"},
        )
    move = journal.grant if amount > 0 else journal.debit
    row = move(
        holder_id=gift_card.holder_id,
        kind=TransactionKind.GIFT_CARD_ADJUSTMENT,
        amount=abs(amount),
        given=Given(client_id=gift_card.buyer_id),
        comment=comment,
    )
    journal.write()
    finish(submission, row.pk)
    return row


@transaction.atomic
def change_last_day(
    *,
    gift_card: GiftCard,
    last_on: date | None,
    reason: str = "",
    seen: str | None = None,
    key: uuid.UUID | None = None,
    at: datetime,
    acting_user: Acting,
) -> None:
    """Let a gift card be good through another day, None without end; every expiry that stands is undone.

    Refuses ``invalid_date`` for a day before today, ``gift_card_not_valid`` for one that was returned, ``stale_edit``
    where it is no longer at the version ``seen``.
    """
    submission = claim(
        chain=gift_card.chain, key=key, action="change_last_day", user=acting_user, on=(gift_card,), at=at
    )
    if submission.result_id:
        return
    journal = _open(gift_card, at=at, acting_user=acting_user)
    if seen is not None:
        check_seen(gift_card, seen)
    if last_on is not None and last_on < journal.books.today:
        raise _past_day()
    _check_granted(journal.books, gift_card)
    for row in [row for row in journal.books.standing() if row.kind == TransactionKind.GIFT_CARD_EXPIRY]:
        journal.undo(row)
    journal.write()
    gift_card.last_on, gift_card.last_on_reason = last_on, reason
    gift_card.save(update_fields=["last_on", "last_on_reason"])
    finish(submission, gift_card.pk)


@transaction.atomic
def block_gift_card(*, gift_card: GiftCard, reason: str, at: datetime) -> None:
    """Block a gift card: it pays no more. Undoing always works, and it still expires.

    Twice is once: the first reason stays.
    """
    Holder.objects.filter(pk=gift_card.holder_id).locked().get()
    GiftCard.objects.filter(pk=gift_card.pk, blocked_at=None).update(blocked_at=at, block_reason=reason)


@transaction.atomic
def unblock_gift_card(*, gift_card: GiftCard, reason: str) -> None:
    Holder.objects.filter(pk=gift_card.holder_id).locked().get()
    GiftCard.objects.filter(pk=gift_card.pk, blocked_at__isnull=False).update(blocked_at=None, block_reason=reason)


def expire_gift_cards(*, chain: Chain, at: datetime) -> int:
    """Write ``gift_card_expiry`` for what is left on cards past their last day; how many there were.

    Run twice it writes nothing more; those that somebody else holds are left to the next run.
    """
    expired = 0
    while batch := _expire_some(chain, at):
        expired += batch
    return expired


@transaction.atomic
def _expire_some(chain: Chain, at: datetime) -> int:
    today = chain.local_date(at)
    due = GiftCard.objects.filter(chain=chain).past(today).order_by("holder").values("holder")
    held = list(Holder.objects.filter(pk__in=due).taken().values_list("pk", flat=True)[:_AT_ONCE])
    journal = open_journal(
        chain=chain,
        holder_ids=held,
        at=at,
        acting_user=EXPIRY,
        undoable=Q(kind=TransactionKind.GIFT_CARD_EXPIRY, holder__in=held),
    )
    # As they are now that they are held: one may have been given longer meanwhile.
    cards = GiftCard.objects.filter(holder__in=journal.books.holders).past(today).order_by("holder")
    expired = 0
    for card in cards:
        _expire(journal, card)
        expired += 1
    journal.write()
    return expired


def _expire(journal: Journal, card: GiftCard) -> None:
    """Take what is left of a card past its last day; its expiries were loaded with the journal."""
    before = [
        row.turn
        for row in journal.books.rows
        if row.kind == TransactionKind.GIFT_CARD_EXPIRY and row.holder_id == card.holder_id
    ]
    assert card.last_on
    journal.debit(
        holder_id=card.holder_id,
        kind=TransactionKind.GIFT_CARD_EXPIRY,
        amount=journal.books.holders[card.holder_id].balance,
        given=Given(
            client_id=card.buyer_id, turn=max(before, default=0) + 1, why=why(Reason.GIVEN, last_on=card.last_on)
        ),
    )


def _open(gift_card: GiftCard, *, at: datetime, acting_user: Acting) -> Journal:
    """The journal on the card's holder, with the rows that its status depends on."""
    return open_journal(
        chain=gift_card.chain,
        holder_ids=[gift_card.holder_id],
        at=at,
        acting_user=acting_user,
        undoable=Q(holder=gift_card.holder_id, kind__in=[*GRANTS, TransactionKind.GIFT_CARD_EXPIRY]),
    )


def _check_granted(books: Books, gift_card: GiftCard) -> None:
    if not any(row.kind in GRANTS for row in books.standing()):
        raise Refusal(Code.GIFT_CARD_NOT_VALID, _("The gift card was returned: its sale was undone."))


def _past_day() -> Refusal:
    return Refusal(Code.INVALID_DATE, _("The day is past. Choose today or later."), field="last_on")
