"""The pages of the desk ask the database equally often, however much there is."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from loyalty.rules.bill import open_bill
from loyalty.rules.plan import Status
from loyalty.rules.terms import PromotionKind
from tests.plugins.query_counts import CountQueries
from tests.programs import make_card, make_card_type, make_item, make_promotion
from tests.visits.conftest import Salon
from tests.visits.window import Window, new_window
from visits.models import Visit, VisitLine

pytestmark = pytest.mark.django_db


def filled_window(salon: Salon, lines: int) -> Window:
    window = new_window(salon.desk, salon.location, salon.boris)
    for number in range(lines):
        item = make_item(salon.cast.aurora, f"Service {number}", "10.00")
        window.post(add_item=str(item.pk))
    return window.press("apply", f"{salon.club_card.pk}.{salon.discount.pk}")


def more_cards(salon: Salon, count: int) -> None:
    for number in range(count):
        promotion = make_promotion(salon.cast.aurora, f"Cashback {number}", PromotionKind.CASHBACK_FIXED_SOLD, "1")
        make_card(salon.boris, make_card_type(salon.cast.aurora, f"Card {number}", [promotion]))


def past_visits(salon: Salon, count: int, *, days: int = 30) -> None:
    """Visits with one line each, of nine services and products in turn."""
    items = [make_item(salon.cast.aurora, f"Usual {number}", "10.00") for number in range(9)]
    at = timezone.now() - timedelta(days=days)
    visits = Visit.objects.bulk_create(
        Visit(
            chain=salon.cast.aurora,
            location=salon.location,
            client=salon.boris,
            starts_at=at - timedelta(seconds=number),
            starts_on=salon.location.local_date(at),
            saved_at=at,
            settled_at=at,
            status=Status.ARRIVED,
            sold=Decimal(10),
            due=Decimal(10),
            paid=Decimal(10),
        )
        for number in range(count)
    )
    VisitLine.objects.bulk_create(
        VisitLine(
            visit=visit,
            position=0,
            item=items[number % len(items)],
            kind="service",
            quantity=1,
            unit_price=Decimal(10),
            sold=Decimal(10),
            due=Decimal(10),
        )
        for number, visit in enumerate(visits)
    )


@pytest.mark.parametrize(("lines", "cards", "visits"), [(1, 2, 3), (20, 11, 3000)], ids=["few", "many"])
def test_the_queries_of_the_window(
    lines: int, cards: int, visits: int, salon: Salon, count_queries: CountQueries
) -> None:
    salon.give(salon.boris, "500")
    past_visits(salon, visits)
    more_cards(salon, cards - 2)
    window = filled_window(salon, lines)
    with count_queries("visit window, opened"):
        window.browser.get(window.address)
    with count_queries("visit window, a button"):
        window.press("use_the_most", salon.bonus_card(salon.boris).pk)
    window.press("pay_the_rest", "cash")
    with count_queries("visit window, saved"):
        window.save()
    with count_queries("visit window of a saved visit"):
        window.follow()
    with count_queries("receipt of a visit"):
        window.browser.get(f"{window.address}receipt/")
    with count_queries("visit window, saved again"):
        window.save()
    with count_queries("visit window, what is being searched"):
        window.browser.get("/locations/center/visits/items/?q=service")
    with count_queries("search of a guest"):
        window.browser.get("/locations/center/visits/guest/?q=boris")


@pytest.mark.parametrize("visits", [3, 90])
def test_the_queries_of_the_day(visits: int, salon: Salon, count_queries: CountQueries) -> None:
    past_visits(salon, visits, days=0)
    window = new_window(salon.desk, salon.location, salon.boris)
    window.browser.get("/locations/center/visits/")
    with count_queries("day of visits"):
        window.browser.get("/locations/center/visits/")


def test_a_page_of_the_window_settles_once(salon: Salon, monkeypatch: pytest.MonkeyPatch) -> None:
    """Opened, with a card's points on it, and of a visit that was saved: what each pane shows is of one settlement."""
    salon.give(salon.boris, "30")
    more_cards(salon, 3)
    window = filled_window(salon, 3)
    settled: list[object] = []

    def counting(*given: Any) -> Any:
        settled.append(given)
        return open_bill(*given)

    monkeypatch.setattr("loyalty.rules.settlement.open_bill", counting)
    window.press("recalculate")
    assert len(settled) == 1
    window.press("use_the_most", salon.bonus_card(salon.boris).pk)
    assert len(settled) == 2
    window.press("pay_the_rest", "cash").press("pay_the_rest", "card")
    assert len(settled) == 4
    window.fill(status="waiting").press("recalculate")
    assert len(settled) == 5
    window.fill(status="arrived").save()
    assert len(settled) == 6
    window.follow()
    assert len(settled) == 7
