"""The form of a card type."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from chains.edits import Columns
from chains.models import Chain
from config.ui.amounts import figure_text
from config.ui.fields import FigureField
from config.ui.forms import ManyChoices, OneChoice
from loyalty.cards.models import CardType, CardTypeTerms
from loyalty.cards.services import given_by_referral_program
from loyalty.labels import choices_of
from loyalty.programs.forms import SCOPE_DEFAULTS, ProgramForm, scope_texts
from loyalty.programs.terms import one_order
from loyalty.rules.terms import ActsFrom, AutomaticIssue, PeriodUnit

DEFAULTS: dict[str, Any] = {
    **SCOPE_DEFAULTS,
    "automatic_issue": AutomaticIssue.NEVER,
    "acts_from": ActsFrom.NEXT_VISIT,
    "limit_amount": "0",
    "limit_percent": "0",
    "inactivity_unit": PeriodUnit.DAYS,
}

#: Fields that hold what their columns do.
AS_KEPT = ("name", "automatic_issue", "acts_from", "inactivity_count", "promotions")


class CardTypeForm(ProgramForm):
    LINKS = CardTypeTerms.LINKS
    SECTIONS = (
        (_("What it is called"), ("name",)),
        (_("What its cards do"), ("promotions",)),
        (_("How clients get one"), ("automatic_issue", "acts_from")),
        (_("Where its cards work"), ("where", "locations")),
        (
            _("What may be paid with points"),
            ("service_mode", "services", "service_categories", "product_mode", "products", "product_categories"),
        ),
        (_("How much and how long"), ("limit_amount", "limit_percent", "inactivity_count", "inactivity_unit")),
    )

    promotions: forms.ModelMultipleChoiceField[Any] = forms.ModelMultipleChoiceField(
        label=_("Promotions"),
        queryset=None,
        widget=ManyChoices,
        required=False,
        help_text=_("They act through every card of the type; the same link can be made at the promotion."),
    )
    automatic_issue = forms.ChoiceField(
        label=_("Automatic issue"),
        widget=OneChoice,
        choices=choices_of(AutomaticIssue),
        help_text=_("Whether a new client gets a card without anybody issuing it."),
    )
    acts_from = forms.ChoiceField(
        label=_("Acts from"),
        widget=OneChoice,
        choices=choices_of(ActsFrom),
        help_text=_(
            "A card issued by hand during a visit acts on the next one, or already on this one; a new client's at once."
        ),
    )
    limit_amount = FigureField(
        label=_("Limit of points per visit"),
        help_text=_("At most so many points of a card pay for one visit; 0 is without limit."),
    )
    limit_percent = FigureField(
        label=_("Limit in percent of due"),
        help_text=_("At most this part of what is due is paid with points; 0 is without limit."),
    )
    inactivity_count = forms.IntegerField(
        label=_("Unused points expire"),
        required=False,
        help_text=_("So long after the client's last visit anywhere in the chain; blank is never."),
    )
    inactivity_unit = forms.ChoiceField(
        label=_("Days, weeks, months or years"),
        required=False,
        choices=choices_of(PeriodUnit),
        help_text=_("By calendar: a month from 31 January ends on the last day of February."),
    )

    def __init__(self, *args: Any, chain: Chain, card_type: CardType | None, **kwargs: Any) -> None:
        super().__init__(*args, chain=chain, terms=card_type.terms if card_type else None, **kwargs)
        attached = Q(pk__in=card_type.promotions.values("pk") if card_type else [])
        # What the referral program gives may not be attached, so it is not offered.
        free = Q(terms__archived=False) & ~Q(pk__in=given_by_referral_program(chain))
        self.choices_of("promotions").queryset = chain.promotions.filter(free | attached).order_by("name_folded", "pk")
        limit = self.fields["limit_amount"]
        assert isinstance(limit, FigureField)
        limit.finest = chain.places
        labels = {
            "where": (_("Locations"), _("With listed, its cards neither accrue nor pay nor discount at the others.")),
            "service_mode": (_("Services"), _("Which services may be paid with points.")),
            "product_mode": (_("Products"), _("Which products may be paid with points.")),
        }
        for name, (label, help_text) in labels.items():
            self.fields[name].label, self.fields[name].help_text = label, help_text

    def clean(self) -> dict[str, Any]:
        chosen = super().clean()
        if chosen.get("inactivity_count") is None:
            chosen["inactivity_unit"] = ""
        self.add_mistakes_of(CardTypeTerms(card_type=CardType(chain=self.chain), **self.choices))
        return chosen

    @property
    def choices(self) -> dict[str, Any]:
        own = ("automatic_issue", "acts_from", "limit_amount", "limit_percent", "inactivity_count", "inactivity_unit")
        chosen = {name: self.cleaned_data[name] for name in own if name in self.cleaned_data}
        return one_order({**chosen, **self.scope_columns()})

    def texts_of(self, columns: Columns) -> dict[str, Any]:
        """The fields as the card type is kept, or would be, its figures in the chain's currency."""
        limit, percent = columns["limit_amount"], columns["limit_percent"]
        return {
            **DEFAULTS,
            **scope_texts(columns),
            **{name: columns[name] for name in AS_KEPT},
            "limit_amount": figure_text(limit, self.chain.places if limit else 0),
            "limit_percent": figure_text(Decimal(percent)),
            "inactivity_unit": columns["inactivity_unit"] or PeriodUnit.DAYS,
        }
