"""What the report of visits adds up is what its visits come to, whatever becomes of them, wherever the job stands."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import product

import pytest
from django.db import connection, transaction
from django.http import QueryDict
from django.test import Client as Browser

from chains.models import Location
from loyalty.ledger.checks import differences
from loyalty.rules.plan import PaymentChoice, PaymentMethod, PlanValue, Status
from reports.visits.filters import VisitFilterSet
from reports.visits.totals import VisitTotals
from tests.cast import Cast
from tests.loyalty.shop import (
    NOW,
    REST,
    Shop,
    assert_ledger_adds_up,
    cancel,
    days_later,
    make_card,
    make_client,
    make_plan,
    make_shop,
    points,
    save,
)
from tests.pages import rows_of, text_of
from tests.programs import (
    make_account,
    make_account_type,
    make_card_type,
    make_gift_card_type,
    make_item,
    plan_line,
)
from visits.models import Visit, VisitSum
from visits.plans import plan_of
from visits.summing import SUMMED_FIGURES
from visits.sums import ChosenVisits, sum_up_visits

DAYS = ("", "since=2026-03-03", "until=2026-03-31", "since=2026-03-20&until=2026-05-01")
SORTS = ("", *(f"status={name}" for name in ("settled", "unsettled", "arrived", "waiting", "cancelled")))
FIFTY = Decimal(50)
BILLS = ("", "bills=with", "bills=without")


@dataclass(frozen=True)
class Story:
    """Visits at two places over three months, which are changed in every way that there is."""

    shop: Shop
    harbour: Location

    def goes_on(self) -> Iterator[object]:
        shop, there = self.shop, replace(self.shop, location=self.harbour)
        anna = make_client(shop.chain, "Anna")
        card = make_card(anna, make_card_type(shop.chain, "bonus"), 50)
        due = make_plan(shop, anna, payments=(), status=Status.WAITING, starts_at=days_later(20))
        visit = save(shop, due, at=NOW)
        yield visit
        yield save(shop, make_plan(shop, anna, plan_line(shop.haircut, by_hand="20")))
        yield save(there, make_plan(there, make_client(shop.chain, "Boris"), starts_at=days_later(3)))
        # Another place, another month; then arrived, paid in part, paid, and no more.
        yield save(there, replace(due, location_id=self.harbour.pk), at=NOW, visit_id=visit.pk)
        moved = make_plan(shop, anna, payments=(), status=Status.CONFIRMED, starts_at=days_later(40))
        yield save(shop, moved, at=NOW, visit_id=visit.pk)
        part = (PaymentChoice(PaymentMethod.CASH, visit.due / 4),)
        arrived = replace(moved, status=Status.ARRIVED, means=points(card, 10), payments=part)
        yield save(shop, arrived, at=days_later(40), visit_id=visit.pk)
        yield save(shop, make_plan(shop, anna, starts_at=days_later(40)), at=days_later(41), visit_id=visit.pk)
        yield cancel(shop, visit, at=days_later(42))
        nobody = replace(make_plan(shop, anna, starts_at=days_later(60)), client_id=None)
        bill = save(shop, nobody)
        yield bill
        yield save(shop, replace(nobody, client_id=anna.pk), at=days_later(61), visit_id=bill.pk)
        yield save(shop, replace(nobody, payments=(PaymentChoice(PaymentMethod.CARD, visit.due / 8),)))
        # A sale is no visit, until there is a line on it, and once there is none any more.
        voucher = make_gift_card_type(shop.chain)
        sold = replace(make_plan(shop, anna), lines=(), value=(PlanValue("gift_card", FIFTY, FIFTY, voucher.pk),))
        sale = save(shop, sold)
        yield sale
        kept = plan_of(Visit.objects.with_plan().get(pk=sale.pk))
        yield save(shop, replace(kept, lines=(plan_line(shop.haircut),), payments=REST), visit_id=sale.pk)
        yield cancel(shop, sale)
        yield save(shop, kept, visit_id=sale.pk)
        yield cancel(shop, sale)
        from_account = points(make_account(anna, make_account_type(shop.chain), "500"), None)
        paid = save(shop, make_plan(shop, anna, means=from_account, payments=()))
        yield paid
        yield cancel(shop, paid)


@pytest.fixture
def story(cast: Cast) -> Story:
    return Story(Shop(cast.aurora, cast.center, make_item(cast.aurora, "colour", "80")), cast.harbour)


@pytest.mark.parametrize("every", [1, 4])
def test_they_are_those_of_the_visits_after_each_save(story: Story, every: int) -> None:
    for number, _ in enumerate(story.goes_on()):
        assert_ledger_adds_up()
        if number % every == 0:
            sum_up_visits(chain=story.shop.chain)
            assert not VisitSum.objects.filter(is_new=True).exists()
            assert_ledger_adds_up()
        assert VisitTotals.summed(story.shop.chain, ChosenVisits()) == VisitTotals.of(
            Visit.objects.filter(is_sale=False)
        )


@pytest.mark.parametrize("address", ["/chains/aurora/reports/visits/", "/locations/center/reports/visits/"])
def test_the_report_adds_up_what_it_lists(story: Story, cast: Cast, client: Browser, address: str) -> None:
    for number, _ in enumerate(story.goes_on()):
        if number == 5:
            sum_up_visits(chain=cast.aurora)
    # Nobody else's.
    other = make_shop("Borealis Two")
    save(other, make_plan(other, make_client(other.chain, "Zoë")))
    client.force_login(cast.owner)
    page = client.get(address)
    places = [[], [cast.harbour.pk], [cast.harbour.pk, cast.center.pk]]
    told = []
    for *chosen, there in product(DAYS, SORTS, BILLS, places):
        query = "&".join([*filter(None, chosen), *(f"location={pk}" for pk in there)])
        listed = page.context["table"].data.data
        filters = VisitFilterSet(QueryDict(query), queryset=listed, request=page.context["request"])
        assert filters.totals == VisitTotals.of(filters.qs), query
        assert filters.known_count == filters.qs.count()
        told.append(filters.totals)
    assert len(set(told)) > 10


@pytest.mark.parametrize("query", ["", "?guest=anna"])
def test_money_recorded_with_what_does_not_take_place_is_what_goes_back(
    story: Story, cast: Cast, client: Browser, query: str
) -> None:
    """By sums and by the visits alike: all money of a bill, and nothing that an account paid."""
    shop = story.shop
    anna = make_client(shop.chain, "Anna")
    card = (PlanValue("gift_card", FIFTY, FIFTY, make_gift_card_type(shop.chain).pk),)
    account = make_account(anna, make_account_type(shop.chain), "500")
    made = [
        make_plan(shop, anna, value=card),
        make_plan(shop, anna, means=points(account, None), payments=()),
    ]
    for plan in made:
        cancel(shop, save(shop, plan))
    # Recorded before they arrive, likewise.
    for plan in made:
        save(shop, replace(plan, status=Status.CONFIRMED))
    client.force_login(cast.owner)
    page = client.get(f"/chains/aurora/reports/visits/{query}")
    totals = page.context["filters"].totals
    assert (totals.called_off, totals.called_off_recorded) == (2, 130)
    assert (totals.planned, totals.planned_due, totals.planned_recorded) == (2, 160, 130)
    assert sorted(row[-1] for row in rows_of(page) if row[3] == "cancelled") == ["hand back 130.00", "–"]
    assert "€130.00 is still recorded with visits that did not take place." in text_of(page)


@pytest.mark.parametrize("query", ["", "?guest=anna"])
@pytest.mark.parametrize("space", ["chains/aurora", "locations/center"])
def test_a_sale_is_no_visit_and_the_report_says_where_it_is(
    story: Story, cast: Cast, client: Browser, space: str, query: str
) -> None:
    shop, where = story.shop, "sales and no visits"
    client.force_login(cast.owner)
    save(shop, make_plan(shop, make_client(shop.chain, "Anna")))
    assert where not in text_of(client.get(f"/{space}/reports/visits/{query}"))
    card = (PlanValue("gift_card", FIFTY, FIFTY, make_gift_card_type(shop.chain).pk),)
    sold = replace(make_plan(shop, make_client(shop.chain, "Anna"), value=card), lines=())
    for _again in range(2):
        sale = save(shop, sold)
        assert sale.is_sale
    cancel(shop, sale)
    page = client.get(f"/{space}/reports/visits/{query}")
    totals = page.context["filters"].totals
    assert (totals.visits, totals.settled, totals.called_off, totals.paid) == (1, 1, 0, 80)
    assert len(rows_of(page)) == 1 and where in text_of(page)
    assert f'<a href="/{space}/gift-cards/">' in page.content.decode()
    overview = client.get(f"/{space}/overview/?since=2026-03-01&until=2026-03-31").context["tiles"]
    assert {tile.now.amount for tile in overview if tile.measure.name == "visits"} == {totals.settled}
    assert_ledger_adds_up()


@pytest.mark.parametrize("figure", ["visits", *SUMMED_FIGURES])
def test_the_proof_finds_a_sum_that_is_not_of_the_visits(story: Story, figure: str) -> None:
    for _ in story.goes_on():
        pass
    sum_up_visits(chain=story.shop.chain)
    assert not list(differences(story.shop.chain))
    wrong = VisitSum.objects.filter(of_month=True).order_by("pk")[0]
    setattr(wrong, figure, getattr(wrong, figure) + 1)
    wrong.save()
    (told,) = differences(story.shop.chain)
    assert str(wrong.on) in told and f"{figure} -1" in told


@pytest.mark.races
def test_saves_of_a_day_wait_neither_for_each_other_nor_for_the_job(transactional_db: None) -> None:
    shop = make_shop()
    has_saved, may_end = threading.Event(), threading.Event()

    def save_slowly() -> None:
        with transaction.atomic():
            save(shop, make_plan(shop, slow))
            has_saved.set()
            may_end.wait(timeout=300)
        connection.close()

    slow, quick = (make_client(shop.chain, name) for name in ("Anna", "Boris"))
    save(shop, make_plan(shop, quick))
    sum_up_visits(chain=shop.chain)
    writer = threading.Thread(target=save_slowly)
    writer.start()
    try:
        assert has_saved.wait(timeout=300)
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '1s'")
        save(shop, make_plan(shop, quick))
        sum_up_visits(chain=shop.chain)
        assert VisitTotals.summed(shop.chain, ChosenVisits()).visits == 2
    finally:
        may_end.set()
        writer.join(timeout=300)
        connection.close()
    assert VisitTotals.summed(shop.chain, ChosenVisits()) == VisitTotals.of(Visit.objects.all())
    sum_up_visits(chain=shop.chain)
    assert VisitTotals.summed(shop.chain, ChosenVisits()).visits == 3
    assert_ledger_adds_up()
