"""What happens to the days of memberships: they begin, end, and the next period that is paid takes their place.

All of it is done by the first operation that meets it, else by the hourly job (docs/rules.md, section 14).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import Max, Q, QuerySet
from django.utils.dateparse import parse_date

from chains.acting import Program
from chains.models import Chain
from loyalty.ledger.journal import Given, Journal, open_journal
from loyalty.ledger.kinds import HolderKind, TransactionKind
from loyalty.ledger.models import Holder, Transaction
from loyalty.memberships.models import (
    MEMBERSHIP_TYPE_TERMS,
    Membership,
    MembershipCounter,
    MembershipPeriod,
    MembershipQuerySet,
    PeriodState,
)
from loyalty.rules.money import ZERO
from loyalty.rules.terms import Begins, MembershipType
from loyalty.rules.why import Reason, why

#: Who writes what begins and ends by itself.
EXPIRY = Program("expiry")
#: So many memberships in one transaction, so that no desk waits for long.
_AT_ONCE = 100

# Periods that are paid ahead
# ----------------------------------------------------------------------------


def turn_periods(journal: Journal) -> None:
    """Put memberships of the journal's holders into the next period, where that is paid and has begun.

    What is left of the old one expires, and the uses of the new one are issued. Written at once.
    """
    held = _held(journal)
    if not held:
        return
    of_holders = Membership.objects.of_holders(held).values("pk")
    turned = list(_begun_ahead(journal.books.today).filter(membership__in=of_holders).order_by("membership", "number"))
    for period in turned:
        _turn(journal, period)
    if turned:
        journal.write()


def _held(journal: Journal) -> list[int]:
    return [holder.pk for holder in journal.books.holders.values() if holder.kind == HolderKind.MEMBERSHIP]


def _begun_ahead(today: date) -> QuerySet[MembershipPeriod]:
    ahead = MembershipPeriod.objects.filter(state=PeriodState.AHEAD, first_on__lte=today)
    return ahead.select_related("membership__period")


def _turn(journal: Journal, period: MembershipPeriod) -> None:
    membership = period.membership
    counters = list(membership.held_counters.exclude(count=None))
    assert membership.period is not None
    for counter in counters:
        _expire(journal, membership, membership.period, counter, journal.books.holders[counter.holder_id].balance)
    for counter in counters:
        row = journal.grant(
            holder_id=counter.holder_id,
            kind=TransactionKind.MEMBERSHIP_ISSUE,
            amount=Decimal(counter.count or 0),
            given=Given(
                visit_id=period.visit_id,
                value_line_id=period.value_line_id,
                why=why(Reason.GIVEN, price=period.price, period=period.number),
            ),
        )
        row.location_id = membership.location_id
    period.state, membership.period = PeriodState.GRANTED, period
    period.save(update_fields=["state"])
    membership.save(update_fields=["period"])


# Uses
# ----------------------------------------------------------------------------


def make_room(journal: Journal, uses: Iterable[tuple[int, int]]) -> None:
    """Undo what expired of the counters, by holder, and of the periods that units are about to be taken of."""
    wanted = set(uses)
    expired = Transaction.objects.standing().filter(
        holder__in={holder_id for holder_id, _period in wanted}, kind=TransactionKind.MEMBERSHIP_EXPIRY
    )
    for row in expired.order_by("pk"):
        if (row.holder_id, row.why["period"]) in wanted:
            journal.undo(row)


def after_uses(journal: Journal) -> None:
    """Keep memberships true of which the operation, whose rows are written, took or gave back units.

    One that begins at its first use begins with the earliest that stands, or has not begun; what is left of a period
    that is over expires.
    """
    touched: dict[int, set[int]] = defaultdict(set)
    for row in journal.written:
        if row.kind == TransactionKind.MEMBERSHIP_USE and row.holder_id:
            used = row.undoes or row
            touched[row.holder_id].add(used.why["period"])
    if not touched:
        return
    counters = MembershipCounter.objects.filter(holder__in=touched).order_by("holder")
    by_membership: dict[int, list[MembershipCounter]] = defaultdict(list)
    for counter in counters:
        by_membership[counter.membership_id].append(counter)
    for membership in Membership.objects.filter(pk__in=by_membership).select_related("period").order_by("pk"):
        [under] = MEMBERSHIP_TYPE_TERMS.of([membership.terms_id]).values()
        periods = {each.number: each for each in membership.periods.all()}
        assert membership.period is not None
        current = periods[membership.period.number]
        if under.begins is Begins.FIRST_USE:
            _begin_with_uses(current, under, journal.books.today)
        for counter in by_membership[membership.pk]:
            for number in touched[counter.holder_id]:
                _expire_rest(journal, membership, periods[number], current, counter)
    journal.write_rows()


def _begin_with_uses(period: MembershipPeriod, under: MembershipType, today: date) -> None:
    holders = MembershipCounter.objects.filter(membership=period.membership_id).values("holder")
    uses = Transaction.objects.standing().filter(holder__in=holders, kind=TransactionKind.MEMBERSHIP_USE)
    whys = [row for row in uses.values_list("why", flat=True) if row["period"] == period.number]
    days = [day for kept in whys if (day := parse_date(kept["on"]))]
    if period.latest_on and period.latest_on <= today:
        days.append(period.latest_on)
    period.keep_days(period.days().begun(min(days, default=None), under))


def _expire_rest(
    journal: Journal,
    membership: Membership,
    period: MembershipPeriod,
    current: MembershipPeriod,
    counter: MembershipCounter,
) -> None:
    """Take what is left of a period that is over."""
    if counter.count is None:
        return
    if period.pk == current.pk:
        is_over = period.last_on is not None and period.last_on < journal.books.today
        left = journal.books.holders[counter.holder_id].balance if is_over else ZERO
    else:
        rows = Transaction.objects.standing().filter(holder=counter.holder_id, why__period=period.number)
        left = sum(rows.values_list("amount", flat=True), ZERO)
    _expire(journal, membership, period, counter, left)


def _expire(
    journal: Journal, membership: Membership, period: MembershipPeriod, counter: MembershipCounter, left: Decimal
) -> None:
    if left <= 0:
        return
    turns = Transaction.objects.filter(
        holder=counter.holder_id, kind=TransactionKind.MEMBERSHIP_EXPIRY, undoes=None
    ).aggregate(newest=Max("turn"))
    row = journal.debit(
        holder_id=counter.holder_id,
        kind=TransactionKind.MEMBERSHIP_EXPIRY,
        amount=left,
        given=Given(
            client_id=membership.client_id,
            turn=(turns["newest"] or 0) + 1,
            why=why(Reason.GIVEN, period=period.number, **({"last_on": period.last_on} if period.last_on else {})),
        ),
    )
    row.location_id = membership.location_id


# The job
# ----------------------------------------------------------------------------


def run_memberships(*, chain: Chain, at: datetime) -> int:
    """Begin what begins by itself, turn what is paid ahead, expire what is past its last day; how many there were.

    Run twice it does nothing more; memberships that somebody else holds are left to the next run.
    """
    done = 0
    while batch := _run_some(chain, at):
        done += batch
    return done


@transaction.atomic
def _run_some(chain: Chain, at: datetime) -> int:
    today = chain.local_date(at)
    due = MembershipCounter.objects.filter(membership__in=_due(chain, today)).order_by("holder").values("holder")
    held = list(Holder.objects.filter(pk__in=due).taken().values_list("pk", flat=True)[:_AT_ONCE])
    journal = open_journal(chain=chain, holder_ids=held, at=at, acting_user=EXPIRY)
    # As they are now that they are held.
    memberships = _due(chain, today).of_holders(held).filter(pk__in=_held_whole(held)).select_related("period")
    done = 0
    for membership in list(memberships.order_by("pk")):
        _run(journal, membership, today)
        done += 1
    journal.write()
    return done


def _held_whole(held: Iterable[int]) -> list[int]:
    """The memberships all of whose counters are held."""
    held = set(held)
    counters: Mapping[int, set[int]] = defaultdict(set)
    of_them = MembershipCounter.objects.filter(holder__in=held).values("membership")
    for membership_id, holder_id in MembershipCounter.objects.filter(membership__in=of_them).values_list(
        "membership", "holder"
    ):
        counters[membership_id].add(holder_id)
    return [membership_id for membership_id, holders in counters.items() if holders <= held]


def _due(chain: Chain, today: date) -> MembershipQuerySet:
    """Those of which something begins or ends by itself by a day."""
    begins = Q(period__state=PeriodState.GRANTED, period__first_on=None, period__latest_on__lte=today)
    ahead = MembershipPeriod.objects.filter(state=PeriodState.AHEAD, first_on__lte=today).values("membership")
    past = Membership.objects.filter(chain=chain).past(today).values("pk")
    found: MembershipQuerySet = Membership.objects.filter(chain=chain)
    return found.filter(begins | Q(pk__in=ahead) | Q(pk__in=past))


def _run(journal: Journal, membership: Membership, today: date) -> None:
    [under] = MEMBERSHIP_TYPE_TERMS.of([membership.terms_id]).values()
    period = membership.period
    assert period is not None
    if period.first_on is None and period.latest_on and period.latest_on <= today:
        period.keep_days(period.days().begun(period.latest_on, under))
    for ahead in _begun_ahead(today).filter(membership=membership).order_by("number"):
        _turn(journal, ahead)
        period = ahead
    if period.last_on is not None and period.last_on < today:
        for counter in membership.held_counters.exclude(count=None):
            left = journal.books.holders[counter.holder_id].balance
            _expire(journal, membership, period, counter, left)
