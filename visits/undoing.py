"""What an edit, a cancellation or leaving arrived would take back; nothing is written here."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal

from django.db.models import Max, Q

from chains.models import Chain
from clients.models import Client
from loyalty.cards.models import Card
from loyalty.ledger.journal import Journal, look
from loyalty.ledger.models import Holder, Transaction, TransactionKind
from loyalty.referral.models import ReferralLink
from loyalty.rules.desk import Desk
from loyalty.rules.money import ZERO
from loyalty.rules.points import Pot
from loyalty.rules.settlement import Settlement
from visits.models import Visit
from visits.postings import wanted_rows


@dataclass(frozen=True)
class CardChange:
    """A card's points, all 0 or more but the balances before and after.

    ``back`` come back to it and ``taken`` are taken from it, ``paid`` and ``given`` are what it pays and gets more.
    Of the balance after, ``lost`` points are past their last day, ``lost_on``: they burn.
    """

    card: Card
    before: Decimal
    after: Decimal
    back: Decimal = ZERO
    taken: Decimal = ZERO
    paid: Decimal = ZERO
    given: Decimal = ZERO
    lost: Decimal = ZERO
    lost_on: date | None = None


@dataclass(frozen=True)
class Undoing:
    """What would be undone; amounts of 0 or more. ``discounts`` is money taken off the bill."""

    discounts: Decimal
    cards: tuple[CardChange, ...]
    inviter: Client | None

    def __bool__(self) -> bool:
        return bool(self.discounts or self.inviter or any(each.back or each.taken for each in self.cards))

    @property
    def burns(self) -> bool:
        """Whether points come back that are past their last day."""
        return any(each.lost for each in self.cards)


def undoing_of(*, visit: Visit, chain: Chain, at: datetime) -> Undoing:
    """What the visit has written and would take back, with the balances that are left."""
    holders = list(
        Holder.objects.filter(transactions__visit=visit.pk).distinct().select_related("card__card_type", "client")
    )
    journal = look(
        chain=chain,
        holder_ids=[holder.pk for holder in holders],
        at=at,
        undoable=Q(visit=visit.pk),
    )
    standing = journal.standing()
    link = ReferralLink.objects.filter(visit=visit.pk).select_related("inviter").first()
    return Undoing(
        discounts=-sum((row.amount for row in standing if row.kind == TransactionKind.PROMOTION_DISCOUNT), ZERO),
        cards=tuple(_changes(visit, holders, standing, journal)),
        inviter=link.inviter if link else None,
    )


def _changes(
    visit: Visit, holders: Iterable[Holder], standing: Iterable[Transaction], journal: Journal
) -> Iterable[CardChange]:
    rows = [row for row in standing if row.lot_id is None]
    last_on = _last_visit_without(visit)
    for holder in holders:
        amounts = [row.amount for row in rows if row.holder_id == holder.pk]
        if amounts:
            card = holder.card
            card.client = holder.client
            pot = journal.pot_as_if_undone(holder.pk)
            if holder.client_id == visit.client_id:
                pot = replace(pot, last_visit_on=last_on)
            lost, lost_on = _past(pot, journal.today)
            yield CardChange(
                card=card,
                before=journal.pot_without_past(holder.pk).balance,
                after=pot.balance,
                back=-sum((amount for amount in amounts if amount < 0), ZERO),
                taken=sum((amount for amount in amounts if amount > 0), ZERO),
                lost=lost,
                lost_on=lost_on,
            )


def _last_visit_without(visit: Visit) -> date | None:
    """When the guest came last, but for this visit: the card types' own clocks run from there once it is undone."""
    others = Visit.objects.settled().filter(client=visit.client_id).exclude(pk=visit.pk)
    last: date | None = others.aggregate(last=Max("starts_on"))["last"]
    return last


def _past(pot: Pot, today: date) -> tuple[Decimal, date | None]:
    """Points that are past their last day, and the latest of these days."""
    lots = pot.past(today)
    ends = [end for lot in lots if (end := lot.ends_on(pot.last_visit_on))]
    return sum((lot.remaining for lot in lots), ZERO), max(ends, default=None)


# An edit that leaves the visit arrived
# ----------------------------------------------------------------------------


@dataclass
class _Moved:
    """What a visit pays with a card and gives to it, before and after an edit; each 0 or more."""

    paid: Decimal = ZERO
    given: Decimal = ZERO
    will_pay: Decimal = ZERO
    will_give: Decimal = ZERO


def undone_by_edit(*, visit: Visit, settlement: Settlement, desk: Desk) -> Undoing:
    """What of an arrived visit saving ``settlement`` would take back, with the balances that are left."""
    rows = Transaction.objects.of_visit(visit.pk).standing().filter(lot=None)
    standing = list(rows.select_related("card__client", "card__card_type", "card__holder"))
    receiver_id = settlement.referral.card_id if settlement.referral else None
    wanted = wanted_rows(settlement, [0] * len(settlement.lines), desk.holders, receiver_id)
    discounts = ZERO
    moved: dict[int, _Moved] = {}
    for row in standing:
        if row.kind == TransactionKind.PROMOTION_DISCOUNT:
            discounts -= row.amount
        elif row.kind == TransactionKind.CARD_PAYMENT:
            moved.setdefault(row.card_id or 0, _Moved()).paid -= row.amount
        else:
            moved.setdefault(row.card_id or 0, _Moved()).given += row.amount
    for each in wanted:
        if each.kind is TransactionKind.PROMOTION_DISCOUNT:
            discounts -= each.amount
        elif each.kind is TransactionKind.CARD_PAYMENT:
            moved.setdefault(each.card_id or 0, _Moved()).will_pay += each.amount
        else:
            moved.setdefault(each.card_id or 0, _Moved()).will_give += each.amount
    cards = {row.card_id: row.card for row in standing if row.card}
    return Undoing(
        discounts=max(ZERO, discounts),
        cards=tuple(_edited(cards, moved)),
        inviter=_unlinked(visit, settlement),
    )


def _edited(cards: Mapping[int | None, Card | None], moved: Mapping[int, _Moved]) -> Iterable[CardChange]:
    for card_id, each in moved.items():
        card = cards.get(card_id)
        back, given = each.paid - each.will_pay, each.will_give - each.given
        if card is not None and (back or given):
            before = card.holder.balance
            yield CardChange(
                card=card,
                before=before,
                after=before + back + given,
                back=max(ZERO, back),
                paid=max(ZERO, -back),
                given=max(ZERO, given),
                taken=max(ZERO, -given),
            )


def _unlinked(visit: Visit, settlement: Settlement) -> Client | None:
    if settlement.referral_discount:
        return None
    link = ReferralLink.objects.filter(visit=visit.pk).select_related("inviter").first()
    return link.inviter if link else None
