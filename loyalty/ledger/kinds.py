"""What holders are and what rows of the ledger do: two tables, which everything else is made from (section 6).

A kind that is not in them does not exist: each look-up raises ``KeyError``. Filters, totals, workbooks, reports and
checks read them, so that a new kind is a row here and no branch anywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

from django.db import models
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise


class LedgerUnit(models.TextChoices):
    """What the figures of a holder or a row count; figures of different units are never added up."""

    POINTS = "points", _("points")
    MONEY = "money", _("money")
    VISITS = "visits", _("visits")


class HolderKind(models.TextChoices):
    CARD = "card", _("Loyalty card")


@dataclass(frozen=True)
class KindOfHolder:
    """What holders of a kind count, and whether what they hold comes in lots with a last day and debt.

    ``label`` is what they are called, in the singular. One without lots holds what its rows add up to.
    """

    unit: LedgerUnit
    label: StrOrPromise
    has_lots: bool = False


HOLDERS: dict[str, KindOfHolder] = {
    HolderKind.CARD: KindOfHolder(LedgerUnit.POINTS, HolderKind.CARD.label, has_lots=True),
}


class TransactionKind(models.TextChoices):
    """What a row of the ledger does; the words are those of the Transactions page."""

    PROMOTION_DISCOUNT = "promotion_discount", _("Promotion discount")
    PROMOTION_ACCRUAL = "promotion_accrual", _("Accrual by promotion")
    REFERRAL_ACCRUAL = "referral_accrual", _("Referral program accrual")
    CARD_PAYMENT = "card_payment", _("Paid with card")
    MANUAL_ACCRUAL = "manual_accrual", _("Manual accrual")
    MANUAL_DEBIT = "manual_debit", _("Manual write-off")
    OPENING_BALANCE = "opening_balance", _("Opening balance")
    BURNING = "burning", _("Burning of points")


class Group(models.TextChoices):
    """Under what rows stand together on screen."""

    PROMOTIONS = "promotions", _("Promotions")
    CARDS = "cards", _("Loyalty cards")


@dataclass(frozen=True)
class KindOfRow:
    """What a row does: its sign (+1, −1), what its amount counts, where it stands on screen.

    ``holder`` is the kind of its holder, None where it has none. ``gives``: it counts as given by the program.
    ``by_hand``: staff typed it, and undo it by hand.
    """

    sign: int
    unit: LedgerUnit
    group: StrOrPromise
    label: StrOrPromise
    holder: str | None = None
    gives: bool = False
    by_hand: bool = False

    @property
    def has_lots(self) -> bool:
        """Whether its holder holds lots."""
        return self.holder is not None and HOLDERS[self.holder].has_lots


def _row(
    kind: TransactionKind, sign: int, group: Group, *, gives: bool = False, by_hand: bool = False
) -> dict[str, KindOfRow]:
    """A row of a card's points."""
    return {
        kind: KindOfRow(sign, LedgerUnit.POINTS, group.label, kind.label, HolderKind.CARD, gives=gives, by_hand=by_hand)
    }


#: In the order of the lists.
ROWS: dict[str, KindOfRow] = {
    TransactionKind.PROMOTION_DISCOUNT: KindOfRow(
        -1, LedgerUnit.MONEY, Group.PROMOTIONS.label, TransactionKind.PROMOTION_DISCOUNT.label
    ),
    **_row(TransactionKind.PROMOTION_ACCRUAL, +1, Group.PROMOTIONS, gives=True),
    **_row(TransactionKind.REFERRAL_ACCRUAL, +1, Group.PROMOTIONS, gives=True),
    **_row(TransactionKind.CARD_PAYMENT, -1, Group.CARDS),
    **_row(TransactionKind.MANUAL_ACCRUAL, +1, Group.CARDS, gives=True, by_hand=True),
    **_row(TransactionKind.MANUAL_DEBIT, -1, Group.CARDS, by_hand=True),
    # Given before there was a ledger, and so not counted as given.
    **_row(TransactionKind.OPENING_BALANCE, +1, Group.CARDS),
    **_row(TransactionKind.BURNING, -1, Group.CARDS),
}


def kinds_where(holds: Callable[[KindOfRow], bool]) -> Collection[str]:
    """The kinds of rows of which something holds, in the order of the table."""
    return [kind for kind, row in ROWS.items() if holds(row)]


def rows_in(unit: LedgerUnit) -> Collection[str]:
    """The kinds of rows that move ``unit``."""
    return kinds_where(lambda row: row.unit is unit)


def points_given() -> tuple[str, ...]:
    """The kinds of rows that count as points given by the program."""
    return tuple(kinds_where(lambda row: row.gives and row.unit is LedgerUnit.POINTS))


def points_given_by_visits() -> tuple[str, ...]:
    """The kinds of rows by which a visit gives points, of its guest's cards and of inviters'."""
    return tuple(kind for kind in points_given() if not ROWS[kind].by_hand)


def row_choices() -> list[tuple[str, StrOrPromise]]:
    """All kinds of rows with their words, as forms choose among them."""
    return [(kind, row.label) for kind, row in ROWS.items()]


def holders_of(unit: LedgerUnit) -> Collection[str]:
    """The kinds of holders that hold ``unit``."""
    return [kind for kind, holder in HOLDERS.items() if holder.unit is unit]
