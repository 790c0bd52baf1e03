"""Filters of the list of gift card types."""

from __future__ import annotations

import django_filters
from django.utils.translation import gettext_lazy as _

from loyalty.labels import choices_of
from loyalty.programs.types.filters import TypeFilterSet
from loyalty.rules.terms import WriteOff


class GiftCardTypeFilterSet(TypeFilterSet):
    write_off = django_filters.ChoiceFilter(
        field_name="terms__write_off", choices=choices_of(WriteOff), label=_("Used up"), empty_label=_("any")
    )
    named = django_filters.ChoiceFilter(
        field_name="terms__named",
        choices=((False, _("whoever brings its code")), (True, _("its buyer alone"))),
        label=_("Who uses it"),
        empty_label=_("any"),
    )
