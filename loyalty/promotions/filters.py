"""Filters of the list of promotions."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from chains.folding import finding
from config.ui.filters import BaseFilterSet
from loyalty.cards.models import CardType
from loyalty.cards.services import given_by_referral_program
from loyalty.labels import choices_of
from loyalty.promotions.models import Promotion
from loyalty.promotions.words import PromotionStanding
from loyalty.rules.terms import PromotionKind


def _card_types(request: Any) -> QuerySet[CardType]:
    found: QuerySet[CardType] = request.chain.card_types.order_by("name_folded", "pk")
    return found


class PromotionFilterSet(BaseFilterSet):
    name = django_filters.CharFilter(method="by_name", label=_("Name"))
    kind = django_filters.ChoiceFilter(
        field_name="terms__kind", choices=choices_of(PromotionKind), label=_("Kind"), empty_label=_("any")
    )
    status = django_filters.ChoiceFilter(
        method="by_status", choices=PromotionStanding.choices, label=_("Status"), empty_label=_("any")
    )
    card_type = django_filters.ModelChoiceFilter(
        field_name="card_types", queryset=_card_types, label=_("Card type"), empty_label=_("any")
    )

    def by_name(self, promotions: QuerySet[Promotion], _name: str, text: str) -> QuerySet[Promotion]:
        return promotions.filter(finding(text, "name_spellings"))

    def by_status(self, promotions: QuerySet[Promotion], _name: str, status: str) -> QuerySet[Promotion]:
        today = self.request.chain.local_date(timezone.now())
        has_begun = Q(terms__first_day=None) | Q(terms__first_day__lte=today)
        has_ended = Q(terms__last_day__lt=today)
        is_there = Q(terms__archived=False)
        is_now = is_there & has_begun & (Q(terms__last_day=None) | Q(terms__last_day__gte=today))
        on_no_card = Q(card_types=None) & ~Q(pk__in=given_by_referral_program(self.request.chain))
        chosen = {
            PromotionStanding.ARCHIVED: ~is_there,
            PromotionStanding.PLANNED: is_there & ~has_begun,
            PromotionStanding.ENDED: is_there & has_begun & has_ended,
            PromotionStanding.ACTIVE: is_now & ~on_no_card,
            PromotionStanding.ON_NO_CARD: is_now & on_no_card,
        }
        return promotions.filter(chosen[PromotionStanding(status)]).distinct()
