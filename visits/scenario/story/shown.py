"""What every step of a story came to, in the reader's words and the chain's own names."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _

from config.ui.figures import format_money, format_points
from loyalty.cards.models import Card
from loyalty.explanations.amounts import explained, lacking
from loyalty.explanations.reasons import in_words
from loyalty.ledger.holdings import holdings_of
from loyalty.ledger.kinds import TransactionKind
from loyalty.rules.discounts import AppliedDiscount
from loyalty.rules.referral import ReferralAccrual
from loyalty.rules.settlement import Accrual, Settlement
from loyalty.rules.terms import Promotion
from loyalty.rules.why import Why
from visits.scenario.play import Player
from visits.scenario.story.play import Played
from visits.scenario.story.telling import GUEST, Cast, StoryVisit


@dataclass(frozen=True)
class Outcome:
    """What a promotion did: its amount as it is written, blank where it gave nothing, and why."""

    name: str
    amount: str
    why: str


@dataclass(frozen=True)
class Balance:
    """What is on a card after the step: points to spend, and what of them burns after which last day, soonest first."""

    card: str
    points: str
    endings: list[tuple[date, str]]


@dataclass(frozen=True)
class ShownStep:
    """A step of the story in words that need no database; a visit has figures, a burning none."""

    on: date
    title: str
    figures: list[tuple[str, str]]
    outcomes: list[Outcome]
    balances: list[Balance]
    refused: tuple[tuple[str, str], ...]


def shown_step(player: Player, cast: Cast, played: Played) -> ShownStep:
    """A step in the currency of the chain."""
    words = _Words(player, cast)
    on = played.step.at.astimezone(player.world.chain.zone).date()
    balances = list(words.balances(on))
    refused = tuple((each.field, each.sentence) for each in played.refused)
    if played.visit is None:
        return ShownStep(on, _("Points burn"), [], list(words.burnings(played)), balances, refused)
    outcomes = list(words.outcomes(played.settlement)) if played.settlement and not played.step.refusal else []
    return ShownStep(on, _bought(played.visit), words.figures(played), outcomes, balances, refused)


def _bought(visit: StoryVisit) -> str:
    return visit.item.name if visit.item else _("Visit")


class _Words:
    """The names and the currency that a step is told in."""

    def __init__(self, player: Player, cast: Cast) -> None:
        self.player, self.chain = player, player.world.chain
        made = player.world.promotions
        self.promotions = {made[name].pk: real for name, real in cast.names_of_promotions.items()}
        self.card_types = cast.names_of_card_types
        self.people = {made: typed for typed, made in cast.clients.items()}

    def figures(self, played: Played) -> list[tuple[str, str]]:
        """Sold to paid, and the points that the guest gets; of every visit the same, so that they are compared."""
        visit = played.step.visit
        if visit is None:
            return []
        covered = {_("Covered"): -visit.covered} if visit.covered else {}
        money = {_("Sold"): visit.sold, _("Discount"): -visit.discount, **covered, _("Due"): visit.due}
        found = [(name, format_money(amount, self.chain.currency)) for name, amount in money.items()]
        found.append((_("Paid with points"), self._points(visit.points_paid)))
        found.append((_("Paid"), format_money(visit.paid, self.chain.currency)))
        return [*found, (_("Points earned"), self._points(self._earned(played)))]

    def _earned(self, played: Played) -> Decimal:
        rows = played.step.rows
        return sum((row.amount for row in rows if row.kind == TransactionKind.PROMOTION_ACCRUAL), Decimal(0))

    def outcomes(self, settlement: Settlement) -> Iterator[Outcome]:
        """The discounts, then those that gave nothing, then the points."""
        for discount in (*settlement.discounts, *settlement.available):
            yield self._discount(discount)
        for accrual in settlement.accruals:
            yield self._accrual(accrual)
        if settlement.referral:
            yield self._accrual(settlement.referral)

    def _discount(self, discount: AppliedDiscount) -> Outcome:
        amount = format_money(-discount.amount, self.chain.currency) if discount.amount else ""
        return Outcome(self._name(discount.promotion), amount, self._why(discount.firing.why, discount.promotion))

    def _accrual(self, accrual: Accrual | ReferralAccrual) -> Outcome:
        name = self._name(accrual.promotion)
        if isinstance(accrual, ReferralAccrual):
            name = _("%(promotion)s, for the inviter") % {"promotion": name}
        amount = _("+%(points)s points") % {"points": self._points(accrual.amount)} if accrual.amount else ""
        return Outcome(name, amount, self._why(accrual.firing.why, accrual.promotion))

    def _why(self, why: Why, promotion: Promotion) -> str:
        if why.is_given:
            return " ".join(explained(why, promotion.kind, self.chain))
        # How far it is says more than that it is not reached.
        return " ".join(lacking(why, self.chain)) or _("Nothing this time: %(reason)s.") % {
            "reason": in_words(why, self.chain)
        }

    def burnings(self, played: Played) -> Iterator[Outcome]:
        for row in played.step.rows:
            card = self._card(row.card) if row.card else ""
            points = _("%(points)s points") % {"points": self._points(row.amount)}
            yield Outcome(card, points, _("They were not used by their last day."))

    def balances(self, on: date) -> Iterator[Balance]:
        """Of the guest's cards first."""
        cards = Card.objects.filter(chain=self.chain).select_related("client", "card_type", "holder")
        ordered = sorted(cards, key=lambda card: (card.client.name != GUEST, card.pk))
        held = holdings_of([card.holder for card in ordered], today=on)
        for card in ordered:
            endings = [(day, self._points(amount)) for day, amount in held[card.holder_id].endings]
            yield Balance(self._card(card), self._points(held[card.holder_id].available), endings)

    def _card(self, card: Card) -> str:
        name = self.card_types.get(card.card_type.name, card.card_type.name)
        if card.client.name == GUEST:
            return name
        return _("%(card)s of %(client)s") % {"card": name, "client": self.people.get(card.client.name, "")}

    def _name(self, promotion: Promotion) -> str:
        return self.promotions.get(promotion.id, "")

    def _points(self, amount: Decimal) -> str:
        return format_points(amount, self.chain.currency)
