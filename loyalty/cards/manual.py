"""Points accrued and written off by hand (docs/rules.md, section 5).

``location`` is where it is done, None for the chain itself. ``key`` is that of the form that asked for it; a key
that was sent before answers with the first row.
"""

import uuid
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from chains.acting import Acting
from chains.models import Location
from chains.refusals import Code, Refusal
from chains.submissions import claim, finish
from loyalty.cards.models import Card
from loyalty.ledger.by_hand import check_amount
from loyalty.ledger.journal import Given, Journal, open_journal
from loyalty.ledger.kinds import TransactionKind
from loyalty.ledger.models import Transaction


@transaction.atomic
def accrue(
    *,
    card: Card,
    amount: Decimal,
    comment: str,
    last_day: date | None = None,
    location: Location | None = None,
    key: uuid.UUID | None = None,
    at: datetime,
    acting_user: Acting,
) -> Transaction:
    """Give ``amount`` points to a card as a lot good through ``last_day`` (None: without one).

    Refuses ``invalid_amount``, ``invalid_date`` for a last day in the past, ``card_blocked``.
    """
    submission = claim(
        chain=card.chain, key=key, action="accrue", user=acting_user, on=(location or card.chain, card), at=at
    )
    if submission.result_id:
        return Transaction.objects.get(pk=submission.result_id)
    journal, card = _open(card, location, at=at, acting_user=acting_user)
    _check(card, amount)
    if last_day is not None and last_day < journal.books.today:
        raise Refusal(Code.INVALID_DATE, _("The last day is past. Choose today or later, or none."), field="last_day")
    card_type = card.card_type.as_rules()
    row = journal.grant(
        holder_id=card.holder_id,
        kind=TransactionKind.MANUAL_ACCRUAL,
        amount=amount,
        given=Given(card_id=card.pk, card_type_terms_id=card_type.terms_id),
        last_on=last_day,
        inactivity=card_type.inactivity,
        comment=comment,
    )
    journal.write()
    finish(submission, row.pk)
    return row


@transaction.atomic
def write_off(
    *,
    card: Card,
    amount: Decimal,
    comment: str,
    location: Location | None = None,
    key: uuid.UUID | None = None,
    at: datetime,
    acting_user: Acting,
) -> Transaction:
    """Take ``amount`` points from a card. Refuses ``invalid_amount``, ``card_blocked``, ``balance_too_low``."""
    submission = claim(
        chain=card.chain, key=key, action="write_off", user=acting_user, on=(location or card.chain, card), at=at
    )
    if submission.result_id:
        return Transaction.objects.get(pk=submission.result_id)
    journal, card = _open(card, location, at=at, acting_user=acting_user)
    _check(card, amount)
    available = journal.books.pots[card.holder_id].available(journal.books.today)
    if amount > available:
        raise Refusal(
            Code.BALANCE_TOO_LOW,
            _("The card has only %(available)s points. Write off at most that."),
            field="amount",
            params={"available": f"{available:.{card.chain.places}f}"},
        )
    row = journal.debit(
        holder_id=card.holder_id,
        kind=TransactionKind.MANUAL_DEBIT,
        amount=amount,
        given=Given(card_id=card.pk),
        comment=comment,
    )
    journal.write()
    finish(submission, row.pk)
    return row


def _open(card: Card, location: Location | None, *, at: datetime, acting_user: Acting) -> tuple[Journal, Card]:
    """The journal on the card's holder, and the card as it is under its lock."""
    journal = open_journal(
        chain=card.chain,
        holder_ids=[card.holder_id],
        at=at,
        acting_user=acting_user,
        location=location,
    )
    journal.burn_past(journal.books.holders)
    return journal, Card.objects.select_related("chain", "card_type__terms").get(pk=card.pk)


def _check(card: Card, amount: Decimal) -> None:
    check_amount(card.chain, amount)
    if card.is_blocked:
        raise Refusal(Code.CARD_BLOCKED, _("The card is blocked and takes no points by hand. Choose another card."))
