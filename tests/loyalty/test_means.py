"""Any holder pays a bill, and anything is sold with one: shown with a kind that only the tables know."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from itertools import cycle, islice
from typing import Any

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chains.access import Role
from chains.models import Access
from chains.refusals import Code, Refusal
from clients.models import Client
from loyalty.ledger.models import Holder, Transaction
from loyalty.rules.plan import MeansChoice, PaymentChoice, PaymentMethod, PlanValue, Status
from loyalty.rules.terms import PromotionKind
from reports.visits.totals import VisitTotals
from tests.cast import make_access, make_user
from tests.loyalty.shop import (
    NOW,
    REST,
    Shop,
    assert_ledger_adds_up,
    balance_of,
    cancel,
    days_later,
    discounts,
    make_card,
    make_client,
    make_plan,
    make_shop,
    points,
    save,
)
from tests.loyalty.tokens import ISSUE, PAYMENT, TOKENS, held, make_tokens, tokens
from tests.pages import text_of
from tests.plugins.properties import ON_DATABASE
from tests.plugins.races import race
from tests.programs import make_card_type, make_promotion, plan_line
from visits.changes.wording import words_for
from visits.checkout import preview
from visits.days import figures_of
from visits.models import Visit, VisitChange
from visits.plans import plan_of
from visits.receipts import receipt_of

__all__ = ["tokens"]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("tokens")]


@pytest.fixture
def shop(db: None) -> Iterator[Shop]:
    yield make_shop()
    assert_ledger_adds_up()


def euros(*amounts: int) -> tuple[Decimal, ...]:
    return tuple(map(Decimal, amounts))


def with_tokens(*choices: tuple[Holder, int | Decimal | None]) -> tuple[MeansChoice, ...]:
    return tuple(MeansChoice(holder.pk, None if amount is None else Decimal(amount)) for holder, amount in choices)


def written(visit: Visit) -> list[tuple[str, int | None, Decimal]]:
    rows = Transaction.objects.of_visit(visit.pk).standing().order_by("pk")
    return list(rows.values_list("kind", "holder", "amount"))


def test_two_holders_of_one_kind_pay_one_bill_and_saving_again_writes_nothing(shop: Shop) -> None:
    anna = make_client(shop.chain, "Anna")
    one, two = make_tokens(shop.chain, anna, 30), make_tokens(shop.chain, None, 50)
    visit = save(shop, make_plan(shop, anna, means=with_tokens((one, 20), (two, None))))
    assert written(visit) == [(PAYMENT, one.pk, Decimal(-20)), (PAYMENT, two.pk, Decimal(-50))]
    assert (visit.due, visit.points_paid, visit.paid, visit.left) == euros(100, 0, 30, 0)
    kept = plan_of(Visit.objects.with_plan().get(pk=visit.pk))
    save(shop, kept, visit_id=visit.pk, version=1, at=days_later(1))
    assert Transaction.objects.filter(visit=visit).count() == 2
    # Of two, only what changed is undone and written anew.
    save(shop, replace(kept, means=with_tokens((one, 20), (two, 40)), payments=REST), visit_id=visit.pk, version=2)
    assert written(visit) == [(PAYMENT, one.pk, Decimal(-20)), (PAYMENT, two.pk, Decimal(-40))]
    assert (held(one), held(two)) == euros(10, 10)
    cancel(shop, visit)
    assert (held(one), held(two)) == euros(30, 50)


def test_what_they_paid_is_not_left_in_the_day_nor_in_the_report_and_stands_on_the_receipt(shop: Shop) -> None:
    anna = make_client(shop.chain, "Anna")
    one, two = make_tokens(shop.chain, anna, 30), make_tokens(shop.chain, None, 50)
    sold = (PlanValue(TOKENS, Decimal(25), Decimal(20)),)
    plan = make_plan(shop, anna, means=with_tokens((one, None), (two, None)), payments=REST)
    visit = save(shop, replace(plan, value=sold))
    day = figures_of(shop.location, visit.starts_on)
    assert (day.due, day.left, day.taken, day.in_advance) == euros(100, 0, 45, 0)
    assert VisitTotals.of(Visit.objects.all()).left == 0
    (entered,) = VisitChange.objects.all()
    told = [str(each.label) for each in words_for([entered], shop.chain).told(entered)]
    assert [each for each in told if each.startswith("Tokens")] == [f"Tokens {one.pk}", f"Tokens {two.pk}", "Tokens"]
    receipt = receipt_of(visit, chain=shop.chain, access=Access(chain=shop.chain), today=visit.starts_on)
    paid = [(each.holder.in_words, each.amount, each.left, each.forfeited) for each in receipt.means]
    assert paid == [(f"Tokens {one.pk}", *euros(30, 0, 0)), (f"Tokens {two.pk}", *euros(50, 0, 0))]


def test_a_row_of_a_bearers_holder_is_not_one_of_a_bill_without_a_guest(shop: Shop, client: Browser) -> None:
    holder, owner = make_tokens(shop.chain, None, 50), make_user("Olga Owner")
    make_access(owner, shop.chain, Role.OWNER)
    save(shop, make_plan(shop, make_client(shop.chain, "Anna"), means=with_tokens((holder, None))))
    client.force_login(owner)
    shown = text_of(client.get(reverse("reports:transactions", args=[shop.chain.slug])))
    # What they were made by is nobody's row, what they paid is that of who brought them.
    assert shown.count("Bearer") == 1 and "Without a guest" not in shown


def test_more_than_there_is_is_refused_with_the_most(shop: Shop) -> None:
    anna, boris = make_client(shop.chain, "Anna"), make_client(shop.chain, "Boris")
    one, two = make_tokens(shop.chain, anna, 70), make_tokens(shop.chain, anna, 70)
    with pytest.raises(Refusal) as refused:
        save(shop, make_plan(shop, anna, means=with_tokens((one, 70), (two, 31))))
    assert refused.value.code == Code.MEANS_OVER_LIMIT and "€30.00" in str(refused.value)
    assert refused.value.field == f"means.{two.pk}"
    with pytest.raises(ValueError, match="the desk lacks"):
        save(shop, make_plan(shop, boris, means=with_tokens((one, 1))))
    # What was paid stays payable as it was, whatever became of the balance since.
    visit = save(shop, make_plan(shop, anna, means=with_tokens((one, 70))))
    edited = replace(make_plan(shop, anna, plan_line(shop.haircut, 2)), means=with_tokens((one, 70)))
    assert save(shop, edited, visit_id=visit.pk, version=1).paid == 130


def test_a_holder_and_a_method_pay_one_amount(shop: Shop) -> None:
    """Two amounts of one are refused: neither of them is what it may pay."""
    anna = make_client(shop.chain, "Anna")
    holder, card = make_tokens(shop.chain, anna, 30), make_card(anna, make_card_type(shop.chain, "bonus"), points=30)
    twice: list[tuple[str, dict[str, Any]]] = [
        (f"means.{holder.pk}", {"means": with_tokens((holder, 30), (holder, 30))}),
        (f"means.{card.holder_id}", {"means": (*points(card, 10), *points(card, None))}),
        ("payments.cash", {"payments": (PaymentChoice(PaymentMethod.CASH, Decimal(10)), *REST)}),
    ]
    for place, choices in twice:
        plan = make_plan(shop, anna, **choices)
        shown = preview(location=shop.location, plan=plan, visit=None, at=NOW).settlement
        assert [(each.code, each.place) for each in shown.problems] == [("invalid_amount", place)]
        with pytest.raises(Refusal) as refused:
            save(shop, plan)
        assert (refused.value.code, refused.value.field) == (Code.INVALID_AMOUNT, place)
    assert (held(holder), balance_of(card)) == euros(30, 30) and not Visit.objects.exists()


def test_what_is_named_of_another_chain_is_not_locked(shop: Shop) -> None:
    """Nor read: its holders are none of this chain's business, whatever a plan names."""
    other = make_shop("Borealis")
    eve = make_client(other.chain, "Eve")
    promotion = make_promotion(other.chain, "welcome", PromotionKind.DISCOUNT_FIXED, "10")
    card = make_card(eve, make_card_type(other.chain, "bonus", [promotion]), points=30)
    plan = make_plan(shop, make_client(shop.chain, "Anna"), discounts=discounts(card, promotion))
    with CaptureQueriesContext(connection) as captured, pytest.raises(Refusal) as refused:
        save(shop, plan)
    assert refused.value.code == Code.PROMOTION_NOT_APPLICABLE
    (locking,) = (each["sql"] for each in captured if "loyalty_holder" in each["sql"] and "FOR NO KEY" in each["sql"])
    with connection.cursor() as cursor:
        cursor.execute(locking)
        assert not cursor.fetchall()


def test_points_come_first_and_tokens_are_no_money_for_cashback(shop: Shop) -> None:
    anna = make_client(shop.chain, "Anna")
    cashback = make_promotion(shop.chain, "cashback", PromotionKind.CASHBACK_FIXED_PAID, "10")
    card = make_card(anna, make_card_type(shop.chain, "bonus", [cashback]), points=30)
    holder = make_tokens(shop.chain, anna, 500)
    plan = make_plan(shop, anna, means=(*with_tokens((holder, None)), *points(card, None)), payments=())
    shown = preview(location=shop.location, plan=plan, visit=None, at=NOW).settlement
    assert [turn.means.kind for turn in shown.means] == ["card", TOKENS]
    assert [(turn.amount, turn.most, turn.alone) for turn in shown.means] == [euros(30, 30, 30), euros(70, 70, 70)]
    assert [accrual.amount for accrual in shown.accruals] == [0]
    save(shop, plan)
    assert (held(holder), balance_of(card)) == euros(430, 0)


amounts = st.integers(0, 12000).map(lambda cents: Decimal(cents) / 100)


@settings(ON_DATABASE, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.one_of(st.none(), amounts), min_size=2, max_size=2), amounts, st.booleans())
def test_whatever_two_holders_pay_adds_up(
    shop: Shop, chosen: list[Decimal | None], points_paid: Decimal, is_scattered: bool
) -> None:
    """Preview and save are one; the parts of each add up; saved again nothing is written; cancelled all is back."""
    anna = make_client(shop.chain, f"Anna {uuid.uuid4()}")
    holders = [make_tokens(shop.chain, anna, Decimal("60.60")), make_tokens(shop.chain, None, Decimal("33.33"))]
    card = make_card(anna, make_card_type(shop.chain, f"bonus {uuid.uuid4()}"), points=45)
    lines = [plan_line(shop.haircut), plan_line(shop.haircut, 3)] if is_scattered else [plan_line(shop.haircut)]
    means = (*with_tokens(*zip(holders, chosen, strict=True)), *points(card, points_paid))
    plan = make_plan(shop, anna, *lines, means=means)
    shown = preview(location=shop.location, plan=plan, visit=None, at=NOW).settlement
    for turn in shown.means:
        assert turn.amount == sum(turn.parts) <= turn.most <= turn.alone
    assert shown.means_paid == sum(turn.amount for turn in shown.means) == shown.due - shown.paid - shown.left
    if shown.problems:
        with pytest.raises(Refusal) as refused:
            save(shop, plan, shown_due=shown.due)
        assert refused.value.code == shown.problems[0].code
        return
    visit = save(shop, plan, shown_due=shown.due)
    assert {holder: -amount for _kind, holder, amount in written(visit)} == {
        turn.holder_id: turn.amount for turn in shown.means if turn.amount
    }
    kept = plan_of(Visit.objects.with_plan().get(pk=visit.pk))
    save(shop, kept, visit_id=visit.pk, version=1)
    assert Transaction.objects.filter(visit=visit).count() == len([turn for turn in shown.means if turn.amount])
    cancel(shop, visit)
    assert [held(each) for each in (*holders, card.holder)] == [Decimal("60.60"), Decimal("33.33"), Decimal(45)]


# What is sold beside the lines
# ----------------------------------------------------------------------------


def sold(price: int, amount: int) -> dict[str, Any]:
    return {"value": (PlanValue(TOKENS, Decimal(price), Decimal(amount)),)}


def test_what_is_sold_is_granted_once_all_is_paid_and_taken_back_with_it(shop: Shop) -> None:
    anna = make_client(shop.chain, "Anna")
    visit = save(shop, make_plan(shop, anna, payments=(), **sold(40, 50)))
    assert (visit.due, visit.value, visit.left) == euros(100, 40, 140) and not written(visit)
    kept = plan_of(Visit.objects.with_plan().get(pk=visit.pk))
    save(shop, replace(kept, payments=REST), visit_id=visit.pk, version=1)
    visit.refresh_from_db()
    holder = Holder.objects.get(kind=TOKENS)
    assert (visit.paid, visit.left, held(holder)) == euros(100, 0, 50)
    assert written(visit) == [(ISSUE, holder.pk, Decimal(50))]
    # Left unpaid it is taken back, paid again granted again to the same holder.
    kept = plan_of(Visit.objects.with_plan().get(pk=visit.pk))
    save(shop, replace(kept, payments=()), visit_id=visit.pk, version=2, reason="Paid by mistake")
    assert held(holder) == 0 and not written(visit)
    save(shop, kept, visit_id=visit.pk, version=3)
    assert held(holder) == 50 and Holder.objects.filter(kind=TOKENS).count() == 1
    save(shop, replace(kept, value=(), payments=REST), visit_id=visit.pk, version=4, reason="Took them off")
    assert (held(holder), Visit.objects.get(pk=visit.pk).value) == euros(0, 0)


def test_what_was_used_is_not_taken_back_before_its_use_is(shop: Shop) -> None:
    anna = make_client(shop.chain, "Anna")
    sale = save(shop, make_plan(shop, anna, **sold(50, 50)))
    holder = Holder.objects.get(kind=TOKENS)
    use = save(shop, make_plan(shop, anna, starts_at=days_later(1), means=with_tokens((holder, 20))))
    with pytest.raises(Refusal) as refused:
        cancel(shop, sale, at=days_later(2))
    assert refused.value.code == Code.BALANCE_TOO_LOW
    assert Visit.objects.get(pk=sale.pk).status == "arrived"
    cancel(shop, use, at=days_later(2))
    cancel(shop, sale, at=days_later(2))
    assert held(holder) == 0


def test_what_was_granted_keeps_its_amount_but_not_its_price(shop: Shop) -> None:
    anna = make_client(shop.chain, "Anna")
    visit = save(shop, make_plan(shop, anna, **sold(50, 50)))
    kept = plan_of(Visit.objects.with_plan().get(pk=visit.pk))
    other = replace(kept.value[0], amount=Decimal(60))
    with pytest.raises(Refusal) as refused:
        save(shop, replace(kept, value=(other,)), visit_id=visit.pk, version=1)
    assert (refused.value.code, refused.value.field) == (Code.LOCKED, "value.0.amount")
    cheaper = replace(kept.value[0], price=Decimal(45))
    save(shop, replace(kept, value=(cheaper,), payments=REST), visit_id=visit.pk, version=1, reason="Discount")
    assert held(Holder.objects.get(kind=TOKENS)) == 50


def test_what_was_taken_back_is_granted_to_whose_it_is_by_then(shop: Shop) -> None:
    """Another guest's, another thing: neither comes to the holder that had it before."""
    anna, boris = make_client(shop.chain, "Anna"), make_client(shop.chain, "Boris")
    visit = save(shop, make_plan(shop, anna, **sold(40, 50)))
    kept = plan_of(Visit.objects.with_plan().get(pk=visit.pk))
    save(shop, replace(kept, status=Status.WAITING), visit_id=visit.pk, version=1)
    save(shop, replace(kept, client_id=boris.pk), visit_id=visit.pk, version=2)
    assert {each.client: held(each) for each in Holder.objects.filter(kind=TOKENS)} == {anna: 0, boris: 50}
    other = replace(kept.value[0], subject_id=2, amount=Decimal(60))
    kept = replace(kept, client_id=boris.pk, payments=REST)
    save(shop, replace(kept, value=()), visit_id=visit.pk, version=3, reason="Another one")
    save(shop, replace(kept, value=(other,)), visit_id=visit.pk, version=4)
    assert sorted(held(each) for each in Holder.objects.filter(kind=TOKENS)) == [0, 0, 60]


def test_what_grants_nothing_at_first_may_grant_something_later(shop: Shop) -> None:
    nobody = replace(make_plan(shop, make_client(shop.chain, "Anna")), client_id=None)
    visit = save(shop, replace(nobody, **sold(10, 0)))
    kept = plan_of(Visit.objects.with_plan().get(pk=visit.pk))
    more = replace(kept.value[0], amount=Decimal(5))
    save(shop, replace(kept, value=(more,)), visit_id=visit.pk, version=1)
    assert [held(each) for each in Holder.objects.filter(kind=TOKENS)] == [5]


def test_a_sale_alone_counts_as_no_visit(shop: Shop) -> None:
    anna = make_client(shop.chain, "Anna")
    cashback = make_promotion(shop.chain, "third", PromotionKind.CASHBACK_FIXED_SOLD, "10", every=2)
    card = make_card(anna, make_card_type(shop.chain, "bonus", [cashback]))
    sale = save(shop, replace(make_plan(shop, anna, **sold(50, 50)), lines=()))
    assert sale.is_sale and sale.settled_at and (sale.sold, sale.due, sale.paid) == euros(0, 0, 0)
    assert not Visit.objects.settled().exists()
    assert not sale.promotions.exists()
    save(shop, make_plan(shop, anna, starts_at=days_later(1)))
    assert balance_of(card) == 0  # the first visit that counts, and every second gives
    save(shop, make_plan(shop, anna, starts_at=days_later(2)))
    assert balance_of(card) == 10


# Eight at once
# ----------------------------------------------------------------------------


def outcomes(calls: list[Callable[[], object]]) -> Counter[str]:
    found = race(*calls)
    broken = [each for each in found if isinstance(each, Exception) and not isinstance(each, Refusal)]
    assert not broken
    return Counter(str(each.code) if isinstance(each, Refusal) else "done" for each in found)


@pytest.mark.races
@pytest.mark.django_db(transaction=True)
def test_of_eight_savers_on_two_holders_none_spends_what_another_spent(tokens: None) -> None:
    shop = make_shop()
    guests: list[Client] = [make_client(shop.chain, name) for name in "ABCDEFGH"]
    one, two = make_tokens(shop.chain, None, 100), make_tokens(shop.chain, None, 100)
    orders = cycle([((one, 30), (two, 30)), ((two, 30), (one, 30))])
    plans = [
        make_plan(shop, guest, means=with_tokens(*order))
        for guest, order in zip(guests, islice(orders, 8), strict=True)
    ]
    found = outcomes([lambda plan=plan: save(shop, plan) for plan in plans])  # type: ignore[misc]
    assert found == {"done": 3, Code.MEANS_OVER_LIMIT: 5}
    assert (held(one), held(two)) == euros(10, 10)
    assert_ledger_adds_up()


@pytest.mark.races
@pytest.mark.django_db(transaction=True)
def test_a_form_that_is_sent_eight_times_sells_and_pays_once(tokens: None) -> None:
    shop = make_shop()
    anna = make_client(shop.chain, "Anna")
    one, two = make_tokens(shop.chain, anna, 100), make_tokens(shop.chain, anna, 100)
    plan = make_plan(shop, anna, means=with_tokens((one, 30), (two, 30)), **sold(10, 10))
    key = uuid.uuid4()
    assert outcomes([lambda: save(shop, plan, key=key)] * 8) == {"done": 8}
    assert (held(one), held(two)) == euros(70, 70)
    assert Transaction.objects.filter(kind=ISSUE, visit__isnull=False).count() == 1
    assert_ledger_adds_up()
