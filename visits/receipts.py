"""What a guest takes home on paper: what was sold, paid and earned, and what the cards hold now."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Q
from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from chains.models import Access, Chain
from config.ui.qr import svg_of
from loyalty.cards.models import Card
from loyalty.client_pages.holders import NAMES, NamedHolder, name_of
from loyalty.gift_cards.letters import conditions_of
from loyalty.gift_cards.models import GiftCard
from loyalty.ledger.holdings import Holding, holdings_of
from loyalty.ledger.kinds import TransactionKind
from loyalty.ledger.models import Holder, Transaction
from loyalty.memberships.models import Membership, MembershipCounter
from loyalty.memberships.words import counters_in_words
from loyalty.programs.differences import ProgramNames
from loyalty.promotions.models import Promotion
from loyalty.rules.money import ZERO
from visits.means import forfeited_of, payments_of
from visits.models import ValueLine, Visit, VisitLine, VisitPayment
from visits.plans import kept_value_lines
from visits.selling import sold_in_words
from visits.value import GIFT_CARD, MEMBERSHIP, sold_as


@dataclass(frozen=True)
class HeldNow:
    """A card of the guest after the visit: what the visit gave to it, and what it holds now."""

    card: Card
    earned: Decimal
    holding: Holding


@dataclass(frozen=True)
class SoldValue:
    """What was sold beside the lines; ``card`` is the gift card that was granted.

    ``number`` is that of what was granted, as it may be read, ``until`` how long that is good, ``grants`` what a
    membership is for.
    """

    line: ValueLine
    name: str
    card: GiftCard | None = None
    number: str = ""
    until: str = ""
    grants: str = ""


@dataclass(frozen=True)
class PaidWith:
    """What a gift card or an account paid, what is left of it after the visit, and what was forfeited."""

    holder: NamedHolder
    amount: Decimal
    left: Decimal
    forfeited: Decimal


@dataclass(frozen=True)
class CoveredWith:
    """Units that a membership covered, what was left on it then, and how long it is good; blank where there is none."""

    membership: Membership
    units: int
    left: str
    until: str


@dataclass(frozen=True)
class Receipt:
    """The figures of a visit's last save, all 0 or more.

    ``discounts`` are by promotion, ``points`` by card; ``means`` is what any other holder paid, ``covers`` what
    memberships covered, ``value`` what was sold beside the lines.
    """

    visit: Visit
    lines: list[VisitLine]
    discounts: list[tuple[Promotion, Decimal]]
    points: list[tuple[Card, Decimal]]
    means: list[PaidWith]
    payments: list[VisitPayment]
    cards: list[HeldNow]
    value: list[SoldValue]
    covers: list[CoveredWith]

    @property
    def sold_in_words(self) -> str:
        return sold_in_words({sold.line.kind for sold in self.value})

    @property
    def other_discounts(self) -> Decimal:
        """What staff took off by hand, and, while the visit is not arrived, what promotions will take off."""
        return self.visit.discount - sum((amount for _promotion, amount in self.discounts), ZERO)


def receipt_of(visit: Visit, *, chain: Chain, access: Access, today: date) -> Receipt:
    """The receipt of a saved visit; nothing of other clients is on it. ``today`` is the chain's local date.

    Codes of gift cards are those that may be read by the ``access``.
    """
    of_guest = Q(client=visit.client_id) | Q(client=None)
    rows = Transaction.objects.of_visit(visit.pk).standing().filter(of_guest, lot=None)
    standing = list(rows.select_related("promotion", "card__card_type").order_by("pk"))
    discounts: dict[Promotion, Decimal] = defaultdict(Decimal)
    points: dict[Card, Decimal] = defaultdict(Decimal)
    earned: dict[int, Decimal] = defaultdict(Decimal)
    for row in standing:
        if row.kind == TransactionKind.PROMOTION_DISCOUNT and row.promotion:
            discounts[row.promotion] -= row.amount
        elif row.kind == TransactionKind.CARD_PAYMENT and row.card:
            points[row.card] -= row.amount
        elif row.kind == TransactionKind.PROMOTION_ACCRUAL and row.card:
            earned[row.card.pk] += row.amount
    cards = Card.objects.active().filter(client=visit.client_id, chain=chain).order_by("issued_at", "pk")
    return Receipt(
        visit=visit,
        lines=list(visit.lines.filter(removed=False).select_related("item")),
        discounts=list(discounts.items()),
        points=list(points.items()),
        means=_paid_with(standing),
        payments=list(visit.payments.all()),
        cards=_held(list(cards.select_related("card_type", "holder")), earned, today),
        value=sold_value(visit, access=access, today=today),
        covers=covered_with(visit),
    )


def covered_with(visit: Visit) -> list[CoveredWith]:
    """What memberships cover, in the order of the bill; of one that did, what was left after it."""
    if not visit.has_covers:
        return []
    found: dict[Membership, int] = defaultdict(int)
    for cover in visit.covers.select_related("membership__membership_type", "membership__period"):
        found[cover.membership] += cover.units
    uses = Transaction.objects.of_visit(visit.pk).standing().filter(kind=TransactionKind.MEMBERSHIP_USE)
    last = {row.holder_id: row.balance_after for row in uses.order_by("pk")}
    counters = MembershipCounter.objects.filter(membership__in=found, holder__in=last).select_related("holder")
    left: dict[int, list[int]] = defaultdict(list)
    for counter in counters:
        if counter.count is not None:
            left[counter.membership_id].append(int(last[counter.holder_id] or 0))
    return [
        CoveredWith(
            membership=membership,
            units=units,
            left=", ".join(str(each) for each in left[membership.pk]),
            until=validity_of(membership) if membership.period and membership.period.last_on else "",
        )
        for membership, units in found.items()
    ]


def validity_of(granted: GiftCard | Membership) -> str:
    """How long it is good, to stand within a sentence."""
    if isinstance(granted, GiftCard):
        last_on = granted.last_on
    else:
        assert granted.period is not None
        first_on, last_on = granted.period.first_on, granted.period.last_on
        if first_on is None:
            return gettext("begins with its first use")
        if first_on > granted.period.sold_on and last_on:
            days = {
                "first": date_format(first_on, "SHORT_DATE_FORMAT"),
                "on": date_format(last_on, "SHORT_DATE_FORMAT"),
            }
            return gettext("good from %(first)s through %(on)s") % days
    if last_on is None:
        return gettext("good without end")
    return gettext("good through %(on)s") % {"on": date_format(last_on, "SHORT_DATE_FORMAT")}


def sold_value(visit: Visit, *, access: Access, today: date) -> list[SoldValue]:
    """The value lines of a visit, with what was granted while the visit is settled."""
    lines = kept_value_lines(visit)
    granted = _granted([line for line in lines if visit.settled_at])
    sold = []
    for line in lines:
        found = granted.get(line.pk)
        card = found if isinstance(found, GiftCard) else None
        name, grants = sold_as(line.kind), ""
        if isinstance(found, GiftCard):
            name = str(found.gift_card_type)
        elif found is not None:
            name = str(found.membership_type)
            grants = counters_in_words(found.terms.counters, ProgramNames(found.chain))
        number, until = (found.number_shown_to(access, on=today), validity_of(found)) if found else ("", "")
        sold.append(SoldValue(line, name, card, number, until, grants))
    return sold


def _granted(lines: Iterable[ValueLine]) -> dict[int, GiftCard | Membership]:
    """The gift cards and memberships that value lines were granted to, by the line; each kind in one query."""
    by_kind: dict[str, dict[int, int]] = defaultdict(dict)
    for line in lines:
        if line.holder_id:
            by_kind[line.kind][line.holder_id] = line.pk
    found: dict[int, GiftCard | Membership] = {}
    if cards := by_kind[GIFT_CARD]:
        rows = GiftCard.objects.filter(holder__in=cards).select_related("chain", "gift_card_type", "terms")
        found |= {cards[card.holder_id]: card for card in rows}
    if holders := by_kind[MEMBERSHIP]:
        counters = MembershipCounter.objects.filter(holder__in=holders).select_related(
            "membership__chain", "membership__membership_type", "membership__terms", "membership__period"
        )
        found |= {holders[each.holder_id]: each.membership for each in counters}
    return found


def _paid_with(rows: list[Transaction]) -> list[PaidWith]:
    """What paid that is no card, in the order in which it did; a visit without asks nothing."""
    paid = {pk: row for pk, row in payments_of(rows).items() if row.kind != TransactionKind.CARD_PAYMENT}
    forfeited = forfeited_of(rows)
    holders = Holder.objects.select_related(*NAMES).in_bulk(paid) if paid else {}
    last = {row.holder_id: row for row in rows}
    return [
        PaidWith(
            holder=name_of(holders[pk]),
            amount=-row.amount,
            left=last[pk].balance_after or ZERO,
            forfeited=forfeited.get(pk, ZERO),
        )
        for pk, row in paid.items()
    ]


@dataclass(frozen=True)
class PrintedCard:
    """A gift card on paper. ``number`` is empty where it may not be read, or is needed by nobody."""

    card: GiftCard
    number: str
    qr: SafeString | str
    conditions: list[str]
    line: ValueLine


def printed_cards(visit: Visit, *, access: Access, today: date) -> list[PrintedCard]:
    """The gift cards that a settled visit sold, as they are handed over."""
    printed = []
    for sold in sold_value(visit, access=access, today=today):
        if sold.card:
            number = sold.number if sold.number == sold.card.number and not sold.card.terms.named else ""
            qr = svg_of(number, gettext("QR code of %(number)s") % {"number": number}) if number else ""
            printed.append(PrintedCard(sold.card, number, qr, conditions_of(sold.card), sold.line))
    return printed


def _held(cards: Iterable[Card], earned: dict[int, Decimal], today: date) -> list[HeldNow]:
    """Cards that hold or got something; one that only discounts has nothing to tell."""
    cards = list(cards)
    holdings = holdings_of([card.holder for card in cards], today=today)
    held = [HeldNow(card, earned.get(card.pk, ZERO), holdings[card.holder_id]) for card in cards]
    return [each for each in held if each.earned or each.holding.lots or each.holding.debt]
