"""What the rows that are asked for add up to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum
from django_stubs_ext import StrOrPromise

from chains.models import Chain
from loyalty.ledger.kinds import ROWS, Group, LedgerUnit, TransactionKind, points_given
from loyalty.ledger.models import Transaction
from loyalty.ledger.sums import Chosen, read_sums
from loyalty.rules.money import ZERO


@dataclass
class KindTotal:
    """Rows of one type: how many, what they gave, what they took (0 or less)."""

    kind: str
    rows: int = 0
    plus: Decimal = ZERO
    minus: Decimal = ZERO

    @property
    def sum(self) -> Decimal:
        return self.plus + self.minus

    @property
    def label(self) -> StrOrPromise:
        return ROWS[self.kind].label

    @property
    def unit(self) -> LedgerUnit:
        return ROWS[self.kind].unit

    @property
    def group(self) -> Group:
        return ROWS[self.kind].group

    def add(self, amount: Decimal) -> None:
        self.rows += 1
        if amount > 0:
            self.plus += amount
        else:
            self.minus += amount


@dataclass
class Totals:
    """Type by type; what was undone is in ``plus`` and in ``minus``, and so no longer in the sums.

    The figures by name are those of the measures of the reports: each 0 or more, unless more was undone than done.
    """

    kinds: dict[str, KindTotal] = field(default_factory=dict)

    @classmethod
    def summed(cls, chain: Chain, chosen: Chosen) -> Totals:
        """Of however many rows, by the sums of the ledger."""
        sums = read_sums(chain, ("kind",), chosen).items()
        return cls({kind: KindTotal(kind, each.rows, each.plus, each.minus) for (kind,), each in sums if each.rows})

    @classmethod
    def of(cls, rows: QuerySet[Transaction]) -> Totals:
        """One query over all rows, however many are on a page."""
        counted: Any = (
            rows.order_by()
            .values("kind")
            .annotate(
                rows=Count("pk"),
                plus=Sum("amount", filter=Q(amount__gt=0), default=ZERO),
                minus=Sum("amount", filter=Q(amount__lte=0), default=ZERO),
            )
        )
        kinds = {found.pop("kind"): found for found in counted}
        return cls({kind: KindTotal(kind, **found) for kind, found in kinds.items()})

    def add(self, row: Transaction) -> None:
        self.kinds.setdefault(row.kind, KindTotal(row.kind)).add(row.amount)

    @property
    def rows(self) -> int:
        return sum(each.rows for each in self)

    def __iter__(self) -> Iterator[KindTotal]:
        return (self.kinds[kind] for kind in ROWS if kind in self.kinds)

    def by_group(self) -> list[tuple[Group, list[KindTotal], Decimal | None]]:
        """The types that there are, group by group, with their sum where they all count money."""
        found = [(group, [each for each in self if each.group is group]) for group in Group]
        return [(group, kinds, _money(kinds)) for group, kinds in found if kinds]

    def by_unit(self) -> dict[tuple[Group, LedgerUnit], Decimal]:
        """What all rows add up to, for each unit of each group: what is on gift cards is no discount."""
        sums: dict[tuple[Group, LedgerUnit], Decimal] = {}
        for each in self:
            sums[each.group, each.unit] = sums.get((each.group, each.unit), ZERO) + each.sum
        return sums

    @property
    def discounts(self) -> Decimal:
        return self._sum([TransactionKind.PROMOTION_DISCOUNT])

    @property
    def given(self) -> Decimal:
        return self._sum(points_given())

    @property
    def opened(self) -> Decimal:
        """What cards held before there was a ledger."""
        return self._sum([TransactionKind.OPENING_BALANCE])

    @property
    def paid(self) -> Decimal:
        return self._sum([TransactionKind.CARD_PAYMENT])

    @property
    def written_off(self) -> Decimal:
        return self._sum([TransactionKind.MANUAL_DEBIT])

    @property
    def burned(self) -> Decimal:
        return self._sum([TransactionKind.BURNING])

    @property
    def tells_points(self) -> bool:
        """Whether there is something of promotions and points, or nothing else that could be told."""
        return not self.kinds or any(each.group is Group.POINTS for each in self)

    @property
    def of_money(self) -> list[tuple[StrOrPromise, Decimal]]:
        """What came to gift cards and accounts or went from them, by types of one sign, each above 0 as a rule."""
        return [
            (each.label, ROWS[each.kind].sign * each.sum)
            for each in self
            if each.unit is LedgerUnit.MONEY and each.group is not Group.POINTS and ROWS[each.kind].sign
        ]

    def _sum(self, kinds: Iterable[str]) -> Decimal:
        return sum((ROWS[kind].sign * self.kinds[kind].sum for kind in kinds if kind in self.kinds), ZERO)


def _money(kinds: list[KindTotal]) -> Decimal | None:
    is_money = all(each.unit is LedgerUnit.MONEY for each in kinds) and kinds[0].group is not Group.POINTS
    return sum((each.sum for each in kinds), ZERO) if is_money else None
