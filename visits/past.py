"""Who may change visits of days that are over, and how late a visit may be entered (docs/rules.md, section 8)."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from chains.access import Right
from chains.acting import Actor
from chains.models import Location
from chains.refusals import Code, Refusal
from loyalty.rules.plan import Plan, Status
from visits.changes.differences import Kept, asks_why
from visits.models import CALLED_OFF, Visit

#: Statuses of a visit whose guest is still expected.
_EXPECTED = {Status.WAITING, Status.CONFIRMED}


def is_closed(visit: Visit, location: Location, at: datetime) -> bool:
    """Whether a saved visit may be changed only with the right to edit visits of past days.

    It is of a past day, by the location's date, and not one whose guest was still expected and may be entered late.
    """
    is_late_entry = visit.status in _EXPECTED and visit.starts_on >= first_day(location, at)
    return visit.starts_on < location.local_date(at) and not is_late_entry


def first_day(location: Location, at: datetime) -> date:
    """The earliest day for which a visit may be entered without the right."""
    return location.local_date(at) - timedelta(days=location.chain.late_entry_days)


def check_past(*, visit: Visit, location: Location, plan: Plan | None = None, at: datetime, actor: Actor) -> None:
    """Refuse ``forbidden`` for what concerns a past day, without the right to edit visits of past days.

    ``visit`` stands as it is kept, under its lock; ``plan`` is what it shall be, None where it is cancelled.
    """
    refusal = _refusal(visit, location, plan, at)
    if refusal is not None and not actor.authority.has(Right.EDIT_PAST_VISITS):
        raise refusal


def check_late_money(
    *, visit: Visit, before: Kept | None, after: Kept, location: Location, at: datetime, actor: Actor
) -> None:
    """Refuse ``forbidden`` for money of a past day that an entry made late would take off, or count elsewhere.

    A guest who was expected may be entered late, and pay; what was paid on that day stays that day's.
    """
    if before is None or before.plan.starts_on >= location.local_date(at):
        return
    is_touched = asks_why(before, after) or (before.recorded and after.plan.status in CALLED_OFF)
    if is_touched and not actor.authority.has(Right.EDIT_PAST_VISITS):
        raise _closed(before.plan.starts_on)


def _closed(on: date) -> Refusal:
    return Refusal(Code.FORBIDDEN, CLOSED, params={"on": date_format(on, "SHORT_DATE_FORMAT")})


def _refusal(visit: Visit, location: Location, plan: Plan | None, at: datetime) -> Refusal | None:
    if visit.pk and is_closed(visit, visit.location, at):
        return _closed(visit.starts_on)
    if plan is None and visit.starts_on < location.local_date(at) and visit.payments.all():
        return _closed(visit.starts_on)  # its money would count on no day
    if plan is None or plan.starts_on >= location.local_date(at):
        return None
    if visit.pk and plan.starts_on != visit.starts_on:
        return Refusal(Code.FORBIDDEN, _BACK, field="starts_at")
    if plan.starts_on < first_day(location, at):
        return Refusal(Code.FORBIDDEN, _LATE, field="starts_at", params={"days": location.chain.late_entry_days})
    return None


CLOSED = _(
    "The visit is of a past day (%(on)s). Only who has the right “Edit visits of past days” may change or cancel it. "
    "Ask a manager."
)
_BACK = _(
    "Only who has the right “Edit visits of past days” may move a visit to a past day. Choose today or a later day, "
    "or ask a manager."
)
_LATE = _(
    "A visit may be entered at most %(days)s days after its day. Only who has the right “Edit visits of past days” may "
    "enter it later. Ask a manager."
)
