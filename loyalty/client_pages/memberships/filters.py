"""Filters of the rows of one membership."""

from __future__ import annotations

import django_filters
from django.utils.translation import gettext_lazy as _

from config.ui.filters import BaseFilterSet
from loyalty.ledger.kinds import HolderKind, rows_of
from loyalty.ledger.models import Transaction


class MembershipRowFilterSet(BaseFilterSet):
    q = django_filters.CharFilter(field_name="comment__text", lookup_expr="icontains", label=_("Comment"))
    kind = django_filters.ChoiceFilter(choices=rows_of(HolderKind.MEMBERSHIP), label=_("Type"), empty_label=_("any"))

    class Meta:
        model = Transaction
        fields: tuple[str, ...] = ()
