"""The form of what is known of a client."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from chains.writing import EditForm
from config.ui.days import DayField


class ClientForm(EditForm):
    """Changes a client."""

    name = forms.CharField(label=_("Name"), max_length=150, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    phone = forms.CharField(
        label=_("Phone"),
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"}),
        help_text=_("As the guest says it, or with + and the country."),
    )
    email = forms.EmailField(label=_("E-mail"), max_length=254, required=False)
    birthday_on = DayField(label=_("Birthday"), required=False)
    comment = forms.CharField(
        label=_("Comment"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
