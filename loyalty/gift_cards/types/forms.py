"""The form of a gift card type."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from chains.edits import Columns
from config.ui.amounts import figure_text
from config.ui.days import DayField
from config.ui.fields import FigureField
from config.ui.forms import OneChoice
from loyalty.gift_cards.models import GiftCardType, GiftCardTypeTerms, Picture
from loyalty.gift_cards.pictures import picture_mistake
from loyalty.gift_cards.types.amounts_field import AmountsField
from loyalty.labels import choices_of
from loyalty.programs.forms import SCOPE_DEFAULTS, ProgramForm, scope_texts
from loyalty.programs.terms import one_order
from loyalty.rules.terms import PeriodUnit, WriteOff

#: How a par value comes to be, how long a card is good, and who uses it: what the page asks for the columns.
FIXED, RANGE = "fixed", "range"
WITHOUT_END, UNTIL, FOR = "without_end", "until", "for"
BEARER, NAMED = "bearer", "named"

#: Fields that hold what their columns do.
AS_KEPT = ("name", "write_off", "valid_count", "valid_until", "copies", "online_title", "online_description")


def is_number(text: str) -> bool:
    """Whether it may be the number of a picture."""
    return text.isascii() and text.isdigit() and len(text) < 18


class PictureInput(forms.FileInput):
    """Takes a picture, and shows the one that stands."""

    template_name = "loyalty/gift_card_types/picture.html"
    shown = ""

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        return {**super().get_context(name, value, attrs), "shown": self.shown}


class GiftCardTypeForm(ProgramForm):
    DEFAULTS = {
        **SCOPE_DEFAULTS,
        "par": FIXED,
        "write_off": WriteOff.MULTIPLE,
        "valid": WITHOUT_END,
        "valid_unit": PeriodUnit.YEARS,
        "holder": BEARER,
        "copies": "0",
    }
    SECTIONS = (
        (_("What it is called"), ("name",)),
        (_("For how much it is sold"), ("par", "par_least", "par_most", "suggested", "copies")),
        (_("How it is used"), ("holder", "write_off")),
        (
            _("What it pays for"),
            ("service_mode", "services", "service_categories", "product_mode", "products", "product_categories"),
        ),
        (_("Where and how long"), ("where", "locations", "valid", "valid_until", "valid_count", "valid_unit")),
        (_("Online"), ("online_title", "online_price", "online_description", "picture", "without_picture")),
    )

    par = forms.ChoiceField(
        label=_("Par value"),
        widget=OneChoice,
        choices=((FIXED, _("the same for all")), (RANGE, _("typed at the sale, between two amounts"))),
    )
    par_least = FigureField(label=_("Amount, or the least"), help_text=_("What is on a card when it is sold."))
    par_most = FigureField(label=_("The most"), required=False)
    suggested = AmountsField(
        label=_("Suggested amounts"), help_text=_("Up to six, offered at the sale; any other amount can be typed.")
    )
    copies = forms.IntegerField(
        label=_("How many may be sold"), help_text=_("Those that were returned count no more; 0 is without limit.")
    )
    holder = forms.ChoiceField(
        label=_("Who uses it"),
        widget=OneChoice,
        choices=(
            (BEARER, _("whoever brings its code")),
            (NAMED, _("its buyer alone, without a code")),
        ),
    )
    write_off = forms.ChoiceField(label=_("It is used up"), widget=OneChoice, choices=choices_of(WriteOff))
    valid = forms.ChoiceField(
        label=_("Valid"),
        widget=OneChoice,
        choices=((WITHOUT_END, _("without end")), (UNTIL, _("until a day")), (FOR, _("for some time from the sale"))),
    )
    valid_until = DayField(label=_("Last day"), required=False, help_text=_("It pays through the whole day."))
    valid_count = forms.IntegerField(label=_("Valid for"), required=False)
    valid_unit = forms.ChoiceField(
        label=_("Days, weeks, months or years"),
        required=False,
        choices=choices_of(PeriodUnit),
        help_text=_("By calendar: a month from 31 January ends on the last day of February."),
    )
    online_title = forms.CharField(label=_("Title"), required=False, max_length=150)
    online_price = FigureField(
        label=_("Price"), required=False, help_text=_("Blank is the par value; what is on the card does not follow it.")
    )
    online_description = forms.CharField(
        label=_("Description"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3})
    )
    #: The number of the picture that stands; another one that is sent takes its place.
    online_picture = forms.CharField(required=False, widget=forms.HiddenInput)
    picture = forms.FileField(
        label=_("Picture"),
        required=False,
        widget=PictureInput(attrs={"accept": "image/png,image/jpeg,image/webp"}),
        help_text=_("PNG, JPEG or WebP, up to 500 kB."),
    )
    without_picture = forms.BooleanField(label=_("Take the picture away"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("par_least", "par_most", "suggested", "online_price"):
            field = self.fields[name]
            assert isinstance(field, FigureField | AmountsField)
            field.finest = self.chain.places
        self._show_picture()
        labels = {
            "where": (_("Accepted at"), _("With listed, it pays nothing at the other locations.")),
            "service_mode": (_("Services"), _("Which services are paid with it.")),
            "product_mode": (_("Products"), _("Which products are paid with it.")),
        }
        for name, (label, help_text) in labels.items():
            self.fields[name].label, self.fields[name].help_text = label, help_text

    def _show_picture(self) -> None:
        number = str(self["online_picture"].value() or "")
        if not is_number(number):
            del self.fields["without_picture"]
            return
        widget = self.fields["picture"].widget
        assert isinstance(widget, PictureInput)
        widget.shown = reverse("loyalty:picture", args=[self.chain.slug, int(number)])

    def clean_online_picture(self) -> Picture | None:
        """One that is no longer there, as its form stood open for days, is asked for again, and once."""
        number = self.cleaned_data["online_picture"]
        kept = Picture.objects.filter(chain=self.chain).defer("content")
        found = kept.filter(pk=int(number)).first() if is_number(number) else None
        if number and found is None:
            assert isinstance(self.data, QueryDict)
            shown = self.data.copy()
            shown["online_picture"] = ""
            self.data = shown
            self.add_error("picture", _("The picture is no longer there. Choose it again, or go on without it."))
        return found

    def clean_picture(self) -> None:
        """One that can be was kept before the form was read, and stands by its number; so what comes here is none."""
        file = self.cleaned_data["picture"]
        if file and (mistake := picture_mistake(file.size, file.read())):
            raise ValidationError(mistake)

    def clean(self) -> dict[str, Any]:
        chosen = super().clean()
        needed = {
            "par_most": (chosen.get("par") == RANGE, _("Type the most that may be sold.")),
            "valid_until": (chosen.get("valid") == UNTIL, _("Choose the last day.")),
            "valid_count": (chosen.get("valid") == FOR, _("Type a number from 1.")),
        }
        for name, (is_needed, mistake) in needed.items():
            if is_needed and name not in self.errors and chosen.get(name) is None:
                self.add_error(name, mistake)
        terms = GiftCardTypeTerms(gift_card_type=GiftCardType(chain=self.chain), **self.choices)
        self.add_mistakes_of(terms, apart=() if chosen.get("par") == RANGE else ("par_most",))
        return chosen

    @property
    def choices(self) -> dict[str, Any]:
        chosen = self.cleaned_data
        own = ("write_off", "copies", "online_title", "online_description", "online_price")
        columns = {name: chosen[name] for name in own if name in chosen}
        columns |= self._par_columns() | self._validity_columns()
        picture = None if chosen.get("without_picture") else chosen.get("online_picture")
        columns |= {"named": chosen.get("holder") == NAMED, "online_picture_id": picture.pk if picture else None}
        return one_order({**columns, **self.scope_columns()})

    def _par_columns(self) -> dict[str, Any]:
        """Of an amount that is the same for all, what was typed beside it is not kept."""
        chosen = self.cleaned_data
        if chosen.get("par") != RANGE:
            same = {name: chosen["par_least"] for name in ("par_least", "par_most") if "par_least" in chosen}
            return {**same, "suggested": []}
        return {name: chosen[name] for name in ("par_least", "par_most", "suggested") if chosen.get(name) is not None}

    def _validity_columns(self) -> dict[str, Any]:
        chosen, valid = self.cleaned_data, self.cleaned_data.get("valid")
        count = chosen.get("valid_count") if valid == FOR else None
        return {
            "valid_count": count,
            "valid_unit": chosen.get("valid_unit") or "" if count is not None else "",
            "valid_until": chosen.get("valid_until") if valid == UNTIL else None,
        }

    def texts_of(self, columns: Columns) -> dict[str, Any]:
        """The fields as the type is kept, or would be, its figures in the chain's currency."""
        places, price = self.chain.places, columns["online_price"]
        least, most = columns["par_least"], columns["par_most"]
        valid = FOR if columns["valid_count"] else UNTIL if columns["valid_until"] else WITHOUT_END
        return {
            **self.DEFAULTS,
            **scope_texts(columns),
            **{name: columns[name] for name in AS_KEPT},
            "par": FIXED if least == most else RANGE,
            "par_least": figure_text(least, places),
            "par_most": "" if least == most else figure_text(most, places),
            "suggested": columns["suggested"],
            "holder": NAMED if columns["named"] else BEARER,
            "valid": valid,
            "valid_unit": columns["valid_unit"] or PeriodUnit.YEARS,
            "online_price": "" if price is None else figure_text(price, places),
            "online_picture": columns["online_picture_id"],
        }
