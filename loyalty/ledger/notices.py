"""Guests are told before their points burn (docs/rules.md, sections 5 and 10): the job that queues the messages, and
what these say when they are sent.

Each batch of messages is a transaction of its own. Running the job twice tells nobody twice.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import DateField, Exists, F, Func, Max, OuterRef, Q, QuerySet, Value

from chains.models import Chain
from clients.messages.facts import Facts
from clients.messages.models import Message, MessageKind, Trouble
from loyalty.ledger.models import Lot
from loyalty.ledger.questions import longest_notice

#: Messages that are read and queued together.
BATCH = 2_000


def queue_notices(*, chain: Chain, at: datetime) -> int:
    """Queue a message for each client whose points end soon; returns how many were queued now.

    From (last day − N) through the last day, N days being what the promotion that gave them says; once
    per client and last day, with all points that the client loses after that day. What was dropped told nothing: the
    same day may be queued again.
    """
    queued = 0
    for messages in _batches(chain, at):
        queued += len(Message.objects.bulk_create(messages, ignore_conflicts=True))
    return queued


def facts_of_notice(message: Message, at: datetime) -> Facts:
    """What the client loses, at ``at``, after the day that a notice is about; or why that is nothing any more.

    All points that end on that day, whether they were among those of the queueing or came since.
    """
    held = Lot.objects.with_points().with_last_day().filter(holder__chain=message.chain, holder__client=message.client)
    ending = list(held.filter(~Q(ends_on=None)).values_list("pk", "remaining", F("ends_on")))
    lots = {lot_id: remaining for lot_id, remaining, ends_on in ending if ends_on == message.subject_on}
    if lots:
        return Facts(_figures(lots))
    meant = {int(lot_id) for lot_id in message.figures.get("lots", {})}
    today = message.chain.local_date(at)
    still_held = [ends_on for lot_id, _, ends_on in ending if lot_id in meant]
    # Points that are past their day are gone, though the job did not write that down yet.
    if any(ends_on >= today for ends_on in still_held):
        return Facts(untold=Trouble.DAY_MOVED)
    if still_held or Lot.objects.filter(pk__in=meant, ended_on__isnull=False).exists():
        return Facts(untold=Trouble.BURNED)
    return Facts(untold=Trouble.NOTHING_LEFT)


def _batches(chain: Chain, at: datetime) -> Iterator[list[Message]]:
    """What is to be queued, client by client; each batch is queued before the next is asked for."""
    untold = _untold(chain, at)
    found = list(untold[:BATCH])
    while found:
        yield [_message(chain, subject, at) for subject in found]
        # Of the last client another day may be left: those that were queued are told by now.
        found = list(untold.filter(holder__client__gte=found[-1]["holder__client"])[:BATCH])


def _untold(chain: Chain, at: datetime) -> QuerySet[Lot, dict[str, Any]]:
    """Of clients that lose points soon and were not told: each last day, and what of which lots is lost after it.

    Of a bearer's nobody can be told.
    """
    today = chain.local_date(at)
    told = Message.objects.standing().filter(
        kind=MessageKind.POINTS_BURNING, client=OuterRef("holder__client"), subject_on=OuterRef("ends_on")
    )
    lots = Lot.objects.with_points().filter(holder__chain=chain, holder__client__isnull=False)
    until = today + timedelta(days=longest_notice(chain.pk))
    soon: Any = lots.ending_through(until).filter(Q(ends_on__gte=today), ~Exists(told))
    # One whose terms tell nobody counts for nothing here; NULL is no last day of telling.
    told_through = Func(
        Value(today),
        Max("transaction__promotion_terms__notice"),
        template="(%(expressions)s)",
        arg_joiner=" + ",
        output_field=DateField(),
    )
    untold: QuerySet[Lot, dict[str, Any]] = (
        soon.order_by("holder__client", "ends_on")
        .values("holder__client", "ends_on")
        .annotate(
            told_through=told_through,
            lots=ArrayAgg("pk", order_by="pk"),
            amounts=ArrayAgg("remaining", order_by="pk"),
        )
        .filter(ends_on__lte=F("told_through"))
    )
    return untold


def _figures(lots: Mapping[int, Decimal]) -> dict[str, Any]:
    """What a notice says, and of which lots, by id with what remains of them."""
    amount = sum(lots.values(), Decimal(0))
    return {"amount": str(amount), "lots": {str(lot_id): str(lots[lot_id]) for lot_id in sorted(lots)}}


def _message(chain: Chain, subject: Mapping[str, Any], at: datetime) -> Message:
    return Message(
        chain=chain,
        client_id=subject["holder__client"],
        kind=MessageKind.POINTS_BURNING,
        subject_on=subject["ends_on"],
        figures=_figures(dict(zip(subject["lots"], subject["amounts"], strict=True))),
        queued_at=at,
        due_at=at,
    )
