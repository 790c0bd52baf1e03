"""Why a row of the ledger has its amount, as Transactions and the client's page tell it."""

from __future__ import annotations

import pytest
from django.test import Client as Browser

from clients.models import Client
from loyalty.cards.models import Card
from loyalty.promotions.models import Promotion
from loyalty.rules.plan import DiscountChoice
from loyalty.rules.terms import PromotionKind
from tests.cast import Cast
from tests.pages import rows_of
from tests.programs import make_card, make_card_type, make_client, make_item, make_promotion, make_visit, moment
from tests.reports.conftest import LEDGER

pytestmark = pytest.mark.django_db
AT = moment("2026-03-01 10:00")


@pytest.fixture
def anna(cast: Cast) -> Client:
    return make_client(cast.center, "Anna Schmidt", "+49 151 1234 5601")


def carried(anna: Client, *promotions: Promotion) -> Card:
    return make_card(anna, make_card_type(anna.chain, "Club card", promotions))


def discounts(card: Card, *promotions: Promotion) -> tuple[DiscountChoice, ...]:
    return tuple(DiscountChoice(card.pk, promotion.pk) for promotion in promotions)


def told(browser: Browser, kind: str = "promotion_discount", page: str = LEDGER) -> list[tuple[str, str]]:
    """Amount and reason of each row, the earlier first."""
    rows = rows_of(browser.get(f"{page}?kind={kind}&sort=at"))
    return [(row[7], row[10].removeprefix("Why ")) for row in rows]


def test_a_percentage_names_the_line_it_was_taken_of(cast: Cast, anna: Client, manager: Browser) -> None:
    five = make_promotion(cast.aurora, "5 % off", PromotionKind.DISCOUNT_FIXED, "5")
    card = carried(anna, five)
    items = [make_item(cast.aurora, "Men's haircut", "34.00"), make_item(cast.aurora, "Wash", "27.00")]
    make_visit(cast.center, anna, items, at=AT, discounts=discounts(card, five))
    assert told(manager) == [
        ("\N{MINUS SIGN}€1.70", "5 % of €34.00 (Men's haircut)"),
        ("\N{MINUS SIGN}€1.35", "5 % of €27.00 (Wash)"),
    ]


def test_a_part_of_what_was_taken_off_the_bill_says_so(cast: Cast, anna: Client, manager: Browser) -> None:
    """An amount is spread; of two percentages on one line, nothing kept says what each was taken of."""
    ten = make_promotion(cast.aurora, "10 off", PromotionKind.DISCOUNT_FIXED, "10", unit="amount")
    five = make_promotion(cast.aurora, "5 % off", PromotionKind.DISCOUNT_FIXED, "5")
    card = carried(anna, ten, five)
    items = [make_item(cast.aurora, "Haircut", "60.00"), make_item(cast.aurora, "Wash", "20.00")]
    make_visit(cast.center, anna, items, at=AT, discounts=discounts(card, ten, five))
    assert told(manager) == [
        ("\N{MINUS SIGN}€7.50", "part of €10.00 on this bill (Haircut)"),
        ("\N{MINUS SIGN}€2.50", "part of €10.00 on this bill (Wash)"),
        ("\N{MINUS SIGN}€2.63", "part of 5 % of €70.00 on this bill (Haircut)"),
        ("\N{MINUS SIGN}€0.88", "part of 5 % of €70.00 on this bill (Wash)"),
    ]


def test_a_free_unit_names_its_line(cast: Cast, anna: Client, manager: Browser) -> None:
    free = make_promotion(cast.aurora, "Second free", PromotionKind.DISCOUNT_NTH_FREE, "1")
    card = carried(anna, free)
    haircut = make_item(cast.aurora, "Haircut", "60.00")
    make_visit(cast.center, anna, [haircut, haircut], at=AT, discounts=discounts(card, free))
    assert told(manager) == [
        (
            "\N{MINUS SIGN}€60.00",
            "1 unit free: every 1 paid earn one, 0 were paid before this visit (Haircut)",
        )
    ]
