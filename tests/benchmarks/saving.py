"""What a save and a preview of a visit cost beside the bare SQL of the same rows, and for a guest with a long past.

Not among the tests: `make test ARGS="-n 0 -s tests/benchmarks/saving.py"`. The visit has five lines, its guest three
cards, four promotions and an inviter, and pays with points. Times are the least of several runs, of the process and
the database together: what else the machine does only adds to them.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from time import perf_counter
from typing import Any

from django.db import connection, transaction
from django.db.models import Sum
from django.db.models.functions import Coalesce
from django.test.utils import CaptureQueriesContext

from clients.models import Client
from loyalty.cards.models import Card
from loyalty.ledger.models import Holder, Lot
from loyalty.promotions.models import Promotion
from loyalty.rules.money import ZERO
from loyalty.rules.plan import Plan
from loyalty.rules.terms import PromotionKind
from tests.benchmarks.figures import Figure, note
from tests.loyalty.shop import (
    NOW,
    Shop,
    days_later,
    discounts,
    make_card,
    make_client,
    make_plan,
    make_referral,
    make_shop,
    points,
    save,
)
from tests.programs import make_card_type, make_promotion, plan_line
from visits.checkout import preview

RUNS, VISITS, LOTS = 25, 170, 300


@dataclass(frozen=True)
class Guest:
    shop: Shop
    client: Client
    cards: tuple[Card, ...]
    discount: Promotion

    @property
    def plan(self) -> Plan:
        return make_plan(
            self.shop,
            self.client,
            *(plan_line(self.shop.haircut) for _ in range(5)),
            starts_at=days_later(1),
            discounts=discounts(self.cards[0], self.discount),
            means=points(self.cards[0], 1),
        )

    def saves(self) -> None:
        """A save, and the look at it taken back."""
        with transaction.atomic():
            save(self.shop, self.plan)
            transaction.set_rollback(True)

    def looks(self) -> None:
        preview(location=self.shop.location, plan=self.plan, visit=None, at=days_later(1))


def test_a_save_beside_its_bare_sql(db: None) -> None:
    new, heavy = make_guest("New"), make_guest("Heavy")
    make_heavy(heavy)
    saved, looked = statements_of(new.saves), statements_of(new.looks)
    written = [each for each in saved if each.split(maxsplit=1)[0].upper() in {"INSERT", "UPDATE"}]
    works = (new.saves, new.looks, lambda: run(written), lambda: run(looked), heavy.saves, heavy.looks)
    saving, looking, bare_save, bare_look, heavy_save, heavy_look = least(*works)
    past = f"a guest with {VISITS} visits and {LOTS} lots"
    for what, seconds, statements, most, bare, limit, with_past in (
        ("save", saving, saved, 18, bare_save, 28, heavy_save),
        ("preview", looking, looked, 7, bare_look, 20, heavy_look),
    ):
        note(Figure(f"statements of a {what}", len(statements) / most, 1, "the limit", f"{len(statements)} of {most}"))
        told = f"{1000 * seconds:.1f} ms, the bare SQL {1000 * bare:.2f} ms"
        note(Figure(f"{what} of a visit", seconds / bare, limit, "the bare SQL of the same rows", told))
        told = f"{1000 * with_past:.1f} ms, of a new guest {1000 * seconds:.1f} ms"
        note(Figure(f"{what} for {past}", with_past / seconds, 1.3, "that of a new guest", told))


def make_guest(name: str) -> Guest:
    shop = make_shop(name)
    make_referral(shop.chain, accrues="every_visit")
    client, friend = make_client(shop.chain, "Guest"), make_client(shop.chain, "Friend")
    kinds: dict[str, tuple[PromotionKind, dict[str, Any]]] = {
        "tiers": (PromotionKind.DISCOUNT_CUMULATIVE_VISITS, {"rules": [["0", "5"], ["1000", "10"]]}),
        "back": (PromotionKind.CASHBACK_CUMULATIVE_SOLD, {"rules": [["0", "5"]]}),
        "more": (PromotionKind.CASHBACK_FIXED_PAID, {"value": "3"}),
        "late": (PromotionKind.CASHBACK_FIXED_SOLD, {"value": "2"}),
    }
    made = [make_promotion(shop.chain, each, kind, **more) for each, (kind, more) in kinds.items()]
    clocks = [{}, {}, {"inactivity_count": 1, "inactivity_unit": "years"}]
    types = [
        make_card_type(shop.chain, f"type {n}", made[n : n + (2 if n == 2 else 1)], **clock)
        for n, clock in enumerate(clocks)
    ]
    cards = tuple(make_card(client, each, points=100) for each in types)
    save(shop, make_plan(shop, client, referral=str(friend.phone), starts_at=days_later(-9)))
    return Guest(shop, client, cards, made[0])


def make_heavy(guest: Guest) -> None:
    """Paid visits; of what they gave the guest so many lots are left, the others spent. The inviter spent nothing."""
    for number in range(VISITS - 1):
        save(guest.shop, make_plan(guest.shop, guest.client, starts_at=NOW - timedelta(hours=number)))
    lots = Lot.objects.with_points().filter(holder__client=guest.client).order_by("pk")
    lots.filter(pk__gte=lots[LOTS].pk).update(remaining=0)
    for card in guest.cards:
        left = lots.filter(holder=card.holder).aggregate(sum=Coalesce(Sum("remaining"), ZERO))["sum"]
        Holder.objects.filter(pk=card.holder_id).update(balance=left)
    assert lots.count() == LOTS


def statements_of(work: Callable[[], None]) -> list[str]:
    work()
    with CaptureQueriesContext(connection) as captured:
        work()
    begun = ("SAVEPOINT", "RELEASE", "ROLLBACK")
    return [query["sql"] for query in captured if not query["sql"].startswith(begun)]


def run(statements: Iterable[str]) -> None:
    """The same statements without the program around them; keys that are not there yet are never looked at."""
    with transaction.atomic(), connection.cursor() as cursor:
        for each in statements:
            cursor.cursor.execute(each)
        transaction.set_rollback(True)


def least(*works: Callable[[], None]) -> list[float]:
    """Of each the least of several runs, in turn, so that whatever else goes on meets all of them."""
    found = [[seconds_of(work) for work in works] for _ in range(RUNS)]
    return [min(each) for each in zip(*found, strict=True)]


def seconds_of(work: Callable[[], None]) -> float:
    start = perf_counter()
    work()
    return perf_counter() - start
