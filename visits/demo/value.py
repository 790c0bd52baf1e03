"""Gift cards and client accounts of the demo chain: sold, used, given back, blocked, day by day.

Dice of their own, so that the visits beside them are the same with and without.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from clients.models import Client
from loyalty.accounts.models import Account, AccountType
from loyalty.accounts.services import (
    adjust_account,
    block_account,
    create_account_type,
    open_account,
    pay_out,
    top_up,
)
from loyalty.gift_cards.models import GiftCard, GiftCardType
from loyalty.gift_cards.services import adjust_balance, block_gift_card, create_gift_card_type, expire_gift_cards
from loyalty.ledger.by_hand import undo
from loyalty.programs.numbers import ALPHABET, LENGTH, grouped
from loyalty.rules.plan import MeansChoice, PaymentMethod, PlanLine, PlanValue, Recipient
from loyalty.rules.terms import ItemKind, WriteOff
from visits.checkout import cancel_visit
from visits.demo.bills import Bills
from visits.demo.setting import Setting
from visits.models import Visit

#: Sold and opened so many; one gift card on two days of three, an account every fourth day.
GIFT_CARDS, ACCOUNTS = 60, 25


@dataclass
class Value(Bills):
    """What was sold and opened so far."""

    birthday: GiftCardType
    spring: GiftCardType
    wellness: GiftCardType
    wallet: AccountType
    business: AccountType
    sold: list[Visit] = field(default_factory=list)
    cards: list[int] = field(default_factory=list)
    accounts: list[Account] = field(default_factory=list)


def make_value(setting: Setting, at: datetime, *, seed: int) -> Value:
    """Three types of gift cards, one of which soon ends and one of which is its buyer's alone, and two of accounts."""
    usual: dict[str, Any] = {"chain": setting.chain, "at": at, "acting_user": setting.owner}
    return Value(
        setting=setting,
        dice=random.Random(f"value {seed}"),  # noqa: S311 - dice, not secrets
        birthday=create_gift_card_type(
            **usual,
            name="Birthday gift card",
            par_least=Decimal(25),
            par_most=Decimal(250),
            suggested=[Decimal(25), Decimal(50), Decimal(100)],
            valid_count=3,
            valid_unit="years",
        ),
        spring=create_gift_card_type(
            **usual,
            name="Four weeks of care",
            par_least=Decimal(30),
            par_most=Decimal(30),
            valid_count=4,
            valid_unit="weeks",
        ),
        wellness=create_gift_card_type(
            **usual,
            name="A day for me",
            par_least=Decimal(90),
            par_most=Decimal(90),
            write_off=WriteOff.SINGLE.value,
            product_mode="none",
            valid_count=1,
            valid_unit="years",
            named=True,
        ),
        wallet=create_account_type(**usual, name="Wallet"),
        business=create_account_type(**usual, name="Business account", credit=Decimal(150)),
    )


def play_value(value: Value, day: date, guests: list[Client], *, of: int) -> None:
    """A day of them: what is past its last day expires, something is sold, something is used."""
    chain = value.setting.chain
    expire_gift_cards(chain=chain, at=value.at(day, 1))
    if of % 3 != 2 and len(value.sold) < GIFT_CARDS:
        _sell(value, day, guests)
    if of % 7 == 5 and value.sold:
        _look_after_gift_cards(value, day)
    if of % 3 == 1 and len(value.accounts) < ACCOUNTS:
        _open_account(value, day, value.dice.choice(guests))
    if value.cards and value.dice.random() < 0.7:
        _use_gift_card(value, day, guests)
    if value.accounts and value.dice.random() < 0.6:
        _pay_from_account(value, day)
    if of % 9 == 7 and value.accounts:
        _look_after_accounts(value, day)


# Gift cards
# ----------------------------------------------------------------------------


def _sell(value: Value, day: date, guests: list[Client]) -> None:
    """To a guest or, a bearer's, to nobody that is known; now and then for somebody else."""
    dice, number = value.dice, len(value.sold)
    kind = (value.birthday, value.birthday, value.spring, value.birthday, value.wellness)[number % 5]
    is_named = kind is value.wellness
    buyer = dice.choice(guests) if is_named or number % 3 else None
    par = {value.spring.pk: Decimal(30), value.wellness.pk: Decimal(90)}.get(kind.pk)
    amount = par or Decimal(dice.choice((25, 50, 50, 75, 100)))
    code = grouped("".join(dice.choice(ALPHABET) for _ in range(LENGTH)))
    recipient = Recipient(name="Aunt Rosa", message="For you, with love") if number % 4 == 3 else Recipient()
    location = dice.choice(value.setting.locations)
    line = PlanValue("gift_card", amount, amount, subject_id=kind.pk, number=code, recipient=recipient)
    visit = value.save(location, buyer, value.at(day, 11), value=(line,))
    value.sold.append(visit)
    if number % 4 != 1:
        # The others lie in a drawer, until they expire or are brought once.
        value.cards.append(_card_of(visit).pk)


def _card_of(visit: Visit) -> GiftCard:
    line = visit.value_lines.get()
    assert line.holder_id
    return GiftCard.objects.select_related("holder", "chain").get(holder=line.holder_id)


def _use_gift_card(value: Value, day: date, guests: list[Client]) -> None:
    """Whoever brings it pays with the most of it; of a named one that is its buyer."""
    today, dice = day, value.dice
    usable = GiftCard.objects.filter(pk__in=value.cards, holder__balance__gt=0, blocked_at=None)
    cards = list(usable.exclude(last_on__lt=today).select_related("buyer", "holder", "terms").order_by("pk"))
    if not cards:
        return
    card = dice.choice(cards)
    guest = card.buyer if card.holder.client_id else dice.choice(guests)
    item = dice.choice(value.setting.services)
    line = PlanLine(item.pk, ItemKind(item.kind), item.category_id, 1, item.price)
    location = dice.choice(value.setting.locations)
    means = (MeansChoice(card.holder_id, None),)
    value.save(location, guest, value.at(day, 19), lines=(line,), means=means)


def _look_after_gift_cards(value: Value, day: date) -> None:
    """One is brought back, one is lost, one is put right: each in its turn."""
    at, setting = value.at(day, 20), value.setting
    visit = value.sold[-1]
    card = _card_of(visit)
    untouched = card.holder.balance == card.par
    turn = len(value.sold) % 3
    if turn == 0 and untouched:
        reason, key = "Bought twice", value.key()
        cancel_visit(visit_id=visit.pk, chain=setting.chain, reason=reason, key=key, at=at, acting_user=setting.manager)
    elif turn == 1:
        block_gift_card(gift_card=card, reason="Lost by the guest", at=at)
    else:
        adjust_balance(
            gift_card=card,
            amount=Decimal(5),
            comment="Apology for a printing error",
            at=at,
            acting_user=setting.manager,
        )


# Client accounts
# ----------------------------------------------------------------------------


def _open_account(value: Value, day: date, client: Client) -> None:
    """With a first top-up, or for a firm on credit with nothing on it."""
    setting, dice, number = value.setting, value.dice, len(value.accounts)
    kind = value.business if number % 3 == 2 else value.wallet
    if Account.objects.filter(client=client, account_type=kind).exists():
        return
    at = value.at(day, 12)
    balance = Decimal(40) if number % 8 == 4 else Decimal(0)
    account = open_account(
        client=client, account_type=kind, opening_balance=balance, at=at, acting_user=setting.manager
    )
    value.accounts.append(account)
    if kind is value.wallet:
        location = dice.choice(setting.locations)
        top_up(
            account=account,
            amount=Decimal(dice.choice((50, 100, 150, 200))),
            method=dice.choice((PaymentMethod.CASH, PaymentMethod.CARD)),
            location=location,
            at=at + timedelta(minutes=5),
            acting_user=setting.desks[location.pk],
        )


def _pay_from_account(value: Value, day: date) -> None:
    """A visit from an account, of a firm also on credit; now and then with a top-up on the same bill."""
    dice, setting = value.dice, value.setting
    account = dice.choice(value.accounts)
    if Account.objects.get(pk=account.pk).is_blocked:
        return
    item = dice.choice(setting.services)
    line = PlanLine(item.pk, ItemKind(item.kind), item.category_id, 1, item.price)
    refill = dice.random() < 0.2
    sold = (PlanValue("top_up", Decimal(50), Decimal(50), subject_id=account.pk),) if refill else ()
    means = (MeansChoice(account.holder_id, None),)
    location = dice.choice(setting.locations)
    value.save(location, account.client, value.at(day, 19, 30), lines=(line,), means=means, value=sold)


def _look_after_accounts(value: Value, day: date) -> None:
    """What is on one is paid out in part, one was topped up by mistake, one is put right, one is blocked."""
    setting, at = value.setting, value.at(day, 20, 30)
    account = value.dice.choice(value.accounts)
    account = Account.objects.select_related("holder", "chain").get(pk=account.pk)
    if account.is_blocked:
        return
    by_manager: dict[str, Any] = {"account": account, "at": at, "acting_user": setting.manager}
    turn = len(value.accounts) % 4
    if turn == 0 and account.holder.balance >= 20:
        pay_out(**by_manager, amount=Decimal(20), comment="Moves to another town", location=setting.locations[0])
    elif turn == 1:
        row = top_up(**by_manager, amount=Decimal(500), comment="For May", location=setting.locations[0])
        undo(row=row, at=at + timedelta(minutes=3), acting_user=setting.manager)
    elif turn == 2:
        adjust_account(**by_manager, amount=Decimal(10), comment="Counted anew with the guest")
    else:
        block_account(account=account, reason="Asked for by the guest", at=at)
