"""A salon in whose ledger every way of moving points has happened."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import pytest
from django.db.models.base import ModelState
from django.test import Client as Browser

from chains.models import User
from clients.models import Client
from loyalty.cards import manual
from loyalty.cards.models import Card
from loyalty.ledger.by_hand import undo as undo_by_hand
from loyalty.ledger.models import Transaction
from loyalty.promotions.models import Promotion
from loyalty.rules.terms import PromotionKind
from tests.cast import Cast
from tests.programs import (
    make_card_type,
    make_client,
    make_item,
    make_promotion,
    make_referral_program,
    make_visit,
    moment,
)
from tests.scene import scene

LEDGER = "/chains/aurora/transactions/"
FORMULA = '=cmd|"/c calc"!A1'


@dataclass(frozen=True)
class Books:
    """Aurora's ledger.

    On 1 March 2026 Boris, invited by Anna, pays 54 at the center after 10 % off; on 2 March Anna pays 60 at the
    harbour; on the night to 3 March, in Berlin, the manager gives Anna 20 points and takes 5, which is undone.
    """

    cast: Cast
    anna: Client
    boris: Client
    anna_card: Card
    cashback: Promotion

    @property
    def manager(self) -> User:
        return self.cast.manager

    def give(self, points: str, *, at: datetime, comment: str = "", card: Card | None = None) -> Transaction:
        return manual.accrue(
            card=card or self.anna_card,
            amount=Decimal(points),
            comment=comment,
            at=at,
            acting_user=self.cast.manager,
        )


def make_books(cast: Cast) -> Books:
    chain = cast.aurora
    cashback = make_promotion(chain, "5 % back", PromotionKind.CASHBACK_FIXED_PAID, "5")
    bonus = make_card_type(chain, "Bonus card", [cashback], automatic_issue="any")
    make_referral_program(chain, bonus)
    anna = make_client(cast.center, "Anna Schmidt", "+49 151 1234 5601")
    boris = make_client(cast.center, FORMULA, "+49 151 1234 5602")
    books = Books(cast, anna, boris, anna.cards.get(), cashback)
    haircut = make_item(chain, "Haircut", "60.00")
    make_visit(cast.center, boris, [haircut], at=moment("2026-03-01 10:00"), referral=str(anna.phone))
    make_visit(cast.harbour, anna, [haircut], at=moment("2026-03-02 10:00"))
    night = moment("2026-03-02 23:30")
    books.give("20", at=night, comment="=1+1\x07 sorry, so late")
    taken = manual.write_off(
        card=books.anna_card,
        amount=Decimal(5),
        comment="-5",
        at=night,
        acting_user=cast.manager,
    )
    undo_by_hand(row=taken, at=night, acting_user=cast.manager)
    return books


def fill_ledger(rows: int) -> None:
    """So many rows in all; those that are added belong to no card."""
    like = Transaction.objects.filter(holder=None).latest("pk")
    like.visit = like.line = None
    added = []
    for _ in range(rows - Transaction.objects.count()):
        row = copy(like)
        row.pk, row._state = None, ModelState()
        added.append(row)
    Transaction.objects.bulk_create(added, batch_size=1000)


@scene
def books(cast: Cast) -> Books:
    return make_books(cast)


@pytest.fixture
def manager(cast: Cast) -> Browser:
    return browser(cast.manager)


def browser(user: User) -> Browser:
    found = Browser()
    found.force_login(user)
    return found
