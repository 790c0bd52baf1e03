"""The journal of one operation: the only code that writes holders, transactions, lots and movements.

It is opened on holders that are locked in primary-key order, collects rows, and writes them in a
number of statements that does not depend on how many there are (docs/rules.md, sections 5 and 6).
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Max, Q

from chains.acting import Acting, user_of
from chains.batches import Batch
from chains.models import Chain, Location
from loyalty.ledger.books import Books, Place, in_undoing_order, loaded
from loyalty.ledger.kinds import ROWS, TransactionKind
from loyalty.ledger.models import Holder, Lot, LotMovement, Transaction, TransactionComment
from loyalty.rules import points
from loyalty.rules.money import ZERO
from loyalty.rules.points import Movement, Pot
from loyalty.rules.terms import Period
from loyalty.rules.why import Why

#: New lots have no row yet; among lots of one instant they come last, in the order granted.
_FIRST_NEW_RANK = 2**62


@dataclass(frozen=True)
class Given:
    """What a row is written for: the terms and figures behind it, and where in a visit it belongs.

    ``client_id`` is whose row it is where the holder is nobody's: who brings a bearer's.
    """

    card_id: int | None = None
    promotion_id: int | None = None
    promotion_terms_id: int | None = None
    card_type_terms_id: int | None = None
    visit_id: int | None = None
    client_id: int | None = None
    line_id: int | None = None
    value_line_id: int | None = None
    turn: int = 1
    why: Why | None = None

    def columns(self) -> dict[str, Any]:
        columns = {name: value for name, value in vars(self).items() if name not in {"why", "client_id"}}
        return {**columns, "why": self.why.kept() if self.why else {}}


@dataclass
class Journal:
    """Rows of one operation, written at its end; ``books`` are what is known of its holders with them."""

    books: Books
    acting_user: Acting
    location: Location | None = None
    batch: Batch = field(default_factory=Batch)
    _new: list[Transaction] = field(default_factory=list)
    _new_movements: list[tuple[Transaction, Movement]] = field(default_factory=list)
    _comments: list[tuple[Transaction, str]] = field(default_factory=list)
    _granted: dict[int, Lot] = field(default_factory=dict)
    _touched: set[int] = field(default_factory=set)

    @property
    def written(self) -> list[Transaction]:
        """The rows written or to be written by this operation, in order."""
        return self._new

    def add_holder(self, holder: Holder) -> None:
        """Take a holder made in this transaction, which nobody else can see."""
        self.books.holders[holder.pk] = holder
        self.books.pots[holder.pk] = Pot()

    def note(self, *, kind: str, client_id: int | None, amount: Decimal, given: Given) -> Transaction:
        """Write a row without a holder, such as a discount; ``amount`` is above 0, its sign that of the kind."""
        return self._add(kind, client_id, None, ROWS[kind].sign * amount, (), given)

    def grant(
        self,
        *,
        holder_id: int,
        kind: str,
        amount: Decimal,
        given: Given,
        granted_on: date | None = None,
        last_on: date | None = None,
        inactivity: Period | None = None,
        replaces: points.Lot | None = None,
        comment: str = "",
    ) -> Transaction:
        """Give ``amount`` (above 0) to a holder: as a lot, debt being filled first, or to its balance.

        ``last_on`` and ``inactivity`` are stamped on the lot. ``replaces`` is the lot of an accrual undone
        in the same operation, whose place in the spending order, and whose end if it burned, the new one keeps.
        """
        books, holder = self.books, self.books.holders[holder_id]
        if not holder.what.has_lots:
            return self._commented(self._add(kind, _whose(holder, given), holder_id, amount, (), given), comment)
        pot = books.pots[holder_id]
        key = -1 - len(self._granted)
        lot = points.Lot(
            key=key,
            remaining=Decimal(0),
            granted_on=granted_on or books.today,
            granted_at=replaces.granted_at if replaces else books.at,
            rank=replaces.rank if replaces else _FIRST_NEW_RANK - key,
            last_on=last_on,
            inactivity=inactivity,
            ended_on=replaces.ended_on if replaces else None,
        )
        books.pots[holder_id] = pot.with_lot(lot)
        fill = min(pot.debt, amount)
        movements = [Movement(None, fill), Movement(key, amount - fill)]
        row = self._add(kind, holder.client_id, holder_id, amount, movements, given)
        self._granted[key] = _lot_row(lot, holder_id, row)
        return self._commented(row, comment)

    def debit(
        self,
        *,
        holder_id: int,
        kind: str,
        amount: Decimal,
        given: Given,
        without_visit: int | None = None,
        comment: str = "",
    ) -> Transaction:
        """Spend ``amount`` (above 0, at most what is available), of lots in spending order.

        Lots that the visit ``without_visit`` grants do not pay; points that came back to one it granted once do.
        """
        books, holder = self.books, self.books.holders[holder_id]
        movements: list[Movement] = []
        if holder.what.has_lots:
            granting = [row for row in books.standing() if without_visit and row.visit_id == without_visit]
            own = books.lots_granted_by(granting)
            movements = points.spend(books.pots[holder_id], amount, on=books.today, without=own)
        return self._commented(self._add(kind, _whose(holder, given), holder_id, -amount, movements, given), comment)

    def _commented(self, row: Transaction, comment: str) -> Transaction:
        if comment:
            self._comments.append((row, comment))
        return row

    def burn_past(self, holder_ids: Iterable[int | None]) -> list[Transaction]:
        """Burn what is past its last day on these of the open holders, one row a lot; written at once."""
        ids = sorted({holder_id for holder_id in holder_ids if holder_id is not None})
        due = [(holder_id, lot) for holder_id in ids for lot in self.books.pots[holder_id].past(self.books.today)]
        if not due:
            return []
        keys = [lot.key for _, lot in due]
        turns = _burning_turns(keys)
        origins = {lot.pk: lot.transaction for lot in Lot.objects.filter(pk__in=keys).select_related("transaction")}
        burnt = [self._burn(holder_id, lot, origins[lot.key], turns.get(lot.key, 0) + 1) for holder_id, lot in due]
        self.write()
        own = self.books.lots_granted_by(self.books.rows)
        self.books.rows += [row for row in burnt if row.lot_id in own]
        return burnt

    def end_lots(self, client_id: int) -> None:
        """Keep the end of a guest's lots that are past it, though nothing burns: a visit is to move the clocks on.

        Empty lots too, since what comes back to them later is past.
        """
        books = self.books
        own = [holder.pk for holder in books.holders.values() if holder.client_id == client_id]
        lots = Lot.objects.filter(holder__in=own, inactivity_count__isnull=False, ended_on=None)
        ended: list[Any] = list(lots.ending_through(books.today - timedelta(days=1), client_id))
        ends: dict[int, dict[int, date]] = defaultdict(dict)
        for lot in ended:
            lot.ended_on = ends[lot.holder_id][lot.pk] = lot.ends_on
        for holder_id, last_days in ends.items():
            books.pots[holder_id] = books.pots[holder_id].with_ends(last_days)
        self.batch.update(ended, "ended_on")

    def _burn(self, holder_id: int, lot: points.Lot, origin: Transaction, turn: int) -> Transaction:
        books = self.books
        given = Given(card_id=origin.card_id, turn=turn)
        movements = points.burn(books.pots[holder_id], lot.key)
        client_id = books.holders[holder_id].client_id
        row = self._add(TransactionKind.BURNING, client_id, holder_id, -lot.remaining, movements, given)
        row.lot_id, row.location, row.acting_user = lot.key, None, None
        row.promotion_id, row.promotion_terms_id = origin.promotion_id, origin.promotion_terms_id
        ended_on = lot.ends_on(books.pots[holder_id].last_visit_on)
        assert ended_on is not None
        row.why = {"last_on": str(ended_on)}
        books.pots[holder_id] = books.pots[holder_id].with_ends({lot.key: ended_on})
        return row

    def undo(self, row: Transaction) -> Transaction:
        """Write the counter-row of a loaded row, by what was recorded of it (section 5).

        The burnings of an accrual's lot are undone before it, and all that falls with a grant.
        """
        books = self.books
        for each in books.undone_with(row):
            movements = books.undoing(each, books.pots[each.holder_id]) if each.holder_id else []
            counter = self._add(each.kind, each.client_id, each.holder_id, -each.amount, movements, _given_by(each))
            counter.undoes, counter.location_id, counter.lot_id = each, each.location_id, each.lot_id
            books.know_undone(each.pk)
        return counter

    def undo_all(self, rows: Iterable[Transaction]) -> None:
        """Undo rows of a visit: first the points paid in it come back, then its accruals are taken."""
        for row in in_undoing_order(rows):
            self.undo(row)

    def next_turn(self, place: Place) -> int:
        """How often this was written for the visit, this time counted."""
        return self.books.turns_of(place) + 1

    def _add(
        self,
        kind: str,
        client_id: int | None,
        holder_id: int | None,
        amount: Decimal,
        movements: Iterable[Movement],
        given: Given,
    ) -> Transaction:
        movements = [movement for movement in movements if movement.amount]
        row = Transaction(
            chain=self.books.chain,
            at=self.books.at,
            location=self.location,
            client_id=client_id,
            kind=kind,
            holder_id=holder_id,
            amount=amount,
            acting_user=user_of(self.acting_user),
            **given.columns(),
        )
        if holder_id is not None:
            holder = self.books.holders[holder_id]
            moved = amount if holder.keeps_balance else ZERO
            pot = self.books.pots[holder_id] = self.books.pots[holder_id].after(movements)
            holder.balance += moved
            holder.debt = pot.debt
            row.balance_after = holder.balance
            self._touched.add(holder_id)
        self._new.append(row)
        self.books.know_row(row)
        self._new_movements += [(row, movement) for movement in movements]
        return row

    def write(self) -> None:
        """Write what was collected: rows, lots, movements, then the caches."""
        self.write_rows()
        self.batch.send()

    def write_rows(self) -> None:
        """Write the rows and lots; what follows from them, of which nobody needs a key, is added to the batch."""
        rows = [row for row in self._new if row.pk is None]
        Transaction.objects.bulk_create(rows)
        moved = self._moved_lots()
        older = [lot for lot in moved.values() if lot.pk]
        self._write_new_lots()
        self.batch.insert(
            LotMovement(transaction=row, lot=moved.get(each.lot), amount=each.amount)
            for row, each in self._new_movements
        )
        for row, each in self._new_movements:
            self.books.parts[row.pk].append(each)
        self._write_caches(older)
        if self._comments:
            self.batch.insert(TransactionComment(transaction=row, text=text) for row, text in self._comments)
        self._new_movements, self._comments = [], []

    def _moved_lots(self) -> dict[int | None, Lot]:
        """The lots that the collected rows moved, by their keys in the pots, as the pots say."""
        moved: dict[int, set[int]] = defaultdict(set)
        for row, each in self._new_movements:
            if row.holder_id and each.lot:
                moved[row.holder_id].add(each.lot)
        lots: dict[int | None, Lot] = {}
        for holder_id, keys in moved.items():
            for held in self.books.pots[holder_id].lots:
                if held.key in keys:
                    lots[held.key] = lot = self._granted.get(held.key) or Lot(pk=held.key)
                    lot.remaining, lot.ended_on = held.remaining, held.ended_on
        return lots

    def _write_new_lots(self) -> None:
        new = {key: lot for key, lot in self._granted.items() if lot.pk is None}
        for key, lot in new.items():
            lot.transaction = row = lot.transaction  # which has its key by now
            if lot.rank >= _FIRST_NEW_RANK:
                lot.rank = row.pk
            self.books.know_grant(row.pk, key)
        if new:
            Lot.objects.bulk_create(new.values())

    def _write_caches(self, lots: list[Lot]) -> None:
        self.batch.update(lots, "remaining", "ended_on")
        self.batch.update([self.books.holders[holder_id] for holder_id in sorted(self._touched)], "balance", "debt")
        self._touched = set()


def open_journal(
    *,
    chain: Chain,
    holder_ids: Iterable[int],
    at: datetime,
    acting_user: Acting,
    location: Location | None = None,
    undoable: Q | None = None,
) -> Journal:
    """Lock the holders in primary-key order and load what they hold.

    ``undoable`` chooses the rows that the operation may undo; the burnings of their lots come along.
    """
    holders = list(Holder.objects.filter(pk__in=holder_ids).locked())
    return Journal(loaded(chain, at, holders, undoable), acting_user, location)


def _whose(holder: Holder, given: Given) -> int | None:
    """The client of a row: the holder's; a bearer's is brought by whom the row is given for."""
    return holder.client_id or given.client_id


def _burning_turns(lot_ids: list[int]) -> dict[int, int]:
    burnings = Transaction.objects.filter(kind=TransactionKind.BURNING, lot__in=lot_ids)
    return dict(burnings.values_list("lot").annotate(Max("turn")))


def _given_by(row: Transaction) -> Given:
    return Given(
        card_id=row.card_id,
        promotion_id=row.promotion_id,
        promotion_terms_id=row.promotion_terms_id,
        card_type_terms_id=row.card_type_terms_id,
        visit_id=row.visit_id,
        line_id=row.line_id,
        value_line_id=row.value_line_id,
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
