"""The form of the referral program."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from chains.models import Chain
from config.ui.forms import OneChoice
from loyalty.forms import SavedForm
from loyalty.referral.models import Accrues, ReferralTerms
from loyalty.referral.services import FITTING

#: The fields that are chosen from a list, and all of them.
LISTS = ("discount", "cashback", "card_type")
CHOICES = ("is_on", "accrues", *LISTS)


class ReferralForm(SavedForm):
    """The four choices of the program; each list offers only what fits its place."""

    is_on = forms.BooleanField(
        label=_("The referral program is on"),
        required=False,
        help_text=_("While it is off, no visit is taken for an invitation; what was given stays."),
    )
    discount: forms.ModelChoiceField[Any] = forms.ModelChoiceField(
        label=_("Promotion for the invited client"),
        queryset=None,
        empty_label=_("choose"),
        help_text=_("A fixed discount that no card type has; it is given on the guest's first visit."),
    )
    cashback: forms.ModelChoiceField[Any] = forms.ModelChoiceField(
        label=_("Promotion for the inviting client"),
        queryset=None,
        empty_label=_("choose"),
        help_text=_("A fixed cashback that no card type has, in points."),
    )
    accrues = forms.ChoiceField(
        label=_("Accrue"),
        widget=OneChoice,
        choices=Accrues.choices,
        help_text=_("Whether the inviter gets points once, or whenever the guest comes again."),
    )
    card_type: forms.ModelChoiceField[Any] = forms.ModelChoiceField(
        label=_("Loyalty card for the bonuses"),
        queryset=None,
        empty_label=_("choose"),
        help_text=_("The inviter's card of this type gets the points; who has none gets one."),
    )

    SECTIONS = (
        (_("Whether it is on"), ("is_on",)),
        (_("What each of them gets"), ("discount", "cashback", "accrues", "card_type")),
    )

    def __init__(self, *args: Any, chain: Chain, terms: ReferralTerms | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kept = ReferralTerms.choices_of(terms)
        for place, kinds in FITTING.items():
            fits = Q(terms__kind__in=kinds, terms__archived=False, card_types=None)
            fitting = chain.promotions.filter(fits | Q(pk__in=[kept.get(f"{place}_id")])).select_related("terms")
            self.choices_of(place).queryset = fitting.order_by("name_folded", "pk")
        types = chain.card_types.filter(Q(terms__archived=False) | Q(pk__in=[kept.get("card_type_id")]))
        types = types.select_related("terms")
        self.choices_of("card_type").queryset = types.order_by("name_folded", "pk")

    @property
    def chosen(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in CHOICES}

    @property
    def columns(self) -> dict[str, Any]:
        return {
            f"{name}_id" if name in LISTS else name: getattr(each, "pk", each) for name, each in self.chosen.items()
        }


def texts_of(terms: ReferralTerms | None) -> dict[str, Any]:
    """The fields as the program is kept, or would be; as usual while it was never set up."""
    kept = ReferralTerms.choices_of(terms) or {"is_on": True, "accrues": Accrues.FIRST_VISIT}
    return {name.removesuffix("_id"): value for name, value in kept.items()}
