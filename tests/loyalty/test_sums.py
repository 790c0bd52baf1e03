"""Sums of the ledger are those of its rows, whenever the job ran and whoever writes meanwhile."""

import threading
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest
from django.db import connection, transaction

from chains.models import Chain
from loyalty.ledger.checks import differences
from loyalty.ledger.models import RowSum, SummedRows, Transaction
from loyalty.ledger.sums import Chosen, read_sums, sum_up
from loyalty.rules.terms import PromotionKind
from tests.loyalty.shop import (
    NOW,
    Shop,
    assert_ledger_adds_up,
    burn,
    cancel,
    days_later,
    discounts,
    give,
    make_card,
    make_client,
    make_plan,
    make_shop,
    points,
    save,
    take,
    undo,
)
from tests.loyalty.sums import assert_sums_are_of_rows, read
from tests.programs import make_card_type, make_promotion


def months_of_a_card(shop: Shop) -> Iterator[object]:
    """Visits with discounts and points, undone in part, over three months; points that burn, and debt."""
    cashback = make_promotion(shop.chain, "cashback", PromotionKind.CASHBACK_FIXED_PAID, "10")
    discount = make_promotion(shop.chain, "tenth", PromotionKind.DISCOUNT_FIXED, "10")
    card = make_card(make_client(shop.chain, "Anna"), make_card_type(shop.chain, "bonus", [cashback, discount]))
    plan = make_plan(shop, card.client, discounts=discounts(card, discount))
    visit = save(shop, plan)
    yield visit
    yield save(shop, make_plan(shop, card.client, starts_at=days_later(20), means=points(card, 4)))
    yield save(shop, make_plan(shop, card.client, starts_at=days_later(35)))
    given = give(card, 5, at=days_later(36), last_day=days_later(40).date())
    yield cancel(shop, visit, at=days_later(37))
    yield save(shop, plan, visit_id=visit.pk, at=days_later(38))
    yield burn(shop, at=days_later(60))
    yield take(card, 2, at=days_later(61))
    yield undo(given, at=days_later(62))
    # What is written later may be of a day long summed.
    yield give(card, 3, at=days_later(-40))


@pytest.mark.django_db
@pytest.mark.parametrize("every", [1, 3])
def test_they_are_those_of_the_rows_wherever_the_tail_begins(every: int) -> None:
    shop = make_shop()
    for number, _ in enumerate(months_of_a_card(shop)):
        assert_sums_are_of_rows(shop.chain)
        if number % every == 0:
            tail = Transaction.objects.filter(chain=shop.chain).count() - summed_rows(shop.chain)
            assert sum_up(chain=shop.chain) == tail and sum_up(chain=shop.chain) == 0
            assert_sums_are_of_rows(shop.chain)
        assert_ledger_adds_up()


def summed_rows(chain: Chain) -> int:
    return sum(row.rows for row in RowSum.objects.filter(chain=chain, of_month=False))


@pytest.mark.django_db
def test_whole_months_are_read_as_months_and_days_of_others_never() -> None:
    shop, other = make_shop(), make_shop("Borealis")
    for _ in zip(months_of_a_card(shop), months_of_a_card(other), strict=True):
        pass
    sum_up(chain=shop.chain)
    # Sums that are wrong on purpose say which of them were read.
    RowSum.objects.filter(of_month=False).update(rows=0)
    assert sum(rows for rows, *_ in read(shop.chain, ("kind",)).values()) == written(shop.chain)
    assert read(shop.chain, ("on",)) == {}
    march = {"since": date(2026, 3, 1), "until": date(2026, 3, 31)}
    assert read(shop.chain, ("kind",), **march) != {}
    assert read(shop.chain, ("kind",), **{**march, "until": date(2026, 3, 30)}) == {}
    assert_sums_are_of_rows(other.chain)


def written(chain: Chain) -> int:
    return Transaction.objects.filter(chain=chain).count()


@pytest.mark.django_db
def test_days_of_another_time_zone_are_summed_anew() -> None:
    shop = make_shop()
    for _ in months_of_a_card(shop):
        pass
    sum_up(chain=shop.chain)
    by_day = read(shop.chain, ("on",))
    Chain.objects.filter(pk=shop.chain.pk).update(time_zone="Pacific/Kiritimati")
    chain = Chain.objects.get(pk=shop.chain.pk)
    assert read(chain, ("on",)) != by_day
    assert_sums_are_of_rows(chain)
    assert sum_up(chain=chain) == written(chain)
    assert_sums_are_of_rows(chain)
    assert_ledger_adds_up()


WRONG = {
    "a day": {"of_month": False},
    "a month": {"of_month": True},
}


@pytest.mark.django_db
@pytest.mark.parametrize("what", WRONG)
@pytest.mark.parametrize("figure", ["rows", "plus", "minus", "debt", "visits"])
def test_the_proof_of_the_ledger_finds_sums_that_are_not_of_the_rows(what: str, figure: str) -> None:
    shop = make_shop()
    for _ in months_of_a_card(shop):
        pass
    sum_up(chain=shop.chain)
    assert not list(differences(shop.chain))
    wrong = RowSum.objects.filter(kind="promotion_accrual", **WRONG[what])[0]
    setattr(wrong, figure, getattr(wrong, figure) + 1)
    wrong.save()
    told = list(differences(shop.chain))
    assert len(told) == 1 and str(wrong.promotion_id) in told[0]


@pytest.mark.races
def test_a_row_that_is_written_late_is_in_no_sum_before_it_is_there(
    transactional_db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that has its number before another's and is committed after it."""
    monkeypatch.setattr("loyalty.ledger.sums.PATIENCE_SECONDS", 0)
    shop = make_shop()
    bonus = make_card_type(shop.chain, "bonus")
    early, late = (make_card(make_client(shop.chain, name), bonus) for name in ("Anna", "Boris"))
    has_written, may_end = threading.Event(), threading.Event()

    def write_late() -> None:
        with transaction.atomic():
            give(late, 5, at=NOW)
            has_written.set()
            may_end.wait(timeout=300)
        connection.close()

    writer = threading.Thread(target=write_late)
    writer.start()
    try:
        assert has_written.wait(timeout=300)
        give(early, 7, at=NOW)
        assert sum_up(chain=shop.chain) == 0 and summed_rows(shop.chain) == 0
        assert read(shop.chain, ("kind",)) == {("manual_accrual",): (1, Decimal(7), Decimal(0), Decimal(0))}
    finally:
        may_end.set()
        writer.join(timeout=300)
    assert read(shop.chain, ("kind",)) == {("manual_accrual",): (2, Decimal(12), Decimal(0), Decimal(0))}
    assert sum_up(chain=shop.chain) == 2
    assert_sums_are_of_rows(shop.chain)
    assert_ledger_adds_up()


@pytest.mark.races
def test_who_reads_while_rows_are_summed_misses_none_and_counts_none_twice(transactional_db: None) -> None:
    shop = make_shop()
    card = make_card(make_client(shop.chain, "Anna"), make_card_type(shop.chain, "bonus"))
    has_ended = threading.Event()

    def write_and_sum() -> None:
        try:
            for _ in range(30):
                give(card, 1, at=NOW)
                sum_up(chain=shop.chain)
        finally:
            has_ended.set()
            connection.close()

    writer = threading.Thread(target=write_and_sum)
    writer.start()
    while not has_ended.is_set():
        before = written(shop.chain)
        found = sum(sums.rows for sums in read_sums(shop.chain, ("kind",), Chosen()).values())
        assert before <= found <= written(shop.chain)
    writer.join(timeout=300)
    assert SummedRows.objects.get().through_id == Transaction.objects.latest("pk").pk
    assert summed_rows(shop.chain) == 30
