"""Burning both ways: as the job does it, many lots at a time, and as the journal does it when it writes to a card."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from typing import Any

from chains.models import Chain
from clients.models import Client
from loyalty.ledger.burning import burn_points
from loyalty.ledger.journal import open_journal
from loyalty.ledger.models import Holder, Lot, LotMovement, Transaction
from loyalty.ledger.questions import last_visit
from tests.cast import PROGRAM
from visits.scenario.play import rolled_back


def burn_both_ways(chain: Chain, at: datetime) -> int:
    """Burn what is past by the job, after seeing that the journal would write the very same; returns how many rows."""
    by_journal = _written(chain, lambda: _burn_by_journal(chain, at))
    by_job = _written(chain, lambda: burn_points(chain=chain, at=at))
    assert by_job == by_journal
    return burn_points(chain=chain, at=at)


def last_visits(client_ids: Iterable[int]) -> Mapping[int, date]:
    """The local date of each client's last settled visit anywhere in the chain; those without one are left out."""
    found = Client.objects.filter(pk__in=set(client_ids)).values_list("pk", last_visit("pk"))
    return {client_id: visited_on for client_id, visited_on in found if visited_on}


def _burn_by_journal(chain: Chain, at: datetime) -> None:
    holders = Holder.objects.filter(chain=chain).values_list("pk", flat=True)
    journal = open_journal(chain=chain, holder_ids=list(holders), at=at, acting_user=PROGRAM)
    journal.burn_past(journal.books.holders)


def _written(chain: Chain, burn: Callable[[], object]) -> dict[str, Any]:
    """All that there is of the chain's ledger after it, rows in order; and nothing happened."""
    with rolled_back():
        burn()
        rows: list[Any] = list(Transaction.objects.filter(chain=chain).order_by("pk").values())
        place = {row.pop("id"): number for number, row in enumerate(rows)}
        movements = LotMovement.objects.filter(transaction__chain=chain).order_by("transaction", "pk")
        return {
            "rows": rows,
            "movements": [(place[row], lot, amount) for row, lot, amount in movements.values_list(*MOVEMENT)],
            "lots": list(Lot.objects.filter(holder__chain=chain).order_by("pk").values()),
            "holders": list(Holder.objects.filter(chain=chain).order_by("pk").values()),
        }


MOVEMENT = ("transaction", "lot", "amount")
