"""Points of cards to pay with: how many, and at most how many; they are drawn with their cards."""

from __future__ import annotations

from django.utils.translation import gettext_lazy

from loyalty.ledger.kinds import HolderKind
from loyalty.rules.bill import Problem
from loyalty.rules.plan import MeansChoice, Plan
from visits.forms.amounts import read_id
from visits.refusals import refuse
from visits.window.amounts import choice_of, kept_rows, opened_with, paid_with, with_figure, without_amount
from visits.window.fields import PaneForm, amount_field, hidden_field
from visits.window.merging import Change, ShownChange, amount_told, amounts_of, merged_amounts, told_change
from visits.window.page import Computed, Entry, Opening, Read, own_cards
from visits.window.pane import Button, Merging, Pane, Rows
from visits.window.typed import Part, Row, Typed, first_of_each, with_the_most


class UsedCardsForm(PaneForm):
    """``used_cards`` are those whose amounts are shown on this page, also while one of them is blank."""

    used_cards = hidden_field()


class PointsForm(PaneForm):
    card = hidden_field()
    amount = amount_field(gettext_lazy("Points to pay with"))


def _open(opening: Opening) -> Part:
    visit = opening.subject.visit
    kept = [each for each in visit.means.all() if each.holder.kind == HolderKind.CARD] if visit else []
    return kept_rows("card", ((str(each.holder.card.pk), each.amount) for each in kept), opening)


def _use_the_most(typed: Typed, value: str) -> Typed:
    """All that the card may pay after the cards that were given before it."""
    return typed.with_rows("points", with_the_most(typed.rows_of("points"), "card", str(read_id(value))))


def _take_back(typed: Typed, value: str) -> Typed:
    return without_amount(typed, "points", "card", str(read_id(value)), shown="used_cards")


def _read(entry: Entry, plan: Plan) -> Read:
    """Cards are paid with in the order in which their amounts were given."""
    choices, refusals, places = [], [], {}
    for card, row in first_of_each(entry.typed.rows_of("points"), "card").items():
        known = entry.known.cards.get(read_id(card))
        if known:
            places[f"means.{known.holder_id}"] = f"points.{card}"
        if row["amount"] and known:
            choices.append(MeansChoice(known.holder_id, choice_of(row, entry)))
        elif row["amount"]:
            refusals.append(refuse(Problem("card_not_owned", f"points.{card}"), None, entry.chain))
    return Read(paid_with(plan, HolderKind.CARD, choices, entry), tuple(refusals), places)


def _fill(computed: Computed) -> Computed:
    """A row for each card of the guest: what is given first, blank ones last."""
    paid = {str(turn.means.card_id): turn.amount for turn in computed.settlement.means}
    rows = [row for row in first_of_each(computed.typed.rows_of("points"), "card").values() if row["amount"]]
    given = {row["card"] for row in rows}
    rows += [{"card": str(card.pk), "amount": ""} for card in own_cards(computed.entry) if str(card.pk) not in given]
    filled = [with_figure(row, paid.get(row["card"]), computed.chain.places, computed.is_computed) for row in rows]
    shown = opened_with(computed.typed.text("used_cards"), filled, "card")
    return computed.with_rows("points", filled).with_texts(used_cards=shown)


def _label(computed: Computed, row: Row, label: str) -> str:
    """Nothing of another guest's card is told."""
    card = next((each for each in own_cards(computed.entry) if str(each.pk) == row["card"]), None)
    return f"{label}, {card}" if card else label


def _told(changes: list[Change], entry: Entry) -> list[ShownChange]:
    cards = entry.known.cards
    return [told_change(each, cards.get(read_id(each.key[0]), "–"), amount_told) for each in changes]


PANE = Pane(
    name="points",
    fields=UsedCardsForm,
    rows=Rows(PointsForm, key="card", field="amount", label=_label, pays=True),
    is_of_the_guest=True,
    buttons={
        "use_the_most": Button(_use_the_most, focus="points.{value}"),
        "take_back_points": Button(_take_back),
    },
    open=_open,
    read=_read,
    fill=_fill,
    merging=Merging(amounts_of("points", "card"), merged_amounts("points", "card"), _told),
)
