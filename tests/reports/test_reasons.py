"""Why a row of the ledger has its amount, as Transactions and the client's page tell it."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client as Browser

from clients.models import Client
from loyalty.cards.models import Card
from loyalty.ledger.burning import burn_points
from loyalty.promotions.models import Promotion
from loyalty.rules.plan import DiscountChoice, Status
from loyalty.rules.terms import PromotionKind
from tests.cast import PROGRAM, Cast
from tests.pages import rows_of
from tests.programs import (
    make_card,
    make_card_type,
    make_client,
    make_item,
    make_promotion,
    make_visit,
    moment,
    plan_line,
)
from tests.reports.conftest import LEDGER, Books
from visits.checkout import cancel_visit, save_visit
from visits.models import Visit
from visits.plans import plan_of

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
    return [(row[7], row[-1].removeprefix("Why ")) for row in rows]


def test_a_percentage_names_the_line_it_was_taken_of(cast: Cast, anna: Client, manager: Browser) -> None:
    five = make_promotion(cast.aurora, "5 % off", PromotionKind.DISCOUNT_FIXED, "5")
    card = carried(anna, five)
    items = [make_item(cast.aurora, "Men's haircut", "34.00"), make_item(cast.aurora, "Wash", "27.00")]
    make_visit(cast.center, anna, items, at=AT, discounts=discounts(card, five))
    assert told(manager) == [
        ("\N{MINUS SIGN}€1.70", "5 % of €34.00 (Men's haircut)."),
        ("\N{MINUS SIGN}€1.35", "5 % of €27.00 (Wash)."),
    ]


def test_a_part_of_what_was_taken_off_the_bill_says_so(cast: Cast, anna: Client, manager: Browser) -> None:
    """An amount is spread; of two percentages on one line, nothing kept says what each was taken of."""
    ten = make_promotion(cast.aurora, "10 off", PromotionKind.DISCOUNT_FIXED, "10", unit="amount")
    five = make_promotion(cast.aurora, "5 % off", PromotionKind.DISCOUNT_FIXED, "5")
    card = carried(anna, ten, five)
    items = [make_item(cast.aurora, "Haircut", "60.00"), make_item(cast.aurora, "Wash", "20.00")]
    make_visit(cast.center, anna, items, at=AT, discounts=discounts(card, ten, five))
    assert told(manager) == [
        ("\N{MINUS SIGN}€7.50", "Part of €10.00 on this bill (Haircut)."),
        ("\N{MINUS SIGN}€2.50", "Part of €10.00 on this bill (Wash)."),
        ("\N{MINUS SIGN}€2.63", "Part of 5 % of €70.00 on this bill (Haircut)."),
        ("\N{MINUS SIGN}€0.88", "Part of 5 % of €70.00 on this bill (Wash)."),
    ]


def test_a_free_unit_names_its_line(cast: Cast, anna: Client, manager: Browser) -> None:
    free = make_promotion(cast.aurora, "Second free", PromotionKind.DISCOUNT_NTH_FREE, "1")
    card = carried(anna, free)
    haircut = make_item(cast.aurora, "Haircut", "60.00")
    make_visit(cast.center, anna, [haircut, haircut], at=AT, discounts=discounts(card, free))
    assert told(manager) == [
        (
            "\N{MINUS SIGN}€60.00",
            "1 unit free: every 1 paid earn one, 0 were paid before this visit (Haircut).",
        )
    ]


def test_a_row_that_undoes_says_why(cast: Cast, anna: Client, manager: Browser) -> None:
    back = make_promotion(cast.aurora, "10 % back", PromotionKind.CASHBACK_FIXED_PAID, "10")
    carried(anna, back)
    haircut = make_item(cast.aurora, "Haircut", "60.00")
    changed, moved, cancelled = (
        make_visit(cast.center, anna, [haircut], at=AT + timedelta(hours=number)) for number in range(3)
    )
    later = AT + timedelta(hours=9)
    change(changed, at=later, lines=(plan_line(haircut, 2),))
    change(moved, at=later, status=Status.CONFIRMED)
    cancel_visit(visit_id=cancelled.pk, chain=cast.aurora, key=uuid.uuid4(), at=later, acting_user=PROGRAM)
    undone = [why for amount, why in told(manager, "promotion_accrual") if amount == "\N{MINUS SIGN}6.00"]
    assert undone == [
        "Undone because the visit was changed. Open the visit",
        "Undone because the visit was moved back from arrived. Open the visit",
        "Undone because the visit was cancelled. Open the visit",
    ]
    page = manager.get(f"{LEDGER}?kind=promotion_accrual").content.decode()
    assert f'<a href="/locations/center/visits/{cancelled.pk}/">Open the visit</a>' in page
    ours = rows_of(manager.get(f"/chains/aurora/clients/{anna.pk}/loyalty/"))
    assert sum("Undone because the visit was cancelled. Open the visit" in row[-1] for row in ours) == 1


def test_a_row_that_was_undone_by_hand_says_so(books: Books, manager: Browser) -> None:
    counter, _taken, *_rest = rows_of(manager.get(LEDGER))
    assert counter[-1] == "Why Undone by hand."


def test_a_burning_is_undone_with_its_points(cast: Cast, anna: Client, manager: Browser) -> None:
    burning = {"burn_count": 1, "burn_unit": "days"}
    carried(anna, make_promotion(cast.aurora, "10 % back", PromotionKind.CASHBACK_FIXED_PAID, "10", **burning))
    visit = make_visit(cast.center, anna, [make_item(cast.aurora, "Haircut", "60.00")], at=AT)
    later = AT + timedelta(days=5)
    burn_points(chain=cast.aurora, at=later)
    cancel_visit(visit_id=visit.pk, chain=cast.aurora, key=uuid.uuid4(), at=later, acting_user=PROGRAM)
    assert told(manager, "burning")[1] == (
        "+6.00",
        "The accrual of these points was undone, and so is their burning.",
    )


def change(visit: Visit, *, at: datetime, **changes: Any) -> None:
    plan = replace(plan_of(Visit.objects.with_plan().get(pk=visit.pk)), **changes)
    save_visit(location=visit.location, plan=plan, visit_id=visit.pk, key=uuid.uuid4(), at=at, acting_user=PROGRAM)
