"""Membership types are set up; memberships are adjusted, given longer, blocked, given away (docs/rules.md, section 14).

``key`` is that of the form that asked for it; a key that was sent before answers with the first result.
"""

from __future__ import annotations

import uuid
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from chains.acting import Acting
from chains.edits import check_seen
from chains.models import Chain
from chains.refusals import Code, Refusal
from chains.submissions import claim, finish
from clients.models import Client
from loyalty.ledger.journal import Given, Journal, open_journal
from loyalty.ledger.kinds import TransactionKind
from loyalty.ledger.models import Holder, Transaction
from loyalty.memberships.checks import MOST_USES
from loyalty.memberships.models import (
    MEMBERSHIP_TYPE_TERMS,
    Membership,
    MembershipCounter,
    MembershipPeriod,
    MembershipType,
    MembershipTypeTerms,
    PeriodState,
)
from loyalty.memberships.periods import turn_periods
from loyalty.memberships.renewals.models import Stopped
from loyalty.memberships.renewals.stopping import stop_renewal
from loyalty.memberships.sales import make_membership
from loyalty.programs.edits import check_seen_program
from loyalty.programs.terms import one_order, save_name, write_terms
from loyalty.rules.money import ZERO
from loyalty.rules.why import Reason, why

# Types
# ----------------------------------------------------------------------------


@transaction.atomic
def create_membership_type(
    *, chain: Chain, name: str, key: uuid.UUID | None = None, at: datetime, acting_user: Acting, **choices: Any
) -> MembershipType:
    """Make a membership type under its first terms; ``choices`` are the columns of ``MembershipTypeTerms``.

    Raises ``ValidationError`` by column for what cannot be.
    """
    submission = claim(chain=chain, key=key, action="create_membership_type", user=acting_user, on=(chain,), at=at)
    if submission.result_id:
        return MembershipType.objects.get(pk=submission.result_id)
    membership_type = MembershipType(chain=chain)
    save_name(membership_type, name)
    write_terms(MembershipTypeTerms, membership_type, changes=one_order(choices), at=at, acting_user=acting_user)
    finish(submission, membership_type.pk)
    return membership_type


@transaction.atomic
def change_membership_type(
    *,
    membership_type: MembershipType,
    name: str | None = None,
    seen: str | None = None,
    key: uuid.UUID | None = None,
    at: datetime,
    acting_user: Acting,
    **choices: Any,
) -> MembershipTypeTerms:
    """Put new terms of a membership type in force: services added to a counter hold for all, the rest for new sales.

    Refuses ``stale_edit`` where the type is no longer at the version ``seen``; raises ``ValidationError`` by column
    for what cannot be, such as services taken away from what was sold.
    """
    chain = membership_type.chain
    submission = claim(
        chain=chain, key=key, action="change_membership_type", user=acting_user, on=(membership_type,), at=at
    )
    locked = MembershipType.objects.select_for_update(no_key=True).get(pk=membership_type.pk)
    assert locked.terms is not None
    if submission.result_id:
        return locked.terms
    check_seen_program(locked, MembershipTypeTerms, seen)
    membership_type.terms = locked.terms
    if name is not None and name.strip() != locked.name:
        save_name(membership_type, name)
    terms = write_terms(
        MembershipTypeTerms, membership_type, changes=one_order(choices), at=at, acting_user=acting_user
    )
    finish(submission, membership_type.pk)
    return terms


# Memberships
# ----------------------------------------------------------------------------


@transaction.atomic
def grant_opening_balance(
    *,
    membership_type: MembershipType,
    client: Client,
    left: dict[int, int] | None = None,
    number: str = "",
    first_on: date | None = None,
    last_on: date | None = None,
    at: datetime,
    acting_user: Acting,
) -> Membership:
    """A membership that was sold before there was a ledger, with what is ``left`` by the key of each counter.

    Without ``left`` all of its counts are. ``first_on`` begins it then, ``last_on`` ends it then; None go by the type.
    Uses of it are worth nothing, as its price is not known. Refuses ``invalid_amount``, ``invalid_date`` for a last
    day in the past, ``membership_number_taken``.
    """
    chain = membership_type.chain
    today = chain.local_date(at)
    if last_on is not None and (last_on < today or (first_on is not None and last_on < first_on)):
        raise _past_day()
    membership = make_membership(
        membership_type=membership_type,
        client_id=client.pk,
        price=ZERO,
        number=number,
        begins_on=first_on,
        sold_on=first_on or today,
        at=at,
        acting_user=acting_user,
    )
    period = membership.period
    assert period is not None
    if first_on or last_on:
        [under] = MEMBERSHIP_TYPE_TERMS.of([membership.terms_id]).values()
        period.base_last_on = last_on
        period.save(update_fields=["base_last_on"])
        period.keep_days(period.days().begun(first_on or period.first_on, under))
    counters = list(membership.held_counters.exclude(count=None))
    journal = open_journal(
        chain=chain, holder_ids=[each.holder_id for each in counters], at=at, acting_user=acting_user
    )
    for counter in counters:
        units = (left or {}).get(counter.key, 0 if left else counter.count or 0)
        if not 0 <= units <= MOST_USES:
            raise _uses_mistake()
        if units:
            journal.grant(
                holder_id=counter.holder_id,
                kind=TransactionKind.MEMBERSHIP_OPENING_BALANCE,
                amount=Decimal(units),
                given=Given(why=why(Reason.GIVEN, period=period.number)),
            )
    journal.write()
    return membership


@transaction.atomic
def adjust_uses(
    *,
    counter: MembershipCounter,
    amount: Decimal,
    comment: str,
    key: uuid.UUID | None = None,
    at: datetime,
    acting_user: Acting,
) -> Transaction:
    """Put the uses that are left right by hand: ``amount`` whole visits above or below 0, never so that none are left.

    Refuses ``invalid_amount`` (of a counter without a count too), ``membership_not_valid`` for one that was returned,
    and for more on one that is past its last day, ``balance_too_low``, ``reason_missing`` without a comment.
    """
    membership = counter.membership
    submission = claim(
        chain=membership.chain, key=key, action="adjust_membership", user=acting_user, on=(counter,), at=at
    )
    if submission.result_id:
        return Transaction.objects.get(pk=submission.result_id)
    if counter.count is None or not amount.is_finite() or amount != int(amount) or not 0 < abs(amount) <= MOST_USES:
        raise _uses_mistake()
    journal = open_membership(membership, at=at, acting_user=acting_user)
    period = period_of(membership)
    if amount > 0 and period.last_on is not None and period.last_on < journal.books.today:
        raise Refusal(
            Code.MEMBERSHIP_NOT_VALID,
            _("The membership is past its last day, so more visits would expire. Let it be valid for longer first."),
            field="amount",
        )
    if not comment.strip():
        raise Refusal(Code.REASON_MISSING, _("Say why, in a few words."), field="comment")
    balance = journal.books.holders[counter.holder_id].balance
    if balance + amount < ZERO:
        raise Refusal(
            Code.BALANCE_TOO_LOW,
            _("Only %(balance)s are left. Take at most that."),
            field="amount",
            params={"balance": int(balance)},
        )
    move = journal.grant if amount > 0 else journal.debit
    row = move(
        holder_id=counter.holder_id,
        kind=TransactionKind.MEMBERSHIP_ADJUSTMENT,
        amount=abs(amount),
        given=Given(why=why(Reason.GIVEN, period=period.number)),
        comment=comment,
    )
    journal.write()
    finish(submission, row.pk)
    return row


@transaction.atomic
def change_last_day(
    *,
    membership: Membership,
    last_on: date | None,
    reason: str = "",
    seen: str | None = None,
    key: uuid.UUID | None = None,
    at: datetime,
    acting_user: Acting,
) -> None:
    """Let a membership be good through another day, None as its type says; every expiry that stands is undone.

    Refuses ``invalid_date`` for a day before today or before it begins, ``membership_not_valid`` for one that was
    returned, ``stale_edit`` where its period is no longer at the version ``seen``.
    """
    submission = claim(
        chain=membership.chain, key=key, action="change_membership_days", user=acting_user, on=(membership,), at=at
    )
    if submission.result_id:
        return
    journal = open_membership(membership, at=at, acting_user=acting_user)
    if seen is not None:
        check_seen(period_of(membership), seen)
    period, today = period_of(membership), journal.books.today
    [under] = MEMBERSHIP_TYPE_TERMS.of([membership.terms_id]).values()
    days = period.days()
    frozen = timedelta(days=sum(each.days for each in days.frozen if days.first_on and each.first_on >= days.first_on))
    period.base_last_on = last_on - frozen if last_on else None
    period.last_on_reason = reason
    period.save(update_fields=["base_last_on", "last_on_reason"])
    period.keep_days(period.days().begun(days.first_on, under))
    if period.last_on is not None and (period.last_on < today or period.last_on < (days.first_on or today)):
        raise _past_day()
    expired = Transaction.objects.standing().filter(
        holder__in=list(journal.books.holders), kind=TransactionKind.MEMBERSHIP_EXPIRY, why__period=period.number
    )
    for row in expired.order_by("pk"):
        journal.undo(row)
    journal.write()
    finish(submission, membership.pk)


@transaction.atomic
def give_membership(
    *,
    membership: Membership,
    client: Client,
    key: uuid.UUID | None = None,
    at: datetime,
    acting_user: Acting,
) -> None:
    """Make it another client's, of the same chain, whatever is left on it; rows of before stay the old owner's.

    It renews itself no more: the method was the old owner's.

    Refuses ``membership_not_valid`` for one that was returned.
    """
    submission = claim(
        chain=membership.chain, key=key, action="give_membership", user=acting_user, on=(membership, client), at=at
    )
    if submission.result_id:
        return
    owners = Client.objects.filter(pk__in=[membership.client_id, client.pk], chain=membership.chain)
    list(owners.locked().values_list("pk"))
    journal = open_membership(membership, at=at, acting_user=acting_user)
    period_of(membership)
    Holder.objects.filter(pk__in=list(journal.books.holders)).update(client=client)
    membership.client = client
    membership.save(update_fields=["client"])
    stop_renewal(membership=membership, why=Stopped.GIVEN, at=at, acting_user=acting_user)
    finish(submission, membership.pk)


@transaction.atomic
def block_membership(*, membership: Membership, reason: str, at: datetime) -> None:
    """Block a membership: it covers no more. Undoing always works, and it still expires.

    Twice is once: the first reason stays.
    """
    _lock(membership)
    Membership.objects.filter(pk=membership.pk, blocked_at=None).update(blocked_at=at, block_reason=reason)


@transaction.atomic
def unblock_membership(*, membership: Membership, reason: str) -> None:
    _lock(membership)
    Membership.objects.filter(pk=membership.pk, blocked_at__isnull=False).update(blocked_at=None, block_reason=reason)


def _lock(membership: Membership) -> None:
    holders = MembershipCounter.objects.filter(membership=membership).values("holder")
    list(Holder.objects.filter(pk__in=holders).locked().values_list("pk"))


def open_membership(membership: Membership, *, at: datetime, acting_user: Acting) -> Journal:
    """The journal on all holders of the membership, which is in the period that it is in by now.

    Refuses ``membership_not_valid`` for one that was returned.
    """
    journal = open_journal(
        chain=membership.chain,
        holder_ids=list(membership.held_counters.values_list("holder_id", flat=True)),
        at=at,
        acting_user=acting_user,
        undoable=Q(pk=0),
    )
    turn_periods(journal)
    membership.refresh_from_db(fields=["period", "client"])
    if period_of(membership).state == PeriodState.RETURNED:
        raise Refusal(Code.MEMBERSHIP_NOT_VALID, _("The membership was returned: its sale was undone."))
    return journal


def period_of(membership: Membership) -> MembershipPeriod:
    """The period that it is in; every membership has one once it was made."""
    assert membership.period is not None
    return membership.period


def _past_day() -> Refusal:
    return Refusal(
        Code.INVALID_DATE, _("The day is past, or before it begins. Choose today or later."), field="last_on"
    )


def _uses_mistake() -> Refusal:
    return Refusal(
        Code.INVALID_AMOUNT,
        _("Type a whole number of visits, at most %(most)s."),
        field="amount",
        params={"most": MOST_USES},
    )
