"""The form of a location."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from chains.models import Chain, Location
from chains.settings.forms import time_zone_choices
from chains.writing import EditForm, stay


class LocationForm(EditForm):
    name = forms.CharField(
        label=_("Name"), max_length=150, help_text=_("As staff and guests read it, unique in the chain.")
    )
    slug = forms.SlugField(
        label=_("Web address"),
        max_length=60,
        required=False,
        help_text=_("Small letters, digits and hyphens, as in /locations/harbour/. Blank makes it from the name."),
    )
    time_zone = forms.ChoiceField(
        label=_("Time zone"),
        required=False,
        help_text=_("It says on which date a visit is. Visits keep the dates they have."),
    )

    bills_without_guest = forms.BooleanField(
        label=_("Bills without a guest"),
        required=False,
        help_text=_("The desk may sell to somebody who gives no phone. Such a bill gives no points and no promotions."),
    )

    def __init__(self, *args: Any, chain: Chain, location: Location | None, **kwargs: Any) -> None:
        kept = location or Location(chain=chain)
        super().__init__(*args, initial={"slug": kept.slug}, **kwargs)
        time_zone = self.fields["time_zone"]
        assert isinstance(time_zone, forms.ChoiceField)
        as_the_chain = _("as the chain: %(zone)s") % {"zone": chain.time_zone}
        time_zone.choices = [("", as_the_chain), *time_zone_choices(kept.time_zone)]
        if location:
            stay(self.fields["slug"], _("Links and bookmarks lead here, so it stays as it is."))

    SECTIONS = ((_("The location"), ("name", "slug", "time_zone")), (_("At the desk"), ("bills_without_guest",)))
