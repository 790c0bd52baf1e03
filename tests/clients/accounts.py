"""Client accounts and gift cards for the pages that show them, made by the product's own services."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from chains.models import Chain
from clients.models import Client
from loyalty.accounts import services
from loyalty.accounts.models import Account, AccountType
from loyalty.gift_cards.models import GiftCard, GiftCardType
from loyalty.gift_cards.services import create_gift_card_type, grant_opening_balance
from loyalty.ledger.models import Transaction
from tests.cast import LONG_AGO, PROGRAM

BY_HAND: dict[str, Any] = {"at": LONG_AGO, "acting_user": PROGRAM}


def make_account_type(chain: Chain, name: str = "Wallet", credit: str = "0", **choices: Any) -> AccountType:
    return services.create_account_type(chain=chain, name=name, credit=Decimal(credit), **BY_HAND, **choices)


def make_account(client: Client, account_type: AccountType, balance: str = "0", **choices: Any) -> Account:
    """An account opened with a balance."""
    wanted = {**BY_HAND, **choices}
    return services.open_account(client=client, account_type=account_type, opening_balance=Decimal(balance), **wanted)


def top_up(account: Account, amount: str, **choices: Any) -> Transaction:
    return services.top_up(account=account, amount=Decimal(amount), **{**BY_HAND, **choices})


def pay_out(account: Account, amount: str, **choices: Any) -> Transaction:
    return services.pay_out(account=account, amount=Decimal(amount), **{**BY_HAND, **choices})


def adjust(account: Account, amount: str, **choices: Any) -> Transaction:
    wanted = {**BY_HAND, "comment": "Counted anew", **choices}
    return services.adjust_account(account=account, amount=Decimal(amount), **wanted)


def make_gift_card_type(chain: Chain, name: str = "Gift", **choices: Any) -> GiftCardType:
    usual = {"par_least": Decimal(10), "par_most": Decimal(500)}
    return create_gift_card_type(chain=chain, name=name, **BY_HAND, **{**usual, **choices})


def make_gift_card(gift_card_type: GiftCardType, number: str, balance: str, **choices: Any) -> GiftCard:
    """A gift card that was sold before there was a ledger."""
    wanted = {**BY_HAND, **choices}
    return grant_opening_balance(gift_card_type=gift_card_type, number=number, amount=Decimal(balance), **wanted)
