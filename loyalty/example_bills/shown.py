"""A worked bill in the reader's words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chains.models import Chain
from config.ui.figures import format_points
from loyalty.example_bills.worked import Worked
from loyalty.explanations.amounts import bound, explained
from loyalty.explanations.reasons import in_words
from loyalty.rules.discounts import AppliedDiscount
from loyalty.rules.settlement import Accrual, Settlement
from loyalty.rules.terms import Promotion
from loyalty.rules.why import Why

LINES = {
    "services": gettext_lazy("Services"),
    "products": gettext_lazy("Products"),
    "others": gettext_lazy("Other lines"),
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
    """What the promotion came to: ``amount`` off the bill or in points, or why it gives nothing."""

    label: str
    amount: Decimal
    is_points: bool
    why: list[str]
    good_through: date | None = None


@dataclass(frozen=True)
class ShownBill:
    """A bill from its lines to what the guest pays and gets; all amounts are 0 or more."""

    on: date
    lines: list[ExampleLine]
    settlement: Settlement
    results: list[Result]
    problems: list[str] = field(default_factory=list)


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
    return ShownBill(worked.on, _lines(worked), settlement, results, _problems(settlement, chain))


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
    return ShownBill(worked.on, _lines(worked), settlement, results)


def _lines(worked: Worked) -> list[ExampleLine]:
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
