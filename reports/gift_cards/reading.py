"""The gift cards that a chain, or one of its locations, sold, and what they add up to (docs/rules.md, section 12)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Case, Count, DecimalField, F, OuterRef, Prefetch, Q, QuerySet, Subquery, Sum, Value, When
from django.db.models.functions import Coalesce

from chains.models import Chain, Location
from loyalty.gift_cards.models import GRANTS, OWED, GiftCard, GiftCardQuerySet
from loyalty.ledger.kinds import Group, TransactionKind
from loyalty.ledger.models import Transaction
from loyalty.rules.money import ZERO

AMOUNT = DecimalField(max_digits=19, decimal_places=4)

#: What happened to a card, by the kinds of its rows; what was undone and what undid it add up to nothing.
MOVED = {
    "adjusted": TransactionKind.GIFT_CARD_ADJUSTMENT,
    "debited": TransactionKind.GIFT_CARD_PAYMENT,
    "forfeited": TransactionKind.GIFT_CARD_FORFEIT,
    "expired": TransactionKind.GIFT_CARD_EXPIRY,
}
#: Told without their sign.
TAKEN = ("debited", "forfeited", "expired")


def listed(chain: Chain, today: date, location: Location | None = None) -> GiftCardQuerySet:
    """The chain's gift cards, or those sold at one location, with all that the report tells of each.

    The figures are computed for the rows of a page only, unless rows are sorted or chosen by them.
    """
    cards = chain.gift_cards.select_related("gift_card_type", "holder", "buyer", "sold_by")
    # Without a card's own, of which the table has the chain's.
    told = cards.with_status_of_many(chain, today).with_holding().with_sale().annotate(**_sale(), **_moved())
    payments = Transaction.objects.standing().filter(kind=TransactionKind.GIFT_CARD_PAYMENT)
    paid = payments.select_related("visit").order_by("-pk")
    told = told.prefetch_related(Prefetch("holder__transactions", paid, to_attr="payments_standing"))
    return told.filter(Q(("sold_location_id", location.pk))) if location else told


def _sale() -> dict[str, Any]:
    """Where it was sold, and for how much; nothing where no bill sold it, no price where it was returned."""
    row = Transaction.objects.filter(pk=OuterRef("granted_by_id"))
    return {
        "sold_location_id": Subquery(row.values("location")),
        "sold_location": Subquery(row.values("location__name")),
        "sold_location_folded": Subquery(row.values("location__name_folded")),
        "sold_for": Subquery(row.filter(undone_by=None).values("value_line__price")),
    }


def _moved() -> dict[str, Any]:
    rows = Transaction.objects.filter(holder=OuterRef("holder")).order_by()
    found = {}
    for name, kind in MOVED.items():
        of_kind = rows.filter(kind=kind).values("holder")
        sum_of = -Sum("amount") if name in TAKEN else Sum("amount")
        found[name] = Coalesce(Subquery(of_kind.annotate(sum=sum_of).values("sum")), Value(0), output_field=AMOUNT)
    return found


@dataclass(frozen=True)
class GiftCardTotals:
    """How many cards, and what they add up to: what is taken is told without its sign.

    Returned ones add nothing. ``owed`` is the balance of those that are active: par + adjusted − debited − forfeited −
    expired is what is on all of them, and so ``barred`` is on others, such as blocked ones.
    """

    cards: int
    sold_for: Decimal
    par: Decimal
    adjusted: Decimal
    debited: Decimal
    forfeited: Decimal
    expired: Decimal
    owed: Decimal

    @property
    def barred(self) -> Decimal:
        on_all = self.par + self.adjusted - self.debited - self.forfeited - self.expired
        return on_all - self.owed

    @classmethod
    def of(cls, chain: Chain, cards: QuerySet[GiftCard]) -> GiftCardTotals:
        """Two queries, however many cards of the chain there are: their rows, and their status."""
        chosen = cards.order_by().select_related(None).prefetch_related(None)
        rows = Transaction.objects.filter(
            chain=chain, kind__in=Group.GIFT_CARDS.kinds, holder__in=chosen.values("holder")
        )
        signed = Case(When(undoes=None, then=F("value_line__price")), default=-F("value_line__price"))
        sums: dict[str, Decimal] = rows.aggregate(
            sold_for=Sum(signed, filter=Q(kind=TransactionKind.GIFT_CARD_ISSUE), default=ZERO),
            par=Sum("amount", filter=Q(kind__in=GRANTS), default=ZERO),
            **{name: Sum("amount", filter=Q(kind=kind), default=ZERO) for name, kind in MOVED.items()},
        )
        held: dict[str, Any] = chosen.aggregate(cards=Count("pk"), owed=OWED)
        told: dict[str, Any] = {name: -sum_of if name in TAKEN else sum_of for name, sum_of in sums.items()}
        return cls(**held, **told)
