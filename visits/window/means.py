"""A holder that pays an amount of the visit, as the panes of gift cards and accounts show it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal

from django import forms

from chains.access import Right
from config.ui.figures import format_money
from loyalty.client_pages.holders import PAGES
from loyalty.explanations.amounts import bound, limits
from loyalty.explanations.reasons import in_words
from loyalty.rules.means import MeansTurn
from loyalty.rules.money import ZERO
from visits.forms.amounts import amount_text, read_amount
from visits.means import is_forfeit_asked
from visits.window.page import Computed, Page


@dataclass(frozen=True)
class Tick:
    """What staff are to say yes to: its field, what it is sent with, and whether they did."""

    name: str
    value: str
    is_ticked: bool


@dataclass(frozen=True, kw_only=True)
class ShownHolder:
    """A gift card or an account: what it is, what it pays, what it could, and what is left of it then.

    ``url`` is its page, blank for who may not open it.
    ``use`` and ``take_back`` are the buttons that take the most of it and nothing. ``may_pay``: an amount may be typed,
    though the most is not known while the bill cannot be computed. ``most_text`` is blank while it is not known;
    ``amount`` is what is typed; ``is_shown``: the field of that is, as it is used or was on this page. ``forfeited`` is
    what is lost of it, ``asks`` where staff are to agree to that.
    """

    key: str
    use: str
    take_back: str
    name: str
    url: str = ""
    detail: str = ""
    about: tuple[str, ...] = ()
    hint: str = ""
    fields: forms.Form | None = None
    is_shown: bool = False
    may_pay: bool = False
    most: Decimal = ZERO
    most_text: str = ""
    amount: Decimal = ZERO
    bound: str = ""
    why: list[str]
    barred: str = ""
    note: str = ""
    after: str = ""
    forfeited: str = ""
    asks: Tick | None = None

    @property
    def more(self) -> bool:
        """Whether more may be used than is typed."""
        return self.may_pay and not self.hint and (self.amount != self.most or not self.most_text)


def shown_holder(page: Page, pane: str, holder_id: int, kind: str, shown: ShownHolder) -> ShownHolder:
    """With its figures: those of its turn on the page, and of what is typed for it. ``shown`` says what it is."""
    key = str(holder_id)
    row = page.form.row(pane, key)
    turn, means = page.settlement.turn_of(holder_id), page.preview.desk.means_of(holder_id)
    available = means.available if means else ZERO
    most, why = (turn.most, turn.why) if turn else (ZERO, None)
    is_off = page.to_hand_back is not None
    is_shown = not is_off and row is not None and key in page.typed.text(f"used_{pane}").split(",")
    typed = str(row["amount"].value() or "") if row else ""
    return replace(
        shown,
        fields=row,
        is_shown=is_shown,
        may_pay=not is_off and (most > 0 or (not page.is_computed and available > 0)),
        most=most,
        most_text=format_money(most, page.chain.currency) if page.is_computed else "",
        amount=read_amount(typed, page.chain.places),
        bound=bound(why, page.chain, kind) if why else "",
        why=limits(why, page.chain, kind) if why and is_shown else [],
        barred=in_words(why, page.chain) if why and not why.is_given and not shown.hint else "",
        note=page.notes.get(f"{pane}.{key}", ""),
        forfeited=format_money(turn.forfeited, page.chain.currency) if turn and turn.forfeited else "",
        asks=_tick(page, row, turn) if row and turn and turn.forfeited and is_forfeit_asked(turn) else None,
    )


def _tick(page: Page, row: forms.Form, turn: MeansTurn) -> Tick:
    agreed, value = row["agreed"], amount_text(turn.forfeited, page.chain.places)
    return Tick(agreed.html_name, value, agreed.value() == value)


def page_of(page: Page, kind: str, pk: int) -> str:
    """The address of what a holder of a kind is, with all its rows; blank for who may not open it."""
    request = page.turn.request
    return request.space.page(PAGES[kind].url_name, pk) if request.access.has(Right.VIEW_CLIENTS) else ""


def left_after(computed: Computed, holder_id: int, before: Decimal) -> str:
    """What is left after the visit of what was on it before; empty where the visit takes nothing."""
    turn = computed.settlement.turn_of(holder_id)
    if turn is None or not turn.amount:
        return ""
    return format_money(before - turn.amount - turn.forfeited, computed.chain.currency)
