"""Who acts is always said: a program may do what it was given, and is refused the rest like anybody."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from chains.access import Right, Role
from chains.acting import Acting, Program
from chains.history import events_of, version_of
from chains.models import Access, Chain
from chains.refusals import Code, Refusal
from chains.settings.general.services import change_chain
from chains.settings.users.services import suspend_access
from loyalty.rules.plan import PaymentChoice, PaymentMethod, Plan, Status
from tests.cast import LONG_AGO, Cast, make_access, make_user
from tests.programs import make_visit
from tests.visits.conftest import Salon
from visits.checkout import cancel_visit, mark_arrived, save_visit
from visits.models import Visit, VisitChange
from visits.plans import plan_of

pytestmark = pytest.mark.django_db

#: May nothing that anybody needs a right for.
NOTHING = Program("helper")
PAST = Program("helper", rights=frozenset({Right.EDIT_PAST_VISITS}))


def line(**columns: Any) -> Callable[[Plan], Plan]:
    return lambda plan: replace(plan, lines=(replace(plan.lines[0], **columns),))


def paid_by(*payments: PaymentChoice) -> Callable[[Plan], Plan]:
    return lambda plan: replace(plan, payments=payments)


@dataclass(frozen=True)
class Deed:
    """A change to a visit of so many days ago, how it is refused, and the least that a program needs for it."""

    days: int
    change: Callable[[Plan], Plan]
    code: Code
    field: str | None
    needs: Program


DEEDS = {
    "another price": Deed(
        0,
        line(unit_price=Decimal(61)),
        Code.FORBIDDEN,
        "lines.0.unit_price",
        Program("helper", rights=frozenset({Right.CHANGE_PRICE})),
    ),
    "a discount": Deed(
        0,
        lambda plan: paid_by(PaymentChoice(PaymentMethod.CASH, Decimal(57)))(line(manual_discount=Decimal(5))(plan)),
        Code.DISCOUNT_OVER_LIMIT,
        "lines.0.manual_discount",
        Program("helper", discount_limit=Decimal(5)),
    ),
    "an unusual quantity": Deed(
        0, line(quantity=101), Code.INVALID_AMOUNT, "lines.0.quantity", Program("helper", is_asked=False)
    ),
    "a past day": Deed(90, paid_by(PaymentChoice(PaymentMethod.CARD, None)), Code.FORBIDDEN, None, PAST),
    "money taken off": Deed(0, paid_by(), Code.REASON_MISSING, "reason", Program("helper", is_asked=False)),
}


def paid(salon: Salon, days: int, status: Status = Status.ARRIVED) -> Visit:
    """A haircut of 60.00, paid in cash so many days ago."""
    at = timezone.now() - timedelta(days=days)
    return make_visit(salon.location, salon.boris, [salon.haircut], at=at, status=status)


def edit(salon: Salon, visit: Visit, change: Callable[[Plan], Plan], acting_user: Acting, reason: str = "") -> Visit:
    return save_visit(
        location=salon.location,
        plan=change(plan_of(Visit.objects.with_plan().get(pk=visit.pk))),
        visit_id=visit.pk,
        reason=reason,
        key=uuid.uuid4(),
        at=timezone.now(),
        acting_user=acting_user,
    )


def cancel(salon: Salon, visit: Visit, acting_user: Acting) -> Visit:
    return cancel_visit(
        visit_id=visit.pk, chain=salon.cast.aurora, key=uuid.uuid4(), at=timezone.now(), acting_user=acting_user
    )


def refusal_of(call: Callable[[], object]) -> Refusal:
    with pytest.raises(Refusal) as refused, transaction.atomic():
        call()
    return refused.value


@pytest.mark.parametrize("name", DEEDS)
def test_a_program_without_the_right_is_refused_like_a_user_without_it(salon: Salon, name: str) -> None:
    deed = DEEDS[name]
    visit = paid(salon, deed.days)
    reason = "" if deed.code == Code.REASON_MISSING else "Complaint"
    refusals = [
        refusal_of(lambda who=who: edit(salon, visit, deed.change, who, reason))  # type: ignore[misc]
        for who in (NOTHING, salon.cast.stranger)
    ]
    assert [(each.code, each.field) for each in refusals] == [(deed.code, deed.field)] * 2
    assert str(refusals[0]) == str(refusals[1])
    visit.refresh_from_db()
    assert visit.version == 1 and visit.due == visit.paid == 60 and VisitChange.objects.count() == 1
    saved = edit(salon, visit, deed.change, deed.needs, reason)
    # Rows name users only.
    assert saved.version == 2 and saved.saved_by is None
    assert visit.changes.latest("version").acting_user is None


def test_a_past_visit_is_cancelled_and_entered_late_with_the_right_only(salon: Salon) -> None:
    visit = paid(salon, 3)
    expected = Visit.objects.with_plan().get(pk=paid(salon, 3, status=Status.CONFIRMED).pk)
    arrive: dict[str, Any] = {"visit": expected, "at": timezone.now()}
    for who in (NOTHING, salon.desk):
        assert refusal_of(lambda who=who: cancel(salon, visit, who)).code == Code.FORBIDDEN  # type: ignore[misc]
        late = refusal_of(lambda who=who: mark_arrived(**arrive, key=uuid.uuid4(), acting_user=who))  # type: ignore[misc]
        assert late.code == Code.FORBIDDEN
    assert set(Visit.objects.values_list("status", "version")) == {(Status.ARRIVED, 1), (Status.CONFIRMED, 1)}
    assert cancel(salon, visit, PAST).status == Status.CANCELLED
    assert mark_arrived(**arrive, key=uuid.uuid4(), acting_user=PAST).status == Status.ARRIVED


def test_money_of_an_expected_guest_of_yesterday(salon: Salon) -> None:
    """What an entry made late may not touch: a program that gives a reason needs the right all the same."""
    visit = paid(salon, 1, status=Status.CONFIRMED)
    taken_off = paid_by()
    for who in (NOTHING, salon.desk):
        late = refusal_of(lambda who=who: edit(salon, visit, taken_off, who, reason="Given back"))  # type: ignore[misc]
        assert late.code == Code.FORBIDDEN
    assert refusal_of(lambda: edit(salon, visit, taken_off, PAST)).code == Code.REASON_MISSING
    assert edit(salon, visit, taken_off, PAST, reason="Given back").paid == 0


def test_the_access_is_read_once_a_save_and_only_where_it_is_needed(salon: Salon) -> None:
    everything = paid(salon, 90)
    nothing = paid(salon, 0)

    def asked(visit: Visit, change: Callable[[Plan], Plan], acting_user: Acting) -> int:
        with CaptureQueriesContext(connection) as queries:
            edit(salon, visit, change, acting_user, reason="Complaint")
        return sum('FROM "chains_access"' in query["sql"] for query in queries)

    third_off = line(manual_discount=Decimal(30))
    assert asked(everything, lambda plan: replace(third_off(plan), payments=()), salon.manager) == 1
    assert asked(nothing, lambda plan: plan, salon.desk) == 0
    program = Program("helper", rights=PAST.rights, discount_limit=Decimal(100))
    assert asked(paid(salon, 90), lambda plan: replace(third_off(plan), payments=()), program) == 0


def test_a_program_decides_about_the_chain_with_the_right_only(cast: Cast) -> None:
    users = Program("helper", rights=frozenset({Right.MANAGE_USERS}))
    colleague = make_access(make_user("Ida Ito"), cast.aurora, Role.FRONT_DESK)
    suspended: dict[str, Any] = {"access": colleague, "suspended": True}
    limits: dict[str, Any] = {"chain": cast.aurora, "at": LONG_AGO, "currency": "EUR", "most_units": 7}
    for call in (
        lambda: suspend_access(**suspended, acting_user=NOTHING),
        # Nobody gives or takes rights that they do not have.
        lambda: suspend_access(**suspended, acting_user=users),
        lambda: change_chain(**limits, seen=version_of(cast.aurora), acting_user=NOTHING),
    ):
        assert refusal_of(call).code == Code.FORBIDDEN
    assert not Access.objects.get(pk=colleague.pk).suspended
    assert Chain.objects.get(pk=cast.aurora.pk).most_units == 100
    change_chain(**limits, seen=version_of(cast.aurora), acting_user=users)
    suspend_access(**suspended, acting_user=replace(users, rights=users.rights | Role.FRONT_DESK.rights))
    assert Access.objects.get(pk=colleague.pk).suspended
    assert Chain.objects.get(pk=cast.aurora.pk).most_units == 7
    # The history names the program.
    assert events_of(colleague).latest("pgh_id").pgh_context.metadata == {"user": None, "program": "helper"}
