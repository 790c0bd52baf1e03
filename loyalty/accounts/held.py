"""What client accounts hold together (docs/rules.md, section 13)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, Q, QuerySet, Sum

from loyalty.accounts.models import Account
from loyalty.rules.money import ZERO


@dataclass(frozen=True)
class HeldTogether:
    """How many accounts, what is on them, and what is owed on credit: each 0 or more, and never one less the other."""

    accounts: int
    held: Decimal
    owed: Decimal

    @classmethod
    def of(cls, accounts: QuerySet[Account]) -> HeldTogether:
        """One query, however many there are."""
        sums = accounts.order_by().aggregate(
            accounts=Count("pk"),
            held=Sum("holder__balance", filter=Q(holder__balance__gt=0), default=ZERO),
            below=Sum("holder__balance", filter=Q(holder__balance__lt=0), default=ZERO),
        )
        return cls(sums["accounts"], sums["held"], -sums["below"])
