"""Writes a settlement to the ledger: the difference to what the visit had written before.

What did not change writes nothing; what changed is undone and written anew (docs/rules.md, section 8).
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from loyalty.ledger.books import Place, place_of
from loyalty.ledger.journal import Given, Journal
from loyalty.ledger.kinds import ROWS, TransactionKind
from loyalty.ledger.models import Transaction
from loyalty.memberships.periods import make_room
from loyalty.rules.covers import Cover
from loyalty.rules.desk import Receiver
from loyalty.rules.memberships import DeskMembership
from loyalty.rules.settlement import Settlement
from loyalty.rules.terms import CardType, Promotion
from loyalty.rules.value import VALUE
from loyalty.rules.why import Reason, Why, why
from visits.covers import UseValues
from visits.models import ValueLine, Visit
from visits.value import Granted, check_unused


@dataclass(frozen=True)
class Wanted:
    """A row that the settlement asks for; ``amount`` is above 0, its sign follows from the kind.

    ``card_id`` is the card that it came through. ``card_type`` and ``promotion`` are the terms of what is given. Of
    ``membership`` a unit is used: what that is worth is known when it is written.
    """

    kind: str
    amount: Decimal
    why: Why
    card_id: int | None = None
    holder_id: int | None = None
    line_id: int | None = None
    value_line_id: int | None = None
    promotion: Promotion | None = None
    card_type: CardType | None = None
    card_type_terms_id: int | None = None
    membership: DeskMembership | None = None

    @property
    def signed(self) -> Decimal:
        return self.amount * ROWS[self.kind].sign

    @property
    def place(self) -> Place:
        promotion_id = self.promotion.id if self.promotion else None
        return (self.kind, self.line_id, self.value_line_id, self.holder_id, self.card_id, promotion_id)


def post(journal: Journal, visit: Visit, wanted: Iterable[Wanted], *, stays: Collection[int] = ()) -> None:
    """Undo what the visit no longer does and write what it newly does; ``wanted`` in the order of section 5.

    Rows that it ``stays`` with, by key, are left as they are. What is past its last day burns first, on the holders
    that are written to. Refuses to take back what it sold, where something of that was used.
    """
    standing = [row for row in journal.books.of_visit(visit.pk) if row.pk not in stays]
    changed, new = difference(standing, wanted)
    replaced = {place_of(row): row for row in changed}
    journal.burn_past({row.holder_id for row in changed} | {each.holder_id for each in new})
    check_unused(journal.books, changed)
    journal.undo_all(changed)
    used = [each for each in new if each.membership]
    make_room(journal, [(each.holder_id or 0, each.membership.period) for each in used if each.membership])
    gone = {row.pk for row in changed}
    values = UseValues(
        {each.membership.id: each.membership for each in used if each.membership}.values(),
        [row for row in standing if row.pk not in gone],
    )
    for each in new:
        explained = each.why
        if each.membership:
            explained = values.why_next(each.membership, str(visit.chain.local_date(visit.starts_at)))
        _write(journal, visit, each, explained, replaced.get(each.place))


def difference(standing: Iterable[Transaction], wanted: Iterable[Wanted]) -> tuple[list[Transaction], list[Wanted]]:
    """Of the rows of a visit that stand, those to undo; of what is wanted, what is to be written anew."""
    wanted = list(wanted)
    missing: dict[tuple[Place, Decimal], list[Wanted]] = defaultdict(list)
    for each in wanted:
        missing[(each.place, each.signed)].append(each)
    changed = []
    # Of rows that are alike, such as the units of a membership, the older stay.
    for row in standing:
        alike = missing[(place_of(row), row.amount)]
        if alike:
            alike.pop(0)
        else:
            changed.append(row)
    return changed, [each for each in wanted if any(each is left for left in missing[(each.place, each.signed)])]


def _write(journal: Journal, visit: Visit, wanted: Wanted, explained: Why, replaced: Transaction | None) -> None:
    given = Given(
        card_id=wanted.card_id,
        promotion_id=wanted.promotion.id if wanted.promotion else None,
        promotion_terms_id=wanted.promotion.terms_id if wanted.promotion else None,
        card_type_terms_id=wanted.card_type.terms_id if wanted.card_type else wanted.card_type_terms_id,
        visit_id=visit.pk,
        client_id=visit.client_id,
        line_id=wanted.line_id,
        value_line_id=wanted.value_line_id,
        turn=journal.next_turn(wanted.place),
        why=explained,
    )
    if wanted.holder_id is None:
        journal.note(kind=wanted.kind, client_id=visit.client_id, amount=wanted.amount, given=given)
    elif ROWS[wanted.kind].sign < 0:
        journal.debit(
            holder_id=wanted.holder_id,
            kind=wanted.kind,
            amount=wanted.amount,
            given=given,
            without_visit=visit.pk,
        )
    else:
        _grant(journal, visit, wanted, given, replaced)


def _grant(journal: Journal, visit: Visit, wanted: Wanted, given: Given, replaced: Transaction | None) -> None:
    """A lot of the date that settled the visit; one written anew keeps the date and place of the old one."""
    assert wanted.holder_id and visit.settled_at
    old = journal.books.lot_of(replaced) if replaced and ROWS[wanted.kind].has_lots else None
    granted_on: date = old.granted_on if old else visit.chain.local_date(visit.settled_at)
    burn = wanted.promotion.burn if wanted.promotion else None
    journal.grant(
        holder_id=wanted.holder_id,
        kind=wanted.kind,
        amount=wanted.amount,
        given=given,
        granted_on=granted_on,
        last_on=burn.after(granted_on) if burn else None,
        inactivity=wanted.card_type.inactivity if wanted.card_type else None,
        replaces=old,
    )


def wanted_uses(covers: Iterable[Cover], line_ids: list[int]) -> list[Wanted]:
    """A row for each unit that is covered."""
    return [
        Wanted(
            TransactionKind.MEMBERSHIP_USE,
            Decimal(1),
            cover.why,
            holder_id=cover.holder_id,
            line_id=line_ids[cover.line],
            membership=cover.membership,
        )
        for cover in covers
        for _unit in range(cover.units)
    ]


def wanted_rows(
    settlement: Settlement,
    line_ids: list[int],
    receiver: Receiver | None = None,
    granted: Iterable[tuple[ValueLine, Granted]] = (),
) -> list[Wanted]:
    """All rows that an arrived visit asks for. ``receiver`` is the inviter's card, ``granted`` what it sold."""
    rows = wanted_uses(settlement.covers, line_ids)
    rows += [
        Wanted(
            TransactionKind.PROMOTION_DISCOUNT,
            part,
            discount.firing.why,
            discount.card_id,
            line_id=line_id,
            promotion=discount.promotion,
        )
        for discount in settlement.discounts
        for line_id, part in zip(line_ids, discount.parts, strict=False)
        if part
    ]
    rows += [
        Wanted(
            turn.means.pays.row,
            turn.amount,
            turn.explained or turn.why,
            turn.means.card_id,
            turn.holder_id,
            card_type_terms_id=turn.means.card_type_terms_id,
        )
        for turn in settlement.means
        if turn.amount
    ]
    rows += [
        Wanted(turn.means.pays.forfeit, turn.forfeited, why(Reason.GIVEN, paid=turn.amount), holder_id=turn.holder_id)
        for turn in settlement.means
        if turn.forfeited
    ]
    if not settlement.is_settled:
        return rows
    rows += [
        Wanted(
            TransactionKind.PROMOTION_ACCRUAL,
            accrual.amount,
            accrual.firing.why,
            accrual.card_id,
            accrual.holder_id,
            promotion=accrual.promotion,
            card_type=accrual.card_type,
        )
        for accrual in settlement.accruals
        if accrual.amount
    ]
    referral = settlement.referral
    if referral and referral.amount and receiver:
        rows.append(
            Wanted(
                TransactionKind.REFERRAL_ACCRUAL,
                referral.amount,
                referral.firing.why,
                receiver.card_id,
                receiver.holder_id,
                promotion=referral.promotion,
                card_type=referral.card_type,
            )
        )
    rows += [
        Wanted(
            VALUE[line.kind].row,
            amount,
            why(Reason.GIVEN, price=line.price, **granted_as.figures),
            holder_id=holder.pk,
            value_line_id=line.pk,
        )
        for line, granted_as in granted
        for holder, amount in granted_as.holders
        if amount
    ]
    return rows
