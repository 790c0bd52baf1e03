"""The settlement of a visit: what applies, what it gives, what is left to pay, and why.

``settle`` is the only place where a discount, a payment with means or an accrual is computed. It is
pure: the preview shows what it returns, the save writes it down (docs/rules.md, sections 2 to 9).
"""

from dataclasses import dataclass, replace
from decimal import Decimal

from loyalty.rules.bill import OpenBill, Problem, invalid_amounts, open_bill
from loyalty.rules.cards import DeskCard, card_barred
from loyalty.rules.covers import Cover, CoverSteps, apply_covers, covered_by_line, debit_problems, invalid_covers
from loyalty.rules.desk import Desk, KeptTerms, Key
from loyalty.rules.discounts import (
    AppliedDiscount,
    DiscountSteps,
    apply_discounts,
    available_discounts,
    discount_under,
)
from loyalty.rules.means import MeansTurn
from loyalty.rules.money import ZERO
from loyalty.rules.payments import Unpaid, pay_with_means, pay_with_money
from loyalty.rules.plan import PaymentMethod, Plan, Status
from loyalty.rules.promotions import BillTotals, Holder, Occasion, Offer, cashback_offer
from loyalty.rules.referral import ReferralAccrual, decided_for_inviter, referral_accrual
from loyalty.rules.sequence import Firing, counted
from loyalty.rules.terms import CardType, Gives, Promotion
from loyalty.rules.value import VALUE


@dataclass(frozen=True)
class SettledLine:
    """The figures of one line, all 0 or more: sold, discounts of both sorts, covered, due, free and covered units."""

    sold: Decimal
    manual_discount: Decimal
    promotion_discount: Decimal
    due: Decimal
    free_units: int = 0
    covered: Decimal = ZERO
    covered_units: int = 0


@dataclass(frozen=True)
class Accrual:
    """What a cashback gives, through which card and to which holder, once the visit is settled."""

    card_id: int
    holder_id: int
    card_type: CardType
    promotion: Promotion
    firing: Firing

    @property
    def key(self) -> Key:
        return (self.card_id, self.promotion.id)

    @property
    def amount(self) -> Decimal:
        return self.firing.amount


@dataclass(frozen=True)
class Participation:
    """That a settled visit counts for a promotion of a card, or that the promotion acted on it."""

    card_id: int | None
    promotion: Promotion
    card_type: CardType | None
    eligible: bool
    fired: bool
    free_units: int = 0

    @property
    def key(self) -> Key:
        return (self.card_id, self.promotion.id)


@dataclass(frozen=True)
class Settlement:
    """A visit computed from its plan and its desk. Amounts are in the chain's currency, 0 or more.

    ``covered`` is what memberships take off, by ``covers``; ``coverable`` is what those of the guest could besides.
    ``means_paid`` is what all means paid that are not money, ``points_paid`` the part of cards; ``paid`` is the money
    that pays what is due, ``value`` the price of what is sold beside the lines, ``left`` still to pay of both.
    ``means`` are the turns of all holders that pay or could. ``accruals`` and ``referral`` are what the visit gives
    once all is paid, its value lines too; they are written only when it ``is_settled``. ``is_whole``: no payment was
    left out because its amount is impossible. ``problems`` stand in the order in which they are checked; any of them
    keeps the visit from being saved. ``if_arrived`` are those that a visit which is not arrived would have if it were.
    """

    lines: tuple[SettledLine, ...]
    sold: Decimal
    discount: Decimal
    due: Decimal
    means_paid: Decimal
    points_paid: Decimal
    paid: Decimal
    value: Decimal
    left: Decimal
    is_settled: bool
    is_whole: bool
    discounts: tuple[AppliedDiscount, ...]
    available: tuple[AppliedDiscount, ...]
    means: tuple[MeansTurn, ...]
    payments: tuple[tuple[PaymentMethod, Decimal], ...]
    accruals: tuple[Accrual, ...]
    referral: ReferralAccrual | None
    referral_discount: AppliedDiscount | None
    participations: tuple[Participation, ...]
    problems: tuple[Problem, ...]
    if_arrived: tuple[Problem, ...] = ()
    covered: Decimal = ZERO
    covers: tuple[Cover, ...] = ()
    coverable: tuple[Cover, ...] = ()

    def turn_of(self, holder_id: int) -> MeansTurn | None:
        """The turn of a holder; None where it neither pays nor could."""
        return next((turn for turn in self.means if turn.holder_id == holder_id), None)


def settle(plan: Plan, desk: Desk) -> Settlement:
    """Compute the visit. Where a line is impossible, nothing can be; an impossible payment is left out and told."""
    impossible = (*invalid_amounts(plan, desk.places), *invalid_covers(plan))
    if any(problem.place.startswith(("lines.", "value.", "covers.")) for problem in impossible):
        return _unsettled(impossible)
    plan = _without_impossible(plan, impossible)
    occasion = Occasion(plan.starts_on, plan.location_id, desk.past)
    bill, manual = open_bill(plan.lines, desk.places)
    covering = apply_covers(plan, desk, bill)
    steps = apply_discounts(plan, desk, covering.bill, occasion)
    value = sum((each.price for each in plan.value), ZERO)
    by_money_alone = sum((each.price for each in plan.value if VALUE[each.kind].by_money_alone), ZERO)
    due = sum(steps.bill.left, ZERO)
    means, unpaid = pay_with_means(plan, desk, Unpaid(steps.bill, value - by_money_alone, by_money_alone))
    means_paid = sum((turn.amount for turn in means if not turn.means.pays.is_money), ZERO)
    payments, payment_problems = pay_with_money(plan, unpaid.total)
    money = sum((amount for _, amount in payments), ZERO) + sum(
        (turn.amount for turn in means if turn.means.pays.is_money), ZERO
    )
    left = due - means_paid + value - money
    # Money pays what is due first, then what is sold beside the lines.
    paid = money - min(value, max(ZERO, money - (due - means_paid)))
    # Once nothing is left, what was paid is what the other means left; until then it is the forecast.
    totals = BillTotals(sold=sum(bill.sold, ZERO), due=due, paid=due - means_paid)
    loyalty_problems = (*_in_order(covering, steps), *(turn.problem for turn in means if turn.problem))
    covered = sum((cover.amount for cover in covering.covers), ZERO)
    acts = plan.status is Status.ARRIVED
    of_lines = (*impossible, *desk.value_problems)
    of_loyalty = loyalty_problems if acts else debit_problems(plan, covering.covers)
    problems = (*of_lines, *of_loyalty, *payment_problems)
    is_settled = acts and bool(plan.lines or plan.value) and not of_lines and not left
    available = available_discounts(plan, desk, steps, occasion)
    accruals = _accruals(plan, desk, steps.bill, totals, occasion)
    referral = referral_accrual(desk, steps.bill, totals, occasion, is_accepted=steps.referral_is_accepted)
    still = _counted_still(desk, steps.bill, totals, occasion, referral)
    return Settlement(
        lines=_settled_lines(bill, manual, covering, steps),
        sold=totals.sold,
        discount=totals.sold - covered - due,
        due=due,
        means_paid=means_paid,
        points_paid=sum((turn.amount for turn in means if turn.means.kind == "card"), ZERO),
        paid=paid,
        value=value,
        left=left,
        is_settled=is_settled,
        is_whole=not impossible,
        discounts=steps.applied,
        available=available,
        means=means,
        payments=payments,
        accruals=accruals,
        referral=referral,
        referral_discount=steps.referral,
        participations=_participations(desk, steps.applied, available, accruals, still, is_settled=is_settled),
        problems=problems,
        if_arrived=(*of_lines, *loyalty_problems, *payment_problems),
        covered=covered,
        covers=covering.covers,
        coverable=covering.available,
    )


def _in_order(covering: CoverSteps, steps: DiscountSteps) -> tuple[Problem, ...]:
    """The problems of the referral, then of what memberships cover, then of the other discounts."""
    referral = [problem for problem in steps.problems if problem.place == "referral"]
    return (*referral, *covering.problems, *(each for each in steps.problems if each.place != "referral"))


def _without_impossible(plan: Plan, impossible: tuple[Problem, ...]) -> Plan:
    """The plan without the payments, by money or other means, of which no amount can be told."""
    places = {problem.place for problem in impossible}
    return replace(
        plan,
        means=tuple(each for each in plan.means if f"means.{each.holder_id}" not in places),
        payments=tuple(each for each in plan.payments if f"payments.{each.method}" not in places),
    )


def _unsettled(problems: tuple[Problem, ...]) -> Settlement:
    return Settlement(
        lines=(), sold=ZERO, discount=ZERO, due=ZERO, means_paid=ZERO, points_paid=ZERO, paid=ZERO, value=ZERO,
        left=ZERO, is_settled=False, is_whole=False, discounts=(), available=(), means=(), payments=(), accruals=(),
        referral=None, referral_discount=None, participations=(), problems=problems, if_arrived=problems,
    )  # fmt: skip


def _settled_lines(
    bill: OpenBill, manual: tuple[Decimal, ...], covering: CoverSteps, steps: DiscountSteps
) -> tuple[SettledLine, ...]:
    covered = covered_by_line(covering.covers, len(bill.lines))
    opened, after = covering.bill, steps.bill
    figures = zip(bill.sold, manual, opened.left, after.left, after.free, covered, opened.covered, strict=True)
    return tuple(
        SettledLine(sold, discount, left - due, due, free, amount, units)
        for sold, discount, left, due, free, amount, units in figures
    )


def _accruals(plan: Plan, desk: Desk, bill: OpenBill, totals: BillTotals, occasion: Occasion) -> tuple[Accrual, ...]:
    """Cashbacks of the guest's cards, card by card in order of issue, the older promotion first."""
    return tuple(
        _accrual(card, terms, desk, bill, totals, occasion)
        for card in desk.cards
        for terms in _cashbacks_of(card, plan, desk)
    )


def _accrual(
    card: DeskCard, terms: KeptTerms, desk: Desk, bill: OpenBill, totals: BillTotals, occasion: Occasion
) -> Accrual:
    promotion, card_type = terms.promotion, terms.card_type
    offer = _offer((card.id, promotion.id), terms, desk, bill, totals, occasion)
    firing = counted(promotion, offer, desk.counter((card.id, promotion.id)))
    return Accrual(card.id, card.holder_id, card_type, promotion, firing)


def _cashbacks_of(card: DeskCard, plan: Plan, desk: Desk) -> list[KeptTerms]:
    """What stands on the visit keeps its terms; the card adds its own where it acts here."""
    found = {
        promotion_id: standing
        for (card_id, promotion_id), standing in desk.standing.accruals.items()
        if card_id == card.id
    }
    for promotion_id in () if card_barred(card, plan, desk.settled_at) else card.promotion_ids:
        # What a promotion gives never changes with its terms.
        if desk.promotions[promotion_id].gives is not Gives.POINTS or promotion_id in found:
            continue
        # A visit keeps the terms it was counted under; what it gave and took back comes back under those of today.
        key = (card.id, promotion_id)
        kept = None if key in desk.standing.undone else desk.standing.counted.get(key)
        found[promotion_id] = kept or desk.terms_in_force(card, promotion_id)
    return [found[promotion_id] for promotion_id in sorted(found)]


def _participations(
    desk: Desk,
    applied: tuple[AppliedDiscount, ...],
    available: tuple[AppliedDiscount, ...],
    accruals: tuple[Accrual, ...],
    still: tuple[Participation, ...],
    *,
    is_settled: bool,
) -> tuple[Participation, ...]:
    """What the visit keeps of each promotion of the guest: that it was eligible, that it fired.

    A discount that staff did not apply counts the visit but was not used: its turn passes, a free unit stays due.
    What the visit was counted for before, and is ``still``, keeps the terms it was counted under.
    """
    kept: dict[Key, Participation] = {}
    for discount in applied:
        if discount.amount:
            units = sum(discount.free_units)
            kept[discount.key] = _participation(discount, eligible=is_settled, fired=True, free_units=units)
    if not is_settled:
        return tuple(kept.values())
    for discount in (*applied, *available):
        if discount.firing.eligible:
            kept.setdefault(discount.key, _participation(discount, eligible=True, fired=False))
    for accrual in accruals:
        if accrual.firing.eligible:
            kept[accrual.key] = _participation(accrual, eligible=True, fired=accrual.firing.fires)
    decided = _decided(desk, applied, accruals)
    kept |= {each.key: each for each in still if each.key not in decided}
    return tuple(kept.values())


def _decided(desk: Desk, applied: tuple[AppliedDiscount, ...], accruals: tuple[Accrual, ...]) -> set[Key]:
    """What acts now and so says whether the visit counts; an accrual that was taken back only where it comes back."""
    discounts = {each.key for each in applied if not each.is_barred}
    return discounts | {each.key for each in accruals if each.firing.fires or each.key not in desk.standing.undone}


def _counted_still(
    desk: Desk, bill: OpenBill, totals: BillTotals, occasion: Occasion, referral: ReferralAccrual | None
) -> tuple[Participation, ...]:
    """What the visit was counted for and would still give something for, under the terms it was counted under.

    A card that may no longer act adds nothing, but the eligibility once recorded through it is kept; so is
    that on the inviter's card, unless the referral as it is now decides otherwise.
    """
    gone = decided_for_inviter(desk, referral)
    return tuple(
        Participation(key[0], terms.promotion, terms.card_type, eligible=True, fired=False)
        for key, terms in desk.standing.counted.items()
        if key not in gone and _offer(key, terms, desk, bill, totals, occasion).gives
    )


def _offer(key: Key, terms: KeptTerms, desk: Desk, bill: OpenBill, totals: BillTotals, occasion: Occasion) -> Offer:
    if terms.promotion.gives is Gives.POINTS:
        return cashback_offer(terms.promotion, bill, totals, occasion, Holder(terms.card_type.locations))
    return discount_under(key, terms, desk, bill, occasion)


def _participation(of: AppliedDiscount | Accrual, *, eligible: bool, fired: bool, free_units: int = 0) -> Participation:
    return Participation(of.card_id, of.promotion, of.card_type, eligible, fired, free_units)
