"""The form of what is known of a client."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from chains.models import User
from chains.refusals import Code, Refusal, changed_meanwhile
from clients.edits import EDITED
from clients.models import Client
from clients.services import change_client
from config.ui.days import DayField


class ClientForm(forms.Form):
    """Changes a client; ``refused`` keeps the code of why it was not saved."""

    key = forms.UUIDField(widget=forms.HiddenInput, required=False)
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)
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

    def __init__(self, *args: Any, client: Client, acting_user: User, **kwargs: Any) -> None:
        initial = {**held_by(client), "version": client.version, "key": uuid.uuid4()}
        super().__init__(*args, **{**kwargs, "initial": initial})
        self.client, self.acting_user = client, acting_user
        self.refused: Code | None = None
        #: Whether somebody else saved meanwhile, so that this was not.
        self.is_stale = False

    def save(self) -> None:
        try:
            change_client(client=self.client, at=timezone.now(), acting_user=self.acting_user, **self.cleaned_data)
        except Refusal as refusal:
            self.refused, self.is_stale = refusal.code, changed_meanwhile(refusal)
            self.add_error(refusal.field_of(self.fields), str(refusal))


def held_by(client: Any) -> dict[str, Any]:
    """What the fields hold of a client, as it is or as it was; nothing of None."""
    phone = client.phone.as_international if client and client.phone else ""
    return {**EDITED.held_by(client), "phone": phone} if client else {}
