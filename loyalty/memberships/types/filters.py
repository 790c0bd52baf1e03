"""Filters of the list of membership types."""

from __future__ import annotations

import django_filters
from django.utils.translation import gettext_lazy as _

from loyalty.labels import choices_of
from loyalty.programs.types.filters import TypeFilterSet
from loyalty.rules.terms import Begins


class MembershipTypeFilterSet(TypeFilterSet):
    begins = django_filters.ChoiceFilter(
        field_name="terms__begins", choices=choices_of(Begins), label=_("Begins"), empty_label=_("any")
    )
    named = django_filters.ChoiceFilter(
        field_name="terms__named",
        choices=((False, _("whoever brings its code")), (True, _("its owner alone"))),
        label=_("Who uses it"),
        empty_label=_("any"),
    )
