"""Burning many lots at a time: by the rules, as the journal does it, beside desks at work, and killed in the middle."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction
from django.db.models import F
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from clients.messages.models import Message
from loyalty.cards.models import Card
from loyalty.ledger import burning, notices
from loyalty.ledger.burning import burn_points
from loyalty.ledger.kinds import HolderKind, TransactionKind
from loyalty.ledger.models import Holder, Lot, Transaction
from loyalty.rules.plan import Status
from loyalty.rules.terms import PeriodUnit, PromotionKind
from tests.benchmarks.chain.making import make_chain
from tests.loyalty.burnt import burn_both_ways, last_visits
from tests.loyalty.shop import (
    NOW,
    Shop,
    assert_ledger_adds_up,
    cancel,
    days_later,
    give,
    make_card,
    make_client,
    make_plan,
    make_shop,
    points,
    save,
    take,
)
from tests.plugins.properties import ON_DATABASE
from tests.plugins.races import begun
from tests.programs import make_card_type, make_promotion, plan_line
from visits.models import Visit
from visits.scenario.play import rolled_back

# The rules in SQL
# ----------------------------------------------------------------------------

#: Ends of months and leap days as often as all others.
a_day = st.one_of(
    st.dates(date(2023, 11, 1), date(2025, 4, 1)),
    st.sampled_from([date(2023, 12, 31), date(2024, 1, 31), date(2024, 2, 29), date(2024, 8, 31), date(2025, 1, 30)]),
)
some_day = st.one_of(st.none(), a_day)


@st.composite
def a_lot(draw: DrawFn) -> Lot:
    granted_on = draw(a_day)
    clock = draw(st.one_of(st.none(), st.tuples(st.integers(1, 40), st.sampled_from([*PeriodUnit]))))
    return Lot(
        remaining=draw(st.integers(0, 3)),
        granted_on=granted_on,
        granted_at=datetime.combine(granted_on, NOW.timetz()),
        rank=0,
        last_on=draw(some_day),
        inactivity_count=clock[0] if clock else None,
        inactivity_unit=clock[1] if clock else "",
        ended_on=draw(st.one_of(st.none(), st.none(), a_day)),
    )


a_visit = st.tuples(a_day, st.booleans(), st.booleans())


@pytest.mark.django_db
def test_the_last_day_in_sql_is_that_of_the_rules() -> None:
    shop = make_shop()

    @ON_DATABASE
    @given(st.lists(a_lot(), min_size=20, max_size=40), st.lists(a_visit, max_size=4), a_day)
    def holds(lots: list[Lot], visits: list[tuple[date, bool, bool]], day: date) -> None:
        with rolled_back():
            guest = make_client(shop.chain, "Anna")
            holder = Holder.objects.create(chain=shop.chain, client=guest, kind=HolderKind.CARD)
            for starts_on, is_settled, is_sale in visits:
                starts_at = datetime.combine(starts_on, NOW.timetz())
                Visit.objects.create(
                    chain=shop.chain,
                    location=shop.location,
                    client=guest,
                    starts_at=starts_at,
                    starts_on=starts_on,
                    status=Status.ARRIVED,
                    settled_at=starts_at if is_settled else None,
                    is_sale=is_sale,
                    saved_at=starts_at,
                )
            last_visit_on = max((on for on, settled, sale in visits if settled and not sale), default=None)
            assert last_visits([guest.pk]) == ({guest.pk: last_visit_on} if last_visit_on else {})
            for lot in lots:
                lot.pk, lot.holder = None, holder
                lot.transaction = Transaction.objects.create(
                    chain=shop.chain, at=NOW, kind="manual_accrual", holder=holder, amount=1, balance_after=1
                )
            Lot.objects.bulk_create(lots)
            by_rules = {each.lot.key: each.lot.ends_on(last_visit_on) for each in Lot.objects.as_rules()}
            assert dict(Lot.objects.with_last_day().values_list("pk", F("ends_on"))) == by_rules
            through = {pk for pk, ends_on in by_rules.items() if ends_on and ends_on <= day}
            assert {*Lot.objects.ending_through(day).values_list("pk", flat=True)} == through

    holds()


# As the journal does it
# ----------------------------------------------------------------------------


def spent_and_burned(shop: Shop, name: str) -> tuple[Card, Visit]:
    """A card with several lots past their day by both clocks on the fifth day, some of one of which were spent."""
    terms = {"burn_count": 3, "burn_unit": "days"}
    back = make_promotion(shop.chain, f"back {name}", PromotionKind.CASHBACK_FIXED_PAID, "5", **terms)
    idle = {"inactivity_count": 2, "inactivity_unit": "days"}
    card = make_card(make_client(shop.chain, name), make_card_type(shop.chain, f"type {name}", [back], **idle))
    give(card, 20, at=NOW, last_day=NOW.date())
    give(card, 30, at=NOW)
    give(card, 40, at=NOW, last_day=NOW.date())
    visit = save(shop, make_plan(shop, card.client, means=points(card, 50)))
    give(make_card(card.client, make_card_type(shop.chain, f"plain {name}")), 7, last_day=days_later(9).date())
    return card, visit


@pytest.mark.django_db
def test_lots_burn_as_the_journal_burns_them_and_again_what_comes_back() -> None:
    shop = make_shop()
    cards = [spent_and_burned(shop, name) for name in ("Anna", "Boris")]
    before = Transaction.objects.count()
    assert burn_both_ways(shop.chain, days_later(5)) == Transaction.objects.count() - before > 4
    for _, visit in cards:
        cancel(shop, visit, at=days_later(6))
    assert burn_both_ways(shop.chain, days_later(6)) > 2
    burnt = Transaction.objects.filter(kind=TransactionKind.BURNING, undoes=None)
    assert set(burnt.values_list("turn", flat=True)) == {1, 2}
    assert burn_both_ways(shop.chain, days_later(30)) == 2
    assert set(Holder.objects.values_list("balance", flat=True)) == {0}
    assert_ledger_adds_up()


@pytest.mark.django_db
def test_lots_of_one_place_burn_one_after_the_other() -> None:
    """Points come back to a lot whose accrual was replaced meanwhile, and stand where its successor does."""
    shop = make_shop()
    terms = {"burn_count": 3, "burn_unit": "days"}
    back = make_promotion(shop.chain, "back", PromotionKind.CASHBACK_FIXED_PAID, "10", **terms)
    anna = make_client(shop.chain, "Anna")
    card = make_card(anna, make_card_type(shop.chain, "bonus", [back]))
    first = save(shop, make_plan(shop, anna))
    second = save(shop, make_plan(shop, anna, starts_at=days_later(1), means=points(card, 10)))
    twice = make_plan(shop, anna, plan_line(shop.haircut, 2))
    save(shop, twice, visit_id=first.pk, version=first.version, at=days_later(2))
    cancel(shop, second, at=days_later(2))
    assert Lot.objects.values("last_on", "granted_at", "rank").filter(remaining__gt=0).distinct().count() == 1
    assert burn_both_ways(shop.chain, days_later(9)) == 2
    assert balances_after(card) == [Decimal(19), Decimal(0)]
    assert_ledger_adds_up()


def balances_after(card: Card) -> list[Decimal | None]:
    """What was left of the card after each burning."""
    burnt = Transaction.objects.filter(kind=TransactionKind.BURNING, card=card)
    return list(burnt.order_by("pk").values_list("balance_after", flat=True))


@pytest.mark.django_db
def test_many_are_burned_batch_by_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of one lot, of several, and of fewer than one holder has; asked for by as many or one by one."""
    shop = make_shop()
    for name in ("Anna", "Boris", "Clara"):
        spent_and_burned(shop, name)
    expected = burn_in_batches(monkeypatch, shop, lots=1000, asked=1000)
    assert expected > 6
    for lots, asked in ((1, 1), (5, 2), (2, 3)):
        assert burn_in_batches(monkeypatch, shop, lots=lots, asked=asked) == expected


def burn_in_batches(monkeypatch: pytest.MonkeyPatch, shop: Shop, *, lots: int, asked: int) -> int:
    monkeypatch.setattr(burning, "BATCH", lots)
    monkeypatch.setattr(burning, "ASKED", asked)
    with rolled_back():
        return burn_both_ways(shop.chain, days_later(5))


@pytest.mark.django_db
def test_a_batch_reads_no_table_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a chain with a thousand lots to burn; they burn as the journal burns them."""
    monkeypatch.setattr(burning, "BATCH", 25)
    made = make_chain("measured", size=4_000, at=NOW)
    plans: list[str] = []

    def explained(execute: Callable[..., Any], statement: str, figures: Any, many: bool, context: Any) -> Any:
        if statement.lstrip().startswith("WITH due"):
            with connection.cursor() as cursor:
                cursor.execute(f"EXPLAIN {statement}", figures)
                plans.extend(line for (line,) in cursor.fetchall())
        return execute(statement, figures, many, context)

    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    with connection.execute_wrapper(explained):
        assert burn_both_ways(made.chain, days_later(900)) > 500
    assert [line for line in plans if "Index Scan" in line]
    assert not [line for line in plans if "Seq Scan" in line]


@pytest.mark.django_db
def test_another_chain_keeps_its_points_and_its_clock() -> None:
    """It is past midnight in Tokyo, and not yet in Berlin."""
    shop, other = make_shop(), make_shop("Sakura", time_zone="Asia/Tokyo")
    for each in (shop, other):
        give(make_card(make_client(each.chain, "Anna"), make_card_type(each.chain, "bonus")), 5, last_day=NOW.date())
    evening = NOW.replace(hour=16)
    assert burn_both_ways(shop.chain, evening) == 0
    assert burn_both_ways(other.chain, evening) == 1
    assert burn_both_ways(shop.chain, evening + timedelta(hours=8)) == 1


@pytest.mark.django_db
@pytest.mark.parametrize("batch", [1, 2, 3, 100])
def test_all_are_told_batch_by_batch(monkeypatch: pytest.MonkeyPatch, batch: int) -> None:
    """Guests who lose points on two days are told of both, wherever one batch ends."""
    monkeypatch.setattr(notices, "BATCH", batch)
    shop = make_shop()
    terms = {"burn_count": 3, "burn_unit": "days", "notice": 3}
    back = make_promotion(shop.chain, "back", PromotionKind.CASHBACK_FIXED_PAID, "5", **terms)
    card_type = make_card_type(shop.chain, "bonus", [back])
    for name in ("Anna", "Boris"):
        card = make_card(make_client(shop.chain, name), card_type)
        for day in (0, 1):
            save(shop, make_plan(shop, card.client, starts_at=days_later(day)))
        give(card, 2, last_day=days_later(4).date())
    assert notices.queue_notices(chain=shop.chain, at=days_later(2)) == 4
    told = list(Message.objects.order_by("client", "subject_on").values_list("subject_on", "figures__amount"))
    assert told == [(days_later(3).date(), "5.0000"), (days_later(4).date(), "7.0000")] * 2


# Beside others
# ----------------------------------------------------------------------------


@pytest.fixture
def cards(transactional_db: None) -> Iterator[list[Card]]:
    """Of three guests of a chain; each holds points that are past their day tomorrow, and points that are not."""
    shop = make_shop()
    card_type = make_card_type(shop.chain, "bonus")
    cards = [make_card(make_client(shop.chain, name), card_type, points=9) for name in ("Anna", "Boris", "Clara")]
    for card in cards:
        give(card, 5, at=NOW, last_day=NOW.date())
    yield cards
    assert_ledger_adds_up()
    assert burnt_cards() == [card.pk for card in cards]


def burnt_cards() -> list[int | None]:
    """The cards that burned, once for each time."""
    burnt = Transaction.objects.filter(kind=TransactionKind.BURNING)
    return list(burnt.order_by("card").values_list("card", flat=True))


@pytest.mark.races
def test_a_card_at_a_desk_is_passed_over_and_comes_last(cards: list[Card]) -> None:
    """The others have burned while the desk holds it, though it is the first; then it burns as it is by then."""
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            take(cards[0], 3, at=NOW)
            job = begun(lambda: burn_points(chain=cards[0].chain, at=days_later(1)), pool)
            assert burnt_cards() == [card.pk for card in cards[1:]]
        assert job.outcome.result(timeout=300) == 3
    first = Transaction.objects.get(kind=TransactionKind.BURNING, card=cards[0])
    assert (first.amount, first.balance_after) == (Decimal(-2), Decimal(9))


@pytest.mark.races
def test_a_job_that_is_killed_leaves_the_rest_to_the_next(cards: list[Card]) -> None:
    with ThreadPoolExecutor(1) as pool, transaction.atomic():
        Holder.objects.filter(pk=cards[1].holder_id).locked().get()
        job = begun(lambda: burn_points(chain=cards[1].chain, at=days_later(1)), pool)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s)", [job.backend])
        assert isinstance(job.outcome.result(timeout=300), OperationalError)
    assert burnt_cards() == [cards[0].pk, cards[2].pk]
    assert burn_points(chain=cards[1].chain, at=days_later(1)) == 1
