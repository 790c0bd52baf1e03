"""What lies on the desk to pay with: a loader for each kind of holder that pays (docs/architecture.md)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from loyalty.cards.models import CARD_TYPE_TERMS
from loyalty.ledger.books import Books
from loyalty.ledger.kinds import HolderKind
from loyalty.ledger.models import Transaction
from loyalty.rules.cards import DeskCard, card_barred
from loyalty.rules.means import MEANS, Means, StandingPayment
from loyalty.rules.plan import Plan
from visits.models import Visit


@dataclass(frozen=True)
class Laid:
    """What the means of a visit are loaded from.

    ``cards`` are the desk's; ``paid`` are the visit's standing rows of payments with means, by holder.
    """

    plan: Plan
    visit: Visit
    books: Books
    cards: tuple[DeskCard, ...]
    paid: Mapping[int, Transaction]


def means_on_desk(laid: Laid) -> tuple[Means, ...]:
    """Every holder that may pay, kind after kind; the rules say in which order they do."""
    return tuple(means for kind in MEANS for means in LOADERS[kind](laid))


def payments_of(rows: Iterable[Transaction]) -> dict[int, Transaction]:
    """The rows by which holders pay, by holder."""
    kinds = {kind.row for kind in MEANS.values()}
    return {row.holder_id: row for row in rows if row.kind in kinds and row.holder_id is not None}


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
LOADERS: dict[str, Callable[[Laid], Iterable[Means]]] = {HolderKind.CARD: _cards}
