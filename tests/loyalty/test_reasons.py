"""Reasons why something does not act carry the currency of the chain and its digits."""

from __future__ import annotations

import pytest

from chains.refusals import Refusal
from loyalty.explanations.amounts import explained
from loyalty.ledger.models import Transaction
from loyalty.rules.terms import PromotionKind
from loyalty.rules.why import Reason, Why
from tests.loyalty.shop import discounts, make_card, make_client, make_plan, make_shop, save
from tests.programs import make_card_type, make_promotion

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("currency", "kind", "said"),
    [
        ("JPY", PromotionKind.DISCOUNT_CUMULATIVE_SOLD, "it starts from ¥1,000; so far ¥0."),
        ("EUR", PromotionKind.DISCOUNT_CUMULATIVE_PAID, "it starts from €1,000.00; so far €0.00."),
        ("EUR", PromotionKind.DISCOUNT_CUMULATIVE_VISITS, "it starts from 1,000 visits; so far 0 visits."),
    ],
)
def test_a_tier_that_is_not_reached_is_told_in_the_chains_money(currency: str, kind: PromotionKind, said: str) -> None:
    shop = make_shop(currency=currency)
    anna = make_client(shop.chain, "Anna")
    promotion = make_promotion(shop.chain, "Regulars", kind, rules=[["1000", "5"]])
    card = make_card(anna, make_card_type(shop.chain, "Club", [promotion]))
    with pytest.raises(Refusal) as refused:
        save(shop, make_plan(shop, anna, discounts=discounts(card, promotion)))
    assert said in str(refused.value)
    assert Transaction.objects.count() == 0


@pytest.mark.parametrize(
    ("kind", "tier"),
    [
        (PromotionKind.DISCOUNT_CUMULATIVE_SOLD, "Tier €5.00 from €100.00; so far €120.50."),
        (PromotionKind.CASHBACK_CUMULATIVE_SOLD, "Tier 5.00 points from €100.00; so far €120.50."),
    ],
)
def test_a_tier_that_gives_an_amount_says_of_what(kind: PromotionKind, tier: str) -> None:
    figures = {"unit": "amount", "value": "5", "tier_from": "100", "figure": "120.5", "picked_by": "history_sold"}
    chain = make_shop().chain
    assert explained(Why(Reason.GIVEN, {**figures, "base": "60"}), kind, chain)[1] == tier
