"""Memberships are debited by themselves at the start of appointments whose services say so (docs/rules.md, 14)."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from chains.access import Right
from chains.acting import Program
from chains.models import Chain
from chains.refusals import Refusal
from loyalty.rules.covers import Cover
from loyalty.rules.plan import CoverChoice, Plan, Status
from loyalty.rules.settlement import Settlement
from loyalty.rules.why import Reason, Why, why
from visits.changes.kinds import ChangeKind
from visits.checkout import preview, save_visit
from visits.models import Debit, Visit, VisitChange, VisitLine
from visits.plans import plan_of

#: Who debits: it changes a visit of whatever day, and nothing but what covers it.
AUTOMATIC_DEBIT = Program("automatic debit", rights=frozenset({Right.EDIT_PAST_VISITS}), is_asked=False)
#: A run that was missed is caught up for so long.
_CAUGHT_UP = timedelta(days=7)
_DEBITED = (Status.WAITING, Status.CONFIRMED, Status.NO_SHOW, Status.CANCELLED)


def debit_appointments(*, chain: Chain, at: datetime) -> int:
    """Debit what covers the appointments that have begun; how many of them were decided on.

    Of one that was cancelled freely nothing is debited. Run twice it does nothing more; what a desk saves meanwhile is
    looked at by the next run.
    """
    if not chain.items.filter(free_cancellation_hours__isnull=False).exists():
        return 0
    return sum(_debit(visit, at) for visit in _begun(chain, at))


def _begun(chain: Chain, at: datetime) -> QuerySet[Visit]:
    """Visits with a guest that have begun, are not arrived, and have a line that was not decided on for this start."""
    decided = Debit.objects.filter(line=OuterRef("pk"), starts_at=OuterRef("visit__starts_at"))
    lines = VisitLine.objects.filter(
        ~Exists(decided), visit=OuterRef("pk"), removed=False, item__free_cancellation_hours__isnull=False
    )
    found = Visit.objects.filter(
        Exists(lines),
        chain=chain,
        client__isnull=False,
        status__in=_DEBITED,
        starts_at__lte=at,
        starts_at__gt=at - _CAUGHT_UP,
    )
    return found.with_plan().select_related("location").order_by("starts_at", "pk")


def _debit(visit: Visit, at: datetime) -> int:
    visit.chain = visit.location.chain
    lines = _lines_to_debit(visit)
    if not lines:
        return 0
    plan = plan_of(visit)
    seen = preview(location=visit.location, plan=plan, visit=visit, at=at).settlement
    decided = {index: _decide(plan, seen, index) for index in lines}
    covers = [each for each in plan.covers if each.line not in decided]
    covers += [each for index in decided for each in decided[index][0]]
    try:
        with transaction.atomic():
            Debit.objects.bulk_create(
                Debit(
                    visit=visit,
                    line_id=plan.lines[index].line_id or 0,
                    starts_at=visit.starts_at,
                    membership_id=chosen[-1].membership_id if chosen else None,
                    why=told.kept(),
                )
                for index, (chosen, told) in decided.items()
            )
            if any(chosen for chosen, _told in decided.values()):
                _save(visit, replace(plan, covers=tuple(covers)), at)
    except (Refusal, IntegrityError):
        # Saved, or debited, by somebody else meanwhile: the next run looks at it as it is then.
        return 0
    return 1


def _save(visit: Visit, plan: Plan, at: datetime) -> None:
    save_visit(
        location=visit.location,
        plan=plan,
        visit_id=visit.pk,
        version=visit.version,
        debits=True,
        key=uuid.uuid4(),
        at=at,
        acting_user=AUTOMATIC_DEBIT,
    )


def _lines_to_debit(visit: Visit) -> list[int]:
    """The places of the lines whose service is debited at this start."""
    kept = [line for line in visit.lines.all() if not line.removed]
    services = VisitLine.objects.filter(pk__in=[line.pk for line in kept], item__free_cancellation_hours__isnull=False)
    hours = dict(services.values_list("pk", "item__free_cancellation_hours"))
    decided = set(visit.debits.filter(starts_at=visit.starts_at).values_list("line_id", flat=True))
    cancelled_at = _cancelled_at(visit) if visit.status == Status.CANCELLED else None
    return [
        index
        for index, line in enumerate(kept)
        if line.pk in hours
        and line.pk not in decided
        and not (cancelled_at and cancelled_at <= visit.starts_at - timedelta(hours=hours[line.pk] or 0))
    ]


def _cancelled_at(visit: Visit) -> datetime | None:
    """When the visit was cancelled last."""
    changes = VisitChange.objects.filter(visit=visit).filter(
        Q(kinds__contains=[ChangeKind.STATUS]) | Q(kinds__contains=[ChangeKind.ENTERED])
    )
    return changes.order_by("-version").values_list("at", flat=True).first()


def _decide(plan: Plan, seen: Settlement, index: int) -> tuple[list[CoverChoice], Why]:
    """What is debited for a line: what covers it by the plan, and for its other units one membership; or why none."""
    planned = [replace(each, is_debited=True) for each in plan.covers if each.line == index]
    broken = [cover for cover in seen.covers if cover.line == index and cover.problem]
    if broken:
        return [], broken[0].why
    units = plan.lines[index].quantity - sum(each.units for each in planned)
    if not units:
        return planned, why(Reason.GIVEN)
    found = next((each for each in _offers(seen, index) if each.most >= units), None)
    if found is None:
        first = next(_offers(seen, index), None)
        return planned, first.why if first else why(Reason.NO_MEMBERSHIP)
    return [*planned, CoverChoice(found.membership_id, index, units, is_debited=True)], why(Reason.GIVEN)


def _offers(seen: Settlement, index: int) -> Iterator[Cover]:
    """What the guest's memberships could cover of a line, the soonest ending first."""
    return (each for each in seen.coverable if each.line == index)
