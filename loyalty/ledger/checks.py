"""Proves the ledger: every cached figure is recomputed from the rows (docs/rules.md, section 6)."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django.db.models import DecimalField, F, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from chains.models import Chain
from loyalty.ledger.kinds import HOLDERS, ROWS
from loyalty.ledger.models import Holder, Lot, LotMovement, Transaction

_ZERO = Value(Decimal(0), output_field=DecimalField(max_digits=19, decimal_places=4))


def differences(chain: Chain | None = None) -> Iterator[str]:
    """A line for each holder, lot or transaction whose figures do not add up; none when all is well."""
    scope = Q() if chain is None else Q(chain=chain)
    yield from _holder_differences(Holder.objects.filter(scope))
    in_chain = Q() if chain is None else Q(holder__chain=chain)
    yield from _lot_differences(Lot.objects.filter(in_chain))
    yield from _transaction_differences(Transaction.objects.filter(scope))


def _sum_of(rows: QuerySet[Any], outer: str, column: str) -> Coalesce:
    total = rows.filter(**{outer: OuterRef("pk")}).order_by().values(outer).annotate(total=Sum(column)).values("total")
    return Coalesce(Subquery(total), _ZERO)


def _holder_differences(holders: QuerySet[Holder]) -> Iterator[str]:
    newest = Transaction.objects.filter(holder=OuterRef("pk")).order_by("-pk").values("balance_after")[:1]
    debts = LotMovement.objects.filter(lot=None)
    checked = holders.annotate(
        rows=_sum_of(Transaction.objects.all(), "holder", "amount"),
        lots_left=_sum_of(Lot.objects.all(), "holder", "remaining"),
        owed=_sum_of(debts, "transaction__holder", "amount"),
        newest=Coalesce(Subquery(newest), _ZERO),
    )
    of_lots = Q(kind__in=[kind for kind, holder in HOLDERS.items() if holder.has_lots])
    adds_up = Q(balance=F("rows"), newest=F("rows"))
    by_lots = Q(lots_left=F("rows") + F("debt"), debt=_ZERO - F("owed"))
    without = Q(lots_left=_ZERO, debt=_ZERO, owed=_ZERO)
    fine = adds_up & ((of_lots & by_lots) | (~of_lots & without))
    wrong = checked.exclude(fine) | checked.filter(debt__gt=0, lots_left__gt=0)
    for holder in wrong.order_by("pk"):
        yield (
            f"holder {holder.pk}: balance {holder.balance}, rows {holder.rows}, newest row {holder.newest}, "
            f"lots {holder.lots_left}, debt {holder.debt}, debt by movements {-holder.owed}"
        )


def _lot_differences(lots: QuerySet[Lot]) -> Iterator[str]:
    moved = lots.annotate(moved=_sum_of(LotMovement.objects.all(), "lot", "amount")).exclude(remaining=F("moved"))
    for lot in moved.order_by("pk"):
        yield f"lot {lot.pk}: remaining {lot.remaining}, movements {lot.moved}"


def _transaction_differences(transactions: QuerySet[Transaction]) -> Iterator[str]:
    with_lots = [kind for kind, holder in HOLDERS.items() if holder.has_lots]
    held = transactions.filter(holder__kind__in=with_lots).annotate(
        moved=_sum_of(LotMovement.objects.all(), "transaction", "amount")
    )
    for row in held.exclude(amount=F("moved")).order_by("pk"):
        yield f"transaction {row.pk}: amount {row.amount}, movements {row.moved}"
    yield from _kind_differences(transactions)
    counters = transactions.filter(undoes__isnull=False)
    wrong = counters.exclude(undoes__amount=_ZERO - F("amount"), undoes__undoes=None, undoes__kind=F("kind"))
    for counter in wrong.order_by("pk"):
        yield f"transaction {counter.pk}: not the opposite of transaction {counter.undoes_id}"


def _kind_differences(transactions: QuerySet[Transaction]) -> Iterator[str]:
    """Rows whose sign or holder is not that of their kind; a counter-row has the sign of what it undoes, turned."""
    wrong = ~Q(kind__in=list(ROWS))
    for kind, row in ROWS.items():
        against = {+1: Q(amount__lte=0), -1: Q(amount__gte=0)}[row.sign]
        turned = {+1: Q(amount__gte=0), -1: Q(amount__lte=0)}[row.sign]
        other = Q(holder__isnull=False) if row.holder is None else ~Q(holder__kind=row.holder) | Q(holder=None)
        wrong |= Q(kind=kind) & (Q(against, undoes=None) | Q(turned, undoes__isnull=False) | other)
    for found in transactions.filter(wrong).order_by("pk"):
        yield f"transaction {found.pk}: {found.kind} of {found.amount} on holder {found.holder_id} is no such row"


def counted(chain: Chain | None = None) -> dict[str, int]:
    """How many rows ``differences`` looks at."""
    scope = Q() if chain is None else Q(chain=chain)
    return {
        "holders": Holder.objects.filter(scope).count(),
        "transactions": Transaction.objects.filter(scope).count(),
    }
