"""The jobs of the ledger: points past their last day burn, and guests are told before (docs/rules.md, 5 and 10).

Running a job twice does no more than running it once.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.db.models import Max, Q

from chains.models import Chain
from clients.messages.models import Message, MessageKind
from loyalty.ledger.journal import LastVisits, open_journal
from loyalty.ledger.models import Lot

#: Holders locked together; small, so that a checkout never waits long for the job.
BATCH = 100


@dataclass(frozen=True)
class EndingLot:
    """A lot with points left that has a last day."""

    lot: Lot
    client_id: int
    ends_on: date


def burn_points(*, chain: Chain, at: datetime, last_visits: LastVisits) -> int:
    """Burn everything of the chain that is past its last day at ``at``; returns the number of rows written.

    Each batch of holders is a transaction of its own.
    """
    today = chain.local_date(at)
    may_be_past = Q(last_on__lt=today) | Q(inactivity_count__isnull=False)
    ending = _ending_lots(chain, may_be_past, last_visits)
    holder_ids = sorted({each.lot.holder_id for each in ending if each.ends_on < today})
    written = 0
    for start in range(0, len(holder_ids), BATCH):
        with transaction.atomic():
            journal = open_journal(
                chain=chain,
                holder_ids=holder_ids[start : start + BATCH],
                at=at,
                acting_user=None,
                last_visits=last_visits,
            )
            written += len(journal.burn_past(journal.holders))
    return written


@transaction.atomic
def queue_notices(*, chain: Chain, at: datetime, last_visits: LastVisits) -> int:
    """Queue a message for each client whose points end soon; returns how many were queued now.

    From (last day − N) through the last day, N days being what the promotion that gave them says; once
    per client and last day, with all points that the client loses after that day.
    """
    today = chain.local_date(at)
    ending = [each for each in _ending_lots(chain, _may_end_soon(chain, today), last_visits) if each.ends_on >= today]
    due = {(each.client_id, each.ends_on) for each in ending if _is_due(each, today)}
    by_card: dict[tuple[int, date], dict[int, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for each in ending:
        by_card[(each.client_id, each.ends_on)][each.lot.holder_id] += each.lot.remaining
    told = set(
        Message.objects.filter(
            chain=chain, kind=MessageKind.POINTS_BURNING, client__in={client_id for client_id, _ in due}
        ).values_list("client_id", "subject_on")
    )
    fresh = [_message(chain, subject, by_card[subject], at) for subject in sorted(due - told)]
    Message.objects.bulk_create(fresh, ignore_conflicts=True)
    return len(fresh)


def _may_end_soon(chain: Chain, today: date) -> Q:
    """Lots good today that may end within the longest notice that any of the chain's points carry."""
    lots = Lot.objects.filter(holder__chain=chain, remaining__gt=0)
    longest = lots.aggregate(days=Max("transaction__promotion_terms__notice"))["days"] or 0
    still_good = Q(last_on=None) | Q(last_on__gte=today)
    return still_good & (Q(last_on__lte=today + timedelta(days=longest)) | Q(inactivity_count__isnull=False))


def _ending_lots(chain: Chain, chosen: Q, last_visits: LastVisits) -> Iterator[EndingLot]:
    lots = Lot.objects.filter(chosen, holder__chain=chain, remaining__gt=0)
    found = list(lots.select_related("holder", "transaction__promotion_terms"))
    visited = last_visits({lot.holder.client_id for lot in found if lot.inactivity_count})
    for lot in found:
        ends_on = lot.as_rules().ends_on(visited.get(lot.holder.client_id))
        if ends_on is not None:
            yield EndingLot(lot, lot.holder.client_id, ends_on)


def _is_due(ending: EndingLot, today: date) -> bool:
    terms = ending.lot.transaction.promotion_terms
    if terms is None or terms.notice is None:
        return False
    return ending.ends_on - timedelta(days=terms.notice) <= today


def _message(chain: Chain, subject: tuple[int, date], by_holder: Mapping[int, Decimal], at: datetime) -> Message:
    client_id, ends_on = subject
    figures = {
        "amount": str(sum(by_holder.values(), Decimal(0))),
        "holders": {str(holder_id): str(amount) for holder_id, amount in sorted(by_holder.items())},
    }
    return Message(
        chain=chain,
        client_id=client_id,
        kind=MessageKind.POINTS_BURNING,
        subject_on=ends_on,
        figures=figures,
        queued_at=at,
        due_at=at,
    )
