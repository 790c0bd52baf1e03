"""A worked bill in the reader's words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chains.models import Chain
from config.ui.figures import format_points
from loyalty.example_bills.worked import Worked
from loyalty.explanations.amounts import bound, explained
from loyalty.explanations.reasons import in_words
from loyalty.ledger.kinds import HolderKind
from loyalty.rules.discounts import AppliedDiscount
from loyalty.rules.means import MeansTurn
from loyalty.rules.money import ZERO
from loyalty.rules.plan import PaymentMethod
from loyalty.rules.settlement import Accrual, Settlement
from loyalty.rules.terms import GiftCardType, Promotion, WriteOff
from loyalty.rules.why import Why

LINES = {
    "services": gettext_lazy("Services"),
    "products": gettext_lazy("Products"),
    "others": gettext_lazy("Other lines"),
    "covered": gettext_lazy("What it covers"),
}

PAID_WITH = {
    HolderKind.CARD: gettext_lazy("Paid with points"),
    HolderKind.GIFT_CARD: gettext_lazy("Paid with the gift card"),
    HolderKind.ACCOUNT: gettext_lazy("Paid from the account"),
}


@dataclass(frozen=True)
class ExampleLine:
    """One line of the bill; ``discount`` is 0 or more."""

    label: str
    sold: Decimal
    discount: Decimal
    due: Decimal


@dataclass(frozen=True)
class Result:
    """What the program came to: ``amount`` off the bill, in points or, without a sign, as it is; or why nothing."""

    label: str
    amount: Decimal
    is_points: bool
    why: list[str]
    good_through: date | None = None
    has_sign: bool = True


@dataclass(frozen=True)
class PaidWith:
    """What means of one kind paid of the bill, above 0."""

    label: str
    amount: Decimal
    is_points: bool


@dataclass(frozen=True)
class ShownBill:
    """A bill from its lines to what the guest pays and gets; all amounts are 0 or more."""

    on: date
    lines: list[ExampleLine]
    settlement: Settlement
    results: list[Result]
    problems: list[str] = field(default_factory=list)

    @property
    def paid_with(self) -> list[PaidWith]:
        paying = ((turn.means.kind, turn.amount) for turn in self.settlement.means if turn.amount)
        return [PaidWith(str(PAID_WITH[HolderKind(kind)]), amount, kind == HolderKind.CARD) for kind, amount in paying]

    @property
    def money(self) -> Decimal:
        """What the guest hands over."""
        return dict(self.settlement.payments).get(PaymentMethod.CASH, ZERO)


def shown_bill(
    worked: Worked, promotion: Promotion, chain: Chain, beside: Mapping[int, str] | None = None
) -> ShownBill:
    """The bill of a promotion's example; ``beside`` names the cashbacks that the card gives besides."""
    settlement, beside = worked.settlement, beside or {}
    own = [each for each in settlement.accruals if each.promotion.id not in beside]
    results = [_discount(each, chain) for each in settlement.discounts]
    results += [_accrual(each, worked.on, chain) for each in own]
    if not results:
        results = [Result(_("Nothing"), Decimal(0), is_points=False, why=list(_barred(settlement)))]
    results += _besides(settlement, worked.on, chain, beside)
    return ShownBill(worked.on, lines_of(worked), settlement, results, _problems(settlement, chain))


def _besides(settlement: Settlement, on: date, chain: Chain, names: Mapping[int, str]) -> Iterator[Result]:
    """What else comes of the card, promotion by promotion, and all of it together."""
    others = [each for each in settlement.accruals if each.promotion.id in names and each.amount]
    for each in others:
        label = _("Points by %(promotion)s") % {"promotion": names[each.promotion.id]}
        yield replace(_accrual(each, on, chain), label=label)
    if others:
        together = sum((each.amount for each in settlement.accruals), Decimal(0))
        yield Result(_("Together"), together, is_points=True, why=[])


def shown_referral(worked: Worked, chain: Chain) -> ShownBill:
    """The bill of an invited guest: the discount for the guest, the points for the inviter."""
    settlement = worked.settlement
    results = [_discount(settlement.referral_discount, chain)] if settlement.referral_discount else []
    inviter = settlement.referral
    if inviter:
        last_day = _last_day(inviter.promotion, worked.on)
        why = _why(inviter.firing.why, inviter.promotion, chain)
        results.append(
            Result(_("Points for the inviter"), inviter.amount, is_points=True, why=why, good_through=last_day)
        )
    else:
        nothing = _("The program accrues for the first visit only.")
        results.append(Result(_("Points for the inviter"), Decimal(0), is_points=True, why=[nothing]))
    return ShownBill(worked.on, lines_of(worked), settlement, results)


def shown_gift_card(worked: Worked, gift_card_type: GiftCardType, chain: Chain) -> ShownBill:
    """The bill that a gift card pays, what is left on it or forfeited, and how long it is good."""
    [turn] = worked.settlement.means
    results = [_left_of(turn, chain, _("Left on the gift card"), _("Nothing is left on the gift card."))]
    if turn.forfeited:
        once = _("It pays once: what that does not take is lost.")
        results.append(Result(_("Forfeited"), turn.forfeited, is_points=False, why=[once], has_sign=False))
    elif gift_card_type.write_off is WriteOff.SINGLE and turn.amount:
        results.append(Result(_("Nothing is forfeited"), ZERO, is_points=False, why=[]))
    last_day = gift_card_type.last_day(worked.on)
    good = _("Good without end")
    if last_day:
        good = _("Good through %(day)s, if it were sold today") % {"day": date_format(last_day)}
    results.append(Result(good, ZERO, is_points=False, why=[]))
    return ShownBill(worked.on, lines_of(worked), worked.settlement, results)


def shown_account(worked: Worked, chain: Chain) -> ShownBill:
    """The bill that an account pays, the most that it could, and what may still be used of it."""
    [turn] = worked.settlement.means
    most = Result(_("The account pays at most"), turn.most, is_points=False, why=[], has_sign=False)
    left = _left_of(turn, chain, _("May still be used"), _("Nothing of it may be used after that."))
    return ShownBill(worked.on, lines_of(worked), worked.settlement, [most, left] if turn.most else [left])


def _left_of(turn: MeansTurn, chain: Chain, label: str, nothing: str) -> Result:
    """What a means could still pay, and why it pays nothing where it does not."""
    if turn.problem and turn.problem.why:
        reason = _("It pays nothing: %(reason)s.") % {"reason": in_words(turn.problem.why, chain)}
        return Result(label, turn.left, is_points=False, why=[reason], has_sign=False)
    return Result(label if turn.left else nothing, turn.left, is_points=False, why=[], has_sign=False)


def lines_of(worked: Worked) -> list[ExampleLine]:
    return [
        ExampleLine(str(LINES[kind]), line.sold, line.manual_discount + line.promotion_discount, line.due)
        for kind, line in zip(worked.kinds, worked.settlement.lines, strict=True)
    ]


def _discount(applied: AppliedDiscount, chain: Chain) -> Result:
    reason = applied.problem.why if applied.problem and applied.problem.why else applied.firing.why
    return Result(_("Discount"), applied.amount, is_points=False, why=_why(reason, applied.promotion, chain))


def _accrual(accrual: Accrual, on: date, chain: Chain) -> Result:
    last_day = _last_day(accrual.promotion, on) if accrual.amount else None
    why = _why(accrual.firing.why, accrual.promotion, chain)
    return Result(_("Points for the guest"), accrual.amount, is_points=True, why=why, good_through=last_day)


def _last_day(promotion: Promotion, on: date) -> date | None:
    return promotion.burn.after(on) if promotion.burn else None


def _why(why: Why, promotion: Promotion, chain: Chain) -> list[str]:
    """How it came to its amount, or that it gives nothing and why."""
    if why.is_given:
        return explained(why, promotion.kind, chain)
    return [_("Nothing this time: %(reason)s.") % {"reason": in_words(why, chain)}]


def _barred(settlement: Settlement) -> Iterator[str]:
    yield _("The card does not work where the promotion is valid.")


def _problems(settlement: Settlement, chain: Chain) -> list[str]:
    found = []
    for turn in settlement.means:
        if turn.problem and turn.problem.code == "points_over_limit":
            words = {"most": format_points(turn.most, chain.currency), "bound": bound(turn.why, chain)}
            found.append(_("So many points cannot be used: at most %(most)s, %(bound)s.") % words)
    return found
