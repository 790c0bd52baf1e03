"""What holders hold now: the points that may be spent, and what of them burns when (docs/rules.md, section 5)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Q, QuerySet, Sum

from loyalty.ledger.books import Books, pots_of
from loyalty.ledger.models import Holder, Lot, Transaction
from loyalty.rules import points
from loyalty.rules.money import ZERO
from loyalty.rules.points import Pot


@dataclass(frozen=True)
class HeldLot:
    """A lot with points left; ``ends_on`` is the last day they are good through, None for ever."""

    lot: points.Lot
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
    """What these holders hold on ``today``, the chain's local date; in one query."""
    holders = list(holders)
    lots = Lot.objects.with_points().filter(holder__in=holders)
    return {pk: _of_pot(pot, today) for pk, pot in pots_of(holders, lots.as_rules()).items()}


def granting_rows(holding: Holding) -> list[Transaction]:
    """The rows that gave each of its lots, with their promotions; in one query."""
    lots = Lot.objects.filter(pk__in=[each.lot.key for each in holding.lots]).select_related("transaction__promotion")
    rows = {lot.pk: lot.transaction for lot in lots}
    return [rows[each.lot.key] for each in holding.lots]


def holding_in(books: Books, holder_id: int) -> Holding:
    """The same of a holder in open books, on their day, without asking the database again."""
    return _of_pot(books.pots[holder_id], books.today)


def _of_pot(pot: Pot, today: date) -> Holding:
    held = []
    for lot in pot.lots:
        if lot.remaining:
            ends_on = lot.ends_on(pot.last_visit_on)
            held.append(HeldLot(lot, ends_on, ends_on is not None and ends_on < today))
    return Holding(tuple(held), pot.available(today), pot.debt)


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
