"""Which visit is cancelled, as the page showed it, and why."""

from django import forms
from django.utils.translation import gettext_lazy as _


class CancelForm(forms.Form):
    key = forms.UUIDField(widget=forms.HiddenInput)
    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    reason = forms.CharField(
        label=_("Reason"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2, "autofocus": True}),
        help_text=_("It stays with the visit, for whoever opens it later."),
    )
