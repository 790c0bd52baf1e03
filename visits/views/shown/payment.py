"""What the bill is paid with: points of cards, and money by method."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django import forms
from django.forms.boundfield import BoundField

from loyalty.rules.bill import Problem, is_amount
from loyalty.rules.money import ZERO
from loyalty.rules.payments import Change, change_for
from loyalty.rules.plan import PaymentMethod
from loyalty.rules.settlement import Settlement
from visits.forms.amounts import read_amount
from visits.forms.typed import Typed
from visits.models import Visit
from visits.views.shown.figures import Figures


@dataclass(frozen=True)
class ShownPoints:
    """What a card pays, in the totals."""

    name: str
    amount: Decimal


@dataclass(frozen=True)
class ShownCash:
    """The field for what the guest hands over in cash, and the change for it. Nothing of it is kept.

    ``to_take`` is what is taken now; ``is_part``: the rest of the cash was taken when the visit was saved before.
    """

    field: BoundField
    to_take: Decimal
    is_part: bool
    change: Change | None


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
        ShownPoints(str(cards[card_id].card_type), turn.amount)
        for turn in figures.settlement.means
        if turn.amount and (card_id := turn.means.card_id) in cards and card_id
    ]


def shown_payments(figures: Figures) -> list[ShownPayment]:
    paid = _paid_by_method(figures)
    return [
        ShownPayment(
            method,
            figures.form.payment_of(method),
            paid.get(method, ZERO),
            takes_rest=not is_all_paid(figures.settlement) or may_take_over(figures.settlement, method),
        )
        for method in PaymentMethod
    ]


def _paid_by_method(figures: Figures) -> dict[str, Decimal]:
    return {str(method): amount for method, amount in figures.settlement.payments}


def needs_change(figures: Figures) -> bool:
    """Whether the bill would be paid by a part of the cash that was typed: then that is what the guest handed over.

    Wherever the mistake is told: cash is counted first, so that the payment after it is the one that is too much.
    """
    over = -figures.settlement.left
    return figures.settlement.is_whole and ZERO < over < _paid_by_method(figures).get(PaymentMethod.CASH, ZERO)


def shown_cash(figures: Figures) -> ShownCash | None:
    """None while no cash is to be taken, or too much is paid: then nothing can be handed over."""
    paid, taken = _paid_by_method(figures).get(PaymentMethod.CASH, ZERO), cash_of(figures.subject.visit)
    if figures.settlement.left < 0 or paid <= taken:
        return None
    change = change_of(figures.form.typed, figures.chain.places, paid - taken)
    return ShownCash(figures.form.visit["handed_over"], paid - taken, bool(taken), change)


def money_taken_off(figures: Figures) -> Decimal:
    """By how much less money the page would record than the visit does, 0 or more."""
    visit, settlement = figures.subject.visit, figures.settlement
    if visit is None or not settlement.is_whole:
        return ZERO
    return max(ZERO, visit.paid - settlement.paid)


def is_why_asked(figures: Figures) -> bool:
    """Whether the page asks why: money would be taken off, or counts on another day or elsewhere."""
    visit, plan = figures.subject.visit, figures.plan
    if visit is None or not visit.paid:
        return False
    moves = (plan.starts_on, plan.location_id) != (visit.starts_on, visit.location_id)
    return moves or bool(money_taken_off(figures))


def cash_of(visit: Visit | None) -> Decimal:
    """What was taken in cash when the visit was saved last."""
    kept = visit.payments.all() if visit else ()
    return sum((payment.amount for payment in kept if payment.method == PaymentMethod.CASH), ZERO)


def change_of(typed: Typed, places: int, to_take: Decimal) -> Change | None:
    """The change for what is taken now; None where nothing was handed over, or nothing that can be read."""
    if not typed.text("handed_over") or handed_over_problem(typed, places):
        return None
    return change_for(read_amount(typed.text("handed_over"), places), to_take)


def handed_over_problem(typed: Typed, places: int) -> list[Problem]:
    """An amount that cannot be read is told beside its field; it keeps nothing from being saved."""
    is_fine = is_amount(read_amount(typed.text("handed_over"), places), places)
    return [] if is_fine else [Problem("invalid_amount", "handed_over")]


def is_all_paid(settlement: Settlement) -> bool:
    """Whether nothing is left to pay, as far as every amount can be read."""
    return settlement.is_whole and not settlement.left


def may_take_over(settlement: Settlement, method: str) -> bool:
    """Whether all the money lies on one other method, so that this one can take its place."""
    used = [str(each) for each, amount in settlement.payments if amount]
    return len(used) == 1 and used != [method]
