"""What saving an edit of an arrived visit would change, before and after; nothing is written here.

The figures after are those of the page's settlement, the figures before those of the last save; what cards and other
holders hold comes of the same difference of ledger rows that the save writes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from clients.models import Client
from loyalty.cards.models import Card, CardType
from loyalty.ledger.kinds import HolderKind
from loyalty.ledger.models import Holder, Transaction
from loyalty.referral.models import ReferralLink
from loyalty.rules.desk import Receiver
from loyalty.rules.money import ZERO
from loyalty.rules.plan import Plan
from loyalty.rules.settlement import Settlement
from visits.checkout import Preview
from visits.models import Visit
from visits.plans import kept_value_lines
from visits.postings import Wanted, difference, wanted_rows
from visits.undoing import HolderChange, holder_change, last_visit_without

#: The figures of a bill that a correction shows, by the name that a visit and a settlement have for them.
FIGURES = ("sold", "discount", "due", "left")


@dataclass(frozen=True)
class Correction:
    """``figures`` are those of FIGURES that change, before and after; ``holders`` whose balance changes.

    ``uninvited_by`` is the inviter whose link to the guest is undone, so that the guest may be invited again.
    """

    figures: dict[str, tuple[Decimal, Decimal]]
    holders: tuple[HolderChange, ...]
    uninvited_by: Client | None

    def __bool__(self) -> bool:
        return bool(self.figures or self.holders or self.uninvited_by)


def correction_of(*, visit: Visit, plan: Plan, preview: Preview) -> Correction:
    """What saving ``plan`` would change of an arrived visit that stays arrived; it can be saved as it is."""
    settlement = preview.settlement
    figures = {name: (getattr(visit, name), getattr(settlement, name)) for name in FIGURES}
    return Correction(
        figures={name: (before, after) for name, (before, after) in figures.items() if before != after},
        holders=(*_moved(visit, plan, preview), *_newly_issued(visit, settlement)),
        uninvited_by=_uninvited_by(visit, settlement),
    )


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
    """The rows with a holder. Those of lines have none, so which line is which does not matter here."""
    referral = settlement.referral
    receiver = Receiver(referral.card_id, referral.holder_id) if referral and referral.card_id else None
    stays = {value.value_line_id for value in plan.value}
    value_lines = [line for line in kept_value_lines(visit) if line.pk in stays]
    return wanted_rows(settlement, [0] * len(settlement.lines), receiver, value_lines)


def _in_full(holder_ids: Iterable[int]) -> Iterable[Holder]:
    """The guest's own and others in the order in which they came to be."""
    return Holder.objects.filter(pk__in=holder_ids).select_related("card__card_type", "client").order_by("pk")


def _newly_issued(visit: Visit, settlement: Settlement) -> Iterator[HolderChange]:
    """The card that the inviter would be issued for what the visit gives."""
    referral = settlement.referral
    if referral and referral.needs_card and referral.amount and settlement.is_settled:
        inviter = Client.objects.get(pk=referral.inviter_id)
        holder = Holder(chain=visit.chain, client=inviter, kind=HolderKind.CARD)
        Card(holder=holder, client=inviter, card_type=CardType.objects.get(pk=referral.card_type.id))
        yield HolderChange(holder, before=ZERO, after=referral.amount)


def _uninvited_by(visit: Visit, settlement: Settlement) -> Client | None:
    if settlement.referral_discount:
        return None
    link = ReferralLink.objects.filter(visit=visit.pk).select_related("inviter").first()
    return link.inviter if link else None
