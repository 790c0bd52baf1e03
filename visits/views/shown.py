"""What the visit window shows of a computed visit, in the reader's words; its templates only lay it out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cached_property
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from chains.models import Chain
from clients.models import Client
from config.ui.figures import format_points
from loyalty.cards.models import Card
from loyalty.explained import bound, explained, lacking, limits, short_reason
from loyalty.ledger.holdings import Holding, holdings_of
from loyalty.reasons import in_words
from loyalty.rules.discounts import AppliedDiscount
from loyalty.rules.money import ZERO
from loyalty.rules.plan import Plan, PointsChoice, Status
from loyalty.rules.referral import ReferralAccrual
from loyalty.rules.settlement import SettledLine, Settlement, settle
from loyalty.rules.terms import Promotion
from loyalty.rules.why import Why
from visits.checkout import Preview
from visits.forms.amounts import read_id
from visits.forms.reading import Known, Reading, Subject
from visits.forms.window import CheckoutForm
from visits.history import last_visits
from visits.models import PaymentMethod
from visits.refusals import refuse


@dataclass(frozen=True)
class ShownLine:
    """A line of the bill with its fields; ``figures`` is None while amounts cannot be read."""

    index: int
    name: str
    fields: forms.Form
    price: Decimal
    figures: SettledLine | None

    @property
    def discount(self) -> Decimal:
        return self.figures.manual_discount + self.figures.promotion_discount if self.figures else ZERO


@dataclass(frozen=True)
class ShownDiscount:
    """A discount that is applied or could be. ``reason`` says why it gives nothing; ``row`` is where it is applied."""

    key: str
    name: str
    amount: Decimal
    reason: str
    why: list[str]
    row: int | None = None
    errors: list[str] = field(default_factory=list)
    note: str = ""


@dataclass(frozen=True)
class ShownCard:
    """A card of the guest: what it holds now, what it may pay here, its discounts. ``card`` None for any other card.

    ``without_visit`` is what it could spend if the visit had never acted, by which ``most`` is counted.
    ``may_pay``: an amount may be typed, though the most is not known while the bill cannot be computed.
    """

    card: Card | None
    fields: forms.Form | None
    holding: Holding | None
    without_visit: Decimal
    most: Decimal
    may_pay: bool
    bound: str
    why: list[str]
    barred: str
    note: str
    discounts: list[ShownDiscount]

    @property
    def available(self) -> Decimal:
        """What may be spent of it now, the same as on the client's page."""
        return self.holding.available if self.holding else ZERO

    @property
    def pays(self) -> bool:
        return self.fields is not None and (self.may_pay or bool(self.fields["amount"].value()))


@dataclass(frozen=True)
class ShownAccrual:
    """Points that the visit gives, or why it gives none. ``key`` tells one from another."""

    key: str
    whom: str
    amount: Decimal
    reason: str
    why: list[str]


@dataclass(frozen=True)
class ShownReferral:
    """The referral program on this visit.

    ``step`` is "offered", "chosen" (the phone is asked for), "accepted", or empty where it is not offered;
    ``gives`` is what the inviter gets.
    """

    step: str
    inviter: str = ""
    discount: ShownDiscount | None = None
    gives: ShownAccrual | None = None
    reason: str = ""
    note: str = ""


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


@dataclass(frozen=True)
class Figures:
    """What a window is shown from."""

    subject: Subject
    known: Known
    reading: Reading
    preview: Preview
    form: CheckoutForm
    inviter: Client | None
    came_before: int

    @property
    def chain(self) -> Chain:
        return self.subject.location.chain

    @property
    def plan(self) -> Plan:
        return self.reading.plan

    @property
    def settlement(self) -> Settlement:
        return self.preview.settlement

    @property
    def is_computed(self) -> bool:
        """Whether all figures of the bill can be read."""
        return len(self.settlement.lines) == len(self.plan.lines)

    @property
    def is_forecast_known(self) -> bool:
        """Whether what the visit gives can be told: it goes by what the points leave to pay."""
        unknown = (problem.place for problem in self.settlement.problems if problem.code == "invalid_amount")
        return self.is_computed and not any(place.startswith("points.") for place in unknown)

    @cached_property
    def holdings(self) -> Mapping[int, Holding]:
        """What the guest's cards hold in the ledger now, whatever the visit would do."""
        cards = [card for card in self.known.cards.values() if card.client_id == self.subject.client.pk]
        return holdings_of([card.holder for card in cards], today=self.preview.desk.today, last_visits=last_visits)

    @cached_property
    def notes(self) -> Mapping[str, str]:
        """What would keep a visit that is not arrived from being so, by place; nothing of it is refused now."""
        if self.plan.status is Status.ARRIVED:
            return {}
        problems = settle(replace(self.plan, status=Status.ARRIVED), self.preview.desk).problems
        refusals = [refuse(problem, self.preview.inviter.phone_problem, self.chain) for problem in problems]
        return {str(self.reading.placed(each).field): str(each) for each in refusals}


def label_fields(form: CheckoutForm, plan: Plan, known: Known) -> None:
    """Let the label of each field name its line, card or method, as nobody sees the column above it."""
    for fields, line in zip(form.lines, plan.lines, strict=True):
        item = known.items.get(line.item_id)
        for each in fields.fields.values():
            each.label = f"{each.label}, {item or '–'}"
    for card in known.cards.values():
        points = form.points_of(card.pk)
        if points:
            points.fields["amount"].label = f"{points.fields['amount'].label}, {card}"
    for method in PaymentMethod:
        form.payment_of(method).fields["amount"].label = str(method.label)


# The bill
# ----------------------------------------------------------------------------


def shown_lines(figures: Figures) -> list[ShownLine]:
    computed: Iterable[SettledLine | None] = figures.settlement.lines or [None] * len(figures.plan.lines)
    rows = zip(figures.form.lines, figures.form.typed.lines, figures.plan.lines, computed, strict=True)
    shown = []
    for index, (fields, row, line, settled) in enumerate(rows):
        item = figures.known.items.get(line.item_id) or figures.known.items.get(read_id(row["item"]))
        shown.append(ShownLine(index, item.name if item else "", fields, line.unit_price, settled))
    return shown


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


# Loyalty
# ----------------------------------------------------------------------------


def shown_cards(figures: Figures) -> list[ShownCard]:
    """The guest's cards in order of issue, then any other card that points were typed for."""
    notes, discounts = figures.notes, _discounts_by_card(figures)
    own = [card for card in figures.known.cards.values() if card.client_id == figures.subject.client.pk]
    shown = [_shown_card(card, figures, notes, discounts.pop(card.pk, [])) for card in own]
    ids = {str(card.pk) for card in own}
    for row, fields in zip(figures.form.typed.points, figures.form.points, strict=True):
        if row["card"] not in ids and row["amount"]:
            shown.append(_other_card(fields, notes.get(f"points.{row['card']}", "")))
    if stray := [each for rest in discounts.values() for each in rest]:
        shown.append(_other_card(None, "", stray))
    return shown


def _other_card(fields: forms.Form | None, note: str, discounts: list[ShownDiscount] | None = None) -> ShownCard:
    return ShownCard(None, fields, None, ZERO, ZERO, False, "", [], "", note, discounts or [])


def _shown_card(card: Card, figures: Figures, notes: Mapping[str, str], discounts: list[ShownDiscount]) -> ShownCard:
    desk = figures.preview.desk
    on_desk = desk.card(card.pk)
    most, why = _most(card.pk, figures)
    holding = figures.holdings.get(card.holder_id)
    without_visit = on_desk.pot.available(desk.today) if on_desk else ZERO
    has_acted = figures.subject.is_fixed and holding is not None and holding.available != without_visit
    return ShownCard(
        card=card,
        fields=figures.form.points_of(card.pk),
        holding=holding,
        without_visit=without_visit,
        most=most,
        may_pay=most > 0 or (not figures.is_computed and without_visit > 0),
        bound=_bound(why, figures.chain, has_acted=has_acted) if why else "",
        why=_limits(why, figures.chain, has_acted=has_acted) if why else [],
        barred=in_words(why, figures.chain) if why and not why.is_given else "",
        note=notes.get(f"points.{card.pk}", ""),
        discounts=discounts,
    )


def _bound(why: Why, chain: Chain, *, has_acted: bool) -> str:
    """What keeps the card from paying more; what it holds now is not what it held before a visit that has acted."""
    if has_acted and why.is_given and why.figures.get("bound") == "available":
        return _("all that was on the card before this visit")
    return bound(why, chain)


def _limits(why: Why, chain: Chain, *, has_acted: bool) -> list[str]:
    """All that bounds what the card may pay, in the same words."""
    available = why.figures.get("available") if why.is_given else None
    if not has_acted or available is None:
        return limits(why, chain)
    others = Why(why.reason, {name: figure for name, figure in why.figures.items() if name != "available"})
    points = format_points(Decimal(str(available)), chain.currency)
    return [_("%(points)s points were on the card before this visit.") % {"points": points}, *limits(others, chain)]


def _most(card_id: int, figures: Figures) -> tuple[Decimal, Why | None]:
    """The most that could be typed for a card at its turn: after the cards whose points were given before it."""
    settlement, plan = figures.settlement, figures.plan
    alone = {each.card_id: each for each in settlement.most_points}.get(card_id)
    paid = [each for each in settlement.points if each.card_id == card_id]
    stands = card_id in figures.preview.desk.standing.payments
    if alone and alone.amount and (stands or (settlement.points and not paid)):
        after = settle(_with_the_most(plan, card_id), figures.preview.desk)
        paid = [each for each in after.points if each.card_id == card_id]
        if not paid:
            return ZERO, None
    if paid:
        return paid[0].most, paid[0].why
    return (alone.amount, alone.why) if alone else (ZERO, None)


def _with_the_most(plan: Plan, card_id: int) -> Plan:
    """The plan with the most of one card, at its turn; what it paid before, left as it was, asks for no balance."""
    most = PointsChoice(card_id, None)
    if card_id not in {each.card_id for each in plan.points}:
        return replace(plan, points=(*plan.points, most))
    return replace(plan, points=tuple(most if each.card_id == card_id else each for each in plan.points))


def _discounts_by_card(figures: Figures) -> dict[int, list[ShownDiscount]]:
    """Applied discounts in the order in which they act, then those that could be applied, by card."""
    applied = {each.key: each for each in figures.settlement.discounts}
    notes = figures.notes
    found: dict[int, list[ShownDiscount]] = {}
    for index, row in enumerate(figures.form.typed.discounts):
        card_id, promotion_id = read_id(row["card"]), read_id(row["promotion"])
        shown = _applied(applied.get((card_id, promotion_id)), f"{card_id}.{promotion_id}", index, figures)
        shown = replace(shown, note=notes.get(f"discounts.{index}", ""))
        found.setdefault(card_id, []).append(shown)
    for offer in figures.settlement.available:
        if offer.card_id is not None:
            key = f"{offer.card_id}.{offer.promotion.id}"
            found.setdefault(offer.card_id, []).append(_shown_discount(offer, key, figures))
    return found


def _applied(discount: AppliedDiscount | None, key: str, row: int, figures: Figures) -> ShownDiscount:
    errors = figures.form.discount_errors.get(row, [])
    if discount is None:
        name = figures.known.promotions.get(read_id(key.partition(".")[2]), "")
        return ShownDiscount(key, name, ZERO, "", [], row, errors)
    return replace(_shown_discount(discount, key, figures), row=row, errors=errors)


def _shown_discount(discount: AppliedDiscount, key: str, figures: Figures) -> ShownDiscount:
    why = discount.firing.why
    return ShownDiscount(
        key=key,
        name=figures.known.promotions.get(discount.promotion.id, ""),
        amount=discount.firing.amount,
        reason="" if discount.firing.fires else in_words(why, figures.chain),
        why=explained(why, discount.promotion.kind, figures.chain) or lacking(why, figures.chain),
    )


# What the visit gives
# ----------------------------------------------------------------------------


def shown_accruals(figures: Figures) -> list[ShownAccrual]:
    return [
        _accrual(str(figures.known.cards[each.card_id].card_type), each, figures)
        for each in figures.settlement.accruals
        if each.card_id in figures.known.cards
    ]


def _accrual(whom: str, accrual: Any, figures: Figures) -> ShownAccrual:
    promotion: Promotion = accrual.promotion
    why: Why = accrual.firing.why
    name = figures.known.promotions.get(promotion.id, "")
    sentences = explained(why, promotion.kind, figures.chain) or lacking(why, figures.chain)
    return ShownAccrual(
        key=f"{whom}-{promotion.id}".replace(" ", "-"),
        whom=whom,
        amount=accrual.amount,
        reason=short_reason(why, promotion.kind, figures.chain) if why.is_given else in_words(why, figures.chain),
        why=[name, *sentences] if sentences else [],
    )


def shown_referral(figures: Figures) -> ShownReferral:
    settlement, referral = figures.settlement, figures.preview.desk.referral
    inviter = figures.inviter.name if figures.inviter else ""
    gives = _gives(settlement.referral, inviter, figures)
    step = figures.form.typed.text("referral_step")
    note = figures.notes.get("referral", "")
    discount = settlement.referral_discount
    if step == "confirmed" and discount and inviter and discount.problem is None:
        return ShownReferral("accepted", inviter, _shown_discount(discount, "", figures), gives)
    if step == "confirmed" and inviter and not figures.is_computed:
        return ShownReferral("accepted", inviter)
    if step:
        return ShownReferral("chosen", note=note)
    if referral.linked_inviter_id is not None:
        return ShownReferral("linked", inviter, gives=gives)
    if not figures.known.referral_is_on:
        return ShownReferral("")
    return ShownReferral("late" if figures.came_before else "offered")


def _gives(accrual: ReferralAccrual | None, inviter: str, figures: Figures) -> ShownAccrual | None:
    return _accrual(inviter, accrual, figures) if accrual else None
