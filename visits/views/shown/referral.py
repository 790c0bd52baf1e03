"""The referral program on the visit, and what the inviter gets."""

from __future__ import annotations

from dataclasses import dataclass

from loyalty.rules.referral import ReferralAccrual
from visits.views.shown.accruals import ShownAccrual, shown_accrual
from visits.views.shown.discounts import ShownDiscount, shown_discount
from visits.views.shown.figures import Figures


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


def shown_referral(figures: Figures) -> ShownReferral:
    settlement, referral = figures.settlement, figures.preview.desk.referral
    inviter = figures.inviter.name if figures.inviter else ""
    gives = _gives(settlement.referral, inviter, figures)
    step = figures.form.typed.text("referral_step")
    note = figures.notes.get("referral", "")
    discount = settlement.referral_discount
    if step == "confirmed" and discount and inviter and discount.problem is None:
        return ShownReferral("accepted", inviter, shown_discount(discount, "", figures), gives)
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
    return shown_accrual(inviter, accrual, figures) if accrual else None
