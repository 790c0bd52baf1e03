"""The fields of a worked bill: amounts, what came before, points paid. Blank is none."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from chains.models import Chain
from config.ui.amounts import figure_text
from config.ui.fields import FigureField
from loyalty.example_bills.usual import usual_amount
from loyalty.example_bills.worked import USUAL_GAP, Story
from loyalty.programs.checks import amount_mistake
from loyalty.rules.terms import Begins, GiftCardType, Gives, MembershipType, PickedBy, Promotion, ScopeMode, Scopes

PREFIX = "example"
MOST_BEFORE = 9999


class AmountField(FigureField):
    """An amount of the chain's currency, 0 or more; blank is 0."""

    def __init__(self, chain: Chain, **kwargs: Any) -> None:
        super().__init__(places=chain.places, finest=chain.places, required=False, **kwargs)

    def clean(self, value: Any) -> Decimal:
        amount = super().clean(value) or Decimal(0)
        if mistake := amount_mistake(amount, self.places):
            raise ValidationError(mistake)
        return amount


class CountField(forms.IntegerField):
    """A whole number, 0 or more; blank is 0."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, min_value=0, max_value=MOST_BEFORE, **kwargs)

    def clean(self, value: Any) -> int:
        return super().clean(value) or 0


LABELS = {
    "services": _("Services on the bill"),
    "products": _("Products on the bill"),
    "others": _("Other lines, which it does not look at"),
    "units": _("Units of the service on the bill"),
    "unit_price": _("Price of one unit"),
    "visits_before": _("Visits so far"),
    "sold_before": _("Sold so far"),
    "paid_before": _("Paid so far"),
    "units_before": _("Units paid so far"),
    "given_before": _("Free units given so far"),
    "days_since": _("Days since the last visit"),
    "points": _("Paid with points"),
    "held": _("What is on it"),
    "begins_after": _("Days until it begins"),
    "frozen": _("Days frozen"),
}
COUNTS = frozenset({"units", "visits_before", "units_before", "given_before", "days_since", "begins_after", "frozen"})
#: So many days a membership is frozen in an example, if it may be so long.
USUAL_FREEZE = 14
#: Amounts that stand in the fields before anybody changed them, as they would be in euros.
USUAL = {"services": 60, "products": 15, "others": 20, "unit_price": 60}


class ExampleForm(forms.Form):
    """Asks what the draft needs to be shown at work; what is typed here is never kept."""

    def __init__(
        self, posted: QueryDict, *, chain: Chain, asked: Mapping[str, Any], unit_price: Decimal | None = None
    ) -> None:
        """``unit_price`` is that of the service that is counted, where it is known which."""
        shown = {**asked, **{name: usual_amount(chain, asked[name]) for name in asked if name in USUAL}}
        if unit_price and "unit_price" in asked:
            shown["unit_price"] = unit_price
        texts = {f"{PREFIX}-{name}": posted.get(f"{PREFIX}-{name}", _text(usual)) for name, usual in shown.items()}
        super().__init__(texts, prefix=PREFIX)
        for name in asked:
            label = LABELS[name]
            self.fields[name] = CountField(label=label) if name in COUNTS else AmountField(chain, label=label)

    @property
    def story(self) -> Story | None:
        """What is typed, as a story; None where some of it cannot be."""
        if not self.is_valid():
            return None
        return Story(**{name: value for name, value in self.cleaned_data.items() if value is not None})


def asked_by(promotion: Promotion) -> dict[str, Any]:
    """The fields that a promotion needs, and what stands in them at first: a guest for whom it just acts."""
    if promotion.picked_by is PickedBy.UNITS_PAID:
        asked: dict[str, Any] = {"units": 1, "unit_price": USUAL["unit_price"], "units_before": int(promotion.value)}
        return {**asked, "given_before": 0, **_counts(promotion), "points": 0}
    asked = _bill(promotion.counted_scopes)
    figure = _usual_figure(promotion)
    if promotion.picked_by is PickedBy.HISTORY_SOLD:
        asked["sold_before"] = figure
    if promotion.picked_by is PickedBy.HISTORY_PAID:
        asked["paid_before"] = figure
    asked |= _counts(promotion)
    if promotion.picked_by is PickedBy.HISTORY_VISITS:
        asked["visits_before"] = max(int(figure), asked.get("visits_before", 0))
    if promotion.burn and promotion.gives is Gives.DISCOUNT:
        asked["days_since"] = USUAL_GAP
    return {**asked, "points": 0}


def asked_by_referral(promotions: Iterable[Promotion]) -> dict[str, Any]:
    """The first bill of an invited guest, and how often the inviter was thanked before."""
    discount, cashback = promotions
    counts = _counts(cashback)
    return {**_bill(discount.scopes), **counts}


def asked_by_gift_card(gift_card_type: GiftCardType, par: Decimal) -> dict[str, Any]:
    """A bill, and for how much a card was sold for which that is typed at the sale."""
    held = {} if gift_card_type.has_fixed_par else {"held": par}
    return {**_bill(gift_card_type.pays), **held}


def asked_by_account(chain: Chain) -> dict[str, Any]:
    """A bill larger than most, to show how far an account reaches that holds a little."""
    return {"services": 100, "held": usual_amount(chain, 20)}


def asked_by_membership(membership_type: MembershipType) -> dict[str, Any]:
    """A bill with one visit that it covers, and when it begins and how long it is frozen, where that can differ."""
    begins = {} if membership_type.begins is Begins.PURCHASE else {"begins_after": USUAL_GAP}
    frozen = {"frozen": min(USUAL_FREEZE, membership_type.freeze_days)} if membership_type.freeze_days else {}
    return {**begins, **frozen, "units": 1, "unit_price": USUAL["unit_price"], "others": USUAL["others"]}


def _bill(scopes: Scopes) -> dict[str, Any]:
    asked = {}
    if scopes.services.mode is not ScopeMode.NONE:
        asked["services"] = USUAL["services"]
    if scopes.products.mode is not ScopeMode.NONE:
        asked["products"] = USUAL["products"]
    if ScopeMode.ANY not in (scopes.services.mode, scopes.products.mode) or len(asked) < 2 or _lists(scopes):
        asked["others"] = USUAL["others"]
    return asked


def _lists(scopes: Scopes) -> bool:
    return ScopeMode.LISTED in (scopes.services.mode, scopes.products.mode)


def _counts(promotion: Promotion) -> dict[str, Any]:
    return {"visits_before": promotion.every - 1} if promotion.every > 1 or promotion.limit else {}


def _usual_figure(promotion: Promotion) -> Decimal:
    """Where the second row begins, so that the example shows a tier."""
    starts = [start for start, _value in promotion.rules]
    return starts[min(1, len(starts) - 1)] if starts else Decimal(0)


def _text(usual: Decimal | int) -> str:
    return figure_text(Decimal(usual))
