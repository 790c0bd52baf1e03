"""What becomes of a holder where rows of a visit are undone and others written; nothing is written here."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from django.db.models import Max

from loyalty.client_pages.holders import name_of
from loyalty.ledger.books import Books
from loyalty.ledger.kinds import LedgerUnit
from loyalty.ledger.models import Holder, Transaction
from loyalty.rules.money import ZERO
from loyalty.rules.points import Pot
from visits.models import Visit


@dataclass(frozen=True)
class HolderChange:
    """What a holder holds before and after, in what its kind counts; a balance may be below 0.

    Of the balance after, ``lost`` points are past their last day, ``lost_on``: they burn.
    """

    holder: Holder
    before: Decimal
    after: Decimal
    lost: Decimal = ZERO
    lost_on: date | None = None

    @property
    def unit(self) -> LedgerUnit:
        return self.holder.what.unit

    @property
    def name(self) -> str:
        """Whose it is and what: a card by its type and number."""
        named = name_of(self.holder).in_words
        return f"{self.holder.client.name}, {named}" if self.holder.client else named


def holder_change(
    holder: Holder,
    undone: Iterable[Transaction],
    books: Books,
    *,
    last_visit_on: date | None,
    new: Decimal = ZERO,
) -> HolderChange:
    """What becomes of a holder where these of its rows are undone and ``new`` is written, signed.

    ``last_visit_on`` is when its client came last then, by which the card types' own clocks run.
    """
    undone = list(undone)
    pot = replace(books.pot_as_if_undone(holder.pk, undone), last_visit_on=last_visit_on)
    lost, lost_on = _past(pot, books.today)
    has_lots = holder.what.has_lots
    return HolderChange(
        holder=holder,
        before=books.pot_without_past(holder.pk).balance if has_lots else holder.balance,
        after=new + (pot.balance if has_lots else books.balance_as_if_undone(holder.pk, undone)),
        lost=lost,
        lost_on=lost_on,
    )


def last_visit_without(visit: Visit) -> date | None:
    """When the guest came last, but for this visit: the card types' own clocks run from there once it is undone."""
    others = Visit.objects.settled().of_client(visit.client_id).exclude(pk=visit.pk)
    last: date | None = others.aggregate(last=Max("starts_on"))["last"]
    return last


def _past(pot: Pot, today: date) -> tuple[Decimal, date | None]:
    """Points that are past their last day, and the latest of these days."""
    lots = pot.past(today)
    ends = [end for lot in lots if (end := lot.ends_on(pot.last_visit_on))]
    return sum((lot.remaining for lot in lots), ZERO), max(ends, default=None)
