"""The page of a membership, what is done there by hand, and the memberships of a client."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from django.test import Client as Browser
from django.utils import timezone
from django.utils.formats import date_format

from chains.access import ROLE_RIGHTS, Right, Role
from chains.catalog.models import Item
from clients.models import Client
from loyalty.ledger.models import Transaction
from loyalty.memberships.freezes import freeze
from loyalty.memberships.models import Freeze, Membership, MembershipPeriod, MembershipType
from loyalty.memberships.periods import run_memberships
from loyalty.memberships.services import adjust_uses, change_last_day, grant_opening_balance
from tests.cast import PROGRAM, Cast
from tests.clients.gift_cards import take_back
from tests.clients.memberships import cover, make_membership_type, sale_of, sell
from tests.loyalty.shop import assert_ledger_adds_up
from tests.pages import differences, fill, history, mistakes, rows_of, sorts_by_every_column, text_of
from tests.plugins.query_counts import CountQueries
from tests.programs import make_client, make_item
from tests.scene import scene
from visits.tasks import burn_points

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Response

NUMBER = "AB3C DEF4 GHJ6 KMN7"


@dataclass(frozen=True)
class Shop:
    """Three haircuts and two washes for 100, sold to Anna thirty days ago; Boris and she have used a haircut each."""

    cast: Cast
    at: datetime
    hair: MembershipType
    haircut: Item
    wash: Item
    anna: Client
    boris: Client
    membership: Membership

    @property
    def page(self) -> str:
        return page_of(self.membership)

    @property
    def left(self) -> list[int]:
        return [int(each.holder.balance) for each in self.membership.held_counters.select_related("holder")]

    @property
    def period(self) -> MembershipPeriod:
        assert self.membership.period_id
        return MembershipPeriod.objects.get(pk=self.membership.period_id)


def says(page: Response, *sentences: str) -> bool:
    """Whether the page says all of these; spaces between its elements stand there or do not."""
    text = text_of(page).replace(" ", "")
    return all(sentence.replace(" ", "") in text for sentence in sentences)


def today() -> date:
    return timezone.localdate()


def page_of(membership: Membership, end: str = "") -> str:
    return f"/chains/aurora/memberships/{membership.pk}/{end}"


@scene
def shop(cast: Cast) -> Shop:
    at = timezone.now() - timedelta(days=30)
    haircut, wash = make_item(cast.aurora, "Haircut", "60.00"), make_item(cast.aurora, "Wash", "15.00")
    hair = make_membership_type(
        cast.aurora,
        "Hair",
        [([haircut], 3), ([wash], 2)],
        lasts_count=6,
        lasts_unit="months",
        freeze_days=30,
        price=Decimal(100),
    )
    anna, boris = (
        make_client(cast.center, name, f"+49 151 1234 560{digit}") for digit, name in enumerate(("Anna", "Boris"))
    )
    membership = sell(cast.center, hair, anna, "100.01", number=NUMBER, at=at)
    cover(cast.center, anna, [haircut], membership, at=at + timedelta(days=1))
    cover(cast.harbour, boris, [haircut], membership, at=at + timedelta(days=2))
    return Shop(cast, at, hair, haircut, wash, anna, boris, membership)


def test_a_membership_tells_all_of_itself(shop: Shop, manager: Browser) -> None:
    page = manager.get(shop.page)
    text = text_of(page)
    assert "Membership AB3C ····" in text and NUMBER not in text
    until = shop.period.last_on
    assert until and until > today() + timedelta(days=100)
    for told in (
        "1 of 3 visits left Haircut",
        "2 of 2 visits left Wash",
        f"Valid from {date_format(shop.at.date())}",
        f"Valid until {date_format(until)}",
        "Works atall locations",
        "Days frozen0 of 30",
        "Owner Anna usable by whoever has the code",
        "Place of saleCenter",
        "Sold bythe program",
        "for €100.01",
        "Used, in value€40.01",
        "Owed in services€60.00",
        "Active",
    ):
        assert says(page, told), told
    assert [(row[2], row[3], *row[5:8]) for row in rows_of(page)] == [
        ("Used of a membership Haircut", "Anna visit of Boris", "−1", "1", "€20.00"),
        ("Used of a membership Haircut", "Anna", "−1", "2", "€20.01"),
        ("Membership sold Wash", "Anna", "+2", "2", "–"),
        ("Membership sold Haircut", "Anna", "+3", "3", "–"),
    ]
    assert "Sold for €100.01 on this bill." in text
    assert "Visit 1 of the price paid, worth €20.01." in text and "Visit 2 of the price paid, worth €20.00." in text
    for visit in (sale_of(shop.membership), *shop.boris.visits.all()):
        assert f'href="/locations/{visit.location.slug}/visits/{visit.pk}/"' in page.content.decode()
    sorts_by_every_column(manager, shop.page)


def test_codes_are_shown_to_who_may_see_them(shop: Shop, manager: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ROLE_RIGHTS, Role.MANAGER, ROLE_RIGHTS[Role.MANAGER] | {Right.SEE_CODES})
    for address in (shop.page, page_of(shop.membership, "adjust/"), memberships_of(shop.anna)):
        assert NUMBER in text_of(manager.get(address))
        with monkeypatch.context() as without:
            without.setitem(ROLE_RIGHTS, Role.MANAGER, ROLE_RIGHTS[Role.MANAGER] - {Right.SEE_CODES})
            assert NUMBER[:9] not in text_of(manager.get(address)) and "AB3C" in text_of(manager.get(address))


def memberships_of(client: Client) -> str:
    return f"/chains/aurora/clients/{client.pk}/memberships/"


def test_a_row_of_a_counter_leads_to_its_membership(shop: Shop, manager: Browser) -> None:
    for address in ("/chains/aurora/transactions/", f"/chains/aurora/clients/{shop.anna.pk}/loyalty/"):
        page = manager.get(address)
        assert f'href="{shop.page}"' in page.content.decode() and NUMBER not in text_of(page), address
    file = manager.get("/chains/aurora/transactions/?export=csv").content.decode()
    assert "Hair" in file and "AB3C ····" in file and NUMBER not in file
    assert "visits" in text_of(manager.get("/chains/aurora/transactions/"))


def test_visits_are_adjusted_and_that_is_undone(shop: Shop, manager: Browser) -> None:
    address = page_of(shop.membership, "adjust/")
    form = fill(manager.get(address), counter="2", amount="5", comment="The voucher of the fair")
    for _again in range(2):
        assert manager.post(address, form)["Location"] == shop.page
    assert shop.left == [1, 7]
    taken = fill(manager.get(address), counter="1", way="take_away", amount="1", comment="Sold by mistake")
    manager.post(address, taken)
    assert shop.left == [0, 7] and says(manager.get(shop.page), "Owed in services €60.00")
    row = Transaction.objects.latest("pk")
    undo = f"/chains/aurora/loyalty-rows/{row.pk}/undo/"
    page = manager.get(shop.page)
    assert undo in page.content.decode() and "Sold by mistake" in text_of(page)
    assert manager.post(undo, fill(manager.get(undo)))["Location"] == shop.page
    assert shop.left == [1, 7]
    assert_ledger_adds_up()


@pytest.mark.parametrize(
    ("typed", "field", "sentence"),
    [
        ({"amount": "0", "comment": "x"}, "amount", "greater than or equal to 1"),
        ({"amount": "1.5", "comment": "x"}, "amount", "whole number"),
        ({"amount": "10000", "comment": "x"}, "amount", "less than or equal to 9999"),
        ({"amount": "2", "way": "take_away", "comment": "x"}, "amount", "Only 1 are left"),
        ({"amount": "5", "comment": "  "}, "comment", "required"),
        ({"amount": "5", "counter": "3", "comment": "x"}, "counter", "not one of the available choices"),
    ],
)
def test_what_cannot_be_adjusted_is_refused_beside_its_field(
    shop: Shop, manager: Browser, typed: dict[str, str], field: str, sentence: str
) -> None:
    rows = Transaction.objects.count()
    address = page_of(shop.membership, "adjust/")
    page = manager.post(address, fill(manager.get(address), **typed))
    assert sentence in mistakes(page)[field][0]
    assert shop.left == [1, 2] and Transaction.objects.count() == rows


def test_a_longer_validity_undoes_the_expiry(shop: Shop, manager: Browser) -> None:
    MembershipPeriod.objects.update(last_on=today() - timedelta(days=3))
    burn_points()
    assert shop.left == [0, 0]
    assert says(manager.get(shop.page), "Expired, in value €60.00", "Owed in services €0.00")
    address, longer = page_of(shop.membership, "last-day/"), today() + timedelta(days=60)
    form = fill(manager.get(address), last_on=str(longer), last_on_reason="The guest was ill")
    for _again in range(2):
        assert manager.post(address, form)["Location"] == shop.page
    assert shop.period.last_on == longer and shop.left == [1, 2]
    page = text_of(manager.get(shop.page))
    assert "Active" in page and "The guest was ill" in page
    assert "Undone because the membership was made valid for longer" in page
    [(who, told), *_older] = history(manager.get(page_of(shop.membership, "history/")))
    assert who == "Mara Manager" and ("Reason of the last day", "none", "The guest was ill") in told
    yesterday = str(today() - timedelta(days=1))
    refused = manager.post(address, fill(manager.get(address), last_on=yesterday, last_on_reason="x"))
    assert "The day is past" in mistakes(refused)["last_on"][0]
    assert_ledger_adds_up()


def test_who_comes_second_is_told_what_the_first_one_changed(shop: Shop, manager: Browser) -> None:
    address = page_of(shop.membership, "last-day/")
    mine, theirs = today() + timedelta(days=90), today() + timedelta(days=10)
    form = fill(manager.get(address), last_on=str(mine), last_on_reason="Mine")
    now = timezone.now()
    change_last_day(membership=shop.membership, last_on=theirs, reason="Theirs", at=now, acting_user=PROGRAM)
    page = manager.post(address, form)
    assert shop.period.last_on == theirs
    assert {label for label, _before, _after in differences(page)} == {"Valid until", "Reason of the last day"}
    manager.post(address, fill(page))
    assert (shop.period.last_on, shop.period.last_on_reason) == (mine, "Mine")


def test_a_freeze_shows_the_new_last_day_before_it_is_saved(shop: Shop, manager: Browser) -> None:
    address, before = page_of(shop.membership, "freeze/"), shop.period.last_on
    assert before
    first = today() + timedelta(days=3)
    days = {"first_on": str(first), "last_on": str(first + timedelta(days=9))}
    looked = manager.post(address, {**fill(manager.get(address), **days), "look": "1"})
    then = before + timedelta(days=10)
    assert says(looked, f"Valid until now {date_format(before)}", f"Valid until then {date_format(then)}")
    assert says(looked, "Days frozen 10", "Days to freeze left then 20")
    assert not Freeze.objects.exists() and shop.period.last_on == before
    for _again in range(2):
        assert manager.post(address, fill(looked))["Location"] == shop.page
    assert shop.period.last_on == before + timedelta(days=10) and Freeze.objects.count() == 1
    page = manager.get(shop.page)
    assert says(page, "Days frozen 10 of 30") and page_of(shop.membership, "unfreeze/") in page.content.decode()


@pytest.mark.parametrize(
    ("since", "days", "sentence"),
    [
        (-1, 5, "Freeze from today or later"),
        (5, 0, "Freeze from today or later"),
        (0, 31, "At most 30 days may be frozen still."),
        (300, 2, "It has ended by then"),
    ],
)
def test_days_that_cannot_be_frozen_are_said_beside_them(
    shop: Shop, manager: Browser, since: int, days: int, sentence: str
) -> None:
    address = page_of(shop.membership, "freeze/")
    first = today() + timedelta(days=since)
    typed = {"first_on": str(first), "last_on": str(first + timedelta(days=days - 1))}
    for look in ({"look": "1"}, {}):
        page = manager.post(address, {**fill(manager.get(address), **typed), **look})
        assert any(sentence in mistake for found in mistakes(page).values() for mistake in found), mistakes(page)
    assert not Freeze.objects.exists()


def test_unfreezing_brings_back_the_days_not_used(shop: Shop, manager: Browser) -> None:
    before, now = shop.period.last_on, timezone.now()
    assert before
    freeze(
        membership=shop.membership,
        first_on=today(),
        last_on=today() + timedelta(days=4),
        at=now,
        acting_user=PROGRAM,
    )
    assert "Frozen" in text_of(manager.get(shop.page))
    address = page_of(shop.membership, "unfreeze/")
    form = fill(manager.get(address))
    for _again in range(2):
        assert manager.post(address, form)["Location"] == shop.page
    assert shop.period.last_on == before and not Freeze.objects.exists()
    assert "It is not frozen." in text_of(manager.post(address, fill(manager.get(address))))


def test_a_membership_is_given_to_who_was_told_by_name(shop: Shop, manager: Browser) -> None:
    address = page_of(shop.membership, "give/")
    told = manager.post(address, fill(manager.get(address), phone="0151 12345601"))
    assert "It becomes Boris's, +49 1511 2345601, with all that is left on it." in text_of(told)
    shop.membership.refresh_from_db()
    assert shop.membership.client == shop.anna
    form = fill(told)
    for _again in range(2):
        assert manager.post(address, form)["Location"] == shop.page
    shop.membership.refresh_from_db()
    assert shop.membership.client == shop.boris
    assert {each.holder.client for each in shop.membership.held_counters.all()} == {shop.boris}
    assert says(manager.get(shop.page), "Owner Boris")
    assert says(manager.get(memberships_of(shop.boris)), "1 of 3 visits left")
    assert "No membership yet" in text_of(manager.get(memberships_of(shop.anna)))
    [(_who, changes), *_older] = history(manager.get(page_of(shop.membership, "history/")))
    assert changes == [("Owner", "Anna", "Boris")]
    for phone, sentence in (
        ("0151 99999999", "No client of the chain has this phone."),
        ("0151 12345601", "It is this client's already."),
        ("Anna", "is not a possible phone number"),
    ):
        page = manager.post(address, fill(manager.get(address), phone=phone))
        assert sentence in mistakes(page)["phone"][0]
    changed = fill(manager.post(address, fill(manager.get(address), phone="0151 12345600")), phone="0151 12345601")
    assert "It is this client's already." in text_of(manager.post(address, changed))
    assert_ledger_adds_up()


def test_blocking_and_unblocking_say_why(shop: Shop, manager: Browser) -> None:
    block, unblock = page_of(shop.membership, "block/"), page_of(shop.membership, "unblock/")
    assert "required" in mistakes(manager.post(block, {"reason": " "}))["reason"][0]
    for reason in ("Reported as stolen", "Twice"):
        assert manager.post(block, {"reason": reason})["Location"] == shop.page
    page = manager.get(shop.page)
    assert "Reported as stolen" in text_of(page) and "Blocked" in text_of(page) and unblock in page.content.decode()
    assert says(page, "Owed in services €0.00")
    assert manager.post(unblock, {"reason": "It was found"})["Location"] == shop.page
    assert "Active" in text_of(manager.get(shop.page))
    changed = [
        change[2] for _who, changes in history(manager.get(page_of(shop.membership, "history/"))) for change in changes
    ]
    assert {"Reported as stolen", "It was found"} <= set(changed) and "Twice" not in changed


def test_a_returned_membership_is_only_looked_at(shop: Shop, manager: Browser) -> None:
    returned = sell(shop.cast.center, shop.hair, shop.anna, "90", at=shop.at)
    take_back(sale_of(returned), at=shop.at)
    page = manager.get(page_of(returned))
    assert "Returned" in text_of(page) and "the sale was undone" in text_of(page)
    for act in ("adjust/", "last-day/", "block/", "freeze/", "give/"):
        assert page_of(returned, act) not in page.content.decode()
    for act, typed in (
        ("adjust/", {"amount": "5", "comment": "x"}),
        ("last-day/", {"last_on_reason": "x"}),
        ("freeze/", {}),
        ("give/", {"phone": "0151 12345601", "shown_to": "Boris"}),
    ):
        address = page_of(returned, act)
        assert "was returned" in text_of(manager.post(address, fill(manager.get(address), **typed))), act
    assert_ledger_adds_up()


def test_the_desk_freezes_and_does_nothing_else(shop: Shop, client: Browser) -> None:
    client.force_login(shop.cast.desk)
    place = f"/locations/center/memberships/{shop.membership.pk}/"
    page = client.get(place).content.decode()
    assert f"{place}freeze/" in page
    for act in ("adjust/", "last-day/", "block/", "unblock/", "give/"):
        assert f"{place}{act}" not in page
        assert client.post(f"{place}{act}", {"amount": "5", "comment": "x", "reason": "x"}).status_code == 403
    [at_harbour] = shop.boris.visits.all()
    assert f"/visits/{sale_of(shop.membership).pk}/" in page and f"/visits/{at_harbour.pk}/" not in page
    assert shop.left == [1, 2]


def test_one_without_a_count_and_one_that_has_not_begun(shop: Shop, manager: Browser) -> None:
    free = make_membership_type(shop.cast.aurora, "Free", [([shop.haircut, shop.wash], None)], named=True)
    own = sell(shop.cast.center, free, shop.anna, "50", number="OWN-1", at=shop.at)
    cover(shop.cast.center, shop.anna, [shop.wash], own, at=shop.at)
    page = manager.get(page_of(own))
    text = text_of(page)
    assert says(page, "without a count Haircut, Wash", "Valid until without end")
    assert "OWN-1" in text, "that of a named one is no code"
    assert "usable by that client alone" in text and "A visit without a share of the price." in text
    assert page_of(own, "adjust/") not in page.content.decode()
    later = make_membership_type(
        shop.cast.aurora,
        "Later",
        [([shop.haircut], 2)],
        begins="first_use",
        begins_within_count=3,
        begins_within_unit="months",
        lasts_count=1,
        lasts_unit="months",
        freeze_days=5,
    )
    waiting = sell(shop.cast.center, later, shop.anna, "80", at=shop.at)
    page = manager.get(page_of(waiting))
    assert says(page, "Not begun", "known once it begins", "or by itself on")
    assert page_of(waiting, "freeze/") not in page.content.decode()
    address = page_of(waiting, "freeze/")
    assert "It has not begun" in text_of(manager.get(address))
    run_memberships(chain=shop.cast.aurora, at=shop.at + timedelta(days=100))
    began = MembershipPeriod.objects.get(membership=waiting)
    assert began.first_on == began.latest_on and began.last_on
    assert says(manager.get(page_of(waiting)), f"Valid until {date_format(began.last_on)}")


def test_an_opening_balance_was_sold_nowhere(shop: Shop, manager: Browser) -> None:
    kept = grant_opening_balance(
        membership_type=shop.hair, client=shop.boris, left={1: 2}, at=timezone.now(), acting_user=PROGRAM
    )
    page = manager.get(page_of(kept))
    assert says(page, "no sale: an opening balance", "2 of 3 visits left", "0 of 2 visits left")
    assert says(page, "Owed in services €0.00", "Place of sale the chain")


def test_the_tab_is_there_once_the_chain_has_memberships(cast: Cast, manager: Browser) -> None:
    guest = make_client(cast.center, "Gina", "")
    page, tab = f"/chains/aurora/clients/{guest.pk}/", memberships_of(guest)
    assert tab not in manager.get(page).content.decode()
    make_membership_type(cast.aurora, "Wash", [([make_item(cast.aurora, "Wash", "15")], 2)])
    assert tab in manager.get(page).content.decode()


@pytest.mark.parametrize("rows", [3, 30])
def test_the_queries_of_membership_pages(shop: Shop, manager: Browser, count_queries: CountQueries, rows: int) -> None:
    counter = shop.membership.held_counters.all()[1]
    for number in range(rows):
        adjust_uses(counter=counter, amount=Decimal(1), comment=str(number), at=timezone.now(), acting_user=PROGRAM)
        sell(shop.cast.center, shop.hair, shop.anna, "30", at=shop.at)
    manager.get(shop.page)
    with count_queries("membership"):
        manager.get(shop.page, {"size": 50})
    with count_queries("client page, memberships/"):
        manager.get(memberships_of(shop.anna))
