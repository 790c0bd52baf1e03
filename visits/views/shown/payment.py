"""What the bill is paid with: points of cards, and money by method."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django import forms

from loyalty.rules.money import ZERO
from loyalty.rules.settlement import Settlement
from visits.models import PaymentMethod
from visits.views.shown.figures import Figures


@dataclass(frozen=True)
class ShownPoints:
    """What a card pays, in the totals."""

    name: str
    amount: Decimal


@dataclass(frozen=True)
class ShownPayment:
    """``takes_rest``: there is something that *the rest* could put onto it."""

    method: PaymentMethod
    fields: forms.Form
    amount: Decimal
    takes_rest: bool


def shown_points(figures: Figures) -> list[ShownPoints]:
    cards = figures.known.cards
    return [
        ShownPoints(str(cards[each.card_id].card_type), each.amount)
        for each in figures.settlement.points
        if each.amount and each.card_id in cards
    ]


def shown_payments(figures: Figures) -> list[ShownPayment]:
    paid = {str(method): amount for method, amount in figures.settlement.payments}
    return [
        ShownPayment(
            method,
            figures.form.payment_of(method),
            paid.get(method, ZERO),
            takes_rest=not is_all_paid(figures.settlement) or may_take_over(figures.settlement, method),
        )
        for method in PaymentMethod
    ]


def is_all_paid(settlement: Settlement) -> bool:
    """Whether nothing is left to pay, as far as every amount can be read."""
    return settlement.is_whole and not settlement.left


def may_take_over(settlement: Settlement, method: str) -> bool:
    """Whether all the money lies on one other method, so that this one can take its place."""
    used = [str(each) for each, amount in settlement.payments if amount]
    return len(used) == 1 and used != [method]
