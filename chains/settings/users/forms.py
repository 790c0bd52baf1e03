"""The forms of who works for the chain, in which every role says what it may do."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, ClassVar

from django import forms
from django.db.models import Q
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from chains.access import Right, Role
from chains.models import Access, Chain, Location
from chains.settings.forms import SettingsForm
from chains.settings.users.reading import shown_access
from config.ui.forms import ManyChoices, OneChoice, Sections

ALL, LISTED = "all", "listed"
WHERE = ((ALL, _("all, those that open later too")), (LISTED, _("listed")))


#: What every role may do anyway, and what an owner alone may.
NEVER_FURTHER = frozenset[Right].intersection(*(role.rights for role in Role)) | {Right.MANAGE_USERS}


class AccessForm(SettingsForm):
    """Role, further rights and locations of somebody who works for the chain."""

    role = forms.TypedChoiceField(label=_("Role"), widget=OneChoice, coerce=Role)
    extra_rights = forms.TypedMultipleChoiceField(
        label=_("Further rights"),
        choices=[(right.value, right.label) for right in Right if right not in NEVER_FURTHER],
        widget=ManyChoices,
        coerce=Right,
        required=False,
        help_text=_("Beyond those of the role, which need no tick. Only an owner decides who works for the chain."),
    )
    where = forms.ChoiceField(label=_("Locations"), choices=WHERE, widget=OneChoice)
    locations: forms.ModelMultipleChoiceField[Location] = forms.ModelMultipleChoiceField(
        queryset=None, label=_("Listed locations"), widget=ManyChoices, required=False
    )

    SECTIONS: ClassVar[Sections] = (
        (_("What they may do"), ("role", "extra_rights")),
        (_("Where they may do it"), ("where", "locations")),
    )

    def __init__(self, *args: Any, chain: Chain, access: Access | None = None, **kwargs: Any) -> None:
        initial: dict[str, Any] = kept_in(access) if access else {"role": Role.FRONT_DESK, "where": LISTED}
        super().__init__(*args, initial={**initial, **kwargs.pop("initial", {})}, **kwargs)
        locations, role = self.fields["locations"], self.fields["role"]
        assert isinstance(locations, forms.ModelMultipleChoiceField) and isinstance(role, forms.ChoiceField)
        role.choices = [(each.value, format_lazy("{}: {}", each.label, each.sentence)) for each in Role]
        offered = Q(archived=False) | Q(pk__in=initial.get("locations", ()))
        locations.queryset = chain.locations.filter(offered).order_by("name_folded", "pk")

    def clean(self) -> dict[str, Any]:
        chosen = self.cleaned_data
        if chosen.get("where") == LISTED and "locations" in chosen and not chosen["locations"]:
            self.add_error("locations", _("Choose at least one location, or all of them."))
        return chosen

    def chosen(self) -> dict[str, Any]:
        """What the services are told."""
        listed: Collection[Location] | None = self.cleaned_data["locations"]
        where = listed if self.cleaned_data["where"] == LISTED else None
        return {"locations": where, **{name: self.cleaned_data[name] for name in ("role", "extra_rights", "key")}}


class NewUserForm(AccessForm):
    """Adds somebody by e-mail; the name is needed for who is not known yet."""

    email = forms.EmailField(
        label=_("E-mail"), max_length=254, help_text=_("They sign in with it. Who has an account keeps its password.")
    )
    name = forms.CharField(label=_("Name"), max_length=150, help_text=_("Who has an account keeps the name it has."))

    SECTIONS = ((_("Who it is"), ("email", "name")), *AccessForm.SECTIONS)


class ProofForm(forms.Form):
    """What the user reads out from their profile."""

    code = forms.CharField(
        label=_("Code"),
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "numeric"}),
        help_text=_("Eight digits, good for ten minutes."),
    )


def kept_in(access: Access) -> dict[str, Any]:
    return _held(access, [location.pk for location in access.locations.all()])


def kept_at(version: str, access: Access) -> dict[str, Any]:
    """What was kept when a page was opened; nothing where that is not known."""
    shown = shown_access(version, access)
    return _held(shown[0], sorted(shown[1])) if shown else {}


def _held(row: Any, locations: list[int]) -> dict[str, Any]:
    return {
        "role": row.role,
        "extra_rights": row.extra_rights,
        "where": ALL if row.all_locations else LISTED,
        "locations": locations,
    }
