"""What lies on the desk to pay with: a loader for each kind of holder that pays (docs/architecture.md)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Protocol

from django.utils.translation import gettext_lazy as _

from chains.models import Chain
from chains.refusals import Code, Refusal
from config.ui.figures import format_money
from loyalty.accounts.desk import desk_accounts
from loyalty.cards.models import CARD_TYPE_TERMS
from loyalty.gift_cards.desk import desk_gift_cards
from loyalty.gift_cards.letters import queue_uses
from loyalty.ledger.books import Books
from loyalty.ledger.kinds import HolderKind
from loyalty.ledger.models import Transaction
from loyalty.rules.accounts import account_barred
from loyalty.rules.cards import DeskCard, card_barred
from loyalty.rules.gift_cards import gift_card_barred
from loyalty.rules.means import MEANS, Means, MeansTurn, StandingPayment
from loyalty.rules.plan import MeansChoice, Plan
from loyalty.rules.settlement import Settlement
from loyalty.rules.terms import Limits, WriteOff
from visits.models import Visit


@dataclass(frozen=True)
class Laid:
    """What the means of a visit are loaded from.

    ``cards`` are the desk's; ``paid`` are the visit's standing rows of payments with means, by holder, ``forfeited``
    what was forfeited with them.
    """

    plan: Plan
    visit: Visit
    books: Books
    cards: tuple[DeskCard, ...]
    paid: Mapping[int, Transaction]
    forfeited: Mapping[int, Decimal]

    def choice_of(self, holder_id: int) -> MeansChoice | None:
        """What the plan has the holder pay; None where it pays nothing."""
        chosen = (each for each in self.plan.means if each.holder_id == holder_id and each.amount != 0)
        return next(chosen, None)

    def holders(self, kind: str) -> list[int]:
        """The holders of a kind that lie on the desk: the guest's own, and those that the plan or the visit pays with.

        The books hold the inviter's too.
        """
        named = self.plan.holder_ids | self.paid.keys()
        return [
            holder.pk
            for holder in self.books.holders.values()
            if holder.kind == kind
            and (holder.pk in named or (holder.client_id is not None and holder.client_id == self.plan.client_id))
        ]


def means_on_desk(laid: Laid) -> tuple[Means, ...]:
    """Every holder that may pay, kind after kind; the rules say in which order they do."""
    return tuple(means for kind in MEANS for means in LOADERS[kind](laid))


def payments_of(rows: Iterable[Transaction]) -> dict[int, Transaction]:
    """The rows by which holders pay, by holder."""
    kinds = {kind.row for kind in MEANS.values()}
    return {row.holder_id: row for row in rows if row.kind in kinds and row.holder_id is not None}


def forfeited_of(rows: Iterable[Transaction]) -> dict[int, Decimal]:
    """What was forfeited of holders that pay once, by holder; above 0."""
    kinds = {kind.forfeit for kind in MEANS.values() if kind.forfeit}
    return {row.holder_id: -row.amount for row in rows if row.kind in kinds and row.holder_id is not None}


def forfeit_refusals(plan: Plan, settlement: Settlement, chain: Chain) -> list[Refusal]:
    """Refuse ``invalid_amount`` for less than the most of a holder that pays once, unless staff agreed to that loss.

    What stands as it was paid before is not asked again.
    """
    refusals = []
    for choice in plan.means:
        turn = settlement.turn_of(choice.holder_id)
        if turn is None or choice.agreed_forfeit is None or not is_forfeit_asked(turn):
            continue
        if choice.agreed_forfeit != turn.forfeited:
            forfeited = format_money(turn.forfeited, chain.currency)
            refusals.append(
                Refusal(
                    Code.INVALID_AMOUNT,
                    _("It pays once, and less than it could: %(forfeited)s is forfeited. Tick that, or take the most."),
                    field=f"means.{choice.holder_id}",
                    params={"forfeited": forfeited},
                )
            )
    return refusals


def is_forfeit_asked(turn: MeansTurn) -> bool:
    """Whether more could be paid of what is forfeited, and it is not what the visit paid before."""
    standing = turn.means.standing
    stands = standing is not None and standing.amount == turn.amount
    return bool(turn.forfeited) and turn.amount < turn.most and not stands


def tell_paid(visit: Visit, settlement: Settlement, at: datetime) -> None:
    """Queue what whose they are is told of holders that a saved visit is paid with."""
    paid = {turn.means.kind for turn in settlement.means if turn.amount}
    for kind, tell in TELLS.items():
        if kind in paid:
            tell(visit.pk, at=at)


def _gift_cards(laid: Laid) -> Iterable[Means]:
    """Gift cards: named ones of the guest, and of others those that the plan or the visit names, in order of sale."""
    if not (found := laid.holders(HolderKind.GIFT_CARD)):
        return
    for card in desk_gift_cards(found, without_visit=laid.visit.pk):
        row = laid.paid.get(card.holder_id)
        limits = Limits(card.gift_card_type.pays)
        standing = StandingPayment(-row.amount, limits, laid.forfeited.get(card.holder_id, Decimal(0))) if row else None
        yield Means(
            kind=HolderKind.GIFT_CARD,
            holder_id=card.holder_id,
            owner_id=card.owner_id,
            available=max(Decimal(0), laid.books.balance_as_if_undone(card.holder_id)),
            limits=limits,
            barred=gift_card_barred(card, laid.plan, laid.choice_of(card.holder_id), laid.books.today),
            standing=standing,
            pays_once=card.gift_card_type.write_off is WriteOff.SINGLE,
        )


def _accounts(laid: Laid) -> Iterable[Means]:
    """Client accounts pay with what is on them and their credit, in the order in which they were opened."""
    if not (found := laid.holders(HolderKind.ACCOUNT)):
        return
    for account in desk_accounts(found):
        row = laid.paid.get(account.holder_id)
        balance = laid.books.balance_as_if_undone(account.holder_id)
        yield Means(
            kind=HolderKind.ACCOUNT,
            holder_id=account.holder_id,
            owner_id=account.client_id,
            available=account.account_type.available(balance),
            barred=account_barred(account, laid.plan),
            standing=StandingPayment(-row.amount, Limits()) if row else None,
        )


def _cards(laid: Laid) -> Iterable[Means]:
    """Cards pay with their points, in order of issue."""
    for card in laid.cards:
        row = laid.paid.get(card.holder_id)
        yield Means(
            kind=HolderKind.CARD,
            holder_id=card.holder_id,
            owner_id=card.client_id,
            available=laid.books.pot_as_if_undone(card.holder_id).available(laid.books.today),
            limits=card.card_type.limits,
            barred=card_barred(card, laid.plan, laid.visit.settled_at),
            standing=_standing(row) if row else None,
            card_id=card.id,
            card_type_terms_id=card.card_type.terms_id,
        )


def _standing(row: Transaction) -> StandingPayment:
    assert row.card_type_terms_id
    [terms] = CARD_TYPE_TERMS.of([row.card_type_terms_id]).values()
    return StandingPayment(-row.amount, terms.limits)


#: By the kind of holder.
LOADERS: dict[str, Callable[[Laid], Iterable[Means]]] = {
    HolderKind.GIFT_CARD: _gift_cards,
    HolderKind.CARD: _cards,
    HolderKind.ACCOUNT: _accounts,
}


class Tell(Protocol):
    """Queues what is told of the holders of a kind that a visit is paid with, each time they pay."""

    def __call__(self, visit_id: int, *, at: datetime) -> None: ...


#: By the kind of holder; of one that is not here nothing is told.
TELLS: dict[str, Tell] = {HolderKind.GIFT_CARD: queue_uses}
