"""The guest's cards: what they hold, what they may pay here and why, and their discounts."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django import forms
from django.utils.translation import gettext as _

from chains.models import Chain
from config.ui.figures import format_points
from loyalty.cards.models import Card
from loyalty.explanations.amounts import bound, limits
from loyalty.explanations.reasons import in_words
from loyalty.ledger.holdings import Holding
from loyalty.rules.money import ZERO
from loyalty.rules.why import Why
from visits.forms.amounts import read_amount
from visits.window.page import Page, own_cards
from visits.window.pane import Area, Pane
from visits.window.panes.discounts import ShownDiscount, discounts_by_card


@dataclass(frozen=True)
class ShownCard:
    """A card of the guest: what it holds now, what it may pay here, its discounts. ``card`` None for any other card.

    ``without_visit`` is what it could spend if the visit had never acted, by which ``most`` is counted.
    ``may_pay``: an amount may be typed, though the most is not known while the bill cannot be computed.
    ``most_text`` is blank while the most is not known; ``amount`` is what is typed; ``is_shown``: the field of that is,
    as points are used or were on this page. ``has_acted``: the visit moved its points. ``gives``: so does a cashback.
    """

    card: Card | None
    fields: forms.Form | None
    holding: Holding | None
    without_visit: Decimal
    most: Decimal
    may_pay: bool
    bound: str
    why: list[str]
    barred: str
    note: str
    discounts: list[ShownDiscount]
    is_shown: bool = True
    has_acted: bool = False
    gives: bool = False
    amount: Decimal = ZERO
    most_text: str = ""

    @property
    def is_idle(self) -> bool:
        """Whether the card can do nothing on this visit, as far as nobody tries: it is barred, or has nothing."""
        acts = self.is_shown or bool(self.note) or any(each.row is not None for each in self.discounts)
        has = self.available or self.discounts or self.gives or (self.holding and self.holding.debt)
        return not acts and (bool(self.barred) or not has)

    @property
    def more(self) -> bool:
        """Whether more points may be used than are typed."""
        return self.may_pay and (self.amount != self.most or not self.most_text)

    @property
    def available(self) -> Decimal:
        """What may be spent of it now, the same as on the client's page."""
        return self.holding.available if self.holding else ZERO

    @property
    def tells_why(self) -> bool:
        """Whether all that bounds it stands behind *Why*."""
        return self.pays and bool(self.why)

    @property
    def pays(self) -> bool:
        return self.fields is not None and (self.may_pay or self.is_shown)


@dataclass(frozen=True)
class ShownCards:
    """The cards that can do something here, and those that are folded as they cannot."""

    cards: list[ShownCard]
    idle: list[ShownCard]

    @property
    def next_to_pay(self) -> ShownCard | None:
        """The first card whose points may be used and are not yet, which has the key."""
        return next((each for each in self.cards if each.pays and each.more and not each.is_shown), None)


def _show(page: Page) -> ShownCards | None:
    if not page.guest.pk:
        return None
    shown = _shown_cards(page)
    return ShownCards([each for each in shown if not each.is_idle], [each for each in shown if each.is_idle])


def _shown_cards(page: Page) -> list[ShownCard]:
    """The guest's cards in order of issue, then any other card that points were typed for."""
    own, discounts = own_cards(page.entry), discounts_by_card(page)
    shown = [_shown_card(card, page, discounts.pop(card.pk, [])) for card in own]
    ids = {str(card.pk) for card in own}
    for row, fields in zip(page.typed.rows_of("points"), page.form.rows("points"), strict=True):
        if row["card"] not in ids and row["amount"]:
            shown.append(_other_card(fields, page.notes.get(f"points.{row['card']}", "")))
    if stray := [each for rest in discounts.values() for each in rest]:
        shown.append(_other_card(None, "", stray))
    return shown


def _other_card(fields: forms.Form | None, note: str, discounts: list[ShownDiscount] | None = None) -> ShownCard:
    return ShownCard(None, fields, None, ZERO, ZERO, False, "", [], "", note, discounts or [])


def _shown_card(card: Card, page: Page, discounts: list[ShownDiscount]) -> ShownCard:
    turn, means = page.settlement.turn_of(card.holder_id), page.preview.desk.means_of(card.holder_id)
    most, why = (turn.most, turn.why) if turn else (ZERO, None)
    fields, holding = page.form.row("points", str(card.pk)), page.holdings.get(card.holder_id)
    without_visit = means.available if means else ZERO
    has_acted = page.is_fixed and holding is not None and holding.available != without_visit
    is_off = page.to_hand_back is not None
    return ShownCard(
        card=card,
        fields=fields,
        holding=holding,
        without_visit=without_visit,
        most=most,
        may_pay=not is_off and (most > 0 or (not page.is_computed and without_visit > 0)),
        bound=_bound(why, page.chain, has_acted=has_acted) if why else "",
        why=_limits(why, page.chain, has_acted=has_acted) if why else [],
        barred=in_words(why, page.chain) if why and not why.is_given else "",
        note=page.notes.get(f"points.{card.pk}", ""),
        discounts=discounts,
        is_shown=not is_off and str(card.pk) in page.typed.text("used_cards").split(","),
        amount=read_amount(str(fields["amount"].value() or ""), page.chain.places) if fields else ZERO,
        most_text=format_points(most, page.chain.currency) if page.is_computed else "",
        has_acted=has_acted,
        gives=any(each.card_id == card.pk for each in page.settlement.accruals),
    )


def _bound(why: Why, chain: Chain, *, has_acted: bool) -> str:
    """What keeps the card from paying more; what it holds now is not what it held before a visit that has acted."""
    if has_acted and why.is_given and why.figures.get("bound") == "available":
        return _("all that was on the card before this visit")
    return bound(why, chain)


def _limits(why: Why, chain: Chain, *, has_acted: bool) -> list[str]:
    """All that bounds what the card may pay, in the same words."""
    available = why.figures.get("available") if why.is_given else None
    if not has_acted or available is None:
        return limits(why, chain)
    others = Why(why.reason, {name: figure for name, figure in why.figures.items() if name != "available"})
    points = format_points(Decimal(str(available)), chain.currency)
    return [_("%(points)s points were on the card before this visit.") % {"points": points}, *limits(others, chain)]


PANE = Pane(name="cards", area=Area.GUEST, template="visits/window/cards.html", show=_show)
