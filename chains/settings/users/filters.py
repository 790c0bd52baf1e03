"""Filters of the list of users."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from chains.access import Role
from chains.folding import find_by
from chains.models import Access, AccessQuerySet, Location
from chains.settings.users.reading import AccessStatus
from config.ui.filters import BaseFilterSet

YES_NO = (("yes", _("yes")), ("no", _("no")))


def _locations(request: Any) -> QuerySet[Location]:
    found: QuerySet[Location] = request.chain.locations.order_by("name_folded", "pk")
    return found


def _named_or_at(part: str) -> Q:
    return Q(user__name_spellings__contains=part) | Q(user__email__icontains=part)


class UserFilterSet(BaseFilterSet):
    q = django_filters.CharFilter(method="matching", label=_("Name or e-mail"))
    role = django_filters.ChoiceFilter(choices=Role.choices, label=_("Role"), empty_label=_("any"))
    location = django_filters.ModelChoiceFilter(
        method="by_location", queryset=_locations, label=_("May enter"), empty_label=_("any")
    )
    status = django_filters.ChoiceFilter(choices=AccessStatus.choices, label=_("Status"), empty_label=_("any"))
    second_factor = django_filters.ChoiceFilter(
        method="by_second_factor", choices=YES_NO, label=_("Second factor"), empty_label=_("any")
    )

    def matching(self, accesses: QuerySet[Access], _name: str, text: str) -> QuerySet[Access]:
        return accesses.filter(find_by(text, _named_or_at))

    def by_location(self, accesses: AccessQuerySet, _name: str, location: Location) -> AccessQuerySet:
        """Those who may enter it now, as the list of locations counts them."""
        return accesses.covering(location).open()

    def by_second_factor(self, accesses: Any, _name: str, answer: str) -> Any:
        return accesses.filter(second_factor=answer == "yes")
