"""Filters of the rows of one gift card."""

from __future__ import annotations

import django_filters
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from config.ui.filters import BaseFilterSet
from loyalty.ledger.kinds import ROWS, HolderKind
from loyalty.ledger.models import Transaction


def gift_card_rows() -> list[tuple[str, StrOrPromise]]:
    return [(kind, row.label) for kind, row in ROWS.items() if row.holder == HolderKind.GIFT_CARD]


class GiftCardRowFilterSet(BaseFilterSet):
    q = django_filters.CharFilter(field_name="comment__text", lookup_expr="icontains", label=_("Comment"))
    kind = django_filters.ChoiceFilter(choices=gift_card_rows, label=_("Type"), empty_label=_("any"))

    class Meta:
        model = Transaction
        fields: tuple[str, ...] = ()
