"""Two people on one visit: the second learns line by line what changed, and loses nothing that was typed."""

from __future__ import annotations

import json
from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from loyalty.ledger.models import Transaction
from loyalty.rules.plan import Status
from tests.programs import make_visit
from tests.scene import scene
from tests.visits.conftest import Salon
from tests.visits.window import Window, window_of
from visits.models import Visit

pytestmark = pytest.mark.django_db


@scene
def opened_by_two(salon: Salon) -> tuple[Window, Window]:
    return open_twice(salon)


def open_twice(salon: Salon, status: Status = Status.ARRIVED) -> tuple[Window, Window]:
    """A visit with a haircut and a colour, 10.00 paid in cash, open at the desk and at the manager's."""
    items = [salon.haircut, salon.colour]
    visit = make_visit(salon.location, salon.boris, items, at=timezone.now(), pays=None, status=status)
    window_of(salon.desk, visit).fill(payments__0__amount="10").save().follow()
    return window_of(salon.desk, visit), window_of(salon.manager, visit)


def lines_of(visit: Visit) -> list[tuple[str, int, Decimal]]:
    lines = visit.lines.filter(removed=False).select_related("item")
    return [(line.item.name, line.quantity, line.unit_price) for line in lines]


def payments_of(visit: Visit) -> dict[str, Decimal]:
    return {payment.method: payment.amount for payment in visit.payments.all()}


def test_what_changed_is_told_line_by_line_and_nothing_is_written(
    opened_by_two: tuple[Window, Window], salon: Salon
) -> None:
    mine, theirs = opened_by_two
    theirs.fill(lines__0__quantity="2", payments__0__amount="20").press("remove_line", 1)
    theirs.press("apply", f"{salon.club_card.pk}.{salon.discount.pk}").post(add_item=str(salon.shampoo.pk))
    theirs.save().follow()
    mine.fill(payments__0__amount="15", payments__1__amount="30", lines__1__manual_discount="5").save()
    assert mine.mistakes.startswith("This visit was saved by Mara Manager on ")
    assert "after this page was opened. Nothing of this page was saved yet. It is now: arrived" in mine.mistakes
    assert mine.page.focus["id"] == "mistakes"
    page = mine.content
    assert "saved by someone else meanwhile" not in page
    assert "Haircut 1 × 60.00 2 × 60.00 1 × 60.00" in page
    assert "Colour 1 × 40.00 not on the bill 1 × 40.00, −5 % yours" in page
    assert "Shampoo not on the bill 1 × 18.90 not on the bill" in page
    assert "Club discount not applied applied not applied" in page
    assert "Cash 10.00 20.00 15 yours" in page
    assert (mine.fields["payments-0-amount"], mine.fields["payments-1-amount"]) == ("15", "30")
    mine.save()
    assert "after this page was opened. Nothing of this page was saved yet." in mine.mistakes
    assert payments_of(Visit.objects.get()) == {"cash": Decimal(20)}


def test_what_was_typed_is_put_onto_the_visit_as_it_is_now(opened_by_two: tuple[Window, Window], salon: Salon) -> None:
    mine, theirs = opened_by_two
    theirs.fill(lines__0__quantity="2", payments__0__amount="20").press("recalculate")
    theirs.post(add_item=str(salon.shampoo.pk)).press("apply", f"{salon.club_card.pk}.{salon.discount.pk}")
    theirs.save().follow()
    mine.fill(payments__1__amount="30", lines__1__manual_discount="10").post(add_item=str(salon.colour.pk))
    mine.save().press("merge")
    assert not mine.mistakes and "What changed meanwhile" not in mine.content
    mine.save().follow()
    visit = Visit.objects.get()
    assert lines_of(visit) == [
        ("Haircut", 2, Decimal(60)),
        ("Colour", 1, Decimal(40)),
        ("Shampoo", 1, Decimal("18.90")),
        ("Colour", 1, Decimal(40)),
    ]
    assert [line.manual_discount for line in visit.lines.filter(removed=False)] == [0, 10, 0, 0]
    assert payments_of(visit) == {"cash": Decimal(20), "card": Decimal(30)}
    assert visit.discount == Decimal(4) + Decimal("21.49")


def test_where_both_changed_the_same_what_was_typed_stands(opened_by_two: tuple[Window, Window]) -> None:
    mine, theirs = opened_by_two
    theirs.fill(payments__0__amount="20").press("remove_line", 1).save().follow()
    mine.fill(payments__0__amount="15", lines__1__quantity="3").save().press("merge")
    mine.fill(reason="Counted wrong").save().follow()
    visit = Visit.objects.get()
    assert payments_of(visit) == {"cash": Decimal(15)}
    assert lines_of(visit) == [("Haircut", 1, Decimal(60)), ("Colour", 3, Decimal(40))]


def test_what_one_takes_off_the_other_does_not_bring_back(opened_by_two: tuple[Window, Window]) -> None:
    mine, theirs = opened_by_two
    theirs.fill(payments__0__amount="").press("remove_line", 0).fill(reason="Given back").save().follow()
    mine.press("remove_line", 1).save().press("merge").save().follow()
    visit = Visit.objects.get()
    assert (lines_of(visit), payments_of(visit)) == ([], {})


def test_a_start_and_a_status_come_along(salon: Salon) -> None:
    mine, theirs = open_twice(salon, Status.WAITING)
    tomorrow = (salon.location.local_date(timezone.now()) + timedelta(days=1)).isoformat()
    theirs.fill(date=tomorrow, time="14:30", status="confirmed").press("recalculate")
    theirs.fill(reason="Comes tomorrow").save().follow()
    mine.fill(payments__1__amount="5").save()
    assert "Status waiting confirmed waiting" in mine.content and "14:30" in mine.text("meanwhile")
    mine.press("merge").save().follow()
    assert (mine.fields["date"], mine.fields["time"], mine.fields["status"]) == (tomorrow, "14:30", "confirmed")
    assert payments_of(Visit.objects.get()) == {"cash": Decimal(10), "card": Decimal(5)}


def test_ones_own_save_on_another_page_is_told_as_such(opened_by_two: tuple[Window, Window], salon: Salon) -> None:
    mine, _theirs = opened_by_two
    window_of(salon.desk, Visit.objects.get()).fill(payments__0__amount="20").save().follow()
    mine.fill(payments__0__amount="15").save()
    assert mine.mistakes.startswith("You saved this visit on ")
    assert "on another page, after this one was opened. Nothing of this page was saved yet." in mine.mistakes
    assert "Nothing of this page" not in mine.press("recalculate").content


def test_points_and_the_referral_are_put_together_too(salon: Salon) -> None:
    salon.give(salon.nina, "50")
    visit = make_visit(salon.location, salon.nina, [salon.haircut], at=timezone.now(), pays=None)
    mine, theirs = window_of(salon.desk, visit), window_of(salon.manager, visit)
    theirs.press("choose_referral").fill(referral="0151 1234 5601").press("confirm_referral").save().follow()
    mine.fill(points__0__amount="7").save().press("merge").save().follow()
    visit.refresh_from_db()
    assert (visit.inviter, visit.points_paid, visit.due) == (salon.anna, Decimal(7), Decimal(54))


def test_ones_own_save_whose_answer_was_lost_is_no_second_one(opened_by_two: tuple[Window, Window]) -> None:
    mine, _theirs = opened_by_two
    lost = {**mine.fill(payments__1__amount="30").fields, "save": "1"}
    mine.browser.post(mine.address, lost)
    mine.save()
    assert mine.response.status_code == 302
    assert payments_of(Visit.objects.get()) == {"cash": Decimal(10), "card": Decimal(30)}
    assert not Transaction.objects.filter(visit__isnull=False).exists()


FORGED = {
    "visit": ["x"] * 5,
    "lines": [["1"] * 6],
    "discounts": [["a", "b"]],
    "points": [["é", "NaN"]],
    "payments": [["gold", "1"]],
}


@pytest.mark.parametrize("base", ["", "{", "[]", "{}", "9" * 5000, "[" * 5000, json.dumps(FORGED)], ids=len)
def test_a_forged_page_breaks_nothing(base: str, opened_by_two: tuple[Window, Window]) -> None:
    mine, theirs = opened_by_two
    theirs.fill(payments__0__amount="20").save().follow()
    mine.fill(payments__1__amount="5")
    assert mine.post(save="1", base=base).response.status_code == 200
    assert mine.post(merge="1", base=base).response.status_code == 200
    mine.post(save="1", reason="Counted wrong").follow()
    assert payments_of(Visit.objects.get())["card"] == Decimal(5)
