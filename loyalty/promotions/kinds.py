"""The field of the kind: thirteen choices in two groups, each with one sentence on what it does."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from config.ui.forms import OneChoice
from loyalty.labels import choices_of, label
from loyalty.promotions.fields import gives_points
from loyalty.rules.terms import PromotionKind

DISCOUNTS = [choice for choice in choices_of(PromotionKind) if not gives_points(choice[0])]
CASHBACKS = [choice for choice in choices_of(PromotionKind) if gives_points(choice[0])]
CHOICES = [(_("A discount, at once"), DISCOUNTS), (_("Points for later visits: cashback"), CASHBACKS)]

DESCRIPTIONS = {
    PromotionKind.DISCOUNT_FIXED: _("The same for everybody, such as 10 % off."),
    PromotionKind.DISCOUNT_CUMULATIVE_SOLD: _("Grows with what was sold to the guest before, at full prices."),
    PromotionKind.DISCOUNT_CUMULATIVE_PAID: _("Grows with the money that the guest paid before."),
    PromotionKind.DISCOUNT_CUMULATIVE_VISITS: _("Grows with the number of visits before."),
    PromotionKind.DISCOUNT_NTH_FREE: _("So many paid, the next one free, such as every sixth coffee."),
    PromotionKind.CASHBACK_FIXED_SOLD: _("The same for everybody, of full prices."),
    PromotionKind.CASHBACK_FIXED_PAID: _("The same for everybody, of the money paid."),
    PromotionKind.CASHBACK_CUMULATIVE_SOLD: _("Of full prices; grows with what was sold to the guest before."),
    PromotionKind.CASHBACK_CUMULATIVE_PAID: _("Of the money paid; grows with what the guest paid before."),
    PromotionKind.CASHBACK_VISITS_SOLD: _("Of full prices; grows with the number of visits before."),
    PromotionKind.CASHBACK_VISITS_PAID: _("Of the money paid; grows with the number of visits before."),
    PromotionKind.CASHBACK_VISIT_SOLD: _("Of full prices; the larger the bill itself, the more."),
    PromotionKind.CASHBACK_VISIT_PAID: _("Of the money paid; the more is paid in the visit itself, the more."),
}

#: Posts the page, which then comes back with the fields of the kind; the pane beside the form need not hear of it.
SHOW_FIELDS = {
    "hx-post": "",
    "hx-trigger": "input consume",
    "hx-vals": '{"show_fields": "1"}',
    "hx-target": "#program",
    "hx-select": "#program",
    "hx-swap": "outerHTML",
    "hx-sync": "closest form:queue all",
}


class KindChoice(OneChoice):
    """The kinds to choose from, group by group."""

    template_name = "loyalty/promotions/kinds.html"

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option: dict[str, Any] = super().create_option(name, value, *args, **kwargs)
        option["description"] = DESCRIPTIONS[PromotionKind(value)]
        option["attrs"]["aria-describedby"] = f"about-{value}"
        return option


class KindField(forms.ChoiceField):
    """Which of the kinds; once it was used, only that one is shown."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=CHOICES, widget=KindChoice(attrs=SHOW_FIELDS), **kwargs)

    def keep(self, kind: str) -> None:
        self.disabled = True
        self.choices = [(kind, label(PromotionKind(kind)))]
