"""Which visit is cancelled, as the page showed it."""

from django import forms


class CancelForm(forms.Form):
    key = forms.UUIDField(widget=forms.HiddenInput)
    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
