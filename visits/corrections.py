"""What saving or cancelling a visit would change, before and after; nothing is written here.

The figures after are those of the page's settlement, the figures before those of the last save; what cards and other
holders hold comes of the same difference of ledger rows that the save writes. A visit that is not arrived wants none.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from chains.refusals import Refusal
from clients.models import Client
from loyalty.cards.models import Card, CardType
from loyalty.client_pages.holders import NAMES
from loyalty.ledger.kinds import HolderKind
from loyalty.ledger.models import Holder, Transaction
from loyalty.referral.models import ReferralLink
from loyalty.rules.desk import Receiver
from loyalty.rules.money import ZERO
from loyalty.rules.plan import PaymentMethod, Plan, Status
from loyalty.rules.settlement import Settlement
from visits.checkout import Preview
from visits.held import HolderChange, holder_change, last_visit_without
from visits.models import CALLED_OFF, Visit
from visits.plans import kept_value_lines
from visits.postings import Wanted, difference, wanted_rows
from visits.value import granted_once, use_in_the_way

#: The figures of a bill that a correction shows, by the name that a visit and a settlement have for them.
FIGURES = ("sold", "discount", "covered", "due", "left")


@dataclass(frozen=True)
class Correction:
    """``figures`` are those of FIGURES that change, before and after; ``holders`` whose balance changes.

    ``money`` stays recorded with a visit that does not take place, or not yet: ``is_off`` is the former.
    ``uninvited_by`` is the inviter whose link to the guest is undone, so that the guest may be invited again.
    """

    figures: dict[str, tuple[Decimal, Decimal]]
    money: tuple[tuple[PaymentMethod, Decimal], ...]
    is_off: bool
    holders: tuple[HolderChange, ...]
    uninvited_by: Client | None

    def __bool__(self) -> bool:
        return bool(self.figures or self.money or self.holders or self.uninvited_by)

    @property
    def burns(self) -> bool:
        """Whether points come back that are past their last day."""
        return any(each.lost for each in self.holders)


def correction_of(*, visit: Visit, plan: Plan, preview: Preview) -> Correction:
    """What saving ``plan`` would change of a visit; it can be saved as it is.

    Of one that is not arrived, and has done nothing yet, that is what to hand back, where it is called off.
    """
    settlement, was_arrived, is_off = preview.settlement, visit.status == Status.ARRIVED, plan.status in CALLED_OFF
    is_newly_off = is_off and visit.status not in CALLED_OFF
    leaves = was_arrived and plan.status is not Status.ARRIVED
    return Correction(
        figures=dict(_figures(visit, settlement, is_off=is_off)) if was_arrived else {},
        money=settlement.payments if leaves or is_newly_off else (),
        is_off=is_off,
        holders=(*_moved(visit, plan, preview), *_newly_issued(visit, settlement)),
        uninvited_by=_uninvited_by(visit, plan, settlement) if was_arrived else None,
    )


def correction_refusal(*, visit: Visit, plan: Plan, preview: Preview) -> Refusal | None:
    """What will keep ``plan`` from being saved: it takes back something sold that was used since."""
    of_visit = preview.books.of_visit(visit.pk)
    if not any(row.value_line_id for row in of_visit):
        return None
    changed, _new = difference(of_visit, _wanted(visit, plan, preview.settlement))
    return use_in_the_way(preview.books, changed)


def _figures(visit: Visit, settlement: Settlement, *, is_off: bool) -> Iterator[tuple[str, tuple[Decimal, Decimal]]]:
    """Those that change: a visit that does not take place sells nothing, one that waits keeps its plan."""
    for name in FIGURES:
        before, after = getattr(visit, name), ZERO if is_off else getattr(settlement, name)
        if before != after:
            yield name, (before, after)


def _moved(visit: Visit, plan: Plan, preview: Preview) -> Iterator[HolderChange]:
    """What the rows that are undone and written anew do to the balances of those who have one."""
    books = preview.books
    changed, new = difference(books.of_visit(visit.pk), _wanted(visit, plan, preview.settlement))
    undone: dict[int, list[Transaction]] = defaultdict(list)
    written: dict[int, Decimal] = defaultdict(Decimal)
    for row in changed:
        if row.holder_id is not None:
            undone[row.holder_id].append(row)
    for each in new:
        if each.holder_id is not None:
            written[each.holder_id] += each.signed
    for holder in _in_full({*undone, *written}):
        last_on = books.pots[holder.pk].last_visit_on
        if visit.settled_at and not preview.settlement.is_settled and holder.client_id == visit.client_id:
            last_on = last_visit_without(visit)
        change = holder_change(holder, undone[holder.pk], books, last_visit_on=last_on, new=written[holder.pk])
        if change.before != change.after:
            yield change


def _wanted(visit: Visit, plan: Plan, settlement: Settlement) -> list[Wanted]:
    """The rows with a holder; a line that is not saved yet has none of its own to be told apart by."""
    if plan.status is not Status.ARRIVED:
        return []
    referral = settlement.referral
    receiver = Receiver(referral.card_id, referral.holder_id) if referral and referral.card_id else None
    stays = {value.value_line_id for value in plan.value}
    value_lines = [line for line in kept_value_lines(visit) if line.pk in stays]
    granted = [(line, once) for line in value_lines if (once := granted_once(line, {}))]
    return wanted_rows(settlement, [line.line_id or 0 for line in plan.lines], receiver, granted)


def _in_full(holder_ids: Iterable[int]) -> Iterable[Holder]:
    """The guest's own and others in the order in which they came to be."""
    return Holder.objects.filter(pk__in=holder_ids).select_related(*NAMES, "client").order_by("pk")


def _newly_issued(visit: Visit, settlement: Settlement) -> Iterator[HolderChange]:
    """The card that the inviter would be issued for what the visit gives."""
    referral = settlement.referral
    if referral and referral.needs_card and referral.amount and settlement.is_settled:
        inviter = Client.objects.get(pk=referral.inviter_id)
        holder = Holder(chain=visit.chain, client=inviter, kind=HolderKind.CARD)
        Card(holder=holder, client=inviter, card_type=CardType.objects.get(pk=referral.card_type.id))
        yield HolderChange(holder, before=ZERO, after=referral.amount)


def _uninvited_by(visit: Visit, plan: Plan, settlement: Settlement) -> Client | None:
    if plan.status is Status.ARRIVED and settlement.referral_discount:
        return None
    link = ReferralLink.objects.filter(visit=visit.pk).select_related("inviter").first()
    return link.inviter if link else None
