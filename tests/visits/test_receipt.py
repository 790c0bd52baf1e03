"""The receipt: what the guest takes home, and nothing of anybody else."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client as Browser
from django.utils import timezone

from loyalty.rules.plan import MeansChoice, Status
from loyalty.rules.terms import PromotionKind
from tests.programs import give_points, make_card, make_card_type, make_promotion, make_visit
from tests.visits.conftest import Salon
from tests.visits.window import Reader, Window
from visits.models import Visit

pytestmark = pytest.mark.django_db


def receipt_of(salon: Salon, visit: Visit) -> str:
    browser = Browser()
    browser.force_login(salon.desk)
    response = browser.get(f"/locations/center/visits/{visit.pk}/receipt/")
    assert response.status_code == 200
    reader = Reader()
    reader.feed(response.content.decode())
    return reader.text_of("content")


def test_it_says_what_was_sold_paid_and_earned_and_what_burns_when(salon: Salon) -> None:
    today = salon.cast.aurora.local_date(timezone.now())
    last_day = today + timedelta(days=20)
    give_points(salon.bonus_card(salon.boris), "30", last_day=last_day)
    window = Window(salon.desk, f"/locations/center/visits/new/{salon.boris.pk}/").post(add_item=str(salon.haircut.pk))
    window.post(add_item=str(salon.haircut.pk)).post(add_item=str(salon.shampoo.pk))
    window.fill(lines__1__manual_discount="10").press("apply", f"{salon.club_card.pk}.{salon.discount.pk}")
    window.fill(points__0__amount="10").press("pay_the_rest", "cash").save().follow()
    visit = Visit.objects.get()
    page = receipt_of(salon, visit)
    assert f"Aurora Center {salon.location.local_datetime(visit.starts_at).day}" in page
    assert "Haircut 2 × 60.00 120.00 Shampoo 18.90" in page
    assert "Sold 138.90 Discount by hand −1.89 Club discount −13.70 Due €123.31" in page
    assert "Bonus card, points 10.00 Cash 113.31" in page
    assert "Earned with this visit +5.67 Points to spend 25.67 good through" in page and "20.00" in page
    assert "Club card" not in page and "Left to pay" not in page


def test_it_says_nothing_of_the_inviter(salon: Salon) -> None:
    window = Window(salon.desk, f"/locations/center/visits/new/{salon.nina.pk}/").post(add_item=str(salon.haircut.pk))
    window.press("choose_referral").fill(referral="0151 1234 5601").press("confirm_referral")
    window.press("pay_the_rest", "cash").save()
    page = receipt_of(salon, Visit.objects.get())
    assert "Welcome −6.00 Due €54.00" in page
    assert "Anna" not in page


def test_what_is_not_paid_gives_nothing_yet(salon: Salon) -> None:
    visit = make_visit(salon.location, salon.boris, [salon.haircut], at=timezone.now(), pays=None)
    page = receipt_of(salon, visit)
    assert "Left to pay €60.00" in page and "Points are credited once all is paid." in page
    assert "Earned" not in page


def test_a_visit_that_is_not_arrived_says_so(salon: Salon) -> None:
    visit = make_visit(
        salon.location, salon.boris, [salon.haircut], at=timezone.now(), status=Status.WAITING, pays=None
    )
    page = receipt_of(salon, visit)
    assert "waiting" in page and "credited" not in page


def test_each_card_tells_its_own(salon: Salon) -> None:
    second = make_promotion(salon.cast.aurora, "1 % back", PromotionKind.CASHBACK_FIXED_SOLD, "1")
    card = make_card(salon.boris, make_card_type(salon.cast.aurora, "Gold card", [second]), "G-1")
    give_points(card, "4")
    points = (MeansChoice(card.holder_id, Decimal(4)),)
    visit = make_visit(salon.location, salon.boris, [salon.haircut], at=timezone.now(), means=points)
    page = receipt_of(salon, visit)
    assert "Gold card G-1 Earned with this visit +0.60 Points to spend 0.60" in page
    assert "Earned with this visit +2.80 Points to spend 2.80" in page
