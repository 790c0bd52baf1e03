"""Forms of a user about themselves: signing in, preferences."""

from __future__ import annotations

from typing import Any

from allauth.account.forms import LoginForm
from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from chains.models import User


class SignInForm(LoginForm):
    """E-mail and password, in the words of the rest of the product."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].label = _("E-mail")
        self.fields["remember"].label = _("Stay signed in on this device")
        del self.fields["login"].widget.attrs["placeholder"]
        self.fields["login"].widget.attrs["autofocus"] = True


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
            self.fields["language"] = forms.ChoiceField(label=_("Language"), choices=languages, required=False)
        else:
            del self.fields["language"]


class ThemeForm(forms.ModelForm[User]):
    class Meta:
        model = User
        fields = ("theme",)
