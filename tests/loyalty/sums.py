"""What the ledger adds up to, by its rows and by its sums: the same, asked in every way."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Any

from chains.models import Chain
from loyalty.ledger.models import Transaction
from loyalty.ledger.sums import Chosen, Sums, read_sums

#: What rows are told apart by.
COLUMNS = ("on", "location", "kind", "promotion", "card_type")
BY = tuple((column,) for column in COLUMNS)


def assert_sums_are_of_rows(chain: Chain) -> None:
    """Told apart in every way; of periods that begin and end on any day that has rows."""
    assert_all_sums_are_of_rows(chain)
    rows = _rows(chain)
    days = sorted({row["on"] for row in rows})
    periods: list[tuple[date | None, date | None]] = [(day, None) for day in days]
    periods += [*((None, day) for day in days), *pairwise(days)]
    for by in BY:
        assert read(chain, by) == _added_up(rows, by)
    for since, until in periods:
        chosen = [row for row in rows if (not since or since <= row["on"]) and (not until or row["on"] <= until)]
        assert read(chain, ("kind",), since=since, until=until) == _added_up(chosen, ("kind",))
    for column, named in (("kind", "kinds"), ("promotion", "promotions"), ("location", "locations")):
        for value in {row[column] for row in rows} - ({None} if column == "promotion" else set()):
            chosen = [row for row in rows if row[column] == value]
            assert read(chain, ("kind",), **{named: [value]}) == _added_up(chosen, ("kind",))


def assert_all_sums_are_of_rows(chain: Chain) -> None:
    """Told apart as far as can be, over all days; and the visits of each promotion."""
    rows = _rows(chain)
    assert read(chain, COLUMNS) == _added_up(rows, COLUMNS)
    acted = defaultdict(set)
    for row in rows:
        if row["stands"] and row["promotion"] and row["visit"]:
            acted[row["promotion"]].add(row["visit"])
    found = {key: sums.visits for (key,), sums in read_sums(chain, ("promotion",)).items() if sums.visits}
    assert found == {promotion: len(visits) for promotion, visits in acted.items()}


def read(chain: Chain, by: tuple[str, ...], **chosen: Any) -> dict[tuple[Any, ...], tuple[Any, ...]]:
    """All but the visits, which are no sum of a day."""
    found = read_sums(chain, by, Chosen(**chosen))
    return {key: _figures(sums) for key, sums in found.items() if sums.rows}


def _figures(sums: Sums) -> tuple[Any, ...]:
    return sums.rows, sums.plus, sums.minus, sums.debt


def _rows(chain: Chain) -> list[dict[str, Any]]:
    found = Transaction.objects.filter(chain=chain).select_related("card", "undone_by").prefetch_related("movements")
    return [
        {
            "on": chain.local_date(row.at),
            "location": row.location_id,
            "kind": row.kind,
            "promotion": row.promotion_id,
            "card_type": row.card.card_type_id if row.card else None,
            "visit": row.visit_id,
            "stands": row.undoes_id is None and not hasattr(row, "undone_by"),
            "amount": row.amount,
            "debt": -sum((each.amount for each in row.movements.all() if each.lot_id is None), Decimal(0)),
        }
        for row in found
    ]


def _added_up(rows: Iterable[dict[str, Any]], by: tuple[str, ...]) -> dict[tuple[Any, ...], tuple[Any, ...]]:
    found: dict[tuple[Any, ...], list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        found[tuple(row[column] for column in by)].append(row)
    return {
        key: (
            len(each),
            sum((row["amount"] for row in each if row["amount"] > 0), Decimal(0)),
            sum((row["amount"] for row in each if row["amount"] <= 0), Decimal(0)),
            sum((row["debt"] for row in each), Decimal(0)),
        )
        for key, each in found.items()
    }
