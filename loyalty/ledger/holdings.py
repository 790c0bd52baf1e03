"""What holders hold now: the points that may be spent, and what of them burns when (docs/rules.md, section 5)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Q, QuerySet, Sum

from loyalty.ledger.books import Books
from loyalty.ledger.endings import last_visits
from loyalty.ledger.models import Holder, Lot
from loyalty.rules.money import ZERO
from loyalty.rules.points import Pot


@dataclass(frozen=True)
class HeldLot:
    """A lot with points left; ``ends_on`` is the last day they are good through, None for ever."""

    lot: Lot
    ends_on: date | None
    is_past: bool


@dataclass(frozen=True)
class Holding:
    """What one holder holds on a day: its lots in spending order, and what may be spent of them."""

    lots: tuple[HeldLot, ...]
    available: Decimal
    debt: Decimal

    @property
    def past(self) -> Decimal:
        """Points past their last day, which burn with the next operation or job."""
        return sum((each.lot.remaining for each in self.lots if each.is_past), ZERO)

    @property
    def endings(self) -> list[tuple[date, Decimal]]:
        """What burns after which last day, the soonest first."""
        amounts: dict[date, Decimal] = defaultdict(Decimal)
        for each in self.lots:
            if each.ends_on is not None and not each.is_past:
                amounts[each.ends_on] += each.lot.remaining
        return sorted(amounts.items())


def holdings_of(holders: Iterable[Holder], *, today: date) -> Mapping[int, Holding]:
    """What these holders hold on ``today``, the chain's local date; in two queries."""
    found = {holder.pk: holder for holder in holders}
    lots = Lot.objects.filter(holder__in=found, remaining__gt=0).select_related("transaction__promotion")
    visited = last_visits({holder.client_id for holder in found.values() if holder.client_id}) if found else {}
    by_holder: dict[int, list[Lot]] = defaultdict(list)
    for lot in lots:
        by_holder[lot.holder_id].append(lot)
    return {
        pk: _holding(holder, by_holder[pk], today, visited.get(holder.client_id or 0)) for pk, holder in found.items()
    }


def holding_in(books: Books, holder_id: int) -> Holding:
    """The same of a holder in open books, on their day, without asking the database again."""
    return _of_pot(books.pots[holder_id], books.lots, books.today)


def _holding(holder: Holder, lots: Iterable[Lot], today: date, last_visit_on: date | None) -> Holding:
    by_key = {lot.pk: lot for lot in lots}
    ordered = sorted((lot.as_rules() for lot in by_key.values()), key=lambda each: each.order)
    return _of_pot(Pot(tuple(ordered), holder.debt, last_visit_on), by_key, today)


def _of_pot(pot: Pot, lots: Mapping[int, Lot], today: date) -> Holding:
    held = tuple(
        HeldLot(lots[each.key], each.ends_on(pot.last_visit_on), each.is_past(today, pot.last_visit_on))
        for each in pot.lots
        if each.remaining
    )
    return Holding(held, pot.available(today), pot.debt)


@dataclass(frozen=True)
class Outstanding:
    """What holders hold together: points to spend and debts, each 0 or more; ``blocked`` of the points are barred."""

    to_spend: Decimal
    blocked: Decimal
    debt: Decimal

    @property
    def balance(self) -> Decimal:
        return self.to_spend - self.debt

    @classmethod
    def of(cls, holders: QuerySet[Holder]) -> Outstanding:
        """One query, however many cards there are."""
        some = Q(balance__gt=0)
        sums: dict[str, Decimal] = holders.order_by().aggregate(
            to_spend=Sum("balance", filter=some, default=ZERO),
            blocked=Sum("balance", filter=some & Q(card__blocked_at__isnull=False), default=ZERO),
            # Sums that bear the name of a column hide it from those after them.
            debt=Sum("debt", default=ZERO),
        )
        return cls(**sums)
