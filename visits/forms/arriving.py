"""Which visit of the day's list has arrived, as the row showed it."""

from django import forms


class ArriveForm(forms.Form):
    key = forms.UUIDField()
    version = forms.IntegerField(min_value=0)
    shown_due = forms.DecimalField()
    shown_value = forms.DecimalField()
    shown_left = forms.DecimalField()
