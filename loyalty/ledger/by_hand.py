"""What staff enter by hand, whatever holds it: its amount, and the undoing of it (docs/rules.md, section 6)."""

import uuid
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from chains.acting import Acting
from chains.models import Chain
from chains.refusals import Code, Refusal
from chains.submissions import claim, finish
from loyalty.ledger.journal import open_journal
from loyalty.ledger.models import HandedMoney, Holder, Transaction
from loyalty.rules.bill import is_amount
from loyalty.rules.money import ZERO


def check_amount(chain: Chain, amount: Decimal, *, field: str = "amount") -> None:
    """Refuse ``invalid_amount`` for what is not above 0, in range, and no finer than the minor unit."""
    if not amount or not is_amount(amount, chain.places):
        raise Refusal(
            Code.INVALID_AMOUNT,
            _("Type an amount above zero with at most %(places)s decimals."),
            field=field,
            params={"places": chain.places},
        )


def use_of(row: Transaction, holder: Holder) -> Refusal | None:
    """What keeps a manual row from being undone where its kind asks that nothing of it was used since."""
    if row.what.undone_unused and holder.balance - row.amount < ZERO:
        return Refusal(Code.BALANCE_TOO_LOW, _("Something of it was used already, so it cannot be undone."))
    return None


@transaction.atomic
def undo(
    *,
    row: Transaction,
    key: uuid.UUID | None = None,
    at: datetime,
    acting_user: Acting,
) -> Transaction:
    """Undo a manual row by a counter-row; money that was handed over with it is handed back.

    ``key`` is that of the form that asked for it; a key that was sent before answers with the first counter-row.
    Refuses ``not_undoable`` for any other row, ``already_undone`` the second time, ``balance_too_low`` where something
    of an adjustment was used.
    """
    submission = claim(chain=row.chain, key=key, action="undo", user=acting_user, on=(row,), at=at)
    if submission.result_id:
        return Transaction.objects.get(pk=submission.result_id)
    if not row.is_manual or row.undoes_id is not None or row.holder_id is None:
        raise Refusal(
            Code.NOT_UNDOABLE,
            _("Only what staff entered by hand is undone here. Edit or cancel the visit instead."),
        )
    journal = open_journal(
        chain=row.chain,
        holder_ids=[row.holder_id],
        at=at,
        acting_user=acting_user,
        undoable=Q(pk=row.pk) | Q(undoes=row.pk),
    )
    journal.burn_past(journal.books.holders)
    standing = [each for each in journal.books.standing() if each.pk == row.pk]
    if not standing:
        raise Refusal(Code.ALREADY_UNDONE, _("This was undone already. Nothing more to do."))
    if refusal := use_of(row, journal.books.holders[row.holder_id]):
        raise refusal
    counter = journal.undo(standing[0])
    journal.write()
    handed = HandedMoney.objects.filter(transaction=row).first()
    if handed:
        HandedMoney.objects.create(transaction=counter, method=handed.method)
    finish(submission, counter.pk)
    return counter
