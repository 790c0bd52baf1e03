"""What the pages say of programs that are in use, archived, or act through nothing."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.test import Client

from loyalty.ledger.burning import burn_points
from loyalty.ledger.models import Transaction, TransactionKind
from loyalty.rules.terms import PromotionKind
from tests.cast import Cast
from tests.pages import text_of
from tests.programs import make_card_type, make_client, make_item, make_promotion, make_visit, moment
from visits.history import last_visits

PROMOTIONS = "/chains/aurora/promotions/"
NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)


@pytest.fixture
def administrator(cast: Cast, client: Client) -> Client:
    client.force_login(cast.administrator)
    return client


def test_the_visits_of_a_promotion_are_those_of_the_list(administrator: Client, cast: Cast) -> None:
    """The burning of its points belongs to no visit."""
    burning = {"burn_count": 1, "burn_unit": "days"}
    cashback = make_promotion(cast.aurora, "5 % back", PromotionKind.CASHBACK_FIXED_PAID, "5", **burning)
    make_card_type(cast.aurora, "Bonus card", [cashback], automatic_issue="any")
    anna = make_client(cast.center, "Anna", "+49 151 1234 5601")
    haircut = make_item(cast.aurora, "Haircut", "60.00")
    for day in (1, 3):
        make_visit(cast.center, anna, [haircut], at=moment(f"2026-02-0{day} 10:00"))
    burn_points(chain=cast.aurora, at=NOW, last_visits=last_visits)
    assert Transaction.objects.filter(kind=TransactionKind.BURNING, promotion=cashback, visit=None).count() == 2
    assert "It acted on 2 visits so far." in text_of(administrator.get(f"{PROMOTIONS}{cashback.pk}/"))
    [row] = administrator.get(PROMOTIONS).context["table"].rows
    assert row.record.visit_count == 2
