"""Memberships as they lie on the desk: of the guest, and of others those that the visit names."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Q

from loyalty.ledger.books import Books
from loyalty.ledger.kinds import HolderKind, TransactionKind
from loyalty.ledger.models import Transaction
from loyalty.memberships.models import (
    MEMBERSHIP_TYPE_TERMS,
    Membership,
    MembershipCounter,
    MembershipPeriod,
    PeriodState,
    current_terms,
)
from loyalty.rules.memberships import DeskCounter, DeskMembership, StandingCover, values_of_uses
from loyalty.rules.terms import MembershipType

#: For so long after its end a guest's membership is shown, with the reason why it covers nothing.
TOLD_AFTER_END = timedelta(days=60)


@dataclass(frozen=True)
class Occasion:
    """A visit as memberships see it: whose it is, the chain's date of its start, the start by its location's clock.

    ``visit_id`` is None of a new one; ``value_line_ids`` are what it sells itself.
    """

    client_id: int | None
    visit_id: int | None
    on: date
    begins_at: datetime
    named: Collection[int]
    value_line_ids: Collection[int] = ()


def desk_memberships(books: Books, occasion: Occasion) -> tuple[DeskMembership, ...]:
    """The memberships of the holders in the books, the soonest ending first; in a fixed number of queries.

    Nothing is asked where the books hold none.
    """
    held = [holder.pk for holder in books.holders.values() if holder.kind == HolderKind.MEMBERSHIP]
    if not held:
        return ()
    used = [row for row in books.standing() if row.kind == TransactionKind.MEMBERSHIP_USE]
    mine = {holder_id for holder_id in held if books.holders[holder_id].client_id == occasion.client_id}
    counters = _counters(held)
    own = {each.membership_id for each in counters if each.holder_id in mine}
    named = set(occasion.named) | {
        each.membership_id for each in counters if each.holder_id in {row.holder_id for row in used}
    }
    # A guest of many years had many: what ended long before the visit is not even told.
    told = ~Q(period__state=PeriodState.RETURNED) & ~Q(period__last_on__lt=occasion.on - TOLD_AFTER_END)
    found = Membership.objects.filter(Q(pk__in=named) | Q(told, pk__in=own))
    memberships = list(found.order_by("sold_at", "pk"))
    if not memberships:
        return ()
    laid = _Laid(books, occasion, counters, used)
    laid.load(memberships)
    desk = [laid.membership(each) for each in memberships]
    return tuple(sorted(desk, key=lambda each: each.days.last_on or date.max))


def _counters(holder_ids: Collection[int]) -> list[MembershipCounter]:
    return list(MembershipCounter.objects.filter(holder__in=holder_ids).order_by("membership", "key"))


class _Laid:
    """What memberships on a desk are made of."""

    def __init__(
        self, books: Books, occasion: Occasion, counters: Iterable[MembershipCounter], used: Iterable[Transaction]
    ) -> None:
        self.books, self.occasion, self.used = books, occasion, list(used)
        self.counters: Mapping[int, list[MembershipCounter]] = defaultdict(list)
        for each in counters:
            self.counters[each.membership_id].append(each)

    def load(self, memberships: list[Membership]) -> None:
        self.terms = MEMBERSHIP_TYPE_TERMS.of(each.terms_id for each in memberships)
        self.in_force = current_terms({each.membership_type_id for each in memberships})
        periods = MembershipPeriod.objects.filter(membership__in=memberships).prefetch_related("freezes")
        self.periods: Mapping[int, list[MembershipPeriod]] = defaultdict(list)
        for each in periods.order_by("membership", "number"):
            self.periods[each.membership_id].append(each)
        counted = [each.holder_id for own in memberships for each in self.counters[own.pk] if each.count is not None]
        rows = Transaction.objects.standing().filter(holder__in=counted, kind__in=_OF_PERIODS)
        others = rows.exclude(visit=self.occasion.visit_id) if self.occasion.visit_id else rows
        self.rows: Mapping[tuple[int, int], list[Transaction]] = defaultdict(list)
        for row in others.only("holder_id", "kind", "amount", "why"):
            self.rows[(row.holder_id or 0, row.why.get("period", 1))].append(row)

    def membership(self, membership: Membership) -> DeskMembership:
        under = self.terms[membership.terms_id]
        period = self._period(membership, under)
        counters = self.counters[membership.pk]
        held = {
            row.why["unit"]
            for each in counters
            for row in self.rows[(each.holder_id, period.number)]
            if row.kind == TransactionKind.MEMBERSHIP_USE and row.why.get("unit") is not None
        }
        counts = sum(each.count or 0 for each in counters)
        return DeskMembership(
            id=membership.pk,
            owner_id=membership.client_id,
            membership_type=under,
            period=period.number,
            days=period.days().on(self.occasion.on, under),
            counters=tuple(self._counter(each, membership, period, under) for each in counters),
            is_granted=period.state != PeriodState.RETURNED,
            is_blocked=membership.is_blocked,
            is_outside_hours=not under.covers_at(self.occasion.begins_at),
            is_sold_here=period.value_line_id in self.occasion.value_line_ids,
            standing=self._standing(counters),
            values=values_of_uses(period.price, counts, self.books.chain.places),
            values_held=frozenset(held),
        )

    def _period(self, membership: Membership, under: MembershipType) -> MembershipPeriod:
        """The period that the visit falls into, else the one that the membership is in."""
        on = self.occasion.on
        current = None
        for each in self.periods[membership.pk]:
            days = each.days().on(on, under)
            if days.first_on and days.first_on <= on and (days.last_on is None or on <= days.last_on):
                return each
            if each.pk == membership.period_id:
                current = each
        assert current is not None
        return current

    def _counter(
        self, counter: MembershipCounter, membership: Membership, period: MembershipPeriod, under: MembershipType
    ) -> DeskCounter:
        in_force = {each.key: each for each in self.in_force[membership.membership_type_id].counters}
        sold = {each.key: each for each in under.counters}
        services = in_force.get(counter.key, sold[counter.key]).services
        return DeskCounter(counter.holder_id, services, self._available(counter, membership, period))

    def _available(self, counter: MembershipCounter, membership: Membership, period: MembershipPeriod) -> int | None:
        """What would be left of a period had this visit never acted, and what expired of it never expired."""
        if counter.count is None:
            return None
        if period.state == PeriodState.AHEAD:
            return counter.count
        expired = sum(
            -row.amount
            for row in self.rows[(counter.holder_id, period.number)]
            if row.kind == TransactionKind.MEMBERSHIP_EXPIRY
        )
        if period.pk == membership.period_id:
            return int(self.books.balance_as_if_undone(counter.holder_id) + expired)
        own = sum(-row.amount for row in self.used if row.holder_id == counter.holder_id)
        return int(expired + own)

    def _standing(self, counters: Iterable[MembershipCounter]) -> dict[int, StandingCover]:
        units: dict[tuple[int, int], int] = defaultdict(int)
        holders = {each.holder_id for each in counters}
        for row in self.used:
            if row.holder_id in holders and row.line_id:
                units[(row.line_id, row.holder_id or 0)] += 1
        return {line_id: StandingCover(holder_id, count) for (line_id, holder_id), count in units.items()}


_OF_PERIODS = (TransactionKind.MEMBERSHIP_USE, TransactionKind.MEMBERSHIP_EXPIRY)
