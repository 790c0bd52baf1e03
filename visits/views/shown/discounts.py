"""The discounts that are applied to the visit, and those that could be."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from decimal import Decimal

from loyalty.explanations.amounts import explained, lacking
from loyalty.explanations.reasons import in_words
from loyalty.rules.discounts import AppliedDiscount
from loyalty.rules.money import ZERO
from visits.forms.amounts import read_id
from visits.views.shown.figures import Figures


@dataclass(frozen=True)
class ShownDiscount:
    """A discount that is applied or could be. ``reason`` says why it gives nothing; ``row`` is where it is applied."""

    key: str
    name: str
    amount: Decimal
    reason: str
    why: list[str]
    row: int | None = None
    errors: list[str] = field(default_factory=list)
    note: str = ""


def discounts_by_card(figures: Figures) -> dict[int, list[ShownDiscount]]:
    """Applied discounts in the order in which they act, then those that could be applied, by card."""
    applied = {each.key: each for each in figures.settlement.discounts}
    notes = figures.notes
    found: dict[int, list[ShownDiscount]] = {}
    for index, row in enumerate(figures.form.typed.discounts):
        card_id, promotion_id = read_id(row["card"]), read_id(row["promotion"])
        shown = _applied(applied.get((card_id, promotion_id)), f"{card_id}.{promotion_id}", index, figures)
        shown = replace(shown, note=notes.get(f"discounts.{index}", ""))
        found.setdefault(card_id, []).append(shown)
    for offer in figures.settlement.available:
        if offer.card_id is not None:
            key = f"{offer.card_id}.{offer.promotion.id}"
            found.setdefault(offer.card_id, []).append(shown_discount(offer, key, figures))
    return found


def _applied(discount: AppliedDiscount | None, key: str, row: int, figures: Figures) -> ShownDiscount:
    errors = figures.form.discount_errors.get(row, [])
    if discount is None:
        name = figures.known.promotions.get(read_id(key.partition(".")[2]), "")
        return ShownDiscount(key, name, ZERO, "", [], row, errors)
    return replace(shown_discount(discount, key, figures), row=row, errors=errors)


def shown_discount(discount: AppliedDiscount, key: str, figures: Figures) -> ShownDiscount:
    why = discount.firing.why
    return ShownDiscount(
        key=key,
        name=figures.known.promotions.get(discount.promotion.id, ""),
        amount=discount.firing.amount,
        reason="" if discount.firing.fires else in_words(why, figures.chain),
        why=explained(why, discount.promotion.kind, figures.chain) or lacking(why, figures.chain),
    )
