"""Whose visit it is: a search, and the few words that make a new client."""

from django import forms
from django.utils.translation import gettext_lazy as _

from chains.writing import WritingForm


class SearchForm(forms.Form):
    q = forms.CharField(label=_("Phone, name, card or visit number"), required=False, max_length=150)


class NewGuestForm(WritingForm):
    """A new client of the chain, phone first: a phone that is known shows whose it is."""

    phone = forms.CharField(
        label=_("Phone"), max_length=40, widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"})
    )
    name = forms.CharField(label=_("Name"), max_length=150, widget=forms.TextInput(attrs={"autocomplete": "off"}))

    def begin_at_the_first_blank(self, *, is_wanted: bool) -> None:
        """Let the page begin at the field that is still blank, where this form is what comes next."""
        blank = next((name for name in ("phone", "name") if not self[name].value()), "name")
        if is_wanted and not self.is_bound:
            self.fields[blank].widget.attrs["autofocus"] = True
