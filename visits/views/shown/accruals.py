"""The points that the visit gives, or why it gives none."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from loyalty.explanations.amounts import explained, lacking, short_reason
from loyalty.explanations.reasons import in_words
from loyalty.rules.terms import Promotion
from loyalty.rules.why import Why
from visits.views.shown.figures import Figures


@dataclass(frozen=True)
class ShownAccrual:
    """Points that the visit gives, or why it gives none. ``key`` tells one from another."""

    key: str
    whom: str
    amount: Decimal
    reason: str
    why: list[str]


def shown_accruals(figures: Figures) -> list[ShownAccrual]:
    return [
        shown_accrual(str(figures.known.cards[each.card_id].card_type), each, figures)
        for each in figures.settlement.accruals
        if each.card_id in figures.known.cards
    ]


def shown_accrual(whom: str, accrual: Any, figures: Figures) -> ShownAccrual:
    promotion: Promotion = accrual.promotion
    why: Why = accrual.firing.why
    name = figures.known.promotions.get(promotion.id, "")
    sentences = explained(why, promotion.kind, figures.chain) or lacking(why, figures.chain)
    return ShownAccrual(
        key=f"{whom}-{promotion.id}".replace(" ", "-"),
        whom=whom,
        amount=accrual.amount,
        reason=short_reason(why, promotion.kind, figures.chain) if why.is_given else in_words(why, figures.chain),
        why=[name, *sentences] if sentences else [],
    )
