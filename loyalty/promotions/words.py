"""Promotions in the reader's words: what they give, and where they stand today."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.db.models import TextChoices
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chains.models import Chain
from config.ui.figures import format_money, format_number, format_points
from loyalty.promotions.fields import gives_points, has_rules, is_free_units
from loyalty.promotions.models import PromotionTerms, rules_of
from loyalty.rules.terms import KINDS, PickedBy, Promotion, PromotionKind, TakenOf, Unit


class PromotionStanding(TextChoices):
    """Whether a promotion acts on a day."""

    ACTIVE = "active", gettext_lazy("Active")
    ON_NO_CARD = "on_no_card", gettext_lazy("On no card")
    PLANNED = "planned", gettext_lazy("Not yet begun")
    ENDED = "ended", gettext_lazy("Ended")
    ARCHIVED = "archived", gettext_lazy("Archived")


def standing_of(terms: PromotionTerms, today: date, *, is_carried: bool = True) -> PromotionStanding:
    """``is_carried``: a card type has it, or the referral program gives it."""
    if terms.archived:
        return PromotionStanding.ARCHIVED
    if terms.first_day and today < terms.first_day:
        return PromotionStanding.PLANNED
    if terms.last_day and terms.last_day < today:
        return PromotionStanding.ENDED
    return PromotionStanding.ACTIVE if is_carried else PromotionStanding.ON_NO_CARD


def value_in_words(terms: PromotionTerms | Promotion, chain: Chain) -> str:
    """What it gives: "5 % of paid", "3 / 5 / 10 % by sold", "1 free after 5 paid"."""
    if is_free_units(terms.kind):
        return _("1 free after %(units)s paid") % {"units": format_number(terms.value)}
    if has_rules(terms.kind):
        return _tiers(terms, chain)
    value = figure_in_words(terms.value, terms, chain)
    if terms.unit == Unit.AMOUNT:
        return value
    return _of(terms).get(KINDS[PromotionKind(terms.kind)].taken_of, "%(value)s") % {"value": value}


def figure_in_words(value: Decimal, terms: PromotionTerms | Promotion, chain: Chain) -> str:
    if terms.unit == Unit.PERCENT:
        return _("%(value)s %%") % {"value": format_number(value)}
    if gives_points(terms.kind):
        return _("%(points)s points") % {"points": format_points(value, chain.currency)}
    return format_money(value, chain.currency)


def _of(terms: PromotionTerms | Promotion) -> dict[TakenOf, str]:
    return {TakenOf.SOLD: _("%(value)s of sold"), TakenOf.PAID: _("%(value)s of paid")}


def _tiers(terms: PromotionTerms | Promotion, chain: Chain) -> str:
    """All values, and the figure that picks one."""
    values = [value for _start, value in rules_of(terms.rules)]
    *before, last = values
    shown = " / ".join([*(format_number(value) for value in before), figure_in_words(last, terms, chain)])
    return BY[KINDS[PromotionKind(terms.kind)].picked_by] % {"values": shown}


BY = {
    PickedBy.HISTORY_SOLD: gettext_lazy("%(values)s by sold"),
    PickedBy.HISTORY_PAID: gettext_lazy("%(values)s by paid"),
    PickedBy.HISTORY_VISITS: gettext_lazy("%(values)s by visits"),
    PickedBy.VISIT_SOLD: gettext_lazy("%(values)s by sold in the visit"),
    PickedBy.VISIT_PAID: gettext_lazy("%(values)s by paid in the visit"),
}
