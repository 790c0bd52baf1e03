"""Each index of the ledger, and what asks for it: one that nothing asks for costs every save, and is not there."""

import pytest
from django.db import connection

#: The constraint or the queries that need it.
NEEDED = {
    "loyalty_transaction": {
        "loyalty_transaction_pkey": "the row itself: a page's rows, what a row undoes, the row of a lot",
        "loyalty_transaction_undoes_id_key": "a row is undone at most once; by what, of every row shown",
        "transaction_once_per_visit_and_turn": "a visit writes nothing twice",
        "burning_once_per_lot_and_turn": "a lot burns once a turn",
        "expiry_once_per_holder_and_turn": "a gift card expires once a turn",
        "transaction_by_time": "Transactions, newest first; figures of a period",
        "transaction_by_kind": "Transactions of a type; points given, paid and burned in a period",
        "transaction_by_location": "Transactions of a location, or of the chain itself",
        "transaction_by_promotion": "Transactions of a promotion; whether it was ever used",
        "transaction_by_client": "Transactions of a client; the page of a client's rows",
        "transaction_by_card": "Transactions of a card; what a guest's cards did, in the visit window",
        "transaction_by_holder": "the page of a card; the newest row of a holder",
        "transaction_by_visit": "what a visit has written: its save, its window, its receipt, the day",
        "transaction_by_lot": "the burnings of a lot, with their counter-rows",
        "transaction_by_amount": "Transactions by amount",
        "transaction_in_order": "rows since one: what is not in the sums yet",
    },
    "loyalty_lot": {
        "loyalty_lot_pkey": "the lot itself",
        "loyalty_lot_transaction_id_key": "a row grants one lot; the lot of every row shown",
        "loyalty_lot_holder_id_bc6b0d49": "lots of a holder, those that are empty too: what comes back to them is past",
        "lot_with_points": "what a holder holds",
        "lot_by_last_day": "what burns, what ends soon, what is owed",
        "lot_with_clock": "what may end by another clock than its stamped day: burns, ends soon, is owed",
    },
    "loyalty_lotmovement": {
        "loyalty_lotmovement_pkey": "the movement itself",
        "movement_once_per_transaction_and_lot": "one movement a row and lot; the movements of rows that are undone",
        "loyalty_lotmovement_lot_id_2c969c07": "the movements of a lot, which prove what remains of it",
    },
    "loyalty_rowsum": {
        "loyalty_rowsum_pkey": "the row itself",
        "row_sum_once": "one sum of each sort of rows; the sums of a period",
    },
}


@pytest.mark.django_db
@pytest.mark.parametrize("table", NEEDED)
def test_every_index_is_needed(table: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexname FROM pg_indexes WHERE tablename = %s", [table])
        assert {name for (name,) in cursor.fetchall()} == set(NEEDED[table])
