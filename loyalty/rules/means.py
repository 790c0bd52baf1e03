"""What pays a bill beside cash and the like: one table of kinds, one record for each holder (docs/rules.md, section 2).

What pays is one thing with three answers: how much it may pay at its turn and why not more, which lines it may pay,
whether it is money. The arithmetic of the bill asks nothing else of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from loyalty.rules.accounts import ACCOUNT_CODES
from loyalty.rules.bill import Problem
from loyalty.rules.cards import CARD_CODES
from loyalty.rules.gift_cards import GIFT_CARD_CODES
from loyalty.rules.money import ZERO
from loyalty.rules.terms import Limits
from loyalty.rules.why import Reason, Why


@dataclass(frozen=True)
class MeansKind:
    """How one kind of holder pays.

    ``row`` is the kind of ledger row that a payment with it writes, ``over_limit`` the refusal of more than the most,
    ``codes`` the refusal of a holder that may not pay at all, by the reason. ``is_money``: what it pays is *paid*, it
    comes after all means that are not money, and it pays any line and of what is sold beside the lines all but what
    takes other money alone. ``forfeit`` is the row of what is left of a holder that pays but once.
    """

    row: str
    over_limit: str = "means_over_limit"
    codes: Mapping[Reason, str] = field(default_factory=dict)
    is_money: bool = False
    forfeit: str = ""


#: By the kind of holder, in the order in which they pay.
MEANS: dict[str, MeansKind] = {
    "gift_card": MeansKind("gift_card_payment", codes=GIFT_CARD_CODES, forfeit="gift_card_forfeit"),
    "card": MeansKind("card_payment", "points_over_limit", CARD_CODES),
    "account": MeansKind("account_payment", codes=ACCOUNT_CODES, is_money=True),
}


@dataclass(frozen=True)
class StandingPayment:
    """What a visit has already paid with a holder, the limits it was paid under, and what was forfeited with it."""

    amount: Decimal
    limits: Limits
    forfeited: Decimal = ZERO


@dataclass(frozen=True)
class Means:
    """A holder that lies on the desk to pay with.

    ``owner_id`` is the client whose it is, None for a bearer's. ``available`` is what it would hold to spend if this
    visit had never acted, 0 or more: so what a visit gives is never spendable in it. ``barred`` says why it may not pay
    here. ``pays_once``: what is left of it after a payment is forfeited. ``card_id`` and ``card_type_terms_id`` are
    kept with its row where it is a card's.
    """

    kind: str
    holder_id: int
    owner_id: int | None
    available: Decimal
    limits: Limits = field(default_factory=Limits)
    barred: Why | None = None
    standing: StandingPayment | None = None
    pays_once: bool = False
    card_id: int | None = None
    card_type_terms_id: int | None = None

    @property
    def pays(self) -> MeansKind:
        return MEANS[self.kind]


@dataclass(frozen=True)
class MeansTurn:
    """What a means pays when its turn comes, and what it could.

    ``amount`` is spread over the lines as ``parts``; ``value`` is the part of it that pays what is sold beside the
    lines. ``most`` is the most that could be typed for it at its turn, with the reason in ``why``; ``alone`` the same
    before any other of its kind paid and any money was recorded. ``explained`` is what the amount was held to, which a
    ledger row keeps. ``forfeited`` is what is left of a holder that pays once.
    """

    means: Means
    most: Decimal
    why: Why
    alone: Decimal
    amount: Decimal = ZERO
    parts: tuple[Decimal, ...] = ()
    value: Decimal = ZERO
    explained: Why | None = None
    problem: Problem | None = None
    forfeited: Decimal = ZERO

    @property
    def holder_id(self) -> int:
        return self.means.holder_id

    @property
    def left(self) -> Decimal:
        """What the holder could still spend after it, 0 or more; of one that pays on credit its credit too."""
        return max(ZERO, self.means.available - self.amount - self.forfeited)
