"""Paying a visit: means kind after kind, each holder at its turn, then money (docs/rules.md, sections 2 and 4)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from loyalty.rules.bill import OpenBill, Problem
from loyalty.rules.desk import Desk
from loyalty.rules.means import MEANS, Means, MeansTurn
from loyalty.rules.money import ZERO, cap_of
from loyalty.rules.plan import MeansChoice, PaymentMethod, Plan
from loyalty.rules.terms import Limits
from loyalty.rules.why import Figure, Reason, Why, why


@dataclass(frozen=True)
class Change:
    """What comes of cash that is handed over: what goes ``back`` to the guest, or what is ``missing``; 0 or more."""

    back: Decimal
    missing: Decimal


@dataclass(frozen=True)
class Unpaid:
    """What the means so far have left to pay: of each line of the bill, and of what is sold beside them.

    ``by_money_alone`` is the part of that which no means pays, only cash and the like.
    """

    bill: OpenBill
    value: Decimal = ZERO
    by_money_alone: Decimal = ZERO

    @property
    def due(self) -> Decimal:
        return sum(self.bill.left, ZERO)

    @property
    def total(self) -> Decimal:
        return self.due + self.value + self.by_money_alone

    def payable(self, means: Means) -> Decimal:
        """What of it the means may pay: a money one any line and value line, another only the lines in its scope."""
        if means.pays.is_money:
            return self.due + self.value
        scoped = self.bill.in_scope(means.limits.pays)
        return sum((left for left, inside in zip(self.bill.left, scoped, strict=True) if inside), ZERO)

    def taken(self, means: Means, amount: Decimal) -> tuple[tuple[Decimal, ...], Decimal]:
        """``amount``, at most what is payable, spread over the lines that it pays; money pays what is due first."""
        scoped = [True] * len(self.bill.lines) if means.pays.is_money else self.bill.in_scope(means.limits.pays)
        parts = tuple(self.bill.parts_of(amount, scoped))
        return parts, amount - sum(parts, ZERO)

    def less(self, turn: MeansTurn) -> "Unpaid":
        bill = self.bill.less(turn.parts) if turn.parts else self.bill
        return replace(self, bill=bill, value=self.value - turn.value)


@dataclass(frozen=True)
class _Till:
    """What every turn of a visit is bounded by: what is due before any means, and money that is recorded already."""

    plan: Plan
    due: Decimal
    recorded: Decimal

    def most(self, means: Means, unpaid: Unpaid) -> tuple[Decimal, Why]:
        """The most that could be typed for the means now."""
        if means.barred:
            return ZERO, means.barred
        bounds = {"available": means.available, **self._bounds(means, means.limits, unpaid)}
        if self.recorded:
            bounds["recorded"] = unpaid.total - self.recorded
        return _least(bounds, means.limits)

    def alone(self, means: Means, unpaid: Unpaid) -> Decimal:
        """The most that it could pay where nothing was paid, neither by its kind nor with money."""
        return replace(self, recorded=ZERO).most(means, unpaid)[0]

    def most_as_it_stood(self, means: Means, limits: Limits, unpaid: Unpaid) -> tuple[Decimal, Why]:
        """What bounds an amount that is left as it was paid before: no balance, and the limits it was paid under."""
        return _least(self._bounds(replace(means, limits=limits), limits, unpaid), limits)

    def _bounds(self, means: Means, limits: Limits, unpaid: Unpaid) -> dict[str, Decimal]:
        bounds = {"payable": unpaid.payable(means)}
        if limits.amount:
            bounds["limit_amount"] = limits.amount
        if limits.percent:
            bounds["limit_percent"] = cap_of(self.due, limits.percent, unpaid.bill.places)
        return bounds


def _least(bounds: Mapping[str, Decimal], limits: Limits) -> tuple[Decimal, Why]:
    bound = min(bounds, key=lambda name: bounds[name])
    figures: dict[str, Figure | Decimal] = {"bound": bound, **bounds}
    if limits.percent:
        figures["percent"] = limits.percent
    return max(ZERO, bounds[bound]), why(Reason.GIVEN, **figures)


def pay_with_means(plan: Plan, desk: Desk, unpaid: Unpaid) -> tuple[tuple[MeansTurn, ...], Unpaid]:
    """The turn of each holder: kind after kind, those of the plan in the order given, then the guest's others.

    The others pay nothing; their turns say what they could pay of what those before them left.
    """
    till = _Till(plan, unpaid.due, _recorded(plan, desk))
    chosen = [(_on_desk(choice, desk), choice) for choice in plan.means if choice.amount != 0]
    taken = {means.holder_id for means, _choice in chosen}
    others = [each for each in desk.means if each.holder_id not in taken and each.owner_id in (None, plan.client_id)]
    turns: list[MeansTurn] = []
    for kind in MEANS:
        before = unpaid
        for means, choice in chosen:
            if means.kind == kind:
                turn = _turn(means, choice, till, before, unpaid)
                turns.append(turn)
                unpaid = unpaid.less(turn)
        for means in others:
            if means.kind == kind:
                most, explained = till.most(means, unpaid)
                turns.append(MeansTurn(means, most, explained, till.alone(means, before)))
    return tuple(turns), unpaid


def _on_desk(choice: MeansChoice, desk: Desk) -> Means:
    means = desk.means_of(choice.holder_id)
    if means is None:
        raise ValueError("the desk lacks a holder that the plan pays with")
    return means


def _recorded(plan: Plan, desk: Desk) -> Decimal:
    """Money that an earlier save of the visit recorded and this one keeps."""
    typed = ((choice.method, choice.amount) for choice in plan.payments if choice.amount is not None)
    return sum((min(amount, desk.recorded.get(method, ZERO)) for method, amount in typed), ZERO)


def _turn(means: Means, choice: MeansChoice, till: _Till, before: Unpaid, unpaid: Unpaid) -> MeansTurn:
    most, explained = till.most(means, unpaid)
    turn = MeansTurn(means, most, explained, till.alone(means, before))
    place = f"means.{means.holder_id}"
    standing = means.standing
    if standing and standing.amount == choice.amount:
        limit, held_to = till.most_as_it_stood(means, standing.limits, unpaid)
        means = replace(means, limits=standing.limits)
    elif means.barred:
        barred = Problem(means.pays.codes[means.barred.reason], place, means.barred)
        return replace(turn, explained=means.barred, problem=barred)
    else:
        limit, held_to = most, explained
    amount = limit if choice.amount is None else choice.amount
    problem: Problem | None = None
    if amount > limit:
        problem = Problem(means.pays.over_limit, place, held_to, limit)
        amount = limit  # shown as the most it could be, so that the rest of the bill still adds up
    parts, value = unpaid.taken(means, amount)
    return replace(
        turn,
        amount=amount,
        parts=parts,
        value=value,
        explained=held_to,
        problem=problem,
        forfeited=_forfeited(means, amount),
    )


def _forfeited(means: Means, amount: Decimal) -> Decimal:
    """What is left of a holder that pays once; of a payment that stands as it was, what was forfeited with it."""
    if not means.pays_once or not amount:
        return ZERO
    if means.standing and means.standing.amount == amount:
        return means.standing.forfeited
    return max(ZERO, means.available - amount)


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
