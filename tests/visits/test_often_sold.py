"""What is often sold at a location stands in the visit window, one press away."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time, timedelta

import pytest
from django.utils import timezone

from chains.catalog.models import Item
from chains.models import Location
from loyalty.rules.plan import Status
from tests.programs import make_item, make_visit
from tests.visits.conftest import Salon
from tests.visits.window import Window, new_window, window_of
from visits.models import Visit

pytestmark = pytest.mark.django_db


def sold(
    salon: Salon, *items: Item, days: int = 1, status: Status = Status.ARRIVED, at: Location | None = None
) -> None:
    """At noon, so many days of the calendar ago: an hour before midnight, the clocks may make it a day more or less."""
    on = salon.location.local_date(timezone.now()) - timedelta(days=days)
    when = datetime.combine(on, time(12), salon.location.zone)
    make_visit(at or salon.location, salon.boris, items, at=when, status=status, pays=None)


def window(salon: Salon) -> Window:
    return new_window(salon.desk, salon.location, salon.nina)


def test_a_chain_that_has_sold_nothing_is_offered_nothing(salon: Salon) -> None:
    assert window(salon).text("often") == ""
    assert "Often sold" not in window(salon).content


def test_what_is_on_most_bills_stands_first_with_its_price_of_now(salon: Salon) -> None:
    for items in ([salon.shampoo], [salon.shampoo, salon.haircut], [salon.haircut], [salon.haircut, salon.colour]):
        sold(salon, *items)
    Item.objects.filter(pk=salon.haircut.pk).update(price="62.00")
    assert window(salon).text("often") == "Often sold Haircut 62.00 Shampoo 18.90 Colour 40.00"


def test_many_of_one_thing_on_one_bill_count_once(salon: Salon) -> None:
    sold(salon, *[salon.shampoo] * 3)
    sold(salon, salon.haircut)
    sold(salon, salon.haircut)
    assert window(salon).text("often") == "Often sold Haircut 60.00 Shampoo 18.90"


@pytest.mark.parametrize(
    "sell",
    [
        lambda salon: sold(salon, salon.haircut, at=salon.cast.harbour),
        lambda salon: sold(salon, salon.haircut, days=91),
        lambda salon: sold(salon, salon.haircut, status=Status.NO_SHOW),
        lambda salon: sold(salon, salon.haircut, status=Status.WAITING),
    ],
    ids=["elsewhere", "long ago", "no-show", "expected"],
)
def test_only_what_was_sold_here_of_late_counts(sell: Callable[[Salon], None], salon: Salon) -> None:
    sell(salon)
    assert window(salon).text("often") == ""
    sold(salon, salon.colour, days=90)
    assert window(salon).text("often") == "Often sold Colour 40.00"


def test_what_was_taken_off_a_bill_or_is_sold_no_longer_is_not_offered(salon: Salon) -> None:
    sold(salon, salon.haircut, salon.colour)
    window_of(salon.manager, Visit.objects.get()).press("remove_line", 0).save()
    opened = window(salon)
    assert opened.text("often") == "Often sold Colour 40.00"
    Item.objects.filter(pk=salon.colour.pk).update(archived=True)
    assert opened.press("recalculate").text("often") == ""
    assert window(salon).text("often") == ""


def test_at_most_eight_are_offered(salon: Salon) -> None:
    items = [make_item(salon.cast.aurora, f"Service {number}", "10.00") for number in range(9)]
    sold(salon, *items)
    assert window(salon).text("often").count("10.00") == 8


def test_one_press_puts_it_on_the_bill_and_the_offer_stays(salon: Salon) -> None:
    sold(salon, salon.haircut)
    opened = window(salon).press("add_item", salon.haircut.pk).press("add_item", salon.haircut.pk)
    assert opened.totals == "Due €120.00, left to pay €120.00."
    assert opened.text("often") == "Often sold Haircut 60.00"


def test_a_closed_bill_is_offered_nothing(salon: Salon) -> None:
    sold(salon, salon.haircut)
    opened = window(salon).press("add_item", salon.haircut.pk).save().follow()
    assert opened.text("often") == "Often sold Haircut 60.00"
    assert opened.press("pay_the_rest", "cash").save().follow().text("often") == ""


def test_forged_ids_offer_nothing_of_another_chain(salon: Salon) -> None:
    foreign = make_item(salon.cast.borealis, "Secret", "1.00")
    opened = window(salon).post(often=f"{foreign.pk},x,,-1,{salon.haircut.pk},{'9' * 30}")
    assert opened.text("often") == "Often sold Haircut 60.00"
