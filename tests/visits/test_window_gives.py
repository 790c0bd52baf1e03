"""What the window says that the visit gives, card by card."""

from __future__ import annotations

from loyalty.cards.services import attach_promotions
from loyalty.rules.terms import PromotionKind
from tests.programs import make_promotion
from tests.visits.conftest import Salon, with_haircut


def test_what_the_visit_gives_is_told_before_all_is_paid(salon: Salon) -> None:
    window = with_haircut(salon, "boris")
    page = window.content
    assert "This visit gives, once all is paid" in page
    assert "5 % of paid €60.00" in page


def test_two_that_give_to_one_card_are_told_apart_by_name(salon: Salon) -> None:
    [cashback] = salon.bonus.promotions.all()
    assert f"Bonus card, {cashback.name}" not in with_haircut(salon, "boris").content
    spring = make_promotion(salon.bonus.chain, "Spring points", PromotionKind.CASHBACK_FIXED_PAID, "5")
    attach_promotions(card_type=salon.bonus, promotions=[cashback, spring])
    page = with_haircut(salon, "boris").content
    assert f"Bonus card, {cashback.name}" in page and "Bonus card, Spring points" in page
