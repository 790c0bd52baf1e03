"""Points that a visit gives, in words: those of the guest's cards, and what an inviter gets."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from loyalty.explanations.amounts import explained, lacking, short_reason
from loyalty.explanations.reasons import in_words
from loyalty.rules.plan import Status
from loyalty.rules.terms import Promotion
from loyalty.rules.why import Why
from visits.window.page import Page


@dataclass(frozen=True)
class ShownAccrual:
    """Points that the visit gives, or why it gives none. ``key`` tells one from another."""

    key: str
    whom: str
    promotion: str
    amount: Decimal
    reason: str
    why: list[str]


def shown_accrual(whom: str, accrual: Any, page: Page, *, is_named: bool = False) -> ShownAccrual:
    """``is_named``: more than one promotion gives to the same card, so that its name tells one from another."""
    promotion: Promotion = accrual.promotion
    why: Why = accrual.firing.why
    name = page.known.promotions.get(promotion.id, "")
    sentences = explained(why, promotion.kind, page.chain) or lacking(why, page.chain)
    return ShownAccrual(
        key=f"{whom}-{promotion.id}".replace(" ", "-"),
        whom=whom,
        promotion=name if is_named else "",
        amount=accrual.amount,
        reason=short_reason(why, promotion.kind, page.chain) if why.is_given else in_words(why, page.chain),
        why=[name, *sentences] if sentences else [],
    )


def tells_gives(page: Page) -> bool:
    """Whether what the visit gives can be told: it goes by what the points leave to pay."""
    is_wanted = page.is_expected or page.status is Status.ARRIVED
    unknown = (problem.place for problem in page.settlement.problems if problem.code == "invalid_amount")
    return is_wanted and page.is_computed and not any(place.startswith("means.") for place in unknown)
