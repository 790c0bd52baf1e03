"""The form of an account type."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from chains.edits import Columns
from config.ui.amounts import figure_text
from config.ui.fields import FigureField
from loyalty.accounts.models import AccountType, AccountTypeTerms
from loyalty.programs.forms import PLACE_DEFAULTS, PlacedForm, place_texts
from loyalty.programs.terms import one_order


class AccountTypeForm(PlacedForm):
    DEFAULTS = {**PLACE_DEFAULTS, "credit": "0"}
    SECTIONS = (
        (_("What it is called"), ("name",)),
        (_("Where and how far"), ("where", "locations", "credit")),
    )

    credit = FigureField(
        label=_("On credit up to"),
        help_text=_("So far below zero a client's own payments may take it; 0 is never below zero."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        credit = self.fields["credit"]
        assert isinstance(credit, FigureField)
        credit.finest = self.chain.places
        self.fields["where"].label = _("Locations")
        self.fields["where"].help_text = _("Where it is topped up, pays and is paid out.")

    def clean(self) -> dict[str, Any]:
        chosen = super().clean()
        self.add_mistakes_of(AccountTypeTerms(account_type=AccountType(chain=self.chain), **self.choices))
        return chosen

    @property
    def choices(self) -> dict[str, Any]:
        credit = {"credit": self.cleaned_data["credit"]} if "credit" in self.cleaned_data else {}
        return one_order({**credit, **self.scope_columns()})

    def texts_of(self, columns: Columns) -> dict[str, Any]:
        """The fields as the type is kept, or would be, its credit in the chain's currency."""
        credit = columns["credit"]
        shown = figure_text(credit, self.chain.places if credit else 0)
        return {**place_texts(columns), "name": columns["name"], "credit": shown}
