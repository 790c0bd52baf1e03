"""The jobs of the ledger: points past their last day burn, and guests are told before (docs/rules.md, 5 and 10).

Running a job twice does no more than running it once.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Max, Q

from chains.acting import Program
from chains.models import Chain
from clients.messages.facts import Facts
from clients.messages.models import Message, MessageKind, Trouble
from loyalty.ledger.journal import open_journal
from loyalty.ledger.models import Lot
from loyalty.ledger.questions import last_visits

#: Who burns: the ledger's own job, which needs no right of those that users have.
BURNING = Program("burning")

#: Holders locked together; small, so that a checkout never waits long for the job.
BATCH = 100


@dataclass(frozen=True)
class EndingLot:
    """A lot with points left that has a last day."""

    lot: Lot
    client_id: int
    ends_on: date


def burn_points(*, chain: Chain, at: datetime) -> int:
    """Burn everything of the chain that is past its last day at ``at``; returns the number of rows written.

    Each batch of holders is a transaction of its own.
    """
    today = chain.local_date(at)
    may_be_past = Q(last_on__lt=today) | Q(inactivity_count__isnull=False)
    ending = _ending_lots(chain, may_be_past)
    holder_ids = sorted({each.lot.holder_id for each in ending if each.ends_on < today})
    written = 0
    for start in range(0, len(holder_ids), BATCH):
        with transaction.atomic():
            journal = open_journal(
                chain=chain,
                holder_ids=holder_ids[start : start + BATCH],
                at=at,
                acting_user=BURNING,
            )
            written += len(journal.burn_past(journal.books.holders))
    return written


@transaction.atomic
def queue_notices(*, chain: Chain, at: datetime) -> int:
    """Queue a message for each client whose points end soon; returns how many were queued now.

    From (last day − N) through the last day, N days being what the promotion that gave them says; once
    per client and last day, with all points that the client loses after that day. What was dropped told nothing: the
    same day may be queued again.
    """
    today = chain.local_date(at)
    ending = [each for each in _ending_lots(chain, _may_end_soon(chain, today)) if each.ends_on >= today]
    due = {(each.client_id, each.ends_on) for each in ending if _is_due(each, today)}
    lots: dict[tuple[int, date], list[Lot]] = defaultdict(list)
    for each in ending:
        lots[(each.client_id, each.ends_on)].append(each.lot)
    told = set(
        Message.objects.standing()
        .filter(chain=chain, kind=MessageKind.POINTS_BURNING, client__in={client_id for client_id, _ in due})
        .values_list("client_id", "subject_on")
    )
    fresh = [_message(chain, subject, lots[subject], at) for subject in sorted(due - told)]
    Message.objects.bulk_create(fresh, ignore_conflicts=True)
    return len(fresh)


def facts_of_notice(message: Message, at: datetime) -> Facts:
    """What the client loses, at ``at``, after the day that a notice is about; or why that is nothing any more.

    All points that end on that day, whether they were among those of the queueing or came since.
    """
    of_client = Q(holder__client=message.client_id)
    ending = list(_ending_lots(message.chain, of_client))
    lots = [each.lot for each in ending if each.ends_on == message.subject_on]
    if lots:
        return Facts(_figures(lots))
    meant = {int(lot_id) for lot_id in message.figures.get("lots", {})}
    today = message.chain.local_date(at)
    # Points that are past their day are gone, though the job did not write that down yet.
    if any(each.lot.pk in meant and each.ends_on >= today for each in ending):
        return Facts(untold=Trouble.DAY_MOVED)
    is_past = any(each.lot.pk in meant for each in ending)
    if is_past or Lot.objects.filter(pk__in=meant, ended_on__isnull=False).exists():
        return Facts(untold=Trouble.BURNED)
    return Facts(untold=Trouble.NOTHING_LEFT)


def _may_end_soon(chain: Chain, today: date) -> Q:
    """Lots good today that may end within the longest notice that any of the chain's points carry."""
    lots = Lot.objects.filter(holder__chain=chain, remaining__gt=0)
    longest = lots.aggregate(days=Max("transaction__promotion_terms__notice"))["days"] or 0
    still_good = Q(last_on=None) | Q(last_on__gte=today)
    # Of a bearer's nobody can be told.
    ends_soon = Q(last_on__lte=today + timedelta(days=longest)) | Q(inactivity_count__isnull=False)
    return still_good & ends_soon & Q(holder__client__isnull=False)


def _ending_lots(chain: Chain, chosen: Q) -> Iterator[EndingLot]:
    lots = Lot.objects.filter(chosen, holder__chain=chain, remaining__gt=0)
    found = list(lots.select_related("holder", "transaction__promotion_terms"))
    visited = last_visits({pk for lot in found if lot.inactivity_count and (pk := lot.holder.client_id)})
    for lot in found:
        client_id = lot.holder.client_id or 0
        ends_on = lot.as_rules().ends_on(visited.get(client_id))
        if ends_on is not None:
            yield EndingLot(lot, client_id, ends_on)


def _is_due(ending: EndingLot, today: date) -> bool:
    terms = ending.lot.transaction.promotion_terms
    if terms is None or terms.notice is None:
        return False
    return ending.ends_on - timedelta(days=terms.notice) <= today


def _figures(lots: Iterable[Lot]) -> dict[str, Any]:
    """What a notice says, and of which lots."""
    remaining = {str(lot.pk): lot.remaining for lot in sorted(lots, key=lambda lot: lot.pk)}
    amount = sum(remaining.values(), Decimal(0))
    return {"amount": str(amount), "lots": {lot_id: str(each) for lot_id, each in remaining.items()}}


def _message(chain: Chain, subject: tuple[int, date], lots: Iterable[Lot], at: datetime) -> Message:
    client_id, ends_on = subject
    return Message(
        chain=chain,
        client_id=client_id,
        kind=MessageKind.POINTS_BURNING,
        subject_on=ends_on,
        figures=_figures(lots),
        queued_at=at,
        due_at=at,
    )
