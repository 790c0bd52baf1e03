"""What a guest takes home on paper: what was sold, paid and earned, and what the cards hold now."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Q
from django_stubs_ext import StrOrPromise

from chains.models import Chain
from loyalty.cards.models import Card
from loyalty.ledger.holdings import Holding, holdings_of
from loyalty.ledger.kinds import ROWS, TransactionKind
from loyalty.ledger.models import Transaction
from loyalty.promotions.models import Promotion
from loyalty.rules.money import ZERO
from visits.means import payments_of
from visits.models import Visit, VisitLine, VisitPayment


@dataclass(frozen=True)
class HeldNow:
    """A card of the guest after the visit: what the visit gave to it, and what it holds now."""

    card: Card
    earned: Decimal
    holding: Holding


@dataclass(frozen=True)
class Receipt:
    """The figures of a visit's last save, all 0 or more.

    ``discounts`` are by promotion, ``points`` by card; ``means`` is what any other holder paid, in words.
    """

    visit: Visit
    lines: list[VisitLine]
    discounts: list[tuple[Promotion, Decimal]]
    points: list[tuple[Card, Decimal]]
    means: list[tuple[StrOrPromise, Decimal]]
    payments: list[VisitPayment]
    cards: list[HeldNow]

    @property
    def other_discounts(self) -> Decimal:
        """What staff took off by hand, and, while the visit is not arrived, what promotions will take off."""
        return self.visit.discount - sum((amount for _promotion, amount in self.discounts), ZERO)


def receipt_of(visit: Visit, *, chain: Chain, today: date) -> Receipt:
    """The receipt of a saved visit; nothing of other clients is on it. ``today`` is the chain's local date."""
    of_guest = Q(client=visit.client_id) | Q(client=None)
    rows = Transaction.objects.of_visit(visit.pk).standing().filter(of_guest, lot=None)
    standing = list(rows.select_related("promotion", "card__card_type").order_by("pk"))
    discounts: dict[Promotion, Decimal] = defaultdict(Decimal)
    points: dict[Card, Decimal] = defaultdict(Decimal)
    earned: dict[int, Decimal] = defaultdict(Decimal)
    for row in standing:
        if row.kind == TransactionKind.PROMOTION_DISCOUNT and row.promotion:
            discounts[row.promotion] -= row.amount
        elif row.kind == TransactionKind.CARD_PAYMENT and row.card:
            points[row.card] -= row.amount
        elif row.kind == TransactionKind.PROMOTION_ACCRUAL and row.card:
            earned[row.card.pk] += row.amount
    others = (row for row in payments_of(standing).values() if row.kind != TransactionKind.CARD_PAYMENT)
    cards = Card.objects.active().filter(client=visit.client_id, chain=chain).order_by("issued_at", "pk")
    return Receipt(
        visit=visit,
        lines=list(visit.lines.filter(removed=False).select_related("item")),
        discounts=list(discounts.items()),
        points=list(points.items()),
        means=[(ROWS[row.kind].label, -row.amount) for row in others],
        payments=list(visit.payments.all()),
        cards=_held(list(cards.select_related("card_type", "holder")), earned, today),
    )


def _held(cards: Iterable[Card], earned: dict[int, Decimal], today: date) -> list[HeldNow]:
    """Cards that hold or got something; one that only discounts has nothing to tell."""
    cards = list(cards)
    holdings = holdings_of([card.holder for card in cards], today=today)
    held = [HeldNow(card, earned.get(card.pk, ZERO), holdings[card.holder_id]) for card in cards]
    return [each for each in held if each.earned or each.holding.lots or each.holding.debt]
