"""What an edit, a cancellation or leaving arrived would take back; nothing is written here."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal

from django.db.models import Max, Q

from chains.models import Chain
from clients.models import Client
from loyalty.ledger.books import Books, look
from loyalty.ledger.kinds import ROWS, LedgerUnit
from loyalty.ledger.models import Holder, Transaction
from loyalty.referral.models import ReferralLink
from loyalty.rules.desk import Receiver
from loyalty.rules.money import ZERO
from loyalty.rules.plan import Plan
from loyalty.rules.points import Pot
from loyalty.rules.settlement import Settlement
from visits.models import Visit
from visits.plans import kept_value_lines
from visits.postings import wanted_rows


@dataclass(frozen=True)
class HolderChange:
    """What a holder holds, in what its kind counts, all 0 or more but the balances before and after.

    ``back`` come back to it and ``taken`` are taken from it, ``paid`` and ``given`` are what it pays and gets more.
    Of the balance after, ``lost`` points are past their last day, ``lost_on``: they burn.
    """

    holder: Holder
    before: Decimal
    after: Decimal
    back: Decimal = ZERO
    taken: Decimal = ZERO
    paid: Decimal = ZERO
    given: Decimal = ZERO
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
        return f"{holder.client.name}, {named}" if holder.client else named


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
    last_on = _last_visit_without(visit)
    for holder in holders:
        amounts = [row.amount for row in rows if row.holder_id == holder.pk]
        if amounts:
            pot = books.pot_as_if_undone(holder.pk)
            if holder.client_id and holder.client_id == visit.client_id:
                pot = replace(pot, last_visit_on=last_on)
            lost, lost_on = _past(pot, books.today)
            has_lots = holder.what.has_lots
            yield HolderChange(
                holder=holder,
                before=books.pot_without_past(holder.pk).balance if has_lots else holder.balance,
                after=pot.balance if has_lots else books.balance_as_if_undone(holder.pk),
                back=-sum((amount for amount in amounts if amount < 0), ZERO),
                taken=sum((amount for amount in amounts if amount > 0), ZERO),
                lost=lost,
                lost_on=lost_on,
            )


def _last_visit_without(visit: Visit) -> date | None:
    """When the guest came last, but for this visit: the card types' own clocks run from there once it is undone."""
    others = Visit.objects.settled().of_client(visit.client_id).exclude(pk=visit.pk)
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
    """What a visit pays with a holder and gives to it, before and after an edit; each 0 or more."""

    paid: Decimal = ZERO
    given: Decimal = ZERO
    will_pay: Decimal = ZERO
    will_give: Decimal = ZERO


def undone_by_edit(*, visit: Visit, plan: Plan, settlement: Settlement) -> Undoing:
    """What of an arrived visit saving ``plan`` would take back, with the balances that are left."""
    rows = Transaction.objects.of_visit(visit.pk).standing().filter(lot=None)
    standing = list(rows.select_related("holder__card__card_type", "holder__client"))
    referral = settlement.referral
    receiver = Receiver(referral.card_id, referral.holder_id) if referral and referral.card_id else None
    stays = {value.value_line_id for value in plan.value}
    value_lines = [line for line in kept_value_lines(visit) if line.pk in stays]
    wanted = wanted_rows(settlement, [0] * len(settlement.lines), receiver, value_lines)
    discounts = ZERO
    moved: dict[int, _Moved] = {}
    for row in standing:
        if row.holder_id is None:
            discounts -= row.amount
        elif row.amount < 0:
            moved.setdefault(row.holder_id, _Moved()).paid -= row.amount
        else:
            moved.setdefault(row.holder_id, _Moved()).given += row.amount
    for each in wanted:
        if ROWS[each.kind].holder is None:
            discounts -= each.amount
        elif each.holder_id is None:
            continue  # sold here and not granted yet: nothing of it is there to be taken back
        elif each.signed < 0:
            moved.setdefault(each.holder_id, _Moved()).will_pay += each.amount
        else:
            moved.setdefault(each.holder_id, _Moved()).will_give += each.amount
    holders = {row.holder_id: row.holder for row in standing if row.holder}
    return Undoing(
        discounts=max(ZERO, discounts),
        holders=tuple(_edited(holders, moved)),
        inviter=_unlinked(visit, settlement),
    )


def _edited(holders: Mapping[int | None, Holder], moved: Mapping[int, _Moved]) -> Iterable[HolderChange]:
    for holder_id, each in moved.items():
        holder = holders.get(holder_id)
        back, given = each.paid - each.will_pay, each.will_give - each.given
        if holder is not None and (back or given):
            before = holder.balance
            yield HolderChange(
                holder=holder,
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
