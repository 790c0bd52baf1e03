"""Filters of the list of card types."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from loyalty.labels import choices_of
from loyalty.programs.types.filters import TypeFilterSet
from loyalty.promotions.models import Promotion
from loyalty.rules.terms import AutomaticIssue


def _promotions(request: Any) -> QuerySet[Promotion]:
    found: QuerySet[Promotion] = request.chain.promotions.order_by("name_folded", "pk")
    return found


class CardTypeFilterSet(TypeFilterSet):
    automatic_issue = django_filters.ChoiceFilter(
        field_name="terms__automatic_issue",
        choices=choices_of(AutomaticIssue),
        label=_("Automatic issue"),
        empty_label=_("any"),
    )
    promotion = django_filters.ModelChoiceFilter(
        field_name="promotions", queryset=_promotions, label=_("Promotion"), empty_label=_("any")
    )
