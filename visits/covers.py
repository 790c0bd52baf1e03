"""What memberships cover of a visit, on its way to the ledger: a row for each unit, each worth what it is worth."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal

from chains.models import Location
from loyalty.ledger.books import Books
from loyalty.ledger.kinds import TransactionKind
from loyalty.ledger.models import Transaction
from loyalty.memberships.desk import Occasion, desk_memberships
from loyalty.memberships.models import MembershipCounter
from loyalty.rules.memberships import DeskMembership
from loyalty.rules.plan import Plan
from loyalty.rules.why import Reason, Why, why
from visits.models import Visit
from visits.plans import kept_value_lines


def memberships_on_desk(plan: Plan, visit: Visit, books: Books) -> tuple[DeskMembership, ...]:
    """The memberships of the guest, and those that the plan or the visit covers with."""
    location: Location = visit.location
    return desk_memberships(
        books,
        Occasion(
            client_id=plan.client_id,
            visit_id=visit.pk,
            on=visit.chain.local_date(plan.starts_at),
            begins_at=plan.starts_at.astimezone(location.zone),
            named=plan.membership_ids,
            value_line_ids=[line.pk for line in kept_value_lines(visit)] if visit.pk else (),
        ),
    )


class UseValues:
    """What the next use of each membership is worth: the first value of its period that no standing use holds."""

    def __init__(self, memberships: Iterable[DeskMembership], kept: Iterable[Transaction]) -> None:
        self._held: dict[int, set[int]] = {each.id: set(each.values_held) for each in memberships}
        by_holder = {counter.holder_id: each for each in memberships for counter in each.counters}
        for row in kept:
            membership = by_holder.get(row.holder_id or 0) if row.kind == TransactionKind.MEMBERSHIP_USE else None
            if membership and row.why["period"] == membership.period and row.why.get("unit") is not None:
                self._held[membership.id].add(row.why["unit"])

    def why_next(self, membership: DeskMembership, on: str) -> Why:
        """The figures of the next unit: its day, its period, and where it has one its value and the place of that."""
        held = self._held[membership.id]
        unit = next((place for place in range(len(membership.values)) if place not in held), None)
        if unit is None:
            return why(Reason.GIVEN, on=on, period=membership.period, value=Decimal(0))
        held.add(unit)
        return why(Reason.GIVEN, on=on, period=membership.period, value=membership.values[unit], unit=unit)


def debited_as_kept(plan: Plan, kept: Plan | None) -> Plan:
    """The plan with those covers debited that the visit keeps so, whatever a form says of it."""
    if not plan.covers:
        return plan
    before = (
        [(each.membership_id, kept.lines[each.line].line_id, each.is_debited) for each in kept.covers] if kept else []
    )
    lines = {index: line.line_id for index, line in enumerate(plan.lines)}
    covers = (
        replace(each, is_debited=(each.membership_id, lines.get(each.line, 0), True) in before) for each in plan.covers
    )
    return replace(plan, covers=tuple(covers))


def debited_rows(plan: Plan, rows: Iterable[Transaction]) -> set[int]:
    """Of the standing rows of a visit those that were debited at its start, and are taken back by nothing else."""
    debited = {(each.membership_id, plan.lines[each.line].line_id) for each in plan.covers if each.is_debited}
    if not debited:
        return set()
    counters = MembershipCounter.objects.filter(membership__in={pk for pk, _line in debited})
    memberships = dict(counters.values_list("holder_id", "membership_id"))
    return {
        row.pk
        for row in rows
        if row.kind == TransactionKind.MEMBERSHIP_USE and (memberships.get(row.holder_id or 0), row.line_id) in debited
    }
