"""Appointments whose services ask for it are debited at their start, by the job, once; the day says so."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from chains.catalog.models import Item
from chains.models import Chain
from clients.models import Client
from loyalty.ledger.kinds import TransactionKind
from loyalty.ledger.models import Transaction
from loyalty.memberships.counters import kept_counter
from loyalty.memberships.models import Membership
from loyalty.memberships.services import create_membership_type, grant_opening_balance
from loyalty.rules.plan import CoverChoice, Status
from tests.cast import LONG_AGO, PROGRAM
from tests.loyalty.shop import Shop, assert_ledger_adds_up, make_shop
from tests.loyalty.shop import make_client as make_guest
from tests.loyalty.test_races import _time_to_meet, eight
from tests.programs import make_visit
from tests.visits.conftest import Salon
from tests.visits.test_day import browser, texts
from visits.debits import debit_appointments
from visits.models import Visit, VisitCover

__all__ = ["_time_to_meet"]


def make_membership(chain: Chain, client: Client, service: Item, uses: int) -> Membership:
    of_type = create_membership_type(
        chain=chain,
        name=f"Ten {uses}",
        counters=[kept_counter(1, [service.pk], [], uses)],
        price=100,
        at=LONG_AGO,
        acting_user=PROGRAM,
    )
    return grant_opening_balance(membership_type=of_type, client=client, at=LONG_AGO, acting_user=PROGRAM)


def ask_for_debits(service: Item, hours: int = 12) -> None:
    Item.objects.filter(pk=service.pk).update(free_cancellation_hours=hours)


def uses() -> int:
    return Transaction.objects.standing().filter(kind=TransactionKind.MEMBERSHIP_USE).count()


def begin(salon: Salon, client: Client, service: Item, **choices: Any) -> Visit:
    """An appointment that began just now, and was made an hour before."""
    waiting: dict[str, Any] = {"status": Status.WAITING, "pays": None, **choices}
    return make_visit(salon.location, client, [service], at=timezone.now() - timedelta(minutes=1), **waiting)


def day(salon: Salon, visit: Visit) -> str:
    return texts(browser(salon.desk).get(f"/locations/center/visits/?on={visit.starts_on.isoformat()}"))


@pytest.mark.django_db
def test_the_day_says_what_was_debited_and_why_not(salon: Salon) -> None:
    ask_for_debits(salon.haircut)
    make_membership(salon.cast.aurora, salon.anna, salon.haircut, 5)
    debited, not_debited = begin(salon, salon.anna, salon.haircut), begin(salon, salon.boris, salon.haircut)
    begin(salon, salon.nina, salon.colour)
    assert debit_appointments(chain=salon.cast.aurora, at=timezone.now()) == 2
    assert uses() == 1 and VisitCover.objects.get().visit == debited
    page = day(salon, not_debited)
    assert "Haircut debited" in page
    assert "Haircut not debited: the guest has no membership for it" in page
    assert page.count("debited") == 2
    debited.refresh_from_db()
    assert (debited.status, debited.covered, debited.version) == (Status.WAITING, salon.haircut.price, 2)


@pytest.mark.django_db
def test_a_form_debits_nothing_by_itself(salon: Salon) -> None:
    membership = make_membership(salon.cast.aurora, salon.anna, salon.haircut, 5)
    cover = CoverChoice(membership.pk, 0, 1, is_debited=True)
    begin(salon, salon.anna, salon.haircut, covers=(cover,))
    assert uses() == 0
    assert not VisitCover.objects.get().is_debited


@pytest.mark.django_db
def test_a_service_says_until_when_an_appointment_is_cancelled_freely(salon: Salon) -> None:
    administrator = browser(salon.cast.administrator)
    address = reverse("catalog:item_edit", args=["center", salon.haircut.pk])
    assert "Free cancellation" not in texts(administrator.get(address))
    make_membership(salon.cast.aurora, salon.anna, salon.haircut, 5)
    page = administrator.get(address)
    assert "Free cancellation until so many hours before the start" in texts(page)
    form = page.context["form"]
    sent = {name: form[name].value() or "" for name in form.fields} | {"free_cancellation_hours": "12"}
    assert administrator.post(address, sent).status_code == 302
    salon.haircut.refresh_from_db()
    assert salon.haircut.free_cancellation_hours == 12
    assert "free cancellation, hours before" in texts(administrator.get(address)).lower()
    kept = administrator.get(address).context["form"]
    too_long = {name: kept[name].value() or "" for name in kept.fields} | {"free_cancellation_hours": "9999"}
    assert "744" in texts(administrator.post(address, too_long))


@pytest.mark.races
def test_eight_runs_debit_an_appointment_once(transactional_db: None) -> None:
    shop: Shop = make_shop()
    anna = make_guest(shop.chain, "Anna")
    service = shop.chain.items.order_by("pk")[0]
    ask_for_debits(service)
    make_membership(shop.chain, anna, service, 5)
    at = timezone.now()
    make_visit(shop.location, anna, [service], at=at, status=Status.WAITING, pays=None)
    eight(lambda: debit_appointments(chain=shop.chain, at=at + timedelta(minutes=1)))
    assert uses() == 1
    assert_ledger_adds_up()
