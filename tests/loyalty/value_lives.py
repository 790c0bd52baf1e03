"""What is done to gift cards and accounts by hand and by the job, as steps of a chain's life."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from loyalty.accounts.services import adjust_account, pay_out, top_up
from loyalty.gift_cards.models import GiftCard
from loyalty.gift_cards.services import adjust_balance, change_last_day, expire_gift_cards
from loyalty.ledger.kinds import TransactionKind
from loyalty.ledger.models import Transaction
from tests.cast import PROGRAM
from tests.loyalty.life import Life
from tests.loyalty.lives import by_hand


@dataclass(frozen=True)
class HandMoney:
    """Money by hand, above zero put on an account, below it paid out; more than there is is refused."""

    account: int
    amount: int

    def play(self, life: Life) -> None:
        move, account = (top_up if self.amount > 0 else pay_out), life.account(self.account)
        life.attempt(lambda: move(account=account, amount=Decimal(abs(self.amount)), **by_hand(life)))


@dataclass(frozen=True)
class PutRight:
    """An account or a gift card is adjusted by hand, above or below zero."""

    number: int
    amount: int
    of_account: bool

    def play(self, life: Life) -> None:
        doing = {**by_hand(life), "comment": "Counted wrong", "amount": Decimal(self.amount)}
        if self.of_account:
            life.attempt(lambda: adjust_account(account=life.account(self.number), **doing))
        else:
            life.attempt(lambda: adjust_balance(gift_card=life.gift_card(self.number), **doing))


@dataclass(frozen=True)
class GiveLonger:
    """A gift card is good through another day; where it expired, what it held comes back."""

    gift_card: int
    days: int

    def play(self, life: Life) -> None:
        last_on = life.chain.local_date(life.now) + timedelta(days=self.days)
        doing: dict[str, Any] = {"last_on": last_on, "at": life.now, "acting_user": PROGRAM}
        card = life.gift_card(self.gift_card)
        if life.attempt(lambda: change_last_day(gift_card=card, **doing)) is None:
            expired = Transaction.objects.standing().filter(holder=card.holder_id)
            assert not expired.filter(kind=TransactionKind.GIFT_CARD_EXPIRY).exists()


@dataclass(frozen=True)
class Expire:
    """The job of gift cards runs, twice: nothing is left on what is past, and the second time nothing is written."""

    def play(self, life: Life) -> None:
        job: dict[str, Any] = {"chain": life.chain, "at": life.now}
        past = GiftCard.objects.filter(chain=life.chain).past(life.chain.local_date(life.now))
        before, due = life.written(), past.count()
        assert expire_gift_cards(**job) == due
        assert expire_gift_cards(**job) == 0
        assert life.written() == before + due and not past.exists()
