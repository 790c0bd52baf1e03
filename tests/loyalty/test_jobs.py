"""The hourly jobs, through a real worker and by their hour, and the command that proves the ledger."""

import uuid
from datetime import datetime, timedelta
from io import StringIO

import pytest
import time_machine
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from clients.messages.models import Message
from loyalty.cards.models import Card
from loyalty.ledger.kinds import TransactionKind
from loyalty.ledger.models import Transaction
from loyalty.rules.terms import PromotionKind
from tests.loyalty.shop import (
    NOW,
    Shop,
    assert_ledger_adds_up,
    balance_of,
    give,
    make_card,
    make_client,
    make_plan,
    make_shop,
    points,
    save,
)
from tests.plugins.worker import wait_for
from tests.programs import make_card_type, make_promotion
from tests.tasks import leave_mark
from visits.tasks import burn_points, send_notices


def visit_with_cashback(shop: Shop, at: datetime) -> Card:
    """A guest who got 5 points, good for 30 days, with a notice three days before."""
    terms = {"burn_count": 30, "burn_unit": "days", "notice": 3}
    cashback = make_promotion(shop.chain, "back", PromotionKind.CASHBACK_FIXED_PAID, "5", **terms)
    guest = make_client(shop.chain, "Anna")
    card = make_card(guest, make_card_type(shop.chain, "bonus", [cashback]))
    save(shop, make_plan(shop, guest, starts_at=at))
    return card


def wait_for_what_was_sent() -> None:
    """The worker does one thing after the other, so what was sent before this mark is done with it."""
    key = uuid.uuid4().hex
    leave_mark.delay(key)
    wait_for(Session.objects.filter(session_key=key).exists)


@pytest.mark.workers
def test_points_burn_in_a_worker_once(celery_worker: object) -> None:
    shop, now = make_shop(), timezone.now()
    card = make_card(make_client(shop.chain, "Anna"), make_card_type(shop.chain, "bonus"), points=1)
    give(card, 20, at=now - timedelta(days=5), last_day=shop.chain.local_date(now) - timedelta(days=3))
    for _ in range(2):
        burn_points.delay()
    wait_for_what_was_sent()
    burnt = Transaction.objects.get(kind=TransactionKind.BURNING)
    assert burnt.amount == -20
    assert burnt.balance_after == balance_of(card) == 1
    assert_ledger_adds_up()


@pytest.mark.workers
def test_a_notice_is_queued_in_a_worker_once(celery_worker: object) -> None:
    shop = make_shop(notice_hour=0)
    came = timezone.now() - timedelta(days=28)
    card = visit_with_cashback(shop, came)
    for _ in range(2):
        send_notices.delay()
    wait_for_what_was_sent()
    message = Message.objects.get()
    assert message.client == card.client
    assert message.subject_on == shop.chain.local_date(came) + timedelta(days=30)


@pytest.mark.parametrize(
    ("at", "told"),
    [
        ("2026-03-28 10:00+01:00", 0),  # the fourth day before the last
        ("2026-03-29 08:59+02:00", 0),
        ("2026-03-29 09:00+02:00", 1),
        ("2026-03-29 16:00+02:00", 1),  # the scheduler was down at nine
        ("2026-04-01 09:00+02:00", 1),  # and for two days
        ("2026-04-02 09:00+02:00", 0),  # burnt
    ],
)
def test_notices_go_out_from_the_hour_of_the_chain_on(db: None, at: str, told: int) -> None:
    visit_with_cashback(make_shop(), NOW)  # in Berlin, good through 1 April
    with time_machine.travel(datetime.fromisoformat(at), tick=False):
        send_notices()
        assert Message.objects.count() == told
        send_notices()
    assert Message.objects.count() == told


def check_ledger() -> tuple[int, str]:
    """The exit code of the command, and what it says."""
    said = StringIO()
    try:
        call_command("check_ledger", stdout=said, stderr=said)
    except CommandError as error:
        return error.returncode, f"{said.getvalue()}{error}"
    return 0, said.getvalue()


@pytest.fixture
def spent(db: None) -> Card:
    """A card whose guest got 20 points and paid 15 of them."""
    shop = make_shop()
    guest = make_client(shop.chain, "Anna")
    card = make_card(guest, make_card_type(shop.chain, "bonus"), points=20)
    save(shop, make_plan(shop, guest, means=points(card, 15)))
    return card


def test_a_ledger_that_adds_up_is_said_to(spent: Card) -> None:
    assert check_ledger() == (0, "The ledger adds up: 1 holders, 2 transactions.\n")


@pytest.mark.parametrize(
    ("corruption", "difference"),
    [
        (
            "UPDATE loyalty_holder SET balance = balance + 1",
            "holder {holder}: balance 6.0000, rows 5.0000, newest row 5.0000, lots 5.0000, debt 0.0000",
        ),
        (
            "UPDATE loyalty_holder SET debt = debt + 1",
            "holder {holder}: balance 5.0000, rows 5.0000, newest row 5.0000, lots 5.0000, debt 1.0000",
        ),
        ("UPDATE loyalty_lot SET remaining = remaining + 1", "lot {lot}: remaining 6.0000, movements 5.0000"),
    ],
)
def test_a_corrupted_figure_is_named(spent: Card, corruption: str, difference: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(corruption)
    code, said = check_ledger()
    assert code == 1
    assert difference.format(holder=spent.holder_id, lot=spent.holder.lots.get().pk) in said
    assert "The ledger does not add up" in said
