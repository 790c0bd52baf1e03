"""The forms of who works for the chain, in which every role says what it may do."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, ClassVar

from django import forms
from django.db.models import Q
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from chains.access import Right, Role
from chains.edits import Columns
from chains.models import Access, Chain, Location
from chains.writing import EditForm, SavedForm
from config.ui.forms import ManyChoices, OneChoice, Sections

ALL, LISTED = "all", "listed"
WHERE = ((ALL, _("all, those that open later too")), (LISTED, _("listed")))


#: What every role may do anyway, and what an owner alone may.
NEVER_FURTHER = frozenset[Right].intersection(*(role.rights for role in Role)) | {Right.MANAGE_USERS}


class AccessForm(EditForm):
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
        super().__init__(*args, initial={"role": Role.FRONT_DESK, "where": LISTED}, **kwargs)
        locations, role = self.fields["locations"], self.fields["role"]
        assert isinstance(locations, forms.ModelMultipleChoiceField) and isinstance(role, forms.ChoiceField)
        role.choices = [(each.value, format_lazy("{}: {}", each.label, each.sentence)) for each in Role]
        covered = access.locations.values("pk") if access else ()
        offered = Q(archived=False) | Q(pk__in=covered)
        locations.queryset = chain.locations.filter(offered).order_by("name_folded", "pk")

    def clean(self) -> dict[str, Any]:
        chosen = self.cleaned_data
        if chosen.get("where") == LISTED and "locations" in chosen and not chosen["locations"]:
            self.add_error("locations", _("Choose at least one location, or all of them."))
        return chosen

    def texts_of(self, columns: Columns) -> dict[str, Any]:
        return {**columns, "where": ALL if columns["all_locations"] else LISTED}

    @property
    def columns(self) -> dict[str, Any]:
        chosen = self.cleaned_data
        return {
            "role": chosen["role"],
            "extra_rights": [right.value for right in Right if right in chosen["extra_rights"]],
            "all_locations": chosen["where"] == ALL,
            "locations": sorted(location.pk for location in chosen["locations"]),
        }

    @property
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


class ProofForm(SavedForm):
    """What the user reads out from their profile."""

    code = forms.CharField(
        label=_("Code"),
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "numeric"}),
        help_text=_("Eight digits, good for ten minutes."),
    )
