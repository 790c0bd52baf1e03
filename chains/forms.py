"""Forms of a user about themselves: signing in, preferences."""

from __future__ import annotations

from typing import Any

from allauth.account.forms import LoginForm, ResetPasswordKeyForm
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.webauthn.forms import AddWebAuthnForm
from django import forms
from django.conf import settings
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from chains.links import read_token
from chains.models import Access, Chain, User
from chains.proof import choose_password


class SignInForm(LoginForm):
    """E-mail and password, in the words of the rest of the product."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].label = _("E-mail")
        self.fields["remember"].label = _("Stay signed in on this device")
        del self.fields["login"].widget.attrs["placeholder"]
        self.fields["login"].widget.attrs["autofocus"] = True


class ChoosePasswordForm(ResetPasswordKeyForm):
    """The page behind a link to choose a password; which link it was decides what it opens."""

    user: User
    temp_key: str

    @property
    def chain(self) -> Chain | None:
        """The chain that invited the user; none that waits for proof of who they are."""
        link = read_token(self.user, self.temp_key)
        accesses = Access.objects.filter(user=self.user).select_related("chain").order_by("pk")
        handed = accesses.filter(pk=link.access_id) if link and link.access_id else accesses.open()
        first = handed.first()
        return first.chain if first else None

    def save(self) -> None:
        """Where another link was used at this very moment, this one works no longer, which its page says."""
        if not choose_password(user=self.user, password=self.cleaned_data["password1"], token=self.temp_key):
            raise ImmediateHttpResponse(redirect("account_reset_password_from_key", "0", "used"))


class PasskeyForm(AddWebAuthnForm):
    """A new passkey, in the words of the rest of the product."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        name, passwordless = self.fields["name"], self.fields["passwordless"]
        name.label, name.help_text = _("Name"), _("By which you know it again, such as the device it is on.")
        passwordless.label, passwordless.initial = _("Sign in with it alone"), True
        passwordless.help_text = _("Without a password; otherwise it is asked for after the password.")


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
