"""Memberships are frozen and unfrozen (docs/rules.md, section 14)."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from chains.acting import Acting, user_of
from chains.refusals import Code, Refusal
from chains.submissions import claim, finish
from loyalty.memberships.models import MEMBERSHIP_TYPE_TERMS, Freeze, Membership
from loyalty.memberships.services import open_membership, period_of
from loyalty.rules.memberships import Days, Frozen
from loyalty.rules.terms import MembershipType


def check_freeze(days: Days, under: MembershipType, wanted: Frozen, *, today: date) -> None:
    """Refuse ``invalid_date`` for days before today, before it began, after its end or over another freeze.

    And then ``freeze_over_limit`` for more days than may be frozen in all.
    """
    if wanted.first_on < today or wanted.last_on < wanted.first_on:
        raise _refused(Code.INVALID_DATE, _("Freeze from today or later, through that day or a later one."))
    if days.first_on is None or wanted.first_on < days.first_on:
        raise _refused(Code.INVALID_DATE, _("It has not begun by then. Freeze it from its first day on."))
    if days.last_on is not None and wanted.first_on > days.last_on:
        raise _refused(Code.INVALID_DATE, _("It has ended by then. Freeze days within its time."))
    if any(each.first_on <= wanted.last_on and wanted.first_on <= each.last_on for each in days.frozen):
        raise _refused(Code.INVALID_DATE, _("Some of these days are frozen already. Choose others."))
    left = under.freeze_days - sum(each.days for each in days.frozen)
    if wanted.days > left:
        sentence = _("At most %(days)s days may be frozen still.") if left > 0 else _("No more days may be frozen.")
        raise Refusal(Code.FREEZE_OVER_LIMIT, sentence, field="last_on", params={"days": max(0, left)})


def frozen_days(days: Days, under: MembershipType, wanted: Frozen) -> Days:
    """Its days with more of them frozen: the last day is later by so many."""
    return replace(days, frozen=(*days.frozen, wanted)).begun(days.first_on, under)


@transaction.atomic
def freeze(
    *,
    membership: Membership,
    first_on: date,
    last_on: date,
    key: uuid.UUID | None = None,
    at: datetime,
    acting_user: Acting,
) -> Freeze:
    """Freeze a membership from a day through a day; its last day moves by so many days.

    Refuses ``membership_not_valid`` for one that was returned, and all of ``check_freeze``.
    """
    submission = claim(
        chain=membership.chain, key=key, action="freeze_membership", user=acting_user, on=(membership,), at=at
    )
    if submission.result_id:
        return Freeze.objects.get(pk=submission.result_id)
    journal = open_membership(membership, at=at, acting_user=acting_user)
    period = period_of(membership)
    [under] = MEMBERSHIP_TYPE_TERMS.of([membership.terms_id]).values()
    days, wanted = period.days(), Frozen(first_on, last_on)
    check_freeze(days, under, wanted, today=journal.books.today)
    made = Freeze.objects.create(
        period=period, first_on=first_on, last_on=last_on, frozen_at=at, frozen_by=user_of(acting_user)
    )
    period.keep_days(frozen_days(days, under, wanted))
    finish(submission, made.pk)
    return made


@transaction.atomic
def unfreeze(*, membership: Membership, key: uuid.UUID | None = None, at: datetime, acting_user: Acting) -> None:
    """End the freeze of today, which is not frozen any more, or drop those that have not begun; unused days come back.

    Refuses ``invalid_date`` where nothing is frozen from today on.
    """
    submission = claim(
        chain=membership.chain, key=key, action="unfreeze_membership", user=acting_user, on=(membership,), at=at
    )
    if submission.result_id:
        return
    journal = open_membership(membership, at=at, acting_user=acting_user)
    period, today = period_of(membership), journal.books.today
    [under] = MEMBERSHIP_TYPE_TERMS.of([membership.terms_id]).values()
    ahead = list(period.freezes.filter(last_on__gte=today))
    if not ahead:
        raise _refused(Code.INVALID_DATE, _("It is not frozen."))
    running = [each for each in ahead if each.first_on <= today]
    for each in running or ahead:
        if each.first_on < today:
            each.last_on = today - timedelta(days=1)
            each.save(update_fields=["last_on"])
        else:
            each.delete()
    period.keep_days(period.days().begun(period.first_on, under))
    finish(submission, membership.pk)


def _refused(code: Code, sentence: str | Promise) -> Refusal:
    return Refusal(code, sentence, field="first_on")
