"""What cancelling a visit, or moving it back from arrived, would undo; nothing is written here."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Q

from chains.models import Chain
from clients.models import Client
from loyalty.cards.models import Card
from loyalty.ledger.journal import Journal, look
from loyalty.ledger.models import Holder, Transaction, TransactionKind
from loyalty.referral.models import ReferralLink
from loyalty.rules.money import ZERO
from visits.history import last_visits
from visits.models import Visit


@dataclass(frozen=True)
class CardChange:
    """A card's points: ``back`` come back to it, ``taken`` are taken from it, and its balance before and after."""

    card: Card
    back: Decimal
    taken: Decimal
    before: Decimal
    after: Decimal


@dataclass(frozen=True)
class Undoing:
    """What would be undone; amounts of 0 or more. ``discounts`` is money taken off the bill."""

    discounts: Decimal
    cards: tuple[CardChange, ...]
    inviter: Client | None

    def __bool__(self) -> bool:
        return bool(self.discounts or self.cards or self.inviter)


def undoing_of(*, visit: Visit, chain: Chain, at: datetime) -> Undoing:
    """What the visit has written and would take back, with the balances that are left."""
    holders = list(
        Holder.objects.filter(transactions__visit=visit.pk).distinct().select_related("card__card_type", "client")
    )
    journal = look(
        chain=chain,
        holder_ids=[holder.pk for holder in holders],
        at=at,
        last_visits=last_visits,
        undoable=Q(visit=visit.pk),
    )
    standing = journal.standing()
    link = ReferralLink.objects.filter(visit=visit.pk).select_related("inviter").first()
    return Undoing(
        discounts=-sum((row.amount for row in standing if row.kind == TransactionKind.PROMOTION_DISCOUNT), ZERO),
        cards=tuple(_changes(holders, standing, journal)),
        inviter=link.inviter if link else None,
    )


def _changes(holders: Iterable[Holder], standing: Iterable[Transaction], journal: Journal) -> Iterable[CardChange]:
    rows = [row for row in standing if row.lot_id is None]
    for holder in holders:
        amounts = [row.amount for row in rows if row.holder_id == holder.pk]
        if amounts:
            card = holder.card
            card.client = holder.client
            yield CardChange(
                card=card,
                back=-sum((amount for amount in amounts if amount < 0), ZERO),
                taken=sum((amount for amount in amounts if amount > 0), ZERO),
                before=journal.pot_without_past(holder.pk).balance,
                after=journal.pot_as_if_undone(holder.pk).balance,
            )
