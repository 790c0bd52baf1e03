"""Forms of the signed-in user about themselves."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from chains.models import User


class PreferencesForm(forms.ModelForm[User]):
    """How the product looks to one user; the language is asked for where there is more than one."""

    language = forms.ChoiceField(label=_("Language"), required=False)

    class Meta:
        model = User
        fields = ("name", "language", "theme")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if len(settings.LANGUAGES) > 1:
            languages = [("", _("Like the browser")), *settings.LANGUAGES]
            self.fields["language"] = forms.ChoiceField(
                label=_("Language"), choices=languages, required=False
            )
        else:
            del self.fields["language"]


class ThemeForm(forms.ModelForm[User]):
    class Meta:
        model = User
        fields = ("theme",)
