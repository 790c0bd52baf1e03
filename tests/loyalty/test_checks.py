"""The proof of the ledger finds whatever does not add up, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db.models import F

from loyalty.ledger.checks import differences
from loyalty.ledger.models import Holder, Lot, LotMovement, Transaction
from tests.loyalty.shop import Shop, balance_of, make_card, make_client, make_plan, make_shop, points, save, take
from tests.programs import make_card_type

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(db: None) -> Shop:
    """Two cards that have paid, one of which owes."""
    shop = make_shop()
    bonus = make_card_type(shop.chain, "bonus")
    anna, boris = (make_client(shop.chain, name) for name in ("Anna", "Boris"))
    card, other = make_card(anna, bonus, points=20), make_card(boris, bonus, points=5)
    save(shop, make_plan(shop, anna, means=points(card, 8)))
    take(other, 5)
    assert (balance_of(card), balance_of(other)) == (Decimal(12), Decimal(0))
    return shop


def written_again(**columns: Any) -> None:
    """The newest row once more, with other columns, as no service writes it."""
    row = Transaction.objects.order_by("-pk")[0]
    row.pk, row.turn = None, 99
    for name, value in columns.items():
        setattr(row, name, value)
    row.save(force_insert=True)


def opposite(*, by: str = "1", **columns: Any) -> None:
    """A counter-row of the payment that is not its opposite."""
    row = Transaction.objects.get(kind="card_payment")
    written_again(kind=row.kind, undoes=row, amount=-row.amount * Decimal(by), holder=row.holder, **columns)


BREAKS: dict[str, tuple[Callable[[], object], str]] = {
    "a balance": (lambda: Holder.objects.update(balance=F("balance") + 1), "holder"),
    "a debt": (lambda: Holder.objects.update(debt=1), "holder"),
    "what remains of a lot": (lambda: Lot.objects.update(remaining=F("remaining") + 1), "lot"),
    "a lot of nobody's row": (lambda: Lot.objects.filter(remaining__gt=0).update(remaining=0), "holder"),
    "a movement too many": (
        lambda: LotMovement.objects.create(transaction=Transaction.objects.order_by("pk")[0], lot=None, amount=1),
        "transaction",
    ),
    "a row without movements": (lambda: written_again(amount=-1), "transaction"),
    "the newest balance after": (lambda: written_again(amount=-1, balance_after=7), "holder"),
    "any balance after": (lambda: written_again(amount=-1, balance_after=7), "balance after 7"),
    "a kind that is none": (lambda: written_again(kind="gift"), "is no such row"),
    "a sign that is another's": (lambda: written_again(amount=3), "is no such row"),
    "a holder where there is none": (lambda: written_again(kind="promotion_discount"), "is no such row"),
    "no holder where there is one": (lambda: written_again(holder=None, balance_after=None), "is no such row"),
    "more taken back than given": (lambda: opposite(by="2"), "not the opposite of transaction"),
}


@pytest.mark.parametrize("what", BREAKS)
def test_what_does_not_add_up_is_found(shop: Shop, what: str) -> None:
    broken, told = BREAKS[what]
    assert not list(differences()) and not list(differences(shop.chain))
    broken()
    found = list(differences(shop.chain))
    assert found == list(differences()) and any(told in line for line in found)
    # Of another chain it says nothing.
    assert not list(differences(make_shop("Borealis").chain))
