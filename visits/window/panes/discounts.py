"""The discounts that are applied to the visit, and those that could be; they are drawn with their cards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loyalty.explanations.amounts import explained, lacking
from loyalty.explanations.reasons import in_words
from loyalty.rules.bill import Problem
from loyalty.rules.discounts import AppliedDiscount
from loyalty.rules.money import ZERO
from loyalty.rules.plan import DiscountChoice, Plan
from loyalty.rules.why import Reason, why
from visits.forms.amounts import read_id
from visits.refusals import refuse
from visits.window.fields import PaneForm, hidden_field
from visits.window.merging import Change, Key, ShownChange, told_change
from visits.window.page import Entry, Opening, Page, Read
from visits.window.pane import Button, Merging, Pane, Rows
from visits.window.typed import MOST_ROWS, Part, Row, Typed, without


class DiscountForm(PaneForm):
    card = hidden_field()
    promotion = hidden_field()


def _open(opening: Opening) -> Part:
    chosen = opening.plan.discounts if opening.plan else ()
    return Part(rows=tuple({"card": str(each.card_id), "promotion": str(each.promotion_id)} for each in chosen))


def _apply(typed: Typed, value: str) -> Typed:
    card, _dot, promotion = value.partition(".")
    chosen, applied = {"card": card, "promotion": promotion}, typed.rows_of("discounts")
    if chosen in applied or len(applied) == MOST_ROWS:
        return typed
    return typed.with_rows("discounts", (*applied, chosen))


def _take_back(typed: Typed, value: str) -> Typed:
    return typed.with_rows("discounts", without(typed.rows_of("discounts"), value))


def _read(entry: Entry, plan: Plan) -> Read:
    """The discounts that exist in the chain, the rows that they stand in, and a refusal for each other one."""
    choices: list[DiscountChoice] = []
    refusals, places = [], {}
    for index, row in enumerate(entry.typed.rows_of("discounts")):
        choice = DiscountChoice(read_id(row["card"]), read_id(row["promotion"]))
        if choice.card_id in entry.known.cards and choice.promotion_id in entry.known.promotions:
            places[f"discounts.{len(choices)}"] = f"discounts.{index}"
            choices.append(choice)
        else:
            problem = Problem("promotion_not_applicable", f"discounts.{index}", why(Reason.NOT_ON_CARD))
            refusals.append(refuse(problem, None, entry.chain))
    return Read(replace(plan, discounts=tuple(choices)), tuple(refusals), places)


# What was saved since
# ----------------------------------------------------------------------------


def _units(typed: Typed) -> Mapping[Key, Row]:
    return {(row["card"], row["promotion"]): row for row in typed.rows_of("discounts")}


def _merged(base: Typed, theirs: Typed, mine: Typed) -> Part:
    before, now, typed = _units(base), _units(theirs), _units(mine)
    stay = [row for key, row in now.items() if key in typed or key not in before]
    added = [row for key, row in typed.items() if key not in before and key not in now]
    return Part(rows=(*stay, *added))


def _told(changes: list[Change], entry: Entry) -> list[ShownChange]:
    def words(row: Row | None) -> str:
        return _("applied") if row else _("not applied")

    names = entry.known.promotions
    return [told_change(each, names.get(read_id(each.key[1]), "–"), words) for each in changes]


# What is shown
# ----------------------------------------------------------------------------


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


def discounts_by_card(page: Page) -> dict[int, list[ShownDiscount]]:
    """Applied discounts in the order in which they act, then those that could be applied, by card."""
    applied = {each.key: each for each in page.settlement.discounts}
    found: dict[int, list[ShownDiscount]] = {}
    for index, row in enumerate(page.typed.rows_of("discounts")):
        card_id, promotion_id = read_id(row["card"]), read_id(row["promotion"])
        shown = _applied(applied.get((card_id, promotion_id)), f"{card_id}.{promotion_id}", index, page)
        shown = replace(shown, note=page.notes.get(f"discounts.{index}", ""))
        found.setdefault(card_id, []).append(shown)
    for offer in page.settlement.available:
        if offer.card_id is not None:
            key = f"{offer.card_id}.{offer.promotion.id}"
            found.setdefault(offer.card_id, []).append(shown_discount(offer, key, page))
    return found


def _applied(discount: AppliedDiscount | None, key: str, row: int, page: Page) -> ShownDiscount:
    errors = [str(each) for each in page.form.rows("discounts")[row].non_field_errors()]
    if discount is None:
        name = page.known.promotions.get(read_id(key.partition(".")[2]), "")
        return ShownDiscount(key, name, ZERO, "", [], row, errors)
    return replace(shown_discount(discount, key, page), row=row, errors=errors)


def shown_discount(discount: AppliedDiscount, key: str, page: Page) -> ShownDiscount:
    why = discount.firing.why
    return ShownDiscount(
        key=key,
        name=page.known.promotions.get(discount.promotion.id, ""),
        amount=discount.firing.amount,
        reason="" if discount.firing.fires else in_words(why, page.chain),
        why=explained(why, discount.promotion.kind, page.chain) or lacking(why, page.chain),
    )


PANE = Pane(
    name="discounts",
    rows=Rows(DiscountForm, called=gettext_lazy("Discount"), anchor="discount-{}"),
    is_of_the_guest=True,
    buttons={"apply": Button(_apply, focus="applied.{value}"), "take_back": Button(_take_back)},
    open=_open,
    read=_read,
    merging=Merging(_units, _merged, _told),
)
