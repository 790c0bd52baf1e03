"""What staff do to client accounts by hand, for the pages that show it, by the product's own services."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from loyalty.accounts import services
from loyalty.accounts.models import Account
from loyalty.ledger.models import Transaction
from tests.cast import LONG_AGO, PROGRAM

BY_HAND: dict[str, Any] = {"at": LONG_AGO, "acting_user": PROGRAM}


def top_up(account: Account, amount: str, **choices: Any) -> Transaction:
    return services.top_up(account=account, amount=Decimal(amount), **{**BY_HAND, **choices})


def pay_out(account: Account, amount: str, **choices: Any) -> Transaction:
    return services.pay_out(account=account, amount=Decimal(amount), **{**BY_HAND, **choices})


def adjust(account: Account, amount: str, **choices: Any) -> Transaction:
    wanted = {**BY_HAND, "comment": "Counted anew", **choices}
    return services.adjust_account(account=account, amount=Decimal(amount), **wanted)
