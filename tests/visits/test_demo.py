"""The demo chain: played through the services, the same every time, and with something of everything."""

import datetime
from collections import Counter

import pytest
from django.db import transaction
from django.db.models import Count, Sum

from chains.models import Chain, User
from clients.messages.models import Message
from loyalty.accounts.held import HeldTogether
from loyalty.accounts.models import Account
from loyalty.gift_cards.models import GiftCard, GiftCardStatus
from loyalty.ledger.checks import differences
from loyalty.ledger.kinds import Group
from loyalty.ledger.models import Lot, Transaction
from loyalty.memberships.models import Membership, MembershipStatus
from loyalty.rules.plan import Status
from tests.programs import make_client, moment
from visits.demo import demo_sign_ins
from visits.demo.days import play_days
from visits.demo.memberships import make_memberships, play_memberships
from visits.demo.setting import make_setting, today_there
from visits.demo.value import make_value, play_value
from visits.models import Visit

TODAY = datetime.date(2026, 3, 20)
OPENED = datetime.datetime(2026, 1, 1, 9, tzinfo=datetime.UTC)

pytestmark = pytest.mark.django_db


def _figures() -> dict[str, object]:
    rows = Transaction.objects.values_list("kind").annotate(Count("pk"), Sum("amount"))
    visits = Visit.objects.values_list("status").annotate(Count("pk"), Sum("sold"), Sum("paid"), Sum("points_paid"))
    return {
        "rows": sorted(rows.order_by()),
        "visits": sorted(visits.order_by()),
        "lots": sorted(Lot.objects.values_list("last_on", "remaining")),
        "messages": sorted(Message.objects.values_list("subject_on", "client__name")),
    }


def _played(seed: int) -> dict[str, object]:
    with transaction.atomic():
        play_days(make_setting(OPENED), today=TODAY, seed=seed, days=2)
        assert list(differences()) == []
        figures = _figures()
        transaction.set_rollback(True)
    return figures


def test_the_same_seed_and_day_give_the_same_figures() -> None:
    first = _played(7)
    assert _played(7) == first
    assert _played(8) != first


@pytest.mark.parametrize(
    ("at", "on"),
    [
        ("2026-07-01 21:59", datetime.date(2026, 7, 1)),
        ("2026-07-01 22:00", datetime.date(2026, 7, 2)),
        ("2026-12-31 23:00", datetime.date(2027, 1, 1)),
        ("2028-02-28 23:00", datetime.date(2028, 2, 29)),
    ],
)
def test_today_is_the_day_where_the_demo_chain_is(at: str, on: datetime.date) -> None:
    assert today_there(moment(at)) == on


def test_everybody_who_is_printed_may_sign_in() -> None:
    make_setting(OPENED)
    for _who, email, password in demo_sign_ins():
        assert User.objects.get(email=email).check_password(password)
    assert Chain.objects.get().locations.count() == 3


def test_who_did_not_come_paid_nothing() -> None:
    play_days(make_setting(OPENED), today=TODAY, seed=1, days=8)
    no_shows = Visit.objects.filter(status=Status.NO_SHOW)
    assert no_shows.count() > 0 and {visit.paid for visit in no_shows} == {0}


def test_gift_cards_and_accounts_come_in_every_state() -> None:
    """Sold with and without a guest, used, brought back, lost and expired; accounts above and below zero."""
    setting = make_setting(OPENED)
    guests = [make_client(setting.locations[0], f"Guest {number}", f"+4915112345{number:03d}") for number in range(8)]
    value = make_value(setting, OPENED, seed=1)
    for of in range(92):
        play_value(value, TODAY - datetime.timedelta(days=92 - of), guests, of=of)
    cards = GiftCard.objects.filter(chain=setting.chain)
    states = Counter(card.status for card in cards.with_status(TODAY))
    assert set(states) == set(GiftCardStatus.values) and states.total() == 60, states
    assert cards.filter(buyer=None).exists() and cards.exclude(holder__client=None).exists()
    accounts = Account.objects.filter(chain=setting.chain)
    held = HeldTogether.of(accounts)
    assert held.held > 0 and held.owed > 0 and accounts.exclude(blocked_at=None).exists()
    kinds = {kind for group in (Group.GIFT_CARDS, Group.ACCOUNTS) for kind in group.kinds}
    assert kinds - set(Transaction.objects.values_list("kind", flat=True)) == {"gift_card_opening_balance"}
    assert list(differences()) == []


def test_memberships_come_in_every_state() -> None:
    """Sold in four types, used, frozen, brought back, lost, given away and expired."""
    setting = make_setting(OPENED)
    guests = [make_client(setting.locations[0], f"Guest {number}", f"+4915112345{number:03d}") for number in range(8)]
    memberships = make_memberships(setting, OPENED, seed=1)
    for of in range(92):
        play_memberships(memberships, TODAY - datetime.timedelta(days=92 - of), guests, of=of)
    states = Counter(each.status for each in Membership.objects.with_status(TODAY))
    assert set(states) == set(MembershipStatus.values) and states.total() == 120, states
    kinds = set(Transaction.objects.values_list("kind", flat=True))
    assert set(Group.MEMBERSHIPS.kinds) - kinds == {"membership_opening_balance"}
    assert list(differences()) == []
