"""Keeps what a save of a visit changed, in the same transaction and under the visit's lock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from chains.acting import Actor
from chains.batches import Batch
from chains.refusals import Code, Refusal
from loyalty.rules.plan import Plan
from loyalty.rules.settlement import Settlement
from visits.changes.differences import Kept, asks_why, differences, kinds, taken_off
from visits.models import ChangeReason, Visit, VisitChange
from visits.plans import plan_of
from visits.records import KeptLines, in_figures

#: The longest reason that is kept.
LONGEST_REASON = 500


def kept_before(visit: Visit) -> Kept | None:
    """A visit as its last save left it, with its plan loaded; None for one that is not saved yet."""
    return kept_now(visit) if visit.pk else None


def kept_now(visit: Visit) -> Kept:
    """A saved visit as it is kept, with its plan loaded."""
    holders = {each.holder_id: each.holder.kind for each in visit.means.all()}
    return Kept(plan_of(visit), visit.inviter_id, visit.due, holders)


def kept_after(plan: Plan, settlement: Settlement, inviter_id: int | None) -> Kept:
    """A visit as a save of this plan keeps it; lines that are new have no id yet."""
    holders = {turn.holder_id: turn.means.kind for turn in settlement.means}
    return Kept(in_figures(plan, settlement), inviter_id if plan.referral else None, settlement.due, holders)


def check_reason(before: Kept | None, after: Kept, reason: str, actor: Actor) -> None:
    """Refuse ``reason_missing`` for money taken off a bill, or counted on another day, without a word on why.

    Who cannot be asked, such as a program that plays a scenario, is not.
    """
    if not actor.is_asked or not asks_why(before, after):
        return
    if not reason:
        raise Refusal(
            Code.REASON_MISSING,
            _("Money that was recorded is taken off, or counts on another day. Write why: it stays with the visit."),
            field="reason",
        )
    if len(reason) > LONGEST_REASON:
        raise Refusal(
            Code.REASON_MISSING,
            _("Write at most %(most)s characters."),
            field="reason",
            params={"most": LONGEST_REASON},
        )


def keep_change(
    visit: Visit,
    before: Kept | None,
    after: Kept,
    batch: Batch,
    *,
    kept: KeptLines,
    usual: Mapping[int, Decimal],
    reason: str = "",
    at: datetime,
) -> None:
    """Add the row of the version that ``visit`` has by now; ``kept`` are the lines of ``after``.

    ``usual`` are the usual prices of what is newly on the bill. ``reason`` is kept, apart from the row, where it was
    asked for.
    """
    lines = tuple(replace(line, line_id=pk) for line, pk in zip(after.plan.lines, kept.line_ids, strict=True))
    value = tuple(
        replace(each, value_line_id=line.pk) for each, line in zip(after.plan.value, kept.value_lines, strict=True)
    )
    after = replace(after, plan=replace(after.plan, lines=lines, value=value))
    found = differences(before, after, visit.chain.places)
    off = taken_off(before, after)
    change = VisitChange(
        chain=visit.chain,
        location=visit.location,
        visit=visit,
        version=visit.version,
        at=at,
        acting_user=visit.saved_by,
        kinds=kinds(before, after, found, usual),
        days_after=_days_after(visit, before, at),
        due_before=before.due if before else None,
        due=after.due,
        taken_off=off,
        differences=found,
    )
    if reason and asks_why(before, after):
        change.save()
        ChangeReason.objects.create(change=change, text=reason)
    else:
        batch.insert([change])


def _days_after(visit: Visit, before: Kept | None, at: datetime) -> int:
    """From the visit's day to the save; where the save moved the visit, from the earlier of both days."""
    days = [visit.starts_on, *([before.plan.starts_on] if before else [])]
    return (visit.location.local_date(at) - min(days)).days
