"""What a cancellation or leaving arrived would take back; nothing is written here."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal

from django.db.models import Max, Q

from chains.models import Chain
from clients.models import Client
from loyalty.ledger.books import Books, look
from loyalty.ledger.kinds import LedgerUnit
from loyalty.ledger.models import Holder, Transaction
from loyalty.referral.models import ReferralLink
from loyalty.rules.money import ZERO
from loyalty.rules.points import Pot
from visits.models import Visit


@dataclass(frozen=True)
class HolderChange:
    """What a holder holds, in what its kind counts, all 0 or more but the balances before and after.

    ``back`` come back to it and ``taken`` are taken from it.
    Of the balance after, ``lost`` points are past their last day, ``lost_on``: they burn.
    """

    holder: Holder
    before: Decimal
    after: Decimal
    back: Decimal = ZERO
    taken: Decimal = ZERO
    lost: Decimal = ZERO
    lost_on: date | None = None

    @property
    def unit(self) -> LedgerUnit:
        return self.holder.what.unit

    @property
    def name(self) -> str:
        """Whose it is and what: a card by its type and number."""
        holder, card = self.holder, getattr(self.holder, "card", None)
        named = f"{card.card_type} {card.number}" if card else str(holder)
        return f"{holder.client.name}, {named.strip()}" if holder.client else named


@dataclass(frozen=True)
class Undoing:
    """What would be undone; amounts of 0 or more. ``discounts`` is money taken off the bill."""

    discounts: Decimal
    holders: tuple[HolderChange, ...]
    inviter: Client | None

    def __bool__(self) -> bool:
        return bool(self.discounts or self.inviter or any(each.back or each.taken for each in self.holders))

    @property
    def burns(self) -> bool:
        """Whether points come back that are past their last day."""
        return any(each.lost for each in self.holders)


def undoing_of(*, visit: Visit, chain: Chain, at: datetime) -> Undoing:
    """What the visit has written and would take back, with the balances that are left."""
    holders = list(
        Holder.objects.filter(transactions__visit=visit.pk).distinct().select_related("card__card_type", "client")
    )
    books = look(
        chain=chain,
        holder_ids=[holder.pk for holder in holders],
        at=at,
        undoable=Q(visit=visit.pk),
    )
    standing = books.standing()
    link = ReferralLink.objects.filter(visit=visit.pk).select_related("inviter").first()
    return Undoing(
        discounts=-sum((row.amount for row in standing if row.holder_id is None), ZERO),
        holders=tuple(_changes(visit, holders, standing, books)),
        inviter=link.inviter if link else None,
    )


def _changes(
    visit: Visit, holders: Iterable[Holder], standing: Iterable[Transaction], books: Books
) -> Iterable[HolderChange]:
    rows = [row for row in standing if row.lot_id is None]
    last_on = last_visit_without(visit)
    for holder in holders:
        undone = [row for row in rows if row.holder_id == holder.pk]
        if undone:
            is_own = bool(holder.client_id) and holder.client_id == visit.client_id
            last = last_on if is_own else books.pots[holder.pk].last_visit_on
            yield holder_change(holder, undone, books, last_visit_on=last)


def holder_change(
    holder: Holder,
    undone: Iterable[Transaction],
    books: Books,
    *,
    last_visit_on: date | None,
    new: Decimal = ZERO,
) -> HolderChange:
    """What becomes of a holder where these of its rows are undone and ``new`` is written, signed.

    ``last_visit_on`` is when its client came last then, by which the card types' own clocks run.
    """
    undone = list(undone)
    pot = replace(books.pot_as_if_undone(holder.pk, undone), last_visit_on=last_visit_on)
    lost, lost_on = _past(pot, books.today)
    has_lots = holder.what.has_lots
    return HolderChange(
        holder=holder,
        before=books.pot_without_past(holder.pk).balance if has_lots else holder.balance,
        after=new + (pot.balance if has_lots else books.balance_as_if_undone(holder.pk, undone)),
        back=-sum((row.amount for row in undone if row.amount < 0), ZERO),
        taken=sum((row.amount for row in undone if row.amount > 0), ZERO),
        lost=lost,
        lost_on=lost_on,
    )


def last_visit_without(visit: Visit) -> date | None:
    """When the guest came last, but for this visit: the card types' own clocks run from there once it is undone."""
    others = Visit.objects.settled().of_client(visit.client_id).exclude(pk=visit.pk)
    last: date | None = others.aggregate(last=Max("starts_on"))["last"]
    return last


def _past(pot: Pot, today: date) -> tuple[Decimal, date | None]:
    """Points that are past their last day, and the latest of these days."""
    lots = pot.past(today)
    ends = [end for lot in lots if (end := lot.ends_on(pot.last_visit_on))]
    return sum((lot.remaining for lot in lots), ZERO), max(ends, default=None)
