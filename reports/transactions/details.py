"""What a row of the ledger tells beside its amount: read by the page and by its workbook."""

from __future__ import annotations

from datetime import date

from clients.models import Client
from loyalty.ledger.kinds import TransactionKind
from loyalty.ledger.models import Lot, Transaction


def invited_guest(row: Transaction) -> Client | None:
    """Whose visit gave the inviter points; None for every row that is not of the referral program."""
    if row.kind != TransactionKind.REFERRAL_ACCRUAL or row.visit is None:
        return None
    return row.visit.client


def last_day_of_points(row: Transaction) -> date | None:
    """The last day of the points that the row gave; None where it gave none, or they have no last day of their own.

    An earlier end, some time after the last visit, takes its place once it has passed: until then every visit moves it.
    """
    lot: Lot | None = getattr(row, "granted_lot", None)
    return (lot.ended_on or lot.last_on) if lot else None
