"""Forms of what is kept of a list."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from chains.lists.models import SavedView
from chains.writing import EditForm


class ViewForm(EditForm):
    """Names a view; a new one carries the list as it was shown."""

    name = forms.CharField(
        label=_("Name"),
        max_length=SavedView._meta.get_field("name").max_length,
        help_text=_("It stands above the list for everybody who may see it."),
    )
    list = forms.CharField(widget=forms.HiddenInput, required=False)

    SECTIONS = ((_("The view"), ("name",)),)

    @property
    def columns(self) -> dict[str, Any]:
        return {"name": self.cleaned_data["name"]}

    @property
    def chosen(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in ("name", "key")}
