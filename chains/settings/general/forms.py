"""The form of the chain itself."""

from __future__ import annotations

from typing import Any

from babel import Locale
from babel.numbers import get_currency_name, get_territory_currencies
from django import forms
from django.conf import settings
from django.core.validators import DecimalValidator, MaxValueValidator, MinValueValidator
from django.utils.translation import get_language, to_locale
from django.utils.translation import gettext_lazy as _

from chains.folding import folded
from chains.models import MOST_LATE_DAYS, MOST_USUAL_UNITS, Chain
from chains.settings.forms import time_zone_choices
from chains.settings.general.services import FIELDS, LIMITS
from chains.writing import EditForm, stay
from config.ui.fields import FigureField


def _percent(label: Any, help_text: Any = "") -> FigureField:
    validators = [MinValueValidator(0), MaxValueValidator(100), DecimalValidator(5, 2)]
    return FigureField(label=label, help_text=help_text, validators=validators)


class ChainForm(EditForm):
    name = forms.CharField(
        label=_("Name"), max_length=150, help_text=_("As staff and guests read it, on pages and in messages.")
    )
    slug = forms.CharField(
        label=_("Web address"), disabled=True, help_text=_("Links and bookmarks lead here, so it stays as it is.")
    )
    currency = forms.ChoiceField(
        label=_("Currency"), help_text=_("Of every price and amount; a point is worth one unit of it.")
    )
    time_zone = forms.ChoiceField(
        label=_("Time zone"),
        help_text=_("It says when a day of the chain ends, and with it when points burn. Days already past keep."),
    )
    region = forms.ChoiceField(
        label=_("Country"),
        help_text=_("Phone numbers typed without + are read as numbers of this country. Those kept do not change."),
    )
    notice_hour = forms.TypedChoiceField(
        label=_("Hour of notices"),
        coerce=int,
        help_text=_("From this hour on, by the chain's clock, guests are told of points that are about to burn."),
    )
    late_entry_days = forms.IntegerField(
        label=_("Days to enter visits late"),
        min_value=0,
        max_value=MOST_LATE_DAYS,
        help_text=_(
            "So many days after it everybody who checks visits out may still enter a visit, or mark a guest who was "
            "expected as arrived; 0 is the day itself only. Anything else that changes a visit of a past day takes the "
            "right “Edit visits of past days”."
        ),
    )
    front_desk_discount = _percent(_("Front desk, discount by hand at most (%)"))
    manager_discount = _percent(_("Managers, discount by hand at most (%)"))
    administrator_discount = _percent(
        _("Administrators, discount by hand at most (%)"),
        _("A price below the usual one counts like a discount. Owners may take off all; 0 gives none."),
    )
    most_units = forms.IntegerField(
        label=_("Usual quantity at most"),
        min_value=1,
        max_value=MOST_USUAL_UNITS,
        help_text=_("More of one service or product than this is asked again before it is saved."),
    )

    SECTIONS = (
        (_("The chain"), ("name", "slug")),
        (_("Money"), ("currency",)),
        (_("Time and phones"), ("time_zone", "region", "notice_hour")),
        (_("Visits of past days"), ("late_entry_days",)),
        (_("By hand"), LIMITS),
    )

    def __init__(self, *args: Any, chain: Chain, locked: str, may_change_limits: bool, **kwargs: Any) -> None:
        super().__init__(*args, initial={"slug": chain.slug}, **kwargs)
        self._offer("currency", currencies(chain.currency))
        self._offer("time_zone", time_zone_choices(chain.time_zone))
        self._offer("region", countries(chain.region))
        self._offer("notice_hour", [(hour, f"{hour:02}:00") for hour in range(24)])
        if locked:
            stay(self.fields["currency"], locked)
        if not may_change_limits:
            for name in LIMITS:
                stay(self.fields[name], _("Only owners change what staff may do by hand."))

    def _offer(self, name: str, choices: list[Any]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices

    @property
    def columns(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in FIELDS.names}


def currencies(kept: str) -> list[tuple[str, str]]:
    """The currencies that are legal tender somewhere today, and the one there is."""
    codes = {code for region in _territories() for code in get_territory_currencies(region)} | {kept}
    return [(code, f"{code} – {get_currency_name(code, locale=_locale())}") for code in sorted(codes)]


def countries(kept: str) -> list[tuple[str, str]]:
    """The countries by name, and the one there is."""
    names = _locale().territories
    return sorted(((code, names.get(code, code)) for code in {*_territories(), kept}), key=lambda each: folded(each[1]))


def _territories() -> list[str]:
    """Two-letter codes of countries, without the groups and unknown ones that share the table."""
    codes = (str(code) for code in _locale().territories)
    return [code for code in codes if len(code) == 2 and code.isalpha() and code not in _NO_COUNTRIES]


_NO_COUNTRIES = {"EU", "EZ", "QO", "UN", "XA", "XB", "ZZ"}


def _locale() -> Locale:
    return Locale.parse(to_locale(get_language() or settings.LANGUAGE_CODE))
