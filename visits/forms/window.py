"""The one form of the visit window and its formsets, bound to what was typed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.forms.utils import flatatt
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chains.refusals import Code, Refusal
from config.ui.amounts import USUAL_PLACES
from visits.changes.services import LONGEST_REASON
from visits.forms.amounts import two_readings
from visits.forms.typed import MOST_ROWS, Typed
from visits.models import PaymentMethod, Status

#: The longest text that the visit can keep as the inviter's phone.
LONGEST_PHONE = 40


class PlainInput(forms.TextInput):
    """An input that is written at once: through a template, those of a long bill take longer than all the rest."""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        written = flatatt(self.build_attrs(self.attrs, attrs))
        shown = self.format_value(value)
        if shown is None:
            return format_html('<input type="{}" name="{}"{}>', self.input_type, name, written)
        return format_html('<input type="{}" name="{}" value="{}"{}>', self.input_type, name, shown, written)


def text_field(label: Any, style: str = "live", **attrs: Any) -> forms.CharField:
    """A short text; what it means is for the rules to refuse. A change of it is computed at once."""
    widget = PlainInput(attrs={"autocomplete": "off", "class": style, **attrs})
    return forms.CharField(label=label, required=False, widget=widget)


def hidden_field() -> forms.CharField:
    return forms.CharField(required=False, widget=forms.HiddenInput)


class AmountText(forms.CharField):
    """An amount as it was typed; ``places`` are its decimals, None for those of the currency."""

    def __init__(self, *, places: int | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.places = places


def amount_field(label: Any, style: str = "live number", places: int | None = None) -> AmountText:
    widget = PlainInput(attrs={"autocomplete": "off", "class": style, "inputmode": "decimal"})
    return AmountText(label=label, required=False, widget=widget, places=places)


class VisitForm(forms.Form):
    key = hidden_field()
    version = hidden_field()
    shown_due = hidden_field()
    opened_on = hidden_field()
    opened_by = hidden_field()
    base = hidden_field()
    referral_step = hidden_field()
    status = forms.ChoiceField(label=gettext_lazy("Status"), choices=Status.choices, required=False)
    date = text_field(gettext_lazy("Date"))
    time = text_field(gettext_lazy("Time"))
    referral = forms.CharField(
        label=gettext_lazy("Inviter's phone"),
        required=False,
        widget=PlainInput(attrs={"inputmode": "tel", "autocomplete": "off"}),
    )
    often = hidden_field()
    handed_over = amount_field(gettext_lazy("Handed over in cash"))
    reason = text_field(gettext_lazy("Why is money taken off?"), "", maxlength=str(LONGEST_REASON))
    q = forms.CharField(label=gettext_lazy("Add a service or product"), required=False)

    guest = hidden_field()
    guest_step = hidden_field()
    guest_key = hidden_field()
    guest_phone = text_field(gettext_lazy("Phone, name or card of the guest"), "")
    guest_name = text_field(gettext_lazy("Name of the new guest"), "", maxlength="150")
    hand_key = hidden_field()
    issue_type = forms.CharField(label=gettext_lazy("Card type"), required=False, widget=forms.Select)
    issue_number = text_field(
        gettext_lazy("Number"), "", maxlength="40", placeholder=gettext_lazy("blank for a new number")
    )
    hand_card = forms.CharField(label=gettext_lazy("Loyalty card"), required=False, widget=forms.Select)
    hand_amount = amount_field(gettext_lazy("Points"), "number")
    hand_last_day = text_field(gettext_lazy("Last day, if any"), "")
    hand_comment = text_field(gettext_lazy("Comment: why"), "", maxlength="500")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, kind in {"date": "date", "time": "time", "hand_last_day": "date"}.items():
            self.fields[name].widget.input_type = kind

    def offer(self, name: str, choices: Iterable[tuple[int, str]]) -> None:
        """Let a field be chosen from these, where it has a choice."""
        self.fields[name].widget.choices = list(choices)


class LineForm(forms.Form):
    line = hidden_field()
    item = hidden_field()
    usual_price = hidden_field()
    quantity = text_field(gettext_lazy("Quantity"), "live number", inputmode="numeric")
    unit_price = amount_field(gettext_lazy("Price"))
    manual_discount = amount_field(gettext_lazy("Discount, %"), places=USUAL_PLACES)


class DiscountForm(forms.Form):
    card = hidden_field()
    promotion = hidden_field()


class PointsForm(forms.Form):
    card = hidden_field()
    amount = amount_field(gettext_lazy("Points to pay with"))


class PaymentForm(forms.Form):
    method = hidden_field()
    amount = amount_field(gettext_lazy("Amount"))


FORMSETS: dict[str, type[forms.BaseFormSet[Any]]] = {
    "lines": forms.formset_factory(LineForm, extra=0, max_num=MOST_ROWS, absolute_max=MOST_ROWS),
    "discounts": forms.formset_factory(DiscountForm, extra=0, max_num=MOST_ROWS, absolute_max=MOST_ROWS),
    "points": forms.formset_factory(PointsForm, extra=0, max_num=10 * MOST_ROWS, absolute_max=10 * MOST_ROWS),
    "payments": forms.formset_factory(PaymentForm, extra=0, max_num=MOST_ROWS, absolute_max=MOST_ROWS),
}

#: What stands in hidden fields, by the last part of its name.
HIDDEN = {
    "key",
    "version",
    "guest",
    "guest_step",
    "guest_key",
    "hand_key",
    "shown_due",
    "opened_on",
    "opened_by",
    "often",
    "base",
    "usual_price",
    "referral_step",
    "line",
    "item",
    "card",
    "promotion",
    "method",
    "TOTAL_FORMS",
    "INITIAL_FORMS",
}

#: Places that the rules name otherwise than the fields are called.
PLACES = {"starts_at": "date", "client": "status"}


class Mistake:
    """A sentence in the summary on top, and the field that it leads to."""

    def __init__(self, sentence: str, label: str = "", anchor: str = "") -> None:
        self.sentence, self.label, self.anchor = sentence, label, anchor


class CheckoutForm:
    """The form of the window with its formsets.

    Sentences come to it by the dotted place that a refusal names, and stand beside that field.
    """

    def __init__(self, typed: Typed, places: int) -> None:
        data = typed.as_data()
        self.typed, self.places = typed, places
        self.visit = VisitForm(data)
        self.lines = FORMSETS["lines"](data, prefix="lines")
        self.discounts = FORMSETS["discounts"](data, prefix="discounts")
        self.points = FORMSETS["points"](data, prefix="points")
        self.payments = FORMSETS["payments"](data, prefix="payments")
        self.mistakes: list[Mistake] = []
        self.discount_errors: dict[int, list[str]] = {}
        self._points: dict[str, forms.Form] = {
            row["card"]: form for row, form in zip(typed.points, self.points, strict=True)
        }
        self._payments: dict[str, forms.Form] = {
            row["method"]: form for row, form in zip(typed.payments, self.payments, strict=True)
        }

    @property
    def hidden_fields(self) -> SafeString:
        """All that nobody types: written at once, as one widget each would take most of the time of a long bill."""
        hidden = [(name, text) for name, text in self.typed.as_data().items() if name.rpartition("-")[2] in HIDDEN]
        return format_html_join("", '<input type="hidden" name="{}" value="{}">', hidden)

    def points_of(self, card_id: int) -> forms.Form | None:
        return self._points.get(str(card_id))

    def payment_of(self, method: PaymentMethod) -> forms.Form:
        return self._payments[str(method)]

    def field_at(self, place: str) -> BoundField | None:
        """The field that a dotted place names, None for a discount or for the whole form."""
        first, _dot, rest = place.partition(".")
        points, payment = self._points.get(rest), self._payments.get(rest)
        if first == "lines":
            number, _dot, name = rest.partition(".")
            form: forms.Form = self.lines[int(number)]
            return form[name] if name in form.fields and not form[name].is_hidden else form["quantity"]
        if first == "points":
            return points["amount"] if points else None
        if first == "payments":
            return payment["amount"] if payment else None
        name = PLACES.get(first, first)
        return self.visit[name] if name in self.visit.fields else None

    def refuse(self, refusal: Refusal) -> None:
        """Put its sentence beside its field, and into the summary."""
        place, field = refusal.field, self.field_at(refusal.field or "")
        sentence = str(refusal)
        if refusal.code == Code.INVALID_AMOUNT and field is not None:
            sentence = self._doubt(field) or sentence
        if field is not None:
            field.form.add_error(field.name, sentence)
            self.mistakes.append(Mistake(sentence, str(field.label), field.id_for_label or field.auto_id))
        elif place and place.startswith("discounts."):
            number = int(place.partition(".")[2])
            self.discount_errors.setdefault(number, []).append(sentence)
            self.mistakes.append(Mistake(sentence, _("Discount"), f"discount-{number}"))
        else:
            self.mistakes.append(Mistake(sentence))

    def _doubt(self, field: BoundField) -> str:
        """What is said where an amount can be read in two ways, the same as on any other page."""
        if not isinstance(field.field, AmountText):
            return ""
        places = self.places if field.field.places is None else field.field.places
        return two_readings(str(field.value() or ""), places)

    def focus(self, place: str) -> None:
        """Let the page begin at a field, if the place is one."""
        field = self.field_at(place) if place else None
        if field is not None:
            field.field.widget.attrs["autofocus"] = True
