"""The enumerations of the rules in the reader's words, and the choices that models, forms and filters make of them.

The rules declare each of them, once, and know no Django; what a model keeps is the value of a member.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrPromise

from loyalty.rules.plan import PaymentMethod, Status
from loyalty.rules.terms import (
    ActsFrom,
    AutomaticIssue,
    Begins,
    FirstIn,
    PeriodUnit,
    PromotionKind,
    ReferralAccrues,
    ScopeMode,
    Source,
    Unit,
    WriteOff,
)

LABELS: Mapping[type[StrEnum], Mapping[str, StrPromise]] = {
    Begins: {
        Begins.PURCHASE: _("on purchase"),
        Begins.FIRST_USE: _("at the first use"),
        Begins.DATE: _("on a date given at the sale"),
    },
    PromotionKind: {
        PromotionKind.DISCOUNT_FIXED: _("Fixed discount"),
        PromotionKind.DISCOUNT_CUMULATIVE_SOLD: _("Cumulative discount (sold)"),
        PromotionKind.DISCOUNT_CUMULATIVE_PAID: _("Cumulative discount (paid)"),
        PromotionKind.DISCOUNT_CUMULATIVE_VISITS: _("Cumulative discount (visits)"),
        PromotionKind.DISCOUNT_NTH_FREE: _("Every n-th service free"),
        PromotionKind.CASHBACK_FIXED_SOLD: _("Fixed cashback (sold)"),
        PromotionKind.CASHBACK_FIXED_PAID: _("Fixed cashback (paid)"),
        PromotionKind.CASHBACK_CUMULATIVE_SOLD: _("Cumulative cashback (sold)"),
        PromotionKind.CASHBACK_CUMULATIVE_PAID: _("Cumulative cashback (paid)"),
        PromotionKind.CASHBACK_VISITS_SOLD: _("Cumulative cashback (sold) on visits"),
        PromotionKind.CASHBACK_VISITS_PAID: _("Cumulative cashback (paid) on visits"),
        PromotionKind.CASHBACK_VISIT_SOLD: _("Cashback (sold) during the visit"),
        PromotionKind.CASHBACK_VISIT_PAID: _("Cashback (paid) during the visit"),
    },
    Unit: {
        Unit.PERCENT: _("percent"),
        Unit.AMOUNT: _("amount"),
    },
    Source: {
        Source.CHAIN: _("Entire chain"),
        Source.ACTIVE: _("Active locations"),
        Source.CARD: _("Loyalty card"),
    },
    PeriodUnit: {
        PeriodUnit.DAYS: _("days"),
        PeriodUnit.WEEKS: _("weeks"),
        PeriodUnit.MONTHS: _("months"),
        PeriodUnit.YEARS: _("years"),
    },
    ScopeMode: {
        ScopeMode.ANY: _("any"),
        ScopeMode.NONE: _("none"),
        ScopeMode.LISTED: _("listed"),
    },
    AutomaticIssue: {
        AutomaticIssue.ANY: _("to new clients at any location"),
        AutomaticIssue.OWN: _("to new clients at the type's locations"),
        AutomaticIssue.NEVER: _("never"),
    },
    ActsFrom: {
        ActsFrom.NEXT_VISIT: _("the next visit"),
        ActsFrom.AT_ONCE: _("at once"),
    },
    ReferralAccrues: {
        ReferralAccrues.FIRST_VISIT: _("for the first visit only"),
        ReferralAccrues.EVERY_VISIT: _("for every visit"),
    },
    WriteOff: {
        WriteOff.MULTIPLE: _("until nothing is left"),
        WriteOff.SINGLE: _("with one payment; what is left of it is forfeited"),
    },
    FirstIn: {
        FirstIn.CHAIN: _("the chain"),
        FirstIn.LOCATION: _("the location"),
    },
    Status: {
        Status.WAITING: _("waiting"),
        Status.CONFIRMED: _("confirmed"),
        Status.ARRIVED: _("arrived"),
        Status.NO_SHOW: _("no-show"),
        Status.CANCELLED: _("cancelled"),
    },
    PaymentMethod: {
        PaymentMethod.CASH: _("Cash"),
        PaymentMethod.CARD: _("Bank card"),
        PaymentMethod.TRANSFER: _("Bank transfer"),
        PaymentMethod.ONLINE: _("Online"),
    },
}


def label(member: StrEnum) -> str:
    """What a member is called, in the reader's language."""
    return str(LABELS[type(member)][member])


def choices_of(enumeration: type[StrEnum]) -> list[tuple[str, StrPromise]]:
    """The members in the order in which they are declared: what is kept of each, and its label."""
    return [(member.value, LABELS[enumeration][member]) for member in enumeration]
