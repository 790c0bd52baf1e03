"""Previewing and saving a visit takes as many queries for a long bill, many cards and a long past as for short ones."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from loyalty.ledger.kinds import TransactionKind
from loyalty.rules.plan import PaymentChoice, PaymentMethod, Plan
from tests.loyalty.regular import Regular, make_regular
from tests.loyalty.shop import assert_ledger_adds_up, burn, cancel, days_later, give, make_client, make_plan, save
from tests.plugins.query_counts import CountQueries
from tests.programs import plan_line
from visits.checkout import preview
from visits.models import Visit

#: Lines of the bill, cards of the guest, visits before: few of each, and many. What grows with one of them shows there.
SIZES = [(1, 1, 3), (20, 10, 3000)]
MOST_OF_A_SAVE = 28

#: What a visit of the regular guest writes: every kind but those of other operations.
KINDS = {
    TransactionKind.PROMOTION_DISCOUNT,
    TransactionKind.CARD_PAYMENT,
    TransactionKind.PROMOTION_ACCRUAL,
    TransactionKind.REFERRAL_ACCRUAL,
}


@pytest.mark.parametrize(("lines", "cards", "past"), SIZES)
def test_queries_do_not_grow(db: None, lines: int, cards: int, past: int, count_queries: CountQueries) -> None:
    regular = make_regular(cards=cards, past=past)
    a_visit_is_saved_edited_and_cancelled(regular, lines, count_queries)
    a_newcomer_is_invited(regular, lines, count_queries)
    points_burn(regular, lines, count_queries)
    assert_ledger_adds_up()


def a_visit_is_saved_edited_and_cancelled(regular: Regular, lines: int, count_queries: CountQueries) -> None:
    plan = regular.plan(lines)
    look(regular, plan)  # Terms are read once per process.
    with count_queries("preview a new visit"):
        look(regular, plan)
    with a_save(count_queries, "save a new visit"):
        visit = save(regular.shop, plan)
    assert set(visit.transactions.values_list("kind", flat=True)) == KINDS
    changed = replace(
        regular.plan(lines, points=2),
        lines=tuple(
            replace(line, line_id=kept.pk, quantity=2) for line, kept in zip(plan.lines, visit.lines.all(), strict=True)
        ),
        payments=(PaymentChoice(PaymentMethod.CARD, None),),
    )
    with count_queries("preview an edit"):
        look(regular, changed, Visit.objects.with_plan().get(pk=visit.pk))
    with a_save(count_queries, "save an edit that changes everything"):
        save(regular.shop, changed, visit_id=visit.pk, version=1)
    assert set(visit.transactions.filter(undoes__isnull=False).values_list("kind", flat=True)) == KINDS
    with a_save(count_queries, "save an edit that changes nothing"):
        save(regular.shop, changed, visit_id=visit.pk, version=2)
    with a_save(count_queries, "cancel a visit"):
        cancel(regular.shop, visit, version=3, at=days_later(1))


def a_newcomer_is_invited(regular: Regular, lines: int, count_queries: CountQueries) -> None:
    """The inviter has no card of the program yet, and gets one in the same save."""
    shop = regular.shop
    bill = [plan_line(shop.haircut) for _ in range(lines)]
    newcomer = make_client(shop.chain, "Newcomer")
    plan = make_plan(shop, newcomer, *bill, referral=str(regular.guest.phone), starts_at=days_later(1))
    with count_queries("preview a first visit by referral"):
        preview(location=shop.location, plan=plan, visit=None, at=days_later(1))
    with a_save(count_queries, "save a first visit by referral"):
        visit = save(shop, plan)
    with a_save(count_queries, "cancel a first visit by referral"):
        cancel(shop, visit, at=days_later(1))
    with a_save(count_queries, "save a first visit by referral that was cancelled"):
        save(shop, plan, visit_id=visit.pk)


def points_burn(regular: Regular, lines: int, count_queries: CountQueries) -> None:
    """By the job, and by the save that comes before it."""
    for day in (1, 2):
        for card in regular.cards:
            give(card, 5, at=days_later(-5), last_day=days_later(day).date())
    with count_queries("burn points"):
        assert burn(regular.shop, at=days_later(2)) == len(regular.cards)
    with a_save(count_queries, "save a new visit that burns first"):
        save(regular.shop, regular.plan(lines), at=days_later(3))


@contextmanager
def a_save(count_queries: CountQueries, what: str) -> Iterator[None]:
    with count_queries(what) as saved:
        yield
    assert len(saved) <= MOST_OF_A_SAVE


def look(regular: Regular, plan: Plan, visit: Visit | None = None) -> None:
    settlement = preview(location=regular.shop.location, plan=plan, visit=visit, at=days_later(1)).settlement
    assert not settlement.problems and len(settlement.accruals) == len(regular.cards)
