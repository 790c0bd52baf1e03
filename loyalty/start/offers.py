"""What the one page of a start offers: promotions as they would be made, with the figures that it suggests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from chains.catalog.models import Item
from config.ui.figures import format_number
from loyalty.promotions.services import as_kept
from loyalty.rules.terms import PeriodUnit, PromotionKind, ScopeMode

#: How many days before their points burn guests are told, where nobody says otherwise.
NOTICE = 14


@dataclass(frozen=True)
class Offer:
    """A promotion that is not made yet: its name, the columns of its terms, and by column the field of the page."""

    name: str
    choices: Mapping[str, Any]
    fields: Mapping[str, str] = field(default_factory=dict)


def cashback(percent: Decimal, months: int | None, notice: int | None, *, name: str = "") -> Offer:
    """So many percent of paid in points, which burn after so many months; who never loses them is told nothing."""
    return Offer(
        name or _("Cashback %(percent)s %%") % {"percent": format_number(percent)},
        {
            "kind": PromotionKind.CASHBACK_FIXED_PAID.value,
            "value": percent,
            "burn_count": months,
            "burn_unit": PeriodUnit.MONTHS.value if months is not None else "",
            "notice": notice if months is not None else None,
        },
        {"value": "percent", "burn_count": "months", "notice": "notice"},
    )


def tiers(rules: list[list[str]], *, gives_points: bool) -> Offer:
    """Growing with what the guest spent so far: a discount by sold, or cashback by paid."""
    kind = PromotionKind.CASHBACK_CUMULATIVE_PAID if gives_points else PromotionKind.DISCOUNT_CUMULATIVE_SOLD
    name = _("Growing cashback") if gives_points else _("Growing discount")
    return Offer(name, as_kept({"kind": kind.value, "rules": rules}), {"rules": "rules"})


def nth_free(service: Item, units: Decimal, limit: int) -> Offer:
    """So many units of one service paid, the next one free; ``limit`` of 0 is without limit."""
    end = _("%(paid)s paid, 1 free") % {"paid": format_number(units)}
    return Offer(
        f"{service.name[:100]}: {end}",
        {
            "kind": PromotionKind.DISCOUNT_NTH_FREE.value,
            "value": units,
            "limit": limit,
            "service_mode": ScopeMode.LISTED.value,
            "services": [service.pk],
            "product_mode": ScopeMode.NONE.value,
        },
        {"value": "units", "limit": "limit", "services": "service"},
    )


def invitation(percent: Decimal, points: Decimal, months: int | None) -> dict[str, Offer]:
    """A discount for who comes by invitation, points for who invited, by their places in the referral program."""
    welcome = Offer(
        _("Welcome by invitation, %(percent)s %%") % {"percent": format_number(percent)},
        {"kind": PromotionKind.DISCOUNT_FIXED.value, "value": percent},
        {"value": "percent"},
    )
    name = _("Thanks for an invitation, %(percent)s %%") % {"percent": format_number(points)}
    thanks = cashback(points, months, NOTICE, name=name)
    return {"discount": welcome, "cashback": Offer(name, thanks.choices, {**thanks.fields, "value": "points"})}
