"""The database itself refuses to change what was written: ledger rows, their movements, terms."""

import pytest
from django.db import ProgrammingError, connection, transaction
from django.db.models import Model
from psycopg import sql

from loyalty.cards.models import CardTypeTerms
from loyalty.ledger.models import LotMovement, Transaction, TransactionComment
from loyalty.promotions.models import PromotionTerms
from loyalty.referral.models import ReferralTerms
from tests.loyalty.shop import (
    assert_ledger_adds_up,
    give,
    make_card,
    make_client,
    make_plan,
    make_referral,
    make_shop,
    save,
)

KEPT = {
    Transaction: "UPDATE {} SET amount = amount + 1",
    LotMovement: "UPDATE {} SET amount = amount + 1",
    PromotionTerms: "UPDATE {} SET value = value + 1",
    CardTypeTerms: "UPDATE {} SET limit_amount = 5",
    ReferralTerms: "UPDATE {} SET state = 'off'",
}
TABLES = pytest.mark.parametrize("model", KEPT, ids=lambda model: model._meta.model_name)


@pytest.fixture(autouse=True)
def _a_life(db: None) -> None:
    """A shop with something in each of the tables."""
    shop = make_shop()
    card_type = make_referral(shop.chain)
    anna, boris = make_client(shop.chain, "Anna"), make_client(shop.chain, "Boris")
    give(make_card(anna, card_type), 20, comment="for the long wait")
    save(shop, make_plan(shop, boris, referral=str(anna.phone)))


def run(statement: str, model: type[Model]) -> int:
    """How many rows the statement touched, in plain SQL and in a savepoint of its own."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql.SQL(statement).format(sql.Identifier(model._meta.db_table)))
        return int(cursor.rowcount)


@TABLES
def test_rows_are_neither_changed_nor_deleted(model: type[Model]) -> None:
    before = run("SELECT * FROM {}", model)
    assert before
    refused = f"^pgtrigger: Cannot update or delete rows from {model._meta.db_table} table"
    for statement in (KEPT[model], "UPDATE {} SET id = id", "DELETE FROM {}"):
        with pytest.raises(ProgrammingError, match=refused):
            run(statement, model)
    assert run("SELECT * FROM {}", model) == before
    assert_ledger_adds_up()


@TABLES
def test_a_test_database_can_still_be_emptied(model: type[Model]) -> None:
    connection.check_constraints()
    run("TRUNCATE {} CASCADE", model)
    assert run("SELECT * FROM {}", model) == 0


def test_a_comment_can_be_erased() -> None:
    assert TransactionComment.objects.all().delete()[0] == 1
