"""The discounts of a visit, each on what the one before left (docs/rules.md, sections 2 and 3)."""

from collections.abc import Container
from dataclasses import dataclass
from decimal import Decimal

from loyalty.rules.bill import OpenBill, Problem
from loyalty.rules.cards import CARD_CODES, DeskCard, card_barred
from loyalty.rules.desk import Desk, KeptTerms, Key
from loyalty.rules.money import ZERO
from loyalty.rules.plan import DiscountChoice, Plan
from loyalty.rules.promotions import Holder, Occasion, Offer, discount_offer
from loyalty.rules.referral import referral_problem
from loyalty.rules.sequence import Firing, counted
from loyalty.rules.terms import CardType, Gives, Promotion
from loyalty.rules.why import Reason, Why, why


@dataclass(frozen=True)
class AppliedDiscount:
    """A discount that staff applied, or could apply: what it takes off each line, and why.

    ``card_id`` and ``card_type`` None are the referral discount. ``problem`` is set where it does not apply.
    """

    card_id: int | None
    promotion: Promotion
    card_type: CardType | None
    firing: Firing
    problem: Problem | None = None

    @property
    def key(self) -> Key:
        return (self.card_id, self.promotion.id)

    @property
    def amount(self) -> Decimal:
        return ZERO if self.problem else self.firing.amount

    @property
    def is_barred(self) -> bool:
        """Whether the card, not the promotion, keeps it from acting."""
        return self.firing.why.reason in CARD_CODES

    @property
    def parts(self) -> tuple[Decimal, ...]:
        return self.firing.offer.parts if self.amount else ()

    @property
    def free_units(self) -> tuple[int, ...]:
        return self.firing.offer.free_units if self.amount else ()

    def taken_off(self, bill: OpenBill) -> OpenBill:
        """What it leaves of the bill."""
        return bill.less(self.parts, self.free_units) if self.amount else bill


@dataclass(frozen=True)
class DiscountSteps:
    """All discounts applied in order, and the bill they leave, whose ``left`` is the due of each line."""

    bill: OpenBill
    applied: tuple[AppliedDiscount, ...]
    referral: AppliedDiscount | None
    problems: tuple[Problem, ...]
    referral_is_accepted: bool


def apply_discounts(plan: Plan, desk: Desk, bill: OpenBill, occasion: Occasion) -> DiscountSteps:
    """The referral discount first, then the others in the order they were applied."""
    applied: list[AppliedDiscount] = []
    problems: list[Problem] = []
    refused = referral_problem(plan, desk)
    referral = None
    if refused:
        problems.append(refused)
    elif desk.referral.invitation and desk.referral.invitation.terms:
        referral = _referral_discount(desk, desk.referral.invitation.terms.discount, bill, occasion)
        applied.append(referral)
        bill = referral.taken_off(bill)
    keys = {discount.key for discount in applied}
    for index, choice in enumerate(plan.discounts):
        discount = _chosen(choice, f"discounts.{index}", plan, desk, bill, occasion, keys)
        if isinstance(discount, Problem):
            problems.append(discount)
            continue
        applied.append(discount)
        keys.add(discount.key)
        bill = discount.taken_off(bill)
    problems += [discount.problem for discount in applied if discount.problem]
    order = sorted(problems, key=lambda problem: (problem.place != "referral", _position(problem)))
    accepted = referral is not None and referral.problem is None
    return DiscountSteps(bill, tuple(applied), referral, tuple(order), accepted)


def _position(problem: Problem) -> int:
    return int(problem.place.split(".")[1]) if "." in problem.place else -1


def _referral_discount(desk: Desk, promotion: Promotion, bill: OpenBill, occasion: Occasion) -> AppliedDiscount:
    offer = discount_offer(promotion, bill, occasion, Holder())
    firing = counted(promotion, offer, desk.counter((None, promotion.id)))
    return AppliedDiscount(None, promotion, None, firing, _not_firing(firing, "referral"))


def _applied(card: DeskCard, terms: KeptTerms, firing: Firing, place: str) -> AppliedDiscount:
    return AppliedDiscount(card.id, terms.promotion, terms.card_type, firing, _not_firing(firing, place))


def _not_firing(firing: Firing, place: str) -> Problem | None:
    return None if firing.fires else Problem("promotion_not_applicable", place, firing.why)


def _chosen(
    choice: DiscountChoice,
    place: str,
    plan: Plan,
    desk: Desk,
    bill: OpenBill,
    occasion: Occasion,
    before: Container[Key],
) -> AppliedDiscount | Problem:
    key: Key = (choice.card_id, choice.promotion_id)
    card = desk.card(choice.card_id)
    if card is None or choice.promotion_id not in desk.promotions:
        return Problem("promotion_not_applicable", place, why(Reason.NOT_ON_CARD))
    terms = desk.pinned.get(key) or desk.terms_in_force(card, choice.promotion_id)
    if key in before:
        return Problem("promotion_not_applicable", place, why(Reason.ALREADY_APPLIED))
    barred = None if key in desk.standing.discounts else _barred(card, choice.promotion_id, plan, desk)
    if barred or terms.promotion.gives is not Gives.DISCOUNT:
        reason = barred or why(Reason.NOT_ON_CARD)
        problem = Problem(CARD_CODES.get(reason.reason, "promotion_not_applicable"), place, reason)
        return AppliedDiscount(card.id, terms.promotion, terms.card_type, Firing(Offer(reason)), problem)
    return _applied(card, terms, _firing(card, terms, desk, bill, occasion), place)


def _firing(card: DeskCard, terms: KeptTerms, desk: Desk, bill: OpenBill, occasion: Occasion) -> Firing:
    key: Key = (card.id, terms.promotion.id)
    return counted(terms.promotion, discount_under(key, terms, desk, bill, occasion), desk.counter(key))


def discount_under(key: Key, terms: KeptTerms, desk: Desk, bill: OpenBill, occasion: Occasion) -> Offer:
    """What a discount of a card gives under certain terms, before counters have a say."""
    holder = Holder(terms.card_type.locations, desk.counter(key).given)
    return discount_offer(terms.promotion, bill, occasion, holder)


def _barred(card: DeskCard, promotion_id: int, plan: Plan, desk: Desk) -> Why | None:
    barred = card_barred(card, plan, desk.settled_at)
    if barred is None and promotion_id not in card.promotion_ids:
        barred = why(Reason.NOT_ON_CARD)
    return barred


def available_discounts(
    plan: Plan, desk: Desk, steps: DiscountSteps, occasion: Occasion
) -> tuple[AppliedDiscount, ...]:
    """The guest's other discounts, on what the applied ones left: what each would give, or why not."""
    chosen = {discount.key for discount in steps.applied}
    offers = []
    for card in desk.cards:
        if card.client_id != plan.client_id:
            continue
        barred = card_barred(card, plan, desk.settled_at)
        for promotion_id in card.promotion_ids:
            if desk.promotions[promotion_id].gives is not Gives.DISCOUNT or (card.id, promotion_id) in chosen:
                continue
            # What staff apply now comes under the terms of today, whatever the visit was counted under.
            terms = desk.terms_in_force(card, promotion_id)
            firing = Firing(Offer(barred)) if barred else _firing(card, terms, desk, steps.bill, occasion)
            offers.append(_applied(card, terms, firing, ""))
    return tuple(offers)
