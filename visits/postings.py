"""Writes a settlement to the ledger: the difference to what the visit had written before.

What did not change writes nothing; what changed is undone and written anew (docs/rules.md, section 8).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from loyalty.ledger.journal import Given, Journal
from loyalty.ledger.models import Transaction, TransactionKind
from loyalty.rules.settlement import Settlement
from loyalty.rules.terms import CardType, Promotion
from loyalty.rules.why import Why
from visits.models import Visit


@dataclass(frozen=True)
class Wanted:
    """A row that the settlement asks for; ``amount`` is above 0, its sign follows from the kind."""

    kind: TransactionKind
    amount: Decimal
    why: Why
    card_id: int | None
    holder_id: int | None = None
    line_id: int | None = None
    promotion: Promotion | None = None
    card_type: CardType | None = None

    @property
    def signed(self) -> Decimal:
        return self.amount if self.kind.is_accrual else -self.amount

    @property
    def place(self) -> tuple[str, int | None, int | None, int | None]:
        return (self.kind, self.line_id, self.card_id, self.promotion.id if self.promotion else None)


def _place(row: Transaction) -> tuple[str, int | None, int | None, int | None]:
    return (row.kind, row.line_id, row.card_id, row.promotion_id)


def post(journal: Journal, visit: Visit, wanted: Iterable[Wanted]) -> None:
    """Undo what the visit no longer does and write what it newly does; ``wanted`` in the order of section 5.

    What is past its last day burns first, on the cards that are written to.
    """
    wanted = list(wanted)
    amounts = {each.place: each.signed for each in wanted}
    standing = [row for row in journal.standing() if row.visit_id == visit.pk and row.lot_id is None]
    changed = [row for row in standing if amounts.get(_place(row)) != row.amount]
    kept = {_place(row) for row in standing} - {_place(row) for row in changed}
    replaced = {_place(row): row for row in changed}
    new = [each for each in wanted if each.place not in kept]
    journal.burn_past({row.holder_id for row in changed} | {each.holder_id for each in new})
    journal.undo_all(changed)
    for each in new:
        _write(journal, visit, each, replaced.get(each.place))


def _write(journal: Journal, visit: Visit, wanted: Wanted, replaced: Transaction | None) -> None:
    given = Given(
        card_id=wanted.card_id,
        promotion_id=wanted.promotion.id if wanted.promotion else None,
        promotion_terms_id=wanted.promotion.terms_id if wanted.promotion else None,
        card_type_terms_id=wanted.card_type.terms_id if wanted.card_type else None,
        visit_id=visit.pk,
        line_id=wanted.line_id,
        turn=journal.next_turn(
            wanted.kind,
            line_id=wanted.line_id,
            card_id=wanted.card_id,
            promotion_id=wanted.promotion.id if wanted.promotion else None,
        ),
        why=wanted.why,
    )
    if wanted.kind is TransactionKind.PROMOTION_DISCOUNT:
        journal.discount(client_id=visit.client_id, amount=wanted.amount, given=given)
    elif wanted.kind is TransactionKind.CARD_PAYMENT:
        assert wanted.holder_id
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
    assert wanted.holder_id and wanted.promotion and wanted.card_type and visit.settled_at
    old = journal.lot_of(replaced) if replaced else None
    granted_on: date = old.granted_on if old else visit.chain.local_date(visit.settled_at)
    burn = wanted.promotion.burn
    journal.grant(
        holder_id=wanted.holder_id,
        kind=wanted.kind,
        amount=wanted.amount,
        given=given,
        granted_on=granted_on,
        last_on=burn.after(granted_on) if burn else None,
        inactivity=wanted.card_type.inactivity,
        replaces=old,
    )


def wanted_rows(
    settlement: Settlement, line_ids: list[int], holders: Mapping[int, int], receiver_id: int | None
) -> list[Wanted]:
    """All rows that an arrived visit asks for. ``holders`` are by card, ``receiver_id`` is the inviter's card."""
    rows = [
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
            TransactionKind.CARD_PAYMENT,
            points.amount,
            points.why,
            points.card_id,
            holders[points.card_id],
            card_type=points.terms,
        )
        for points in settlement.points
    ]
    if not settlement.is_settled:
        return rows
    rows += [
        Wanted(
            TransactionKind.PROMOTION_ACCRUAL,
            accrual.amount,
            accrual.firing.why,
            accrual.card_id,
            holders[accrual.card_id],
            promotion=accrual.promotion,
            card_type=accrual.card_type,
        )
        for accrual in settlement.accruals
        if accrual.amount
    ]
    referral = settlement.referral
    if referral and referral.amount and receiver_id:
        rows.append(
            Wanted(
                TransactionKind.REFERRAL_ACCRUAL,
                referral.amount,
                referral.firing.why,
                receiver_id,
                holders[receiver_id],
                promotion=referral.promotion,
                card_type=referral.card_type,
            )
        )
    return rows
