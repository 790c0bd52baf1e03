"""Paying a visit: points card after card, then money (docs/rules.md, sections 2 and 4)."""

from dataclasses import dataclass
from decimal import Decimal

from loyalty.rules.bill import OpenBill, Problem
from loyalty.rules.desk import Desk, DeskCard
from loyalty.rules.discounts import CARD_CODES, card_barred
from loyalty.rules.money import ZERO, cap_of
from loyalty.rules.plan import PaymentMethod, Plan, PointsChoice
from loyalty.rules.terms import CardType
from loyalty.rules.why import Figure, Reason, Why, why


@dataclass(frozen=True)
class MostPoints:
    """The most that one card may pay in the visit, before any points were used in it.

    ``why`` names what bounds it (``bound``), or the reason why the card may not pay at all.
    """

    card_id: int
    amount: Decimal
    why: Why


@dataclass(frozen=True)
class PaidPoints:
    """What one card pays: ``amount`` in points, spread over the lines as ``parts``.

    ``most`` is the most it may pay at its turn; ``terms`` are those whose limits it was held to.
    """

    card_id: int
    amount: Decimal
    most: Decimal
    parts: tuple[Decimal, ...]
    terms: CardType
    why: Why
    problem: Problem | None = None


@dataclass(frozen=True)
class Change:
    """What comes of cash that is handed over: what goes ``back`` to the guest, or what is ``missing``; 0 or more."""

    back: Decimal
    missing: Decimal


def _limits(card_type: CardType, bill: OpenBill, due: Decimal) -> dict[str, Decimal]:
    """The bounds that lines and card type set; ``bill.left`` is what is unpaid of each line."""
    scoped = bill.in_scope(card_type.pays)
    bounds = {
        "payable": sum((left for left, inside in zip(bill.left, scoped, strict=True) if inside), ZERO),
    }
    if card_type.limit_amount:
        bounds["limit_amount"] = card_type.limit_amount
    if card_type.limit_percent:
        bounds["limit_percent"] = cap_of(due, card_type.limit_percent, bill.places)
    return bounds


def _most(bounds: dict[str, Decimal], card_type: CardType) -> tuple[Decimal, Why]:
    bound = min(bounds, key=lambda name: bounds[name])
    figures: dict[str, Figure | Decimal] = {"bound": bound, **bounds}
    if card_type.limit_percent:
        figures["percent"] = card_type.limit_percent
    return max(ZERO, bounds[bound]), why(Reason.GIVEN, **figures)


def most_alone(plan: Plan, desk: Desk, bill: OpenBill) -> tuple[MostPoints, ...]:
    """What each of the guest's cards may pay at the most, before any points were used in the visit."""
    due = sum(bill.left, ZERO)
    found = []
    for card in desk.cards:
        if card.client_id != plan.client_id:
            continue
        barred = card_barred(card, plan, desk)
        if barred:
            found.append(MostPoints(card.id, ZERO, barred))
            continue
        amount, explained = _most(_bounds(card, desk, bill, due), card.card_type)
        found.append(MostPoints(card.id, amount, explained))
    return tuple(found)


def _bounds(card: DeskCard, desk: Desk, bill: OpenBill, due: Decimal) -> dict[str, Decimal]:
    return {"available": card.pot.available(desk.today), **_limits(card.card_type, bill, due)}


def pay_with_points(plan: Plan, desk: Desk, bill: OpenBill) -> tuple[PaidPoints, ...]:
    """Points of the plan, card after card in the order given; ``bill.left`` is the due of each line."""
    due = sum(bill.left, ZERO)
    paid: list[PaidPoints] = []
    for choice in plan.points:
        if choice.amount == 0:
            continue
        payment = _pay(choice, plan, desk, bill, due)
        if payment.amount or payment.problem:
            paid.append(payment)
        bill = bill.less(payment.parts) if payment.parts else bill
    return tuple(paid)


def _pay(choice: PointsChoice, plan: Plan, desk: Desk, bill: OpenBill, due: Decimal) -> PaidPoints:
    card = desk.card(choice.card_id)
    if card is None:
        raise ValueError("the desk lacks a card of the plan")
    standing = desk.standing.payments.get(card.id)
    if standing and standing.amount == choice.amount:
        terms, barred = standing.card_type, None
        most, explained = _most(_limits(terms, bill, due), terms)
    else:
        terms, barred = card.card_type, card_barred(card, plan, desk)
        most, explained = _most(_bounds(card, desk, bill, due), terms)
    place = f"points.{card.id}"
    if barred:
        return PaidPoints(card.id, ZERO, ZERO, (), terms, barred, Problem(CARD_CODES[barred.reason], place, barred))
    amount = most if choice.amount is None else choice.amount
    if amount > most:
        problem = Problem("points_over_limit", place, explained, most)
        amount = most  # shown as the most it could be, so that the rest of the bill still adds up
    else:
        problem = None
    parts = bill.parts_of(amount, bill.in_scope(terms.pays))
    return PaidPoints(card.id, amount, most, tuple(parts), terms, explained, problem)


def pay_with_money(plan: Plan, left: Decimal) -> tuple[tuple[tuple[PaymentMethod, Decimal], ...], tuple[Problem, ...]]:
    """Money in the order given; a payment above what is left to pay is refused (``payment_over_due``).

    The payment that takes all that is left takes what the others leave, wherever it stands.
    """
    typed = sum((choice.amount for choice in plan.payments if choice.amount is not None), ZERO)
    rest = max(ZERO, left - typed)
    payments: list[tuple[PaymentMethod, Decimal]] = []
    problems: list[Problem] = []
    for choice in plan.payments:
        if choice.amount is None:
            amount, rest = rest, ZERO
        else:
            amount = choice.amount
        if amount > left:
            problems.append(Problem("payment_over_due", f"payments.{choice.method}", most=left))
        if amount:
            payments.append((choice.method, amount))
        left = max(ZERO, left - amount)
    return tuple(payments), tuple(problems)


def change_for(handed_over: Decimal, to_take: Decimal) -> Change:
    """The change for what is to be taken in cash. What was handed over is not a payment: only what is taken is."""
    return Change(back=max(ZERO, handed_over - to_take), missing=max(ZERO, to_take - handed_over))
