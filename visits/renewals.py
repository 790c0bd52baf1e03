"""Memberships renew themselves: on its last day the price of a period is charged, and what is paid is a sale.

A try has two transactions, and the provider is asked between them. The first *claims*: it keeps that the price is asked
for, by which key, and when that is taken up again should nobody end it. The second ends it with the answer, under the
locks of the membership. A worker who dies between them leaves a charge of which nothing is known: the
next one asks by the key what came of it, before anything else is done, and charges by the same key where nothing did.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.db.models import Q

from chains.acting import Program
from chains.batches import Batch
from chains.models import Chain
from loyalty.ledger.journal import Journal, open_journal
from loyalty.memberships.models import MEMBERSHIP_TYPE_TERMS, Membership, MembershipPeriod, PeriodState
from loyalty.memberships.periods import turn_periods
from loyalty.memberships.renewals.models import OPEN, ChargeState, Renewal, RenewalCharge, Stopped
from loyalty.memberships.renewals.providers import Answer, Asked, NoAnswer, Provider
from loyalty.memberships.renewals.stopping import stop_renewal
from loyalty.rules.plan import PaymentMethod, Status
from visits.changes.services import keep_change, kept_now
from visits.models import ValueLine, Visit, VisitPayment
from visits.plans import plan_of
from visits.records import KeptLines
from visits.value import MEMBERSHIP

#: Who renews what renews by itself.
RENEWAL = Program("renewal")
#: A claim holds for so long; no provider is waited for that long.
LEASE = timedelta(minutes=10)
#: How long after each try without an answer the next one comes; the last one again and again.
PAUSES = (*3 * (timedelta(minutes=10),), timedelta(hours=1), timedelta(hours=6))
#: Charges that one run asks for at most, so that runs stay short.
RUN = 200


def renew_due(
    *, chain: Chain, providers: Mapping[str, Provider], at: datetime, clock: Callable[[], datetime] | None = None
) -> int:
    """Charge what is due in a chain at ``at`` and ask for what was not answered; returns how many tries there were.

    ``clock`` tells the instant of each answer, which a slow provider may put into the next day; without it that is
    ``at``.
    """
    tries = 0
    while tries < RUN and (charge := _claim(chain, at)):
        tries += 1
        answer = _answer(providers[charge.renewal.provider], charge, chain)
        _end(charge, answer, chain, clock() if clock else at)
    for renewal in Renewal.objects.late(chain.local_date(at)).filter(membership__chain=chain).order_by("pk"):
        stop_renewal(membership=renewal.membership, why=Stopped.LATE, at=at, acting_user=RENEWAL)
    return tries


# A try
# ----------------------------------------------------------------------------


def _claim(chain: Chain, at: datetime) -> RenewalCharge | None:
    return _claim_open(chain, at) or _claim_new(chain, at)


@transaction.atomic
def _claim_open(chain: Chain, at: datetime) -> RenewalCharge | None:
    """One that was asked for before and of which nothing is known."""
    due = RenewalCharge.objects.due(at).filter(renewal__membership__chain=chain)
    charge = due.select_for_update(no_key=True, skip_locked=True, of=("self",)).select_related("renewal").first()
    if charge is not None:
        charge.attempts += 1
        charge.state, charge.due_at = ChargeState.ASKED, at + LEASE
        charge.save(update_fields=["attempts", "state", "due_at"])
    return charge


def _claim_new(chain: Chain, at: datetime) -> RenewalCharge | None:
    due = Renewal.objects.due(chain.local_date(at)).filter(membership__chain=chain)
    claimed = (_claim_of(chain, pk, at) for pk in due.order_by("pk").values_list("membership", flat=True)[:RUN])
    return next(filter(None, claimed), None)


@transaction.atomic
def _claim_of(chain: Chain, membership_id: int, at: datetime) -> RenewalCharge | None:
    """The first claim of the next period of a membership; None where it is not due any more."""
    _hold(chain, membership_id, at)
    list(Renewal.objects.filter(membership=membership_id).select_for_update(no_key=True).values_list("pk"))
    # Now that nobody freezes it, charges it or stops it.
    due = Renewal.objects.due(chain.local_date(at)).filter(membership=membership_id)
    renewal = due.select_related("membership__period", "membership__terms").first()
    if renewal is None:
        return None
    assert renewal.membership.period is not None
    number = renewal.membership.period.number + 1
    return RenewalCharge.objects.create(
        renewal=renewal,
        number=number,
        key=renewal.key_of(number),
        amount=renewal.membership.terms.price,
        asked_at=at,
        due_at=at + LEASE,
    )


def _hold(chain: Chain, membership_id: int, at: datetime) -> Journal:
    """The journal on all holders of a membership, which is in the period that it is in by now."""
    membership = Membership.objects.get(pk=membership_id)
    journal = open_journal(
        chain=chain,
        holder_ids=list(membership.held_counters.values_list("holder_id", flat=True)),
        at=at,
        acting_user=RENEWAL,
        undoable=Q(pk=0),
    )
    turn_periods(journal)
    return journal


def _asked(charge: RenewalCharge, chain: Chain) -> Asked:
    return Asked(charge.key, charge.renewal.token, charge.amount, chain.currency)


def _answer(provider: Provider, charge: RenewalCharge, chain: Chain) -> Answer | None:
    """What the provider says, None where that is not known. Nothing is locked while it is asked."""
    asked = _asked(charge, chain)
    try:
        if charge.attempts > 1:
            if known := provider.ask(asked):
                return known
            if not Renewal.objects.going_on().filter(pk=charge.renewal_id).exists():
                return Answer(is_paid=False)
        return provider.charge(asked)
    except NoAnswer:
        return None


@transaction.atomic
def _end(claimed: RenewalCharge, answer: Answer | None, chain: Chain, at: datetime) -> None:
    """Keep what came of a charge; an answer that comes twice does nothing more."""
    journal = _hold(chain, claimed.renewal.membership_id, at)
    renewal = Renewal.objects.select_for_update(no_key=True).get(pk=claimed.renewal_id)
    charge = RenewalCharge.objects.select_for_update(no_key=True).get(pk=claimed.pk)
    if charge.state not in OPEN:
        return
    if answer is None or not answer.is_of(_asked(claimed, chain)):
        if charge.attempts == claimed.attempts:
            charge.state = ChargeState.UNANSWERED
            charge.due_at = at + PAUSES[min(charge.attempts, len(PAUSES)) - 1]
            charge.answer = answer.text if answer else ""
            charge.save(update_fields=["state", "due_at", "answer"])
        return
    charge.due_at, charge.answered_at, charge.answer = None, at, answer.text[:300]
    if answer.is_paid:
        charge.state = ChargeState.PAID
        charge.visit = _sell(journal, charge, at)
    else:
        charge.state = ChargeState.DROPPED if renewal.stopped_at else ChargeState.REFUSED
        stop_renewal(membership=renewal.membership, why=Stopped.REFUSED, at=at, acting_user=RENEWAL)
    charge.save(update_fields=["state", "due_at", "answered_at", "answer", "visit"])


# The sale
# ----------------------------------------------------------------------------


def _sell(journal: Journal, charge: RenewalCharge, at: datetime) -> Visit:
    """A bill of its own, paid online, and the period that it sold: from the day after the last, or today."""
    membership = Membership.objects.select_related("chain", "client", "period", "location").get(
        pk=charge.renewal.membership_id
    )
    today = journal.books.today
    [under] = MEMBERSHIP_TYPE_TERMS.of([membership.terms_id]).values()
    visit, line = _bill(membership, charge.amount, under.counts, at)
    assert membership.period is not None
    first_on = first_day_after(membership.period, today)
    MembershipPeriod.objects.create(
        membership=membership,
        number=charge.number,
        visit=visit,
        value_line=line,
        price=charge.amount,
        sold_on=today,
        first_on=first_on,
        last_on=under.last_day(first_on),
        state=PeriodState.AHEAD,
    )
    turn_periods(journal)
    return visit


def first_day_after(period: MembershipPeriod, today: date) -> date:
    """The first day of what is paid on a day after this period: the next one, or that day once it is over."""
    return max(period.last_on + timedelta(days=1), today) if period.last_on else today


def _bill(membership: Membership, price: Decimal, counts: int, at: datetime) -> tuple[Visit, ValueLine]:
    location = membership.location or membership.chain.locations.order_by("archived", "pk")[0]
    visit = Visit.objects.create(
        chain=membership.chain,
        location=location,
        client=membership.client,
        starts_at=at,
        starts_on=location.local_date(at),
        status=Status.ARRIVED,
        value=price,
        recorded=price,
        sells_value=True,
        is_sale=True,
        settled_at=at,
        saved_at=at,
    )
    counters = membership.held_counters.order_by("key")
    line = ValueLine.objects.create(
        visit=visit,
        position=0,
        kind=MEMBERSHIP,
        subject_id=membership.membership_type_id,
        price=price,
        amount=counts,
        holder_id=counters.values_list("holder", flat=True)[0],
    )
    VisitPayment.objects.create(visit=visit, position=0, method=PaymentMethod.ONLINE, amount=price)
    kept = Visit.objects.with_plan().select_related("location").get(pk=visit.pk)
    kept.chain = kept.location.chain = membership.chain
    batch = Batch()
    keep_change(kept, None, kept_now(kept), batch, kept=KeptLines.of(plan_of(kept)), usual={}, at=at)
    batch.send()
    return visit, line
