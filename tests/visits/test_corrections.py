"""What is corrected shows what it changes; what is called off, what to hand back; what cannot be given says so."""

from __future__ import annotations

import uuid
from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from loyalty.ledger.burning import burn_points
from loyalty.rules.plan import MeansChoice, Status
from tests.programs import give_points, make_visit
from tests.visits.conftest import Salon
from tests.visits.test_day import browser, texts
from tests.visits.window import Window, new_window, window_of
from visits.models import Visit

pytestmark = pytest.mark.django_db


def test_a_correction_shows_what_it_changes_before_and_after(salon: Salon) -> None:
    salon.give(salon.boris, "50")
    window = Window(salon.desk, f"/locations/center/visits/new/{salon.boris.pk}/").post(add_item=str(salon.haircut.pk))
    window.press("apply", f"{salon.club_card.pk}.{salon.discount.pk}").fill(points__0__amount="10")
    window.press("pay_the_rest", "cash").save().follow()
    card = salon.bonus_card(salon.boris)
    points = salon.called_card(salon.boris)
    assert not window.text("correction")
    window.press("take_back", 0).fill(points__0__amount="4").press("recalculate")
    assert window.moves == {
        "Discount": ("€6.00", "€0.00"),
        "Due": ("€54.00", "€60.00"),
        "Left": ("€0.00", "€12.00"),
        points: ("42.20 points", "46.00 points"),
    }
    window.press("pay_the_rest", "cash")
    assert "Left" not in window.moves and window.moves[points] == ("42.20 points", "48.80 points")
    window.save().follow()
    card.holder.refresh_from_db()
    assert card.holder.balance == Decimal("48.80")
    assert not window.moves


def test_a_discount_that_grows_is_not_told_as_taken_off(salon: Salon) -> None:
    """The manual discount makes the promotion's part smaller, and the discount of the bill larger."""
    window = Window(salon.desk, f"/locations/center/visits/new/{salon.boris.pk}/").post(add_item=str(salon.haircut.pk))
    window.press("apply", f"{salon.club_card.pk}.{salon.discount.pk}").press("pay_the_rest", "cash").save().follow()
    window.fill(lines__0__manual_discount="10", payments__0__amount="48.60").press("recalculate")
    assert window.moves["Discount"] == ("€6.00", "€11.40")
    assert "taken off the visit" not in window.content


def test_a_mistake_hides_what_cannot_be_saved(salon: Salon) -> None:
    visit = make_visit(salon.location, salon.boris, [salon.haircut], at=timezone.now())
    window = window_of(salon.desk, visit).fill(lines__0__quantity="2", payments__0__amount="500").press("recalculate")
    assert window.error("payments-0-amount") and not window.moves
    assert window.fill(payments__0__amount="120").press("recalculate").moves


def test_a_correction_tells_what_the_inviter_has_then(salon: Salon) -> None:
    """The inviter's points are corrected too; those that were spent meanwhile become debt."""
    window = Window(salon.desk, f"/locations/center/visits/new/{salon.nina.pk}/").post(add_item=str(salon.haircut.pk))
    window.press("choose_referral").fill(referral="0151 1234 5601").press("confirm_referral")
    window.press("pay_the_rest", "cash").save().follow()
    anna, nina = salon.called_card(salon.anna), salon.called_card(salon.nina)
    window.fill(payments__0__amount="50").press("recalculate")
    taken = ("2.70 points", "0.00 points")
    assert window.moves[anna] == taken
    assert window.moves[nina] == taken
    window.press("take_back_referral").press("pay_the_rest", "cash")
    assert window.moves[anna] == taken
    assert window.moves[nina] == ("2.70 points", "3.00 points")
    assert "The invitation by Anna Schmidt is undone" in window.text("correction")


def test_a_correction_tells_of_points_that_come_back_too_late(salon: Salon) -> None:
    card, long_ago = salon.bonus_card(salon.boris), timezone.now() - timedelta(days=40)
    give_points(card, "20", at=long_ago, last_day=(long_ago + timedelta(days=10)).date())
    points = (MeansChoice(card.holder_id, Decimal(10)),)
    visit = make_visit(salon.location, salon.boris, [salon.haircut], at=long_ago, means=points)
    burn_points(chain=salon.cast.aurora, at=timezone.now())
    window = window_of(salon.manager, visit).fill(points__0__amount="").press("pay_the_rest", "cash")
    assert window.moves[salon.called_card(salon.boris)] == ("2.50 points", "13.00 points")
    assert "10.00 of them were good through" in window.text("correction")


def test_what_is_too_much_of_a_split_bill_is_given_back_by_a_button(salon: Salon) -> None:
    window = new_window(salon.manager, salon.location, salon.anna)
    window.post(add_item=str(salon.haircut.pk)).post(add_item=str(salon.colour.pk))
    window.fill(payments__0__amount="60").press("pay_the_rest", "card").save().follow()
    window.press("remove_line", 1)
    assert "Give €40.00 back in cash" in window.content and not window.has_button("give_change", "cash")
    window.press("pay_the_rest", "cash")
    assert "left to pay €0.00" in window.totals and "Give €" not in window.content
    note = "The reason stays with the visit."
    assert note in window.content
    window.save()
    assert window.error("reason"), window.mistakes
    assert note not in window.content
    window.fill(reason="No colour after all").save().follow()
    assert {each.method: each.amount for each in Visit.objects.get().payments.all()} == {"cash": 20, "card": 40}


def test_what_no_cash_is_there_for_is_given_back_by_the_method_that_holds_it(salon: Salon) -> None:
    window = new_window(salon.manager, salon.location, salon.anna).post(add_item=str(salon.haircut.pk))
    window.fill(payments__0__amount="20").press("pay_the_rest", "card").save().follow()
    window.fill(lines__0__manual_discount="50").press("recalculate")
    assert "Give €30.00 back by: Bank card" in window.content
    window.fill(lines__0__manual_discount="90").press("recalculate")
    assert "€54.00 is to be given back, by more than one method." in window.content


# What is handed back
# ----------------------------------------------------------------------------


def foot_of(window: Window) -> str:
    return str(window.response.content.decode().partition('class="pay-foot"')[2])


@pytest.mark.parametrize("status", [Status.CANCELLED, Status.NO_SHOW])
def test_a_visit_that_does_not_take_place_shows_what_to_hand_back(status: Status, salon: Salon) -> None:
    visit = make_visit(salon.location, salon.boris, [salon.haircut], at=timezone.now())
    if status is Status.CANCELLED:
        called_off = {"key": uuid.uuid4(), "version": 1, "reason": "Ill"}
        browser(salon.desk).post(reverse("visits:cancel", args=[salon.location.slug, visit.pk]), called_off)
    else:
        window_of(salon.desk, visit).fill(status=status).save()
    window = window_of(salon.desk, visit)
    assert window.totals == "To hand back €60.00."
    assert 'name="pay_the_rest"' not in foot_of(window)
    assert "Hand back to the guest: Cash €60.00" in window.text("hand-back")
    assert "Hand back €60.00" in window.text("window") and "Left €" not in window.text("window")
    day = browser(salon.manager)
    assert "hand back 60.00" in texts(day.get("/locations/center/visits/"))
    receipt = texts(day.get(f"/locations/center/visits/{visit.pk}/receipt/"))
    assert "To hand back €60.00" in receipt and "Left to pay" not in receipt


def test_nothing_is_sold_or_paid_with_points_on_a_visit_that_does_not_take_place(salon: Salon) -> None:
    make_visit(salon.location, salon.anna, [salon.haircut], at=timezone.now())
    salon.give(salon.boris, "50")
    window = Window(salon.desk, f"/locations/center/visits/new/{salon.boris.pk}/").post(add_item=str(salon.haircut.pk))
    window.fill(points__0__amount="10").save().follow()
    card = salon.bonus_card(salon.boris).pk
    assert window.text("often") and window.has_button("take_back_points", card)
    window.fill(status="no_show").press("recalculate")
    assert not window.text("often") and not window.has_button("take_back_points", card)
    assert not window.has_button("use_the_most", card)


def test_what_was_handed_back_is_taken_off(salon: Salon) -> None:
    visit = make_visit(salon.location, salon.boris, [salon.haircut], at=timezone.now())
    window = window_of(salon.desk, visit)
    assert 'name="pay_the_rest"' in foot_of(window)
    window.fill(status="no_show").save().follow()
    window.fill(payments__0__amount="").press("recalculate").fill(reason="Handed back").save().follow()
    assert window.totals == "To hand back €0.00." and not window.text("hand-back")
    visit.refresh_from_db()
    assert (visit.status, visit.to_hand_back) == ("no_show", Decimal(0))


def test_nothing_is_left_of_a_visit_that_does_not_take_place(salon: Salon) -> None:
    visit = make_visit(
        salon.location, salon.boris, [salon.haircut], at=timezone.now(), pays=None, status=Status.NO_SHOW
    )
    assert window_of(salon.desk, visit).totals == "To hand back €0.00."
    page = texts(browser(salon.desk).get(f"/locations/center/visits/{visit.pk}/receipt/"))
    assert "Left to pay" not in page and "To hand back" not in page


# Points that are planned and cannot be given
# ----------------------------------------------------------------------------


def test_a_visit_in_advance_says_at_once_that_it_plans_too_many_points(salon: Salon) -> None:
    salon.give(salon.boris, "10")
    window = Window(salon.desk, f"/locations/center/visits/new/{salon.boris.pk}/").post(add_item=str(salon.haircut.pk))
    window.fill(status="waiting", points__0__amount="40").press("recalculate")
    told = "The card may pay at most €10.00 here. Type that or less."
    assert window.totals == f"Due €60.00, left to pay €50.00. {told}"
    assert f"{told}" in window.text("window") and not window.mistakes
    assert window.fields["points-0-amount"] == "40"
    window.save().follow()
    assert told in window.text("window")
    assert window.fields["points-0-amount"] == "40.00"
