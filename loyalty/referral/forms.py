"""The form of a referral program: the chain's, or a location's own."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from chains.edits import Columns
from chains.models import Chain, Location
from config.ui.forms import OneChoice
from loyalty.labels import choices_of
from loyalty.programs.forms import TermsForm
from loyalty.referral.models import ReferralTerms, State
from loyalty.referral.services import FITTING
from loyalty.rules.terms import FirstIn, ReferralAccrues

#: The fields that are chosen from a list, and all of them.
LISTS = ReferralTerms.NEEDED
CHOICES = ("state", "accrues", "first_in", "counts_free_visits", *LISTS)

#: Whether a program stands, as it is asked of the chain and of a location.
STATES_OF_CHAIN = ((State.ON, _("on")), (State.OFF, _("off")))
STATES_OF_LOCATION = (
    (State.NONE, _("none of its own: the chain's holds here")),
    (State.ON, _("on: its own holds here")),
    (State.OFF, _("off: no invitations here")),
)


class ChoiceOrNew(forms.Select):
    """A list, and beside it the button that makes what it lacks."""

    template_name = "loyalty/referral/choice_or_new.html"

    def __init__(self, new_label: StrOrPromise) -> None:
        super().__init__()
        self.new_label = new_label

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        return {**super().get_context(name, value, attrs), "new_label": self.new_label}


class ReferralForm(TermsForm):
    """The choices of the program; each list offers only what fits its place. What is not on may leave them open."""

    state = forms.ChoiceField(
        label=_("Referral program"),
        widget=OneChoice,
        choices=STATES_OF_CHAIN,
        help_text=_("While it is off, no visit is taken for an invitation; what was given stays."),
    )
    discount: forms.ModelChoiceField[Any] = forms.ModelChoiceField(
        label=_("Promotion for the invited client"),
        queryset=None,
        widget=ChoiceOrNew(_("New fixed discount")),
        required=False,
        empty_label=_("choose"),
        help_text=_("A fixed discount that no card type has; it is given on the guest's first visit."),
    )
    cashback: forms.ModelChoiceField[Any] = forms.ModelChoiceField(
        label=_("Promotion for the inviting client"),
        queryset=None,
        widget=ChoiceOrNew(_("New fixed cashback")),
        required=False,
        empty_label=_("choose"),
        help_text=_("A fixed cashback that no card type has, in points."),
    )
    accrues = forms.ChoiceField(
        label=_("Accrue"),
        widget=OneChoice,
        choices=choices_of(ReferralAccrues),
        help_text=_("Whether the inviter gets points once, or whenever the guest comes again."),
    )
    card_type: forms.ModelChoiceField[Any] = forms.ModelChoiceField(
        label=_("Loyalty card for the bonuses"),
        queryset=None,
        widget=ChoiceOrNew(_("New card type")),
        required=False,
        empty_label=_("choose"),
        help_text=_("The inviter's card of this type gets the points; who has none gets one."),
    )

    first_in = forms.ChoiceField(
        label=_("First visit in"),
        widget=OneChoice,
        choices=choices_of(FirstIn),
        help_text=_(
            "“The chain”: the guest was at none of its locations before. “The location”: the guest was not at that of "
            "the visit; who came to others only may be invited, unless somebody invited them before."
        ),
    )
    counts_free_visits = forms.BooleanField(
        label=_("Visits that cost nothing count"),
        required=False,
        help_text=_(
            "Then a free consultation is a first visit like any other. Without the tick, a guest who began with one "
            "may still be invited on the first visit that costs something."
        ),
    )

    SECTIONS = (
        (_("Whether it is on"), ("state",)),
        (_("What each of them gets"), ("discount", "cashback", "accrues", "card_type")),
        (_("What a first visit is"), ("first_in", "counts_free_visits")),
    )

    def __init__(
        self, *args: Any, chain: Chain, location: Location | None, terms: ReferralTerms | None, **kwargs: Any
    ) -> None:
        self.location = location
        super().__init__(*args, **kwargs)
        if location is not None:
            self._ask_of_location()
        kept = ReferralTerms.choices_of(terms)
        for place, kinds in FITTING.items():
            fits = Q(terms__kind__in=kinds, terms__archived=False, card_types=None)
            fitting = chain.promotions.filter(fits | Q(pk__in=[kept.get(f"{place}_id")])).select_related("terms")
            self.choices_of(place).queryset = fitting.order_by("name_folded", "pk")
        types = chain.card_types.filter(Q(terms__archived=False) | Q(pk__in=[kept.get("card_type_id")]))
        types = types.select_related("terms")
        self.choices_of("card_type").queryset = types.order_by("name_folded", "pk")

    def _ask_of_location(self) -> None:
        field = self.fields["state"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = STATES_OF_LOCATION
        field.help_text = _("What stands below holds here while it is on, and is kept while it is not.")

    def clean(self) -> dict[str, Any]:
        chosen = self.cleaned_data
        if chosen.get("state") == State.ON:
            for name in LISTS:
                if not chosen.get(name) and name not in self.errors:
                    self.add_error(name, ValidationError(self.fields[name].error_messages["required"], code="required"))
        return chosen

    @property
    def missing(self) -> list[StrOrPromise]:
        """What the program needs before it can be on, and has not as it stands in the fields."""
        return [self.fields[name].label or "" for name in LISTS if not self[name].value()]

    @property
    def only_choices(self) -> dict[str, Any]:
        """By column, what is chosen by itself: the one entry that a list has."""
        offered = {name: list(self.choices_of(name).queryset or ()) for name in LISTS}
        return {f"{name}_id": found[0].pk for name, found in offered.items() if len(found) == 1}

    @property
    def readable_columns(self) -> dict[str, Any]:
        """By column, what of the fields that were sent can be read."""
        self.is_valid()
        return {
            f"{name}_id" if name in LISTS else name: getattr(each, "pk", each)
            for name, each in self.cleaned_data.items()
            if name in CHOICES and name in self.data
        }

    @property
    def chosen(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in CHOICES}

    @property
    def columns(self) -> dict[str, Any]:
        return {
            f"{name}_id" if name in LISTS else name: getattr(each, "pk", each) for name, each in self.chosen.items()
        }

    def texts_of(self, columns: Columns) -> dict[str, Any]:
        """The fields as the program is kept, or would be; as usual while it was never set up."""
        usual = {
            "state": State.NONE if self.location else State.OFF,
            "accrues": ReferralAccrues.FIRST_VISIT,
            "first_in": FirstIn.CHAIN,
            "counts_free_visits": True,
        }
        return {name.removesuffix("_id"): value for name, value in {**usual, **columns}.items()}
