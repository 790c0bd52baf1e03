"""Memberships renew themselves: each period is charged once, whatever the provider, its answers and workers do."""

from __future__ import annotations

import random
import threading
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial

import pytest

from chains.refusals import Code, Refusal
from loyalty.ledger.kinds import TransactionKind
from loyalty.ledger.models import Transaction
from loyalty.memberships.models import Membership, MembershipPeriod, PeriodState
from loyalty.memberships.periods import run_memberships
from loyalty.memberships.renewals.models import ChargeState, Renewal, RenewalCharge, Stopped
from loyalty.memberships.renewals.providers import PRACTICE, PROVIDERS, Answer, Asked, NoAnswer, PracticeCard
from loyalty.memberships.renewals.services import keep_method
from loyalty.memberships.renewals.stopping import stop_renewal
from loyalty.memberships.services import give_membership
from loyalty.rules.plan import PaymentMethod, Status
from tests.cast import PROGRAM
from tests.clients.memberships import cover, make_membership_type, sell
from tests.loyalty.shop import Shop, assert_ledger_adds_up, make_client, make_shop
from tests.plugins.races import race
from tests.programs import moment
from visits.checkout import cancel_visit, save_visit
from visits.models import Visit, VisitChange
from visits.plans import plan_of
from visits.renewals import LEASE, renew_due

SOLD = moment("2026-03-01 10:00")
LAST = moment("2026-03-31 09:00")


class Killed(BaseException):
    """The worker is gone: nothing after this is done by it."""


@dataclass
class Books:
    """A provider that keeps keys, with books of its own; ``goes_wrong`` is called before and after it takes money."""

    goes_wrong: Callable[[], None] = lambda: None
    refuses: bool = False
    takes: Decimal | None = None
    taken: dict[str, Answer] = field(default_factory=dict)
    charges: Counter[str] = field(default_factory=Counter)
    asked: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def charge(self, asked: Asked) -> Answer:
        self.goes_wrong()
        with self.lock:
            self.asked.append(f"charge {asked.key}")
            if asked.key not in self.taken:
                amount = Decimal(0) if self.refuses else self.takes or asked.amount
                self.taken[asked.key] = Answer(not self.refuses, amount, asked.currency, "as the bank says")
                self.charges[asked.key] += 1
        self.goes_wrong()
        return self.taken[asked.key]

    def ask(self, asked: Asked) -> Answer | None:
        self.goes_wrong()
        with self.lock:
            self.asked.append(f"ask {asked.key}")
        return self.taken.get(asked.key)


def sold(shop: Shop, name: str = "Anna", *, price: str = "150", renews: bool = True) -> Membership:
    """A month of four visits that was sold on 1 March, through 31 March."""
    found = shop.chain.membership_types.filter(name="Monthly").first() or make_membership_type(
        shop.chain,
        "Monthly",
        [([shop.haircut], 4)],
        price=Decimal(price),
        lasts_count=1,
        lasts_unit="months",
        renews=renews,
    )
    return sell(shop.location, found, make_client(shop.chain, name), price, at=SOLD)


def keep(membership: Membership, token: str = PracticeCard.PAYS, *, at: datetime = SOLD) -> Renewal:
    return keep_method(
        membership=membership,
        provider=PRACTICE,
        token=token,
        label="Card ending 4242",
        consent="150.00 a month until cancelled.",
        at=at,
        acting_user=PROGRAM,
    )


def renew(shop: Shop, provider: Books | None = None, *, at: datetime = LAST) -> int:
    return renew_due(chain=shop.chain, providers={PRACTICE: provider} if provider else PROVIDERS, at=at)


@pytest.mark.django_db
def test_what_is_paid_is_a_sale_of_its_own_and_comes_on_its_first_day() -> None:
    shop, books = make_shop(), Books()
    membership = sold(shop)
    renewal = keep(membership)
    assert renew(shop, books, at=LAST - timedelta(days=1)) == 0 and not books.charges
    assert renew(shop, books) == 1
    assert books.charges == {renewal.key_of(2): 1}
    charge = RenewalCharge.objects.get()
    assert (charge.state, charge.amount, charge.answer) == (ChargeState.PAID, Decimal(150), "as the bank says")
    sale = charge.visit
    assert sale is not None
    assert (sale.status, sale.is_sale, sale.settled_at, sale.client) == ("arrived", True, LAST, membership.client)
    assert [int(each) for each in (sale.value, sale.left, sale.recorded, sale.due)] == [150, 0, 150, 0]
    assert list(sale.payments.values_list("method", "amount")) == [("online", Decimal(150))]
    assert VisitChange.objects.filter(visit=sale).count() == 1
    ahead = membership.periods.get(number=2)
    assert (ahead.state, ahead.first_on, ahead.last_on) == (PeriodState.AHEAD, date(2026, 4, 1), date(2026, 4, 30))
    assert not Transaction.objects.of_visit(sale.pk).exists()
    run_memberships(chain=shop.chain, at=LAST + timedelta(days=1))
    rows = Transaction.objects.of_visit(sale.pk).values_list("kind", "amount")
    assert list(rows) == [("membership_issue", Decimal(4))]
    assert_ledger_adds_up()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("card", "tries", "state", "stopped"),
    [
        (PracticeCard.PAYS, 1, ChargeState.PAID, ""),
        (PracticeCard.REFUSES, 1, ChargeState.REFUSED, Stopped.REFUSED),
        (PracticeCard.SILENT, 2, ChargeState.PAID, ""),
    ],
)
def test_cards_for_practice_pay_refuse_and_are_silent(
    card: PracticeCard, tries: int, state: ChargeState, stopped: str
) -> None:
    shop = make_shop()
    keep(sold(shop), card)
    renew(shop)
    renew(shop, at=LAST + LEASE)
    renew(shop, at=LAST + 2 * LEASE)
    charge = RenewalCharge.objects.select_related("renewal").get()
    assert (charge.attempts, charge.state, charge.renewal.stopped_why) == (tries, state, stopped)


@pytest.mark.django_db
def test_a_charge_of_which_nothing_is_known_is_asked_for_by_its_key_before_anything_else() -> None:
    shop = make_shop()
    key = keep(sold(shop)).key_of(2)
    wrong = iter([None, NoAnswer()])

    def after_it_took() -> None:
        if problem := next(wrong, None):
            raise problem

    books = Books(after_it_took)
    renew(shop, books)
    assert RenewalCharge.objects.get().state == ChargeState.UNANSWERED
    renew(shop, books, at=LAST + timedelta(minutes=1))
    renew(shop, books, at=LAST + LEASE)
    assert books.asked == [f"charge {key}", f"ask {key}"]
    assert RenewalCharge.objects.get().state == ChargeState.PAID


@pytest.mark.django_db
def test_another_amount_than_was_asked_for_ends_no_charge() -> None:
    shop = make_shop()
    membership = sold(shop)
    keep(membership)
    renew(shop, Books(takes=Decimal(15)))
    charge = RenewalCharge.objects.get()
    assert (charge.state, charge.answer) == (ChargeState.UNANSWERED, "as the bank says")
    assert membership.periods.count() == 1


@pytest.mark.django_db
def test_a_cancelled_one_that_the_provider_never_heard_of_is_not_charged() -> None:
    shop = make_shop()
    membership = sold(shop)
    keep(membership)

    def never_arrives() -> None:
        raise NoAnswer

    renew(shop, Books(never_arrives))
    stop_renewal(membership=membership, why=Stopped.BY_STAFF, at=LAST, acting_user=PROGRAM)
    books = Books()
    renew(shop, books, at=LAST + LEASE)
    assert not books.charges
    assert RenewalCharge.objects.get().state == ChargeState.DROPPED
    assert Renewal.objects.get().stopped_why == Stopped.BY_STAFF


@pytest.mark.django_db
def test_a_renewal_that_is_undone_leaves_what_was_before_and_renews_no_more() -> None:
    shop = make_shop()
    membership = sold(shop)
    keep(membership)
    renew(shop, Books())
    sale = RenewalCharge.objects.get().visit
    assert sale is not None
    undone = cancel_visit(visit_id=sale.pk, chain=shop.chain, key=uuid.uuid4(), at=LAST, acting_user=PROGRAM)
    assert membership.periods.get(number=2).state == PeriodState.RETURNED
    assert Renewal.objects.get().stopped_why == Stopped.RETURNED
    renew(shop, Books(), at=LAST + timedelta(days=1))
    assert RenewalCharge.objects.count() == 1

    # Saved as arrived once more, it waits for its first day again.
    again = plan_of(Visit.objects.with_plan().get(pk=undone.pk))
    plan = again.__class__(**{**vars(again), "status": Status.ARRIVED})
    save_visit(location=shop.location, plan=plan, visit_id=sale.pk, key=uuid.uuid4(), at=LAST, acting_user=PROGRAM)
    ahead = membership.periods.get(number=2)
    assert (ahead.state, ahead.first_on) == (PeriodState.AHEAD, date(2026, 4, 1))
    assert not Transaction.objects.of_visit(sale.pk).exists()
    run_memberships(chain=shop.chain, at=LAST + timedelta(days=1))
    cover(shop.location, membership.client, [shop.haircut], membership, at=LAST + timedelta(days=1))
    with pytest.raises(Refusal) as used:
        cancel_visit(
            visit_id=sale.pk, chain=shop.chain, key=uuid.uuid4(), at=LAST + timedelta(days=1), acting_user=PROGRAM
        )
    assert used.value.code == Code.MEMBERSHIP_USED
    assert_ledger_adds_up()


@pytest.mark.django_db
def test_only_a_membership_that_renews_keeps_a_method() -> None:
    shop = make_shop()
    with pytest.raises(Refusal) as standard:
        keep(sold(shop, renews=False))
    assert standard.value.code == Code.MEMBERSHIP_NOT_VALID
    other = make_shop("Borealis")
    membership = sold(other)
    with pytest.raises(Refusal):
        keep(membership, at=LAST + timedelta(days=1))
    keep(membership)
    renew(other, Books(refuses=True))
    with pytest.raises(Refusal):
        keep(membership, at=LAST)
    assert Renewal.objects.get().stopped_why == Stopped.REFUSED


@pytest.mark.django_db
def test_a_membership_that_is_given_away_is_not_charged_to_who_had_it() -> None:
    shop = make_shop()
    membership = sold(shop)
    keep(membership)
    boris = make_client(shop.chain, "Boris")
    give_membership(membership=membership, client=boris, at=SOLD, acting_user=PROGRAM)
    assert Renewal.objects.get().stopped_why == Stopped.GIVEN
    books = Books()
    assert renew(shop, books) == 0 and not books.asked


class Faults:
    """Of ten calls one kills the worker, and of those that are left every sixth is not answered."""

    def __init__(self) -> None:
        self.chance, self.lock = random.Random(20260331), threading.Lock()

    def __call__(self) -> None:
        with self.lock:
            drawn = self.chance.random()
        if drawn < 0.1:
            raise Killed
        if drawn < 0.25:
            raise NoAnswer


def worker(shop: Shop, books: Books, at: datetime) -> None:
    """A worker, and whoever follows it where it dies: nothing of its last charge is known to that one."""
    for _life in range(4):
        try:
            renew(shop, books, at=at)
        except Killed:
            continue
        return


@pytest.mark.races
def test_each_period_is_charged_once_though_answers_are_lost_and_workers_die(transactional_db: None) -> None:
    shop, guests = make_shop(), 30
    for number in range(guests):
        keep(sold(shop, f"Guest {number}"))
    books = Books(Faults())
    for period, first in enumerate((LAST, moment("2026-04-30 09:00")), start=1):
        for run in range(60):
            work = partial(worker, shop, books, first + run * LEASE)
            assert race(work, work, work) == [None, None, None]
            if RenewalCharge.objects.filter(state=ChargeState.PAID).count() == period * guests:
                break
        run_memberships(chain=shop.chain, at=first + timedelta(days=1))
    assert len(books.charges) == 2 * guests and set(books.charges.values()) == {1}
    assert RenewalCharge.objects.filter(state=ChargeState.PAID).count() == 2 * guests
    assert RenewalCharge.objects.filter(attempts__gt=1).exists()
    assert MembershipPeriod.objects.filter(number__gt=1).count() == 2 * guests
    assert Visit.objects.filter(payments__method=PaymentMethod.ONLINE).count() == 2 * guests
    issued = Transaction.objects.filter(kind=TransactionKind.MEMBERSHIP_ISSUE)
    assert issued.count() == 3 * guests
    assert set(Membership.objects.values_list("period__last_on", flat=True)) == {date(2026, 5, 31)}
    assert_ledger_adds_up()
