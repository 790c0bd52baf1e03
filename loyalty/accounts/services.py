"""Account types are set up, accounts opened and blocked, and money moved on them by hand (docs/rules.md, section 13).

``location`` is where it is done, None for the chain itself. ``key`` is that of the form that asked for it; a key
that was sent before answers with the first result.
"""

from __future__ import annotations

import uuid
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from chains.acting import Acting, user_of
from chains.models import Chain, Location
from chains.refusals import Code, Refusal
from chains.submissions import claim, finish
from clients.models import Client
from loyalty.accounts.models import Account, AccountType, AccountTypeTerms
from loyalty.ledger.by_hand import check_amount
from loyalty.ledger.journal import Given, Journal, open_journal
from loyalty.ledger.kinds import HolderKind, TransactionKind
from loyalty.ledger.models import HandedMoney, Holder, Transaction
from loyalty.programs.edits import check_seen_program
from loyalty.programs.terms import one_order, save_name, write_terms
from loyalty.rules.money import ZERO
from loyalty.rules.plan import PaymentMethod

# Types
# ----------------------------------------------------------------------------


@transaction.atomic
def create_account_type(
    *, chain: Chain, name: str, key: uuid.UUID | None = None, at: datetime, acting_user: Acting, **choices: Any
) -> AccountType:
    """Make an account type under its first terms; ``choices`` are the columns of ``AccountTypeTerms``.

    Raises ``ValidationError`` by column for what cannot be.
    """
    submission = claim(chain=chain, key=key, action="create_account_type", user=acting_user, on=(chain,), at=at)
    if submission.result_id:
        return AccountType.objects.get(pk=submission.result_id)
    account_type = AccountType(chain=chain)
    save_name(account_type, name)
    write_terms(AccountTypeTerms, account_type, changes=one_order(choices), at=at, acting_user=acting_user)
    finish(submission, account_type.pk)
    return account_type


@transaction.atomic
def change_account_type(
    *,
    account_type: AccountType,
    name: str | None = None,
    seen: str | None = None,
    key: uuid.UUID | None = None,
    at: datetime,
    acting_user: Acting,
    **choices: Any,
) -> AccountTypeTerms:
    """Put new terms of an account type in force; accounts that are open keep theirs.

    Refuses ``stale_edit`` where the type is no longer at the version ``seen``; raises ``ValidationError`` by column
    for what cannot be.
    """
    submission = claim(
        chain=account_type.chain, key=key, action="change_account_type", user=acting_user, on=(account_type,), at=at
    )
    locked = AccountType.objects.select_for_update(no_key=True).get(pk=account_type.pk)
    assert locked.terms is not None
    if submission.result_id:
        return locked.terms
    check_seen_program(locked, AccountTypeTerms, seen)
    account_type.terms = locked.terms
    if name is not None and name.strip() != locked.name:
        save_name(account_type, name)
    terms = write_terms(AccountTypeTerms, account_type, changes=one_order(choices), at=at, acting_user=acting_user)
    finish(submission, account_type.pk)
    return terms


# Accounts
# ----------------------------------------------------------------------------


@transaction.atomic
def open_account(
    *,
    client: Client,
    account_type: AccountType,
    opening_balance: Decimal = ZERO,
    key: uuid.UUID | None = None,
    at: datetime,
    acting_user: Acting,
) -> Account:
    """Open an account of the type for the client, under the terms in force, with an opening balance of 0 or more.

    Refuses ``account_type_held`` where the client has one of the type, ``promotion_not_applicable`` where the type is
    archived, ``invalid_amount``.
    """
    submission = claim(chain=client.chain, key=key, action="open_account", user=acting_user, on=(client,), at=at)
    if submission.result_id:
        return Account.objects.get(pk=submission.result_id)
    Client.objects.filter(pk=client.pk).locked().get()
    terms = AccountType.objects.select_related("terms").get(pk=account_type.pk).as_rules()
    if terms.archived:
        raise Refusal(
            Code.PROMOTION_NOT_APPLICABLE,
            _("Accounts of the type %(account_type)s are no longer opened. Choose another type."),
            field="account_type",
            params={"account_type": account_type.name},
        )
    if Account.objects.filter(client=client, account_type=account_type).exists():
        raise Refusal(
            Code.ACCOUNT_TYPE_HELD,
            _("%(client)s already has an account of the type %(account_type)s. Use that one."),
            field="account_type",
            params={"client": client.name, "account_type": account_type.name},
        )
    if opening_balance:
        check_amount(client.chain, opening_balance, field="opening_balance")
    account = Account.objects.create(
        chain=client.chain,
        client=client,
        account_type=account_type,
        terms_id=terms.terms_id,
        holder=Holder.objects.create(chain=client.chain, client=client, kind=HolderKind.ACCOUNT),
        opened_at=at,
        opened_by=user_of(acting_user),
    )
    if opening_balance:
        journal = _journal(account, None, at=at, acting_user=acting_user)
        journal.grant(
            holder_id=account.holder_id,
            kind=TransactionKind.ACCOUNT_OPENING_BALANCE,
            amount=opening_balance,
            given=Given(),
        )
        journal.write()
    finish(submission, account.pk)
    return account


@transaction.atomic
def top_up(
    *,
    account: Account,
    amount: Decimal,
    method: PaymentMethod = PaymentMethod.CASH,
    comment: str = "",
    location: Location | None = None,
    key: uuid.UUID | None = None,
    at: datetime,
    acting_user: Acting,
) -> Transaction:
    """Take money from the guest and put it on the account; what it owes is filled first.

    Refuses ``invalid_amount``, ``account_blocked``, ``account_not_valid_here``.
    """
    submission = _claimed(account, location, "top_up", key, at, acting_user)
    if submission.result_id:
        return Transaction.objects.get(pk=submission.result_id)
    journal = _open(account, location, amount, at=at, acting_user=acting_user)
    row = journal.grant(
        holder_id=account.holder_id,
        kind=TransactionKind.ACCOUNT_TOP_UP,
        amount=amount,
        given=Given(),
        comment=comment,
    )
    return _handed(journal, row, method, submission)


@transaction.atomic
def pay_out(
    *,
    account: Account,
    amount: Decimal,
    method: PaymentMethod = PaymentMethod.CASH,
    comment: str = "",
    location: Location | None = None,
    key: uuid.UUID | None = None,
    at: datetime,
    acting_user: Acting,
) -> Transaction:
    """Hand money of the account back to the guest.

    Refuses ``invalid_amount``, ``account_blocked``, ``account_not_valid_here``, ``balance_too_low``: never more than
    what is on it, whatever credit it has.
    """
    submission = _claimed(account, location, "pay_out", key, at, acting_user)
    if submission.result_id:
        return Transaction.objects.get(pk=submission.result_id)
    journal = _open(account, location, amount, at=at, acting_user=acting_user)
    _check_balance(journal, account, amount)
    row = journal.debit(
        holder_id=account.holder_id,
        kind=TransactionKind.ACCOUNT_PAYOUT,
        amount=amount,
        given=Given(),
        comment=comment,
    )
    return _handed(journal, row, method, submission)


@transaction.atomic
def adjust_account(
    *,
    account: Account,
    amount: Decimal,
    comment: str,
    key: uuid.UUID | None = None,
    at: datetime,
    acting_user: Acting,
) -> Transaction:
    """Put ``amount`` right by hand, above or below 0, never so that the balance falls below 0.

    Refuses ``invalid_amount``, ``account_blocked``, ``balance_too_low``, ``reason_missing`` without a comment.
    """
    submission = _claimed(account, None, "adjust_account", key, at, acting_user)
    if submission.result_id:
        return Transaction.objects.get(pk=submission.result_id)
    journal = _open(account, None, amount, at=at, acting_user=acting_user, signed=True)
    if not comment.strip():
        raise Refusal(Code.REASON_MISSING, _("Say why, in a few words."), field="comment")
    if amount < 0:
        _check_balance(journal, account, -amount)
    move = journal.grant if amount > 0 else journal.debit
    row = move(
        holder_id=account.holder_id,
        kind=TransactionKind.ACCOUNT_ADJUSTMENT,
        amount=abs(amount),
        given=Given(),
        comment=comment,
    )
    journal.write()
    finish(submission, row.pk)
    return row


@transaction.atomic
def block_account(*, account: Account, reason: str, at: datetime) -> None:
    """Block an account: it neither pays nor is topped up or paid out any more; undoing always works."""
    Holder.objects.filter(pk=account.holder_id).locked().get()
    Account.objects.filter(pk=account.pk, blocked_at=None).update(blocked_at=at, block_reason=reason)


@transaction.atomic
def unblock_account(*, account: Account, reason: str) -> None:
    Holder.objects.filter(pk=account.holder_id).locked().get()
    Account.objects.filter(pk=account.pk, blocked_at__isnull=False).update(blocked_at=None, block_reason=reason)


def _claimed(
    account: Account, location: Location | None, action: str, key: uuid.UUID | None, at: datetime, acting_user: Acting
) -> Any:
    place = location or account.chain
    return claim(chain=account.chain, key=key, action=action, user=acting_user, on=(place, account), at=at)


def _journal(account: Account, location: Location | None, *, at: datetime, acting_user: Acting) -> Journal:
    return open_journal(
        chain=account.chain, holder_ids=[account.holder_id], at=at, acting_user=acting_user, location=location
    )


def _open(
    account: Account,
    location: Location | None,
    amount: Decimal,
    *,
    at: datetime,
    acting_user: Acting,
    signed: bool = False,
) -> Journal:
    """The journal on the account's holder; the amount and the account, as it is under its lock, are checked."""
    journal = _journal(account, location, at=at, acting_user=acting_user)
    check_amount(account.chain, abs(amount) if signed and amount.is_finite() else amount)
    current = Account.objects.select_related("terms").get(pk=account.pk)
    if current.is_blocked:
        raise Refusal(Code.ACCOUNT_BLOCKED, _("The account is blocked. Unblock it first."))
    if location is not None and not current.terms.as_rules().works_at(location.pk):
        raise Refusal(Code.ACCOUNT_NOT_VALID_HERE, _("The account does not work at this location."))
    return journal


def _check_balance(journal: Journal, account: Account, amount: Decimal) -> None:
    balance = journal.books.holders[account.holder_id].balance
    if amount > balance:
        raise Refusal(
            Code.BALANCE_TOO_LOW,
            _("Only %(balance)s is on the account. Type at most that."),
            field="amount",
            params={"balance": f"{max(ZERO, balance):.{account.chain.places}f}"},
        )


def _handed(journal: Journal, row: Transaction, method: PaymentMethod, submission: Any) -> Transaction:
    journal.write()
    HandedMoney.objects.create(transaction=row, method=method)
    finish(submission, row.pk)
    return row
