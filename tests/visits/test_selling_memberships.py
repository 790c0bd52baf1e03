"""Memberships are sold in the visit window: beside services, by themselves, never to nobody."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from loyalty.memberships.counters import kept_counter
from loyalty.memberships.models import Membership, MembershipType
from loyalty.memberships.services import change_membership_type
from loyalty.rules.terms import Begins, PeriodUnit
from tests.cast import PROGRAM
from tests.pages import text_of
from tests.programs import make_membership_type
from tests.visits.conftest import Salon
from tests.visits.paying import CODE
from tests.visits.window import Window, new_window, window_of
from visits.models import ValueLine, Visit

pytestmark = pytest.mark.django_db


def split(salon: Salon, **choices: Any) -> MembershipType:
    """Five haircuts and three colours for 300.00, for one month."""
    counters = [kept_counter(1, [salon.haircut.pk], [], 5), kept_counter(2, [salon.colour.pk], [], 3)]
    usual = {"counters": counters, "price": Decimal(300), "lasts_count": 1, "lasts_unit": PeriodUnit.MONTHS.value}
    return make_membership_type(salon.cast.aurora, "Hair and colour", **{**usual, **choices})


def change(membership_type: MembershipType, **choices: Any) -> None:
    change_membership_type(membership_type=membership_type, at=timezone.now(), acting_user=PROGRAM, **choices)


def selling(salon: Salon, membership_type: MembershipType) -> Window:
    return new_window(salon.desk, salon.location, salon.anna).press("sell", f"membership:{membership_type.pk}")


def day(salon: Salon) -> str:
    browser = Browser()
    browser.force_login(salon.desk)
    return text_of(browser.get(reverse("visits:day", args=[salon.location.slug])))


def receipt(salon: Salon, visit: Visit) -> str:
    browser = Browser()
    browser.force_login(salon.desk)
    return text_of(browser.get(reverse("visits:receipt", args=[salon.location.slug, visit.pk])))


def test_one_is_sold_with_its_counters_and_covers_from_the_next_bill_on(salon: Salon) -> None:
    window = selling(salon, split(salon))
    shown = window.text("value-0")
    assert "5 × Haircut, 3 × Colour" in shown and "Will be granted once all is paid." in shown
    assert window.totals == "Due €0.00, left to pay €300.00." and window.readonly["id_value-0-price"] == "300.00"
    window.post(add_item=str(salon.haircut.pk)).press("pay_the_rest", "card").save().follow()
    membership = Membership.objects.get()
    assert (membership.client, membership.sold_by, membership.period.price) == (salon.anna, salon.desk, 300)  # type: ignore[union-attr]
    assert [int(each.holder.balance) for each in membership.held_counters.all()] == [5, 3]
    assert f"Granted: {membership.number}, good through" in window.text("value-0")
    # The bill that sold it is covered by nothing of it.
    assert "cover with" not in window.content and Visit.objects.get().paid == 60
    told = receipt(salon, Visit.objects.get())
    assert f"Hair and colour 5 × Haircut, 3 × Colour {membership.number} good through" in told
    assert "Memberships€300.00" in told
    assert "of it €300.00 for gift cards, memberships and top-ups" in day(salon)


def test_a_page_that_only_sells_says_what_it_sells_and_for_whom_is_asked(salon: Salon) -> None:
    assert "Sell a" not in day(salon)
    membership_type = split(salon)
    assert "Sell a membership" in day(salon)
    window = Window(salon.desk, reverse("visits:sell", args=[salon.location.slug]))
    assert "Sell a membership" in window.content and "gift card" not in window.content.lower()
    window.press("sell", f"membership:{membership_type.pk}").post(without_guest="1").save()
    assert "Put a guest on the bill" in window.mistakes and not Membership.objects.exists()
    assert ("sell", f"membership:{membership_type.pk}") not in window.page.buttons
    change(membership_type, archived=True)
    assert "Sell a" not in day(salon)


def test_the_day_it_begins_is_asked_where_its_type_says_so(salon: Salon) -> None:
    today = timezone.localdate()
    window = selling(salon, split(salon, begins=Begins.DATE.value))
    assert not window.mistakes
    assert window.fields["value-0-begins_on"] == salon.cast.aurora.local_date(timezone.now()).isoformat()
    for typed in ("", "2020-01-01", "soon"):
        window.fill(value__0__begins_on=typed).press("pay_the_rest", "cash").save()
        assert window.error("value-0-begins_on") == "Choose the day on which it begins, today or later."
        assert window.fields["value-0-begins_on"] == typed
    begins = today + timedelta(days=9)
    window.fill(value__0__begins_on=begins.isoformat()).press("pay_the_rest", "cash").save().follow()
    assert Membership.objects.get().period.first_on == begins  # type: ignore[union-attr]
    assert "good from" in window.text("value-0")
    # What was granted begins when it does, whatever is sent.
    window.post(**{"value-0-begins_on": today.isoformat()}).save()
    assert ValueLine.objects.get().begins_on == begins


def test_its_price_stays_as_it_was_sold_and_is_changed_by_who_may(salon: Salon) -> None:
    membership_type = split(salon)
    window = new_window(salon.manager, salon.location, salon.anna).press("sell", f"membership:{membership_type.pk}")
    window.fill(value__0__price="250").press("recalculate")
    assert window.totals == "Due €0.00, left to pay €250.00."
    window.save().follow()
    change(membership_type, price=Decimal(400))
    window = window_of(salon.manager, Visit.objects.get())
    assert window.totals == "Due €0.00, left to pay €250.00." and not Membership.objects.exists()
    window.press("pay_the_rest", "cash").save().follow()
    assert Membership.objects.get().period.price == 250  # type: ignore[union-attr]


def test_a_number_is_typed_and_another_ones_is_refused(salon: Salon) -> None:
    membership_type = split(salon)
    selling(salon, membership_type).fill(value__0__number=CODE).press("pay_the_rest", "cash").save().follow()
    assert Membership.objects.get().number == CODE
    window = selling(salon, membership_type).fill(value__0__number=CODE.lower()).press("pay_the_rest", "cash").save()
    taken = "Another membership of the chain has this number. Type another, or leave it blank."
    assert window.error("value-0-number") == taken and Membership.objects.count() == 1


def test_a_sale_that_was_used_cannot_be_undone_and_leads_to_the_visit(salon: Salon) -> None:
    sale = selling(salon, split(salon, named=True)).press("pay_the_rest", "cash").save().follow()
    visit = new_window(salon.desk, salon.location, salon.anna).post(add_item=str(salon.haircut.pk))
    membership = Membership.objects.get()
    visit.press("cover", f"{membership.pk}-n1:1").save().follow()
    sale = window_of(salon.manager, Visit.objects.get(is_sale=True)).press("remove_value", "0")
    sale.fill(**{"payments-0-amount": ""}).press("recalculate").fill(reason="Wrong").save()
    assert "Something of what this bill sold was used." in sale.mistakes
    assert Membership.objects.get().period.state == "granted"  # type: ignore[union-attr]
