"""Memberships cover units of lines in the visit window: the guest's own, brought by their number, and why not."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from chains.access import Right
from chains.catalog.models import Item
from chains.models import Access, WrongTry
from loyalty.ledger.models import Transaction
from loyalty.memberships.freezes import freeze
from loyalty.memberships.models import Membership, MembershipPeriod
from loyalty.rules.plan import Status
from tests.cast import PROGRAM
from tests.pages import text_of
from tests.programs import make_gift_card, make_gift_card_type, make_membership, make_membership_type
from tests.visits.conftest import Salon
from tests.visits.paying import CODE, OTHER_CODE, add_code, bill
from tests.visits.window import Window, new_window, window_of
from visits.models import Visit, VisitCover

pytestmark = pytest.mark.django_db

UNKNOWN = "The chain has no membership of this number. Type it again, as it stands on it."


def hair(salon: Salon, *, left: int = 8, name: str = "Hair 8", number: str = "", **choices: Any) -> Membership:
    """Anna's, for haircuts, and hers alone unless it has a number; ``choices`` are those of its type."""
    owner = choices.pop("owner", salon.anna)
    dates = {each: choices.pop(each) for each in ("first_on", "last_on", "at") if each in choices}
    usual = {"named": not number, **choices}
    membership_type = make_membership_type(salon.cast.aurora, name, salon.haircut, **usual)
    return make_membership(membership_type, owner, number, left={1: left}, **dates)


def key(membership: Membership, place: str = "n1") -> str:
    return f"{membership.pk}-{place}"


def cover(window: Window, membership: Membership, units: int = 1, place: str = "n1") -> Window:
    return window.press("cover", f"{key(membership, place)}:{units}")


def left_on(membership: Membership) -> int:
    return int(membership.held_counters.get().holder.balance)


def speaks_of(window: Window, name: str = "Hair 8") -> bool:
    """Whether the page says more of it than that it is sold, for 400.00."""
    return window.content.count(name) > window.content.count(f"{name} €400.00")


def uses(visit: Visit) -> int:
    return Transaction.objects.of_visit(visit.pk).standing().filter(kind="membership_use").count()


def haircuts(salon: Salon, quantity: int, item: Item | None = None) -> Window:
    window = new_window(salon.desk, salon.location, salon.anna).post(add_item=str((item or salon.haircut).pk))
    return window.fill(lines__0__quantity=str(quantity)).press("recalculate", "find")


# At the line
# ----------------------------------------------------------------------------


def test_one_press_covers_a_line_and_one_takes_that_back(salon: Salon) -> None:
    membership = hair(salon)
    window = bill(salon, salon.anna)
    assert "cover with Hair 8" in window.content and window.totals == "Due €60.00, left to pay €60.00."
    window = cover(window, membership)
    assert "covered by Hair 8 — 7 left" in window.content
    assert "Covered −€60.00" in window.content and window.totals == "Due €0.00, left to pay €0.00."
    window = window.press("uncover", key(membership))
    assert "covered by" not in window.content and window.totals == "Due €60.00, left to pay €60.00."
    cover(window, membership).save().follow()
    visit = Visit.objects.get()
    assert [visit.sold, visit.covered, visit.due, uses(visit), left_on(membership)] == [60, 60, 0, 1, 7]
    assert "7 visits left on Hair 8." in window.content


def test_of_several_units_all_that_may_be_are_covered_at_first_and_any_number_then(salon: Salon) -> None:
    membership = hair(salon, left=2)
    window = cover(haircuts(salon, 3), membership, 2)
    assert (window.fields["covers-0-amount"], window.totals) == ("2", "Due €60.00, left to pay €60.00.")
    window = window.fill(covers__0__amount="1").press("recalculate", "find")
    assert "covered by Hair 8 — 1 left" in window.content and window.totals == "Due €120.00, left to pay €120.00."
    # More than there is stays as it was typed, and one press takes what there is.
    window = window.fill(covers__0__amount="3").press("pay_the_rest", "cash").save()
    assert window.error("covers-0-amount").startswith("At most 2 can be covered with it here: 2 are left on it.")
    assert window.fields["covers-0-amount"] == "3" and not Visit.objects.exists()
    window.fill(covers__0__amount="1").press("recalculate", "find")
    cover(window, membership, 2).press("pay_the_rest", "cash").save().follow()
    assert (uses(Visit.objects.get()), left_on(membership)) == (2, 0)


@pytest.mark.parametrize("typed", ["0", "x", "-1", "1.5", "9" * 20])
def test_what_is_no_number_of_units_is_refused_beside_its_field(salon: Salon, typed: str) -> None:
    membership = hair(salon)
    window = cover(haircuts(salon, 2), membership, 2).fill(covers__0__amount=typed).save()
    assert window.error("covers-0-amount") == "Type how many are covered: a whole number from 1."
    assert window.fields["covers-0-amount"] == typed and not Visit.objects.exists()


def test_the_soonest_ending_stands_first_and_two_share_a_line(salon: Salon) -> None:
    today = salon.location.local_date(timezone.now())
    late = hair(salon, name="Late", last_on=today + timedelta(days=40))
    soon = hair(salon, name="Soon", left=1, last_on=today + timedelta(days=2))
    window = haircuts(salon, 2)
    assert window.content.index("cover with Soon") < window.content.index("cover 2 with Late")
    window = cover(window, soon)
    assert ("cover", f"{key(late)}:1") in window.page.buttons
    cover(window, late).save().follow()
    assert [left_on(soon), left_on(late), Visit.objects.get().due] == [0, 7, 0]


def test_lines_that_come_and_go_leave_the_others_covered(salon: Salon) -> None:
    membership = hair(salon)
    window = new_window(salon.desk, salon.location, salon.anna).post(add_item=str(salon.colour.pk))
    window = cover(window.post(add_item=str(salon.haircut.pk)), membership, place="n2").press("remove_line", "0")
    assert "covered by Hair 8 — 7 left" in window.content
    window = window.post(add_item=str(salon.colour.pk)).press("remove_line", "0")
    assert "covered by" not in window.content and "covers-0-cover" not in window.fields


def test_a_saved_visit_opens_as_it_was_covered_and_takes_it_back(salon: Salon) -> None:
    membership = hair(salon)
    window = cover(bill(salon, salon.anna), membership).save().follow()
    line = Visit.objects.get().lines.get()
    assert window.fields["covers-0-cover"] == key(membership, str(line.pk))
    window.press("uncover", key(membership, str(line.pk))).press("pay_the_rest", "card").save().follow()
    visit = Visit.objects.get()
    assert [visit.due, uses(visit), left_on(membership)] == [60, 0, 8] and not VisitCover.objects.exists()


# Why not
# ----------------------------------------------------------------------------


def test_why_none_covers_is_said_at_the_line_in_words(salon: Salon) -> None:
    today = salon.location.local_date(timezone.now())
    membership = hair(salon)
    assert "Not covered" not in bill(salon, salon.anna).content
    Membership.objects.filter(pk=membership.pk).update(blocked_at=timezone.now())
    assert "Not covered by Hair 8: the membership is blocked." in bill(salon, salon.anna).content
    other = [{"weekdays": [(today.weekday() + 3) % 7], "since": "09:00", "until": ""}]
    hair(salon, name="Off days", hours=other)
    window = bill(salon, salon.anna)
    assert "Not covered by Off days: it does not cover at this day and hour." in window.content
    # Once there is one that does, nothing is said of the others.
    hair(salon, name="Good")
    assert "Not covered by" not in bill(salon, salon.anna).content


def test_a_frozen_a_used_up_and_one_for_something_else_say_so(salon: Salon) -> None:
    now = timezone.now()
    today = salon.location.local_date(now)
    frozen = hair(salon, name="Cold", freeze_days=9)
    freeze(membership=frozen, first_on=today, last_on=today + timedelta(days=3), at=now, acting_user=PROGRAM)
    content = bill(salon, salon.anna).content
    assert "Not covered by Cold: it is frozen through" in content and "cover with" not in content
    one = hair(salon, name="One", left=1)
    window = new_window(salon.desk, salon.location, salon.anna).post(add_item=str(salon.colour.pk))
    assert "Not covered" not in window.content and "It is not for this." in window.content
    cover(bill(salon, salon.anna), one).save().follow()
    assert "Not covered by One: it is used up." in bill(salon, salon.anna).content


def test_what_ended_is_said_where_it_would_have_covered_and_nowhere_else(salon: Salon) -> None:
    hair(salon)
    day = salon.location.local_date(timezone.now()) - timedelta(days=5)
    MembershipPeriod.objects.update(first_on=day, last_on=day, base_last_on=day)
    assert "Not covered by Hair 8: it was good through" in bill(salon, salon.anna).content
    window = new_window(salon.desk, salon.location, salon.anna).post(add_item=str(salon.colour.pk))
    assert not speaks_of(window)


# By its number
# ----------------------------------------------------------------------------


def test_another_guests_covers_once_its_number_was_given(salon: Salon) -> None:
    membership = hair(salon, number=CODE)
    window = bill(salon, salon.nina)
    assert not speaks_of(window)
    window = add_code(window, "ab34-cd67 ef9a gh4c")
    assert window.fields["code"] == "" and "cover with Hair 8" in window.content
    cover(window, membership).save().follow()
    assert left_on(membership) == 7 and VisitCover.objects.get().with_code
    # What it covers stays as it is; it is no code to whoever looks.
    assert "covered by Hair 8 — 7 left" in window.content and CODE not in window.content
    assert window.save().response.status_code == 302


def test_a_named_one_and_an_unknown_number_are_told_alike_and_counted_with_gift_cards(salon: Salon) -> None:
    hair(salon, number=CODE, named=True)
    window = bill(salon, salon.nina)
    assert add_code(window, CODE).error("code") == UNKNOWN
    assert add_code(window, "guess").error("code") == UNKNOWN
    card = make_gift_card(make_gift_card_type(salon.cast.aurora), "50", OTHER_CODE)
    window = bill(salon, salon.nina)
    both = "The chain has no gift card or membership of this code. Type it again, as it stands on it."
    for _number in range(3):
        assert add_code(window, "guess").error("code") == both
    assert add_code(window, OTHER_CODE).error("code").startswith("Too many wrong codes. Wait 10 minutes")
    assert WrongTry.objects.exists() and not Transaction.objects.filter(holder=card.holder, amount__lt=0)


def test_who_may_not_do_without_gives_the_number_of_the_guests_own_too(salon: Salon) -> None:
    membership = hair(salon, number=CODE)
    assert not Access.objects.get(user=salon.desk).has(Right.PAY_WITHOUT_CODE)
    window = bill(salon, salon.anna)
    assert "Type or scan its number to cover with it." in window.content
    window = window.post(cover=f"{key(membership)}:1").save()
    assert window.error("covers-0-amount") or "Type the number of the membership" in window.mistakes
    window = add_code(window, CODE).save().follow()
    assert left_on(membership) == 7


def test_what_is_none_of_the_guests_is_as_unknown_as_none(salon: Salon) -> None:
    membership = hair(salon)
    window = bill(salon, salon.nina).post(cover=f"{key(membership)}:1").save()
    assert UNKNOWN in window.mistakes and not speaks_of(window)
    assert left_on(membership) == 8


# Beside others
# ----------------------------------------------------------------------------


def test_what_somebody_else_covered_meanwhile_is_put_together(salon: Salon) -> None:
    membership = hair(salon)
    window = bill(salon, salon.anna).press("pay_the_rest", "cash").save().follow()
    other = window_of(salon.desk, Visit.objects.get())
    line = Visit.objects.get().lines.get()
    window.fill(payments__0__amount="").post(cover=f"{key(membership, str(line.pk))}:1").fill(reason="Covered").save()
    if window.response.status_code == 302:
        window.follow()
    assert uses(Visit.objects.get()) == 1
    stale = other.post(add_item=str(salon.colour.pk)).save()
    assert speaks_of(stale)
    merged = stale.press("merge")
    assert "covered by Hair 8 — 7 left" in merged.content and merged.fields["lines-1-item"] == str(salon.colour.pk)


def test_another_guest_leaves_nothing_covered(salon: Salon) -> None:
    membership = hair(salon)
    window = cover(bill(salon, salon.anna), membership)
    window = window.post(choose_guest=str(salon.boris.pk))
    assert not speaks_of(window)


def test_a_visit_in_advance_is_covered_once_its_guest_arrives(salon: Salon) -> None:
    membership = hair(salon)
    window = cover(bill(salon, salon.anna), membership).post(status=Status.CONFIRMED.value).save().follow()
    assert (uses(Visit.objects.get()), left_on(membership)) == (0, 8) and "covered by Hair 8" in window.content
    window.post(status=Status.ARRIVED.value).save().follow()
    assert (uses(Visit.objects.get()), left_on(membership)) == (1, 7)


def test_a_guest_without_memberships_asks_for_none(salon: Salon) -> None:
    """What of them is sold is asked for in one statement, as it is of gift cards."""
    hair(salon)
    bill(salon, salon.nina)
    with CaptureQueriesContext(connection) as asked:
        new_window(salon.desk, salon.location, salon.nina)
    of_memberships = [each["sql"] for each in asked if each["sql"].startswith('SELECT "loyalty_membership')]
    assert len(of_memberships) == 1 and 'FROM "loyalty_membershiptype"' in of_memberships[0]


@pytest.mark.parametrize("page", ["clients/{client}/visits/", "reports/visits/"])
def test_lists_of_visits_add_up_with_what_was_covered(salon: Salon, page: str) -> None:
    address = f"/locations/center/{page.format(client=salon.anna.pk)}"
    browser = Browser()
    browser.force_login(salon.manager)
    assert "Covered" not in text_of(browser.get(address))
    membership = hair(salon, left=1)
    cover(haircuts(salon, 2), membership).press("pay_the_rest", "cash").save()
    told = text_of(browser.get(address))
    assert "Sold Discount" in told and "Covered Due" in told
    assert re.search(r"120\.00–+−€?60\.00€?60\.00", told)
    assert browser.get(f"{address}?export=csv").status_code in {200, 403}


def test_the_receipt_says_what_was_covered_and_what_is_left(salon: Salon) -> None:
    membership = hair(salon, left=3)
    cover(haircuts(salon, 2), membership, 2).save()
    browser = Browser()
    browser.force_login(salon.desk)
    told = text_of(browser.get(f"/locations/center/visits/{Visit.objects.get().pk}/receipt/"))
    assert "2 units covered" in told and "Sold120.00" in told and "Covered−120.00" in told and "Due€0.00" in told
    assert f"{membership} Covered with this visit2 Left on it after this visit1" in told
