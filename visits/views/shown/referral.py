"""The referral program on the visit, and what the inviter gets."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_stubs_ext import StrOrPromise

from loyalty.referral.words import offer_in_words
from loyalty.rules.referral import ReferralAccrual, why_not_first
from loyalty.rules.why import Reason
from visits.views.shown.accruals import ShownAccrual, shown_accrual
from visits.views.shown.discounts import ShownDiscount, shown_discount
from visits.views.shown.figures import Figures


@dataclass(frozen=True)
class ShownReferral:
    """The referral program on this visit.

    ``step`` is "offered", "chosen" (the phone is asked for), "accepted", "linked", "late", "off" (at this location), or
    empty where there is none; ``terms`` says what it gives here, or why not. ``gives`` is what the inviter gets.
    """

    step: str
    inviter: str = ""
    discount: ShownDiscount | None = None
    gives: ShownAccrual | None = None
    reason: str = ""
    note: str = ""
    terms: StrOrPromise = ""


LATE = {
    Reason.CAME_BEFORE: gettext_lazy("Only on the first visit."),
    Reason.CAME_HERE_BEFORE: gettext_lazy("Only on the first visit at this location."),
}


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
    program = figures.known.referral
    terms = program.terms if program and program.terms and program.terms.is_on else None
    words = offer_in_words(terms, figures.chain) if terms else ""
    if step:
        return ShownReferral("chosen", note=note, terms=words)
    if referral.linked_inviter_id is not None:
        return ShownReferral("linked", inviter, gives=gives)
    if terms is None:
        is_off_here = program is not None and program.location_id is not None
        return ShownReferral("off", terms=_("Off at this location.")) if is_off_here else ShownReferral("")
    came = why_not_first(terms.as_rules(), figures.came_before, figures.subject.location.pk)
    if came is None:
        return ShownReferral("offered", terms=words)
    return ShownReferral("late", terms=LATE[came.reason])


def _gives(accrual: ReferralAccrual | None, inviter: str, figures: Figures) -> ShownAccrual | None:
    return shown_accrual(inviter, accrual, figures) if accrual else None
