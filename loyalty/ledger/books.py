"""What is known of some holders, and what would come of undoing what a visit did: nothing is written here.

The books are opened by ``look``, without a lock; a ``Journal`` opens them under one and keeps them up to date
with what it writes (docs/rules.md, sections 5 and 6).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from django.db.models import Q, QuerySet

from chains.models import Chain
from loyalty.ledger.kinds import ROWS, TransactionKind
from loyalty.ledger.models import Holder, Lot, LotAsRules, LotMovement, Transaction
from loyalty.rules import points
from loyalty.rules.money import ZERO
from loyalty.rules.points import Movement, Pot

#: What a row is on a visit: kind, line, value line, holder, the card it came through, promotion.
Place = tuple[str, int | None, int | None, int | None, int | None, int | None]


def place_of(row: Transaction) -> Place:
    """What the row is on its visit; written again, it is the same but for its turn."""
    return (row.kind, row.line_id, row.value_line_id, row.holder_id, row.card_id, row.promotion_id)


@dataclass
class Books:
    """Some holders, what they hold, and the rows that an operation may undo.

    ``pots`` are what each holds, by holder; one without lots has an empty pot and only its balance. ``rows`` are those
    loaded to be undone, with the burnings of their lots and what falls with their grants.
    """

    chain: Chain
    at: datetime
    holders: dict[int, Holder] = field(default_factory=dict)
    pots: dict[int, Pot] = field(default_factory=dict)
    rows: list[Transaction] = field(default_factory=list)
    parts: dict[int, list[Movement]] = field(default_factory=lambda: defaultdict(list))
    _undone: set[int] = field(default_factory=set)
    _granted: dict[int, int] = field(default_factory=dict)
    _turns: dict[Place, int] = field(default_factory=dict)

    @property
    def today(self) -> date:
        """The chain's local date, by which points are good or past."""
        return self.chain.local_date(self.at)

    def standing(self) -> list[Transaction]:
        """Of the rows loaded to be undone, those that stand."""
        return [row for row in self.rows if row.undoes_id is None and row.pk not in self._undone]

    def of_visit(self, visit_id: int) -> list[Transaction]:
        """What stands of a visit, without the burnings and what else came of what it gave."""
        return [row for row in self.standing() if row.visit_id == visit_id and row.lot_id is None]

    def lot_of(self, row: Transaction) -> points.Lot:
        """The lot that a loaded accrual granted, as it is now."""
        assert row.holder_id is not None
        return self.pots[row.holder_id].lot(self._granted[row.pk])

    def turns_of(self, place: Place) -> int:
        """How often this was written for the visit so far."""
        return self._turns.get(place, 0)

    def lots_granted_by(self, rows: Iterable[Transaction]) -> set[int]:
        """The lots that these rows granted, by key."""
        return {self._granted[row.pk] for row in rows if row.pk in self._granted}

    def pot_without_past(self, holder_id: int) -> Pot:
        """What the holder holds once all that is past its last day has burned.

        Points that the loaded rows gave stay: undoing those rows undoes their burning before anything else.
        """
        own, pot = self.lots_granted_by(self.rows), self.pots[holder_id]
        past = [
            movement for lot in pot.past(self.today) if lot.key not in own for movement in points.burn(pot, lot.key)
        ]
        return pot.after(past)

    def pot_as_if_undone(self, holder_id: int, rows: Iterable[Transaction] | None = None) -> Pot:
        """What the holder would hold had these of its loaded rows never been: all of them, where none are named."""
        pot = self.pot_without_past(holder_id)
        for row in in_undoing_order(self._standing_of(holder_id) if rows is None else rows):
            for each in self.undone_with(row):
                pot = pot.after(self.undoing(each, pot))
        return pot

    def balance_as_if_undone(self, holder_id: int, rows: Iterable[Transaction] | None = None) -> Decimal:
        """What a holder without lots would hold had these of its loaded rows never been; all, where none are named."""
        undone = self._standing_of(holder_id) if rows is None else rows
        taken = {each.pk: each.amount for row in undone for each in self.undone_with(row)}
        return self.holders[holder_id].balance - sum(taken.values(), ZERO)

    def undone_with(self, row: Transaction) -> list[Transaction]:
        """The row, after the burnings, or what else falls with it, that its undoing undoes first."""
        lot = self._granted.get(row.pk)
        if lot is None:
            falling = [
                each
                for each in self.standing()
                if each.what.falls_with == row.kind
                and each.holder_id == row.holder_id
                and each.why.get("period") == row.why.get("period")
            ]
            return [*reversed(falling), row]
        burnings = [each for each in self.standing() if each.kind == TransactionKind.BURNING and each.lot_id == lot]
        return [*burnings, row]

    def undoing(self, row: Transaction, pot: Pot) -> list[Movement]:
        """The movements that take a row back from a pot; none where its holder has no lots."""
        if row.pk in self._granted:
            return points.take_back(pot, self._granted[row.pk], row.amount)
        return points.give_back(pot, [Movement(part.lot, -part.amount) for part in self.parts[row.pk]])

    def _standing_of(self, holder_id: int) -> list[Transaction]:
        return [row for row in self.standing() if row.holder_id == holder_id and row.lot_id is None]

    # Kept up to date
    # ------------------------------------------------------------------------

    def know_row(self, row: Transaction) -> None:
        """A row that was loaded or is about to be written."""
        place = place_of(row)
        self._turns[place] = max(self._turns.get(place, 0), row.turn)

    def know_undone(self, row_id: int) -> None:
        self._undone.add(row_id)

    def know_grant(self, row_id: int, lot: int) -> None:
        """Which lot a row granted, by its key in the pot."""
        self._granted[row_id] = lot


def look(*, chain: Chain, holder_ids: Iterable[int], at: datetime, undoable: Q | None) -> Books:
    """The books of these holders as they are now, without a lock.

    ``undoable`` chooses the rows that an operation may undo; the burnings of their lots come along.
    """
    return loaded(chain, at, Holder.objects.filter(pk__in=holder_ids), undoable)


def loaded(chain: Chain, at: datetime, holders: Iterable[Holder], undoable: Q | None) -> Books:
    """The books of these holders; in a number of queries that does not depend on how many there are."""
    books = Books(chain, at, {holder.pk: holder for holder in holders})
    movements: list[LotMovement] = []
    if undoable is not None:
        books.rows = list(_with_burnings(undoable))
        movements = list(LotMovement.objects.filter(transaction__in=[row.pk for row in books.rows]).order_by("pk"))
    lots = Lot.objects.filter(
        Q(remaining__gt=0)
        | Q(transaction__in=[row.pk for row in books.rows])
        | Q(pk__in={each.lot_id for each in movements}),
        holder__in=books.holders,
    )
    for row in books.rows:
        books.know_row(row)
        if row.undoes_id:
            books.know_undone(row.undoes_id)
    for moved in movements:
        books.parts[moved.transaction_id].append(Movement(moved.lot_id, moved.amount))
    granted = list(lots.order_by("pk").as_rules())
    for each in granted:
        books.know_grant(each.row_id, each.lot.key)
    books.pots = pots_of(books.holders.values(), granted)
    return books


def pots_of(holders: Iterable[Holder], lots: Iterable[LotAsRules]) -> dict[int, Pot]:
    """What each of these holders holds, by its key; ``lots`` are those of all of them."""
    by_holder: dict[int, list[points.Lot]] = defaultdict(list)
    visited: dict[int, date] = {}
    for lot, holder_id, _row_id, visited_on in lots:
        by_holder[holder_id].append(lot)
        if visited_on:
            visited[holder_id] = visited_on
    return {
        holder.pk: Pot(
            tuple(sorted(by_holder[holder.pk], key=lambda lot: lot.order)), holder.debt, visited.get(holder.pk)
        )
        for holder in holders
    }


def _with_burnings(undoable: Q) -> QuerySet[Transaction]:
    """The rows, the burnings of the lots they granted, and what falls with what they granted."""
    rows = Transaction.objects.filter(undoable).values("pk")
    burnings = Transaction.objects.filter(kind=TransactionKind.BURNING, lot__transaction__in=rows).values("pk")
    granted = Transaction.objects.filter(undoable, kind__in=_WITH_FOLLOWERS).values("holder")
    falling = Transaction.objects.filter(holder__in=granted, kind__in=_FALLING).values("pk")
    # A union is looked up by its indexes, an "or" over two tables reads all of both.
    found = Transaction.objects.filter(pk__in=rows.union(burnings, falling))
    return found.order_by("pk")


#: The kinds of rows that fall with a grant, and those of the grants.
_FALLING = [kind for kind, row in ROWS.items() if row.falls_with]
_WITH_FOLLOWERS = sorted({row.falls_with for row in ROWS.values() if row.falls_with})


def in_undoing_order(rows: Iterable[Transaction]) -> list[Transaction]:
    """Debits before accruals, so that the guest keeps the points that last longest."""
    return sorted(rows, key=lambda row: (row.amount > 0, row.pk))
