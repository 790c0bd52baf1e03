"""What the window says of the referral program that holds at its location."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from loyalty.referral.services import set_referral_program
from tests.cast import PROGRAM
from tests.programs import make_own_program, make_visit
from tests.visits.conftest import BusySalon, with_haircut


def test_the_window_says_what_the_program_of_the_location_gives_or_why_not(busy: BusySalon) -> None:
    offer = busy.nina_pays.text("referral")
    assert "On a first visit by invitation: 10 % off." in offer
    make_visit(busy.cast.harbour, busy.boris, [busy.haircut], at=timezone.now() - timedelta(days=9))
    make_own_program(busy.location, busy.bonus, first_in="location")
    window = with_haircut(busy, "boris")
    assert "On a first visit here by invitation: €15.00 off." in window.text("referral")
    window.press("choose_referral").fill(referral="0151 1234 5601").press("confirm_referral")
    assert window.totals == "Due €45.00, left to pay €45.00."
    make_visit(busy.location, busy.boris, [busy.haircut], at=timezone.now() - timedelta(days=1))
    window.press("recalculate")
    assert "and the guest has been at this location before. Take it back." in window.error("referral")
    window = with_haircut(busy, "boris")
    assert "Only on the first visit at this location." in window.text("referral")
    assert not window.has_button("choose_referral")
    set_referral_program(
        chain=busy.cast.aurora, location=busy.location, at=timezone.now(), acting_user=PROGRAM, state="off"
    )
    window = with_haircut(busy)
    assert "Off at this location." in window.text("referral") and not window.has_button("choose_referral")


def test_a_phone_that_is_typed_but_not_confirmed_counts_where_the_rest_is_paid(busy: BusySalon) -> None:
    window = busy.nina_pays.press("choose_referral").fill(referral="0151 1234 5601").press("pay_the_rest", "cash")
    assert window.totals == "Due €54.00, left to pay €0.00."
    assert window.fields["payments-0-amount"] == "54.00"
    # Nothing typed asks nothing.
    window = with_haircut(busy).press("choose_referral").press("pay_the_rest", "cash")
    assert window.fields["payments-0-amount"] == "60.00" and not window.error("referral")


def test_enter_leads_to_who_invited_the_guest_or_to_the_phone(busy: BusySalon) -> None:
    window = busy.nina_pays.press("choose_referral").fill(referral="0151 1234 5601").press("recalculate")
    assert (window.page.focus["tag"], window.page.focus["id"]) == ("p", "invited")
    assert window.text("invited").startswith("Invited by Anna Schmidt.")
    window = with_haircut(busy).press("choose_referral").fill(referral="0151").press("recalculate")
    assert window.page.focus["id"] == "id_referral" and window.error("referral")
