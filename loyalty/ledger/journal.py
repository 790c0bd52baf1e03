"""The journal of one operation: the only code that writes holders, transactions, lots and movements.

It is opened on holders that are locked in primary-key order, collects rows, and writes them in a
number of statements that does not depend on how many there are (docs/rules.md, sections 5 and 6).
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import (
    Max,
    Q,
    QuerySet,
)

from chains.models import Chain, Location, User
from loyalty.ledger.models import Holder, Lot, LotMovement, Transaction, TransactionComment, TransactionKind
from loyalty.ledger.questions import last_visits
from loyalty.rules import points
from loyalty.rules.points import Movement, Pot
from loyalty.rules.terms import Period
from loyalty.rules.why import Why

#: New lots have no row yet; among lots of one instant they come last, in the order granted.
_FIRST_NEW_RANK = 2**62


@dataclass(frozen=True)
class Given:
    """What a row is written for: the terms and figures behind it, and where in a visit it belongs."""

    card_id: int | None = None
    promotion_id: int | None = None
    promotion_terms_id: int | None = None
    card_type_terms_id: int | None = None
    visit_id: int | None = None
    line_id: int | None = None
    turn: int = 1
    why: Why | None = None

    def columns(self) -> dict[str, Any]:
        columns = {name: value for name, value in vars(self).items() if name != "why"}
        return {**columns, "why": self.why.kept() if self.why else {}}


@dataclass
class Journal:
    """Rows of one operation, written at its end."""

    chain: Chain
    at: datetime
    acting_user: User | None
    location: Location | None = None
    holders: dict[int, Holder] = field(default_factory=dict)
    pots: dict[int, Pot] = field(default_factory=dict)
    rows: list[Transaction] = field(default_factory=list)
    _lots: dict[int, Lot] = field(default_factory=dict)
    _parts: dict[int, list[Movement]] = field(default_factory=lambda: defaultdict(list))
    _new: list[Transaction] = field(default_factory=list)
    _new_movements: list[tuple[Transaction, Movement]] = field(default_factory=list)
    _comments: list[tuple[Transaction, str]] = field(default_factory=list)
    _touched: set[int] = field(default_factory=set)

    @property
    def today(self) -> date:
        """The chain's local date, by which points are good or past."""
        return self.chain.local_date(self.at)

    @property
    def written(self) -> list[Transaction]:
        """The rows written or to be written by this operation, in order."""
        return self._new

    def standing(self) -> list[Transaction]:
        """Of the rows loaded to be undone, those that stand."""
        undone = {row.undoes_id for row in (*self.rows, *self._new) if row.undoes_id}
        return [row for row in self.rows if row.undoes_id is None and row.pk not in undone]

    def add_holder(self, holder: Holder) -> None:
        """Take a holder made in this transaction, which nobody else can see."""
        self.holders[holder.pk] = holder
        self.pots[holder.pk] = Pot()

    def discount(self, *, client_id: int, amount: Decimal, given: Given) -> Transaction:
        """Write ``amount`` (above 0) taken off a line; no points move."""
        return self._add(TransactionKind.PROMOTION_DISCOUNT, client_id, None, -amount, (), given)

    def grant(
        self,
        *,
        holder_id: int,
        kind: TransactionKind,
        amount: Decimal,
        given: Given,
        granted_on: date | None = None,
        last_on: date | None = None,
        inactivity: Period | None = None,
        replaces: Lot | None = None,
        comment: str = "",
    ) -> Transaction:
        """Accrue ``amount`` (above 0) as a lot; debt is filled first.

        ``last_on`` and ``inactivity`` are stamped on the lot. ``replaces`` is the lot of an accrual undone
        in the same operation, whose place in the spending order, and whose end if it burned, the new one keeps.
        """
        pot = self.pots[holder_id]
        key = -1 - len(self._lots)
        lot = points.Lot(
            key=key,
            remaining=Decimal(0),
            granted_on=granted_on or self.today,
            granted_at=replaces.granted_at if replaces else self.at,
            rank=replaces.rank if replaces else _FIRST_NEW_RANK - key,
            last_on=last_on,
            inactivity=inactivity,
            ended_on=replaces.ended_on if replaces else None,
        )
        self.pots[holder_id] = pot.with_lot(lot)
        fill = min(pot.debt, amount)
        movements = [Movement(None, fill), Movement(key, amount - fill)]
        row = self._add(kind, self.holders[holder_id].client_id, holder_id, amount, movements, given)
        self._lots[key] = _lot_row(lot, holder_id, row)
        if comment:
            self._comments.append((row, comment))
        return row

    def debit(
        self,
        *,
        holder_id: int,
        kind: TransactionKind,
        amount: Decimal,
        given: Given,
        without_visit: int | None = None,
        comment: str = "",
    ) -> Transaction:
        """Spend ``amount`` (above 0, at most what is available) in spending order.

        Lots that the visit ``without_visit`` grants do not pay; points that came back to one it granted once do.
        """
        granting = {row.pk for row in self.standing() if without_visit and row.visit_id == without_visit}
        own = [key for key, lot in self._lots.items() if lot.transaction_id in granting]
        movements = points.spend(self.pots[holder_id], amount, on=self.today, without=own)
        row = self._add(kind, self.holders[holder_id].client_id, holder_id, -amount, movements, given)
        if comment:
            self._comments.append((row, comment))
        return row

    def burn_past(self, holder_ids: Iterable[int | None]) -> list[Transaction]:
        """Burn what is past its last day on these of the open holders, one row a lot; written at once."""
        ids = sorted({holder_id for holder_id in holder_ids if holder_id is not None})
        due = [(holder_id, lot) for holder_id in ids for lot in self.pots[holder_id].past(self.today)]
        if not due:
            return []
        turns = _burning_turns([lot.key for _, lot in due])
        burnt = [self._burn(holder_id, lot, turns.get(lot.key, 0) + 1) for holder_id, lot in due]
        self.write()
        self.rows += [row for row in burnt if row.lot_id in self._granted_lots()]
        return burnt

    def end_lots(self, holder_ids: Iterable[int]) -> None:
        """Keep the end of lots that are past it, though nothing burns: a visit is about to move the clocks on.

        Empty lots too, since what comes back to them later is past.
        """
        lots = Lot.objects.filter(holder__in=holder_ids, inactivity_count__isnull=False, ended_on=None)
        ended = []
        for lot in lots:
            end = lot.as_rules().ends_on(self.pots[lot.holder_id].last_visit_on)
            if end and end < self.today:
                known = self._lots.setdefault(lot.pk, lot)
                known.ended_on = end
                ended.append(known)
        if ended:
            Lot.objects.bulk_update(ended, ["ended_on"])

    def _burn(self, holder_id: int, lot: points.Lot, turn: int) -> Transaction:
        origin = self._lots[lot.key].transaction
        given = Given(card_id=origin.card_id, turn=turn)
        movements = points.burn(self.pots[holder_id], lot.key)
        client_id = self.holders[holder_id].client_id
        row = self._add(TransactionKind.BURNING, client_id, holder_id, -lot.remaining, movements, given)
        row.lot_id, row.location, row.acting_user = lot.key, None, None
        row.promotion_id, row.promotion_terms_id = origin.promotion_id, origin.promotion_terms_id
        ended_on = lot.ends_on(self.pots[holder_id].last_visit_on)
        row.why = {"last_on": str(ended_on)}
        self._lots[lot.key].ended_on = ended_on
        return row

    def undo(self, row: Transaction) -> Transaction:
        """Write the counter-row of a loaded row, by what was recorded of it (section 5).

        The burnings of an accrual's lot are undone before it.
        """
        for each in self._undone_with(row):
            movements = self._undoing(each, self.pots[each.holder_id]) if each.holder_id else []
            kind = TransactionKind(each.kind)
            counter = self._add(kind, each.client_id, each.holder_id, -each.amount, movements, _given_by(each))
            counter.undoes, counter.location_id, counter.lot_id = each, each.location_id, each.lot_id
        return counter

    def undo_all(self, rows: Iterable[Transaction]) -> None:
        """Undo rows of a visit: first the points paid in it come back, then its accruals are taken."""
        for row in _in_undoing_order(rows):
            self.undo(row)

    def pot_without_past(self, holder_id: int) -> Pot:
        """What the holder holds once all that is past its last day has burned; nothing is written.

        Points that the loaded rows gave stay: undoing those rows undoes their burning before anything else.
        """
        own, pot = self._granted_lots(), self.pots[holder_id]
        past = [
            movement for lot in pot.past(self.today) if lot.key not in own for movement in points.burn(pot, lot.key)
        ]
        return pot.after(past)

    def pot_as_if_undone(self, holder_id: int) -> Pot:
        """What the holder would hold had the loaded rows never been; nothing is written."""
        pot = self.pot_without_past(holder_id)
        rows = [row for row in self.standing() if row.holder_id == holder_id and row.lot_id is None]
        for row in _in_undoing_order(rows):
            for each in self._undone_with(row):
                pot = pot.after(self._undoing(each, pot))
        return pot

    def _undone_with(self, row: Transaction) -> list[Transaction]:
        """The row, after the burnings that its undoing undoes first."""
        if row.holder_id is None or not TransactionKind(row.kind).is_accrual:
            return [row]
        lot = self.lot_of(row)
        burnings = [each for each in self.standing() if each.kind == TransactionKind.BURNING and each.lot_id == lot.pk]
        return [*burnings, row]

    def _undoing(self, row: Transaction, pot: Pot) -> list[Movement]:
        """The movements that take a row back from a pot."""
        if TransactionKind(row.kind).is_accrual:
            return points.take_back(pot, self.lot_of(row).pk, row.amount)
        return points.give_back(pot, [Movement(part.lot, -part.amount) for part in self._parts[row.pk]])

    def lot_of(self, row: Transaction) -> Lot:
        """The lot that a loaded accrual granted."""
        return next(lot for lot in self._lots.values() if lot.transaction_id == row.pk)

    def next_turn(
        self, kind: TransactionKind, *, line_id: int | None, card_id: int | None, promotion_id: int | None
    ) -> int:
        """How often this was written for the visit, this time counted."""
        same = [
            row.turn
            for row in (*self.rows, *self._new)
            if row.undoes_id is None
            and (row.kind, row.line_id, row.card_id, row.promotion_id) == (kind, line_id, card_id, promotion_id)
        ]
        return max(same, default=0) + 1

    def _granted_lots(self) -> set[int]:
        rows = {row.pk for row in self.rows}
        return {lot.pk for lot in self._lots.values() if lot.transaction_id in rows}

    def _add(
        self,
        kind: TransactionKind,
        client_id: int,
        holder_id: int | None,
        amount: Decimal,
        movements: Iterable[Movement],
        given: Given,
    ) -> Transaction:
        movements = [movement for movement in movements if movement.amount]
        row = Transaction(
            chain=self.chain,
            at=self.at,
            location=self.location,
            client_id=client_id,
            kind=kind,
            holder_id=holder_id,
            amount=amount,
            acting_user=self.acting_user,
            **given.columns(),
        )
        if holder_id is not None:
            holder = self.holders[holder_id]
            pot = self.pots[holder_id] = self.pots[holder_id].after(movements)
            holder.balance += amount
            holder.debt = pot.debt
            row.balance_after = holder.balance
            self._touched.add(holder_id)
        self._new.append(row)
        self._new_movements += [(row, movement) for movement in movements]
        return row

    def write(self) -> None:
        """Write what was collected: rows, lots, movements, then the caches."""
        rows = [row for row in self._new if row.pk is None]
        Transaction.objects.bulk_create(rows)
        self._write_new_lots()
        movements = [
            LotMovement(transaction=row, lot=None if each.lot is None else self._lots[each.lot], amount=each.amount)
            for row, each in self._new_movements
        ]
        LotMovement.objects.bulk_create(movements)
        for row, each in self._new_movements:
            self._parts[row.pk].append(each)
        self._write_caches([each.lot for _, each in self._new_movements])
        if self._comments:
            comments = [TransactionComment(transaction=row, text=text) for row, text in self._comments]
            TransactionComment.objects.bulk_create(comments)
        self._new_movements, self._comments = [], []

    def _write_new_lots(self) -> None:
        new = [lot for lot in self._lots.values() if lot.pk is None]
        for lot in new:
            lot.transaction = row = lot.transaction  # which has its key by now
            if lot.rank >= _FIRST_NEW_RANK:
                lot.rank = row.pk
        self._remember_remaining()
        if new:
            Lot.objects.bulk_create(new)

    def _remember_remaining(self) -> None:
        for pot in self.pots.values():
            for lot in pot.lots:
                self._lots[lot.key].remaining = lot.remaining

    def _write_caches(self, moved: Iterable[int | None]) -> None:
        lots = [self._lots[key] for key in {key for key in moved if key is not None and key > 0}]
        if lots:
            Lot.objects.bulk_update(lots, ["remaining", "ended_on"])
        if self._touched:
            touched = [self.holders[holder_id] for holder_id in sorted(self._touched)]
            Holder.objects.bulk_update(touched, ["balance", "debt"])
        self._touched = set()


def open_journal(
    *,
    chain: Chain,
    holder_ids: Iterable[int],
    at: datetime,
    acting_user: User | None,
    location: Location | None = None,
    undoable: Q | None = None,
) -> Journal:
    """Lock the holders in primary-key order and load what they hold.

    ``undoable`` chooses the rows that the operation may undo; the burnings of their lots come along.
    """
    holders = list(Holder.objects.filter(pk__in=holder_ids).locked())
    journal = Journal(chain, at, acting_user, location, {holder.pk: holder for holder in holders})
    _load(journal, undoable)
    return journal


def look(*, chain: Chain, holder_ids: Iterable[int], at: datetime, undoable: Q | None) -> Journal:
    """The same without a lock, to look at what an operation would do. Never written."""
    holders = Holder.objects.filter(pk__in=holder_ids)
    journal = Journal(chain, at, None, None, {holder.pk: holder for holder in holders})
    _load(journal, undoable)
    return journal


def _load(journal: Journal, undoable: Q | None) -> None:
    rows: list[Transaction] = []
    movements: list[LotMovement] = []
    if undoable is not None:
        rows = list(_with_burnings(undoable))
        movements = list(LotMovement.objects.filter(transaction__in=[row.pk for row in rows]).order_by("pk"))
    lots = Lot.objects.filter(
        Q(remaining__gt=0)
        | Q(transaction__in=[row.pk for row in rows])
        | Q(pk__in={each.lot_id for each in movements}),
        holder__in=journal.holders,
    ).select_related("transaction")
    journal.rows = rows
    journal._lots = {lot.pk: lot for lot in lots}
    for each in movements:
        journal._parts[each.transaction_id].append(Movement(each.lot_id, each.amount))
    visited = last_visits({holder.client_id for holder in journal.holders.values()})
    by_holder: dict[int, list[points.Lot]] = defaultdict(list)
    for lot in journal._lots.values():
        by_holder[lot.holder_id].append(lot.as_rules())
    for holder in journal.holders.values():
        ordered = tuple(sorted(by_holder[holder.pk], key=lambda each: each.order))
        journal.pots[holder.pk] = Pot(ordered, holder.debt, visited.get(holder.client_id))


def _with_burnings(undoable: Q) -> QuerySet[Transaction]:
    """The rows, and the burnings of the lots they granted."""
    rows = Transaction.objects.filter(undoable).values("pk")
    burnings = Transaction.objects.filter(kind=TransactionKind.BURNING, lot__transaction__in=rows).values("pk")
    # A union is looked up by its indexes, an "or" over two tables reads all of both.
    found = Transaction.objects.filter(pk__in=rows.union(burnings))
    return found.select_related("promotion_terms", "card_type_terms").order_by("pk")


def _burning_turns(lot_ids: list[int]) -> dict[int, int]:
    burnings = Transaction.objects.filter(kind=TransactionKind.BURNING, lot__in=lot_ids)
    return dict(burnings.values_list("lot").annotate(Max("turn")))


def _in_undoing_order(rows: Iterable[Transaction]) -> list[Transaction]:
    """Debits before accruals, so that the guest keeps the points that last longest."""
    return sorted(rows, key=lambda row: (TransactionKind(row.kind).is_accrual, row.pk))


def _given_by(row: Transaction) -> Given:
    return Given(
        card_id=row.card_id,
        promotion_id=row.promotion_id,
        promotion_terms_id=row.promotion_terms_id,
        card_type_terms_id=row.card_type_terms_id,
        visit_id=row.visit_id,
        line_id=row.line_id,
        turn=row.turn,
    )


def _lot_row(lot: points.Lot, holder_id: int, row: Transaction) -> Lot:
    inactivity = lot.inactivity
    return Lot(
        holder_id=holder_id,
        transaction=row,
        remaining=lot.remaining,
        granted_on=lot.granted_on,
        granted_at=lot.granted_at,
        rank=lot.rank,
        last_on=lot.last_on,
        ended_on=lot.ended_on,
        inactivity_count=inactivity.count if inactivity else None,
        inactivity_unit=inactivity.unit if inactivity else "",
    )
