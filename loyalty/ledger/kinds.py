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

from chains.access import Right
from chains.uses import Room


class LedgerUnit(models.TextChoices):
    """What the figures of a holder or a row count; figures of different units are never added up."""

    POINTS = "points", _("points")
    MONEY = "money", _("money")
    VISITS = "visits", _("visits")


class HolderKind(models.TextChoices):
    CARD = "card", _("Loyalty card")
    GIFT_CARD = "gift_card", _("Gift card")
    ACCOUNT = "account", _("Client account")
    MEMBERSHIP = "membership", _("Membership")


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
    HolderKind.GIFT_CARD: KindOfHolder(LedgerUnit.MONEY, HolderKind.GIFT_CARD.label),
    HolderKind.ACCOUNT: KindOfHolder(LedgerUnit.MONEY, HolderKind.ACCOUNT.label),
    # One for each counter of a membership; those without a count keep no balance.
    HolderKind.MEMBERSHIP: KindOfHolder(LedgerUnit.VISITS, HolderKind.MEMBERSHIP.label),
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
    GIFT_CARD_ISSUE = "gift_card_issue", _("Gift card sold")
    GIFT_CARD_PAYMENT = "gift_card_payment", _("Paid with gift card")
    GIFT_CARD_FORFEIT = "gift_card_forfeit", _("Rest of a gift card forfeited")
    GIFT_CARD_EXPIRY = "gift_card_expiry", _("Gift card expired")
    GIFT_CARD_ADJUSTMENT = "gift_card_adjustment", _("Gift card adjusted by hand")
    GIFT_CARD_OPENING_BALANCE = "gift_card_opening_balance", _("Opening balance of a gift card")
    ACCOUNT_TOP_UP = "account_top_up", _("Account topped up")
    ACCOUNT_PAYMENT = "account_payment", _("Paid from account")
    ACCOUNT_PAYOUT = "account_payout", _("Paid out of account")
    ACCOUNT_ADJUSTMENT = "account_adjustment", _("Account adjusted by hand")
    ACCOUNT_OPENING_BALANCE = "account_opening_balance", _("Opening balance of an account")
    MEMBERSHIP_ISSUE = "membership_issue", _("Membership sold")
    MEMBERSHIP_USE = "membership_use", _("Used of a membership")
    MEMBERSHIP_EXPIRY = "membership_expiry", _("Membership expired")
    MEMBERSHIP_ADJUSTMENT = "membership_adjustment", _("Membership adjusted by hand")
    MEMBERSHIP_OPENING_BALANCE = "membership_opening_balance", _("Opening balance of a membership")


class Group(models.TextChoices):
    """Under what rows stand together on screen, and what they are added up by."""

    POINTS = "points", _("Promotions and points")
    GIFT_CARDS = "gift_cards", _("Gift cards")
    ACCOUNTS = "accounts", _("Client accounts")
    MEMBERSHIPS = "memberships", _("Memberships")

    @property
    def room(self) -> Room | None:
        """What a chain may do without, so that it has no such rows; None where every chain has them."""
        rooms = {
            Group.GIFT_CARDS: Room.GIFT_CARDS,
            Group.ACCOUNTS: Room.ACCOUNTS,
            Group.MEMBERSHIPS: Room.MEMBERSHIPS,
        }
        return rooms.get(self)

    @property
    def kinds(self) -> list[str]:
        return [kind for kind, row in ROWS.items() if row.group is self]


@dataclass(frozen=True)
class KindOfRow:
    """What a row does: its sign (+1, −1, 0 for either), what its amount counts, where it stands on screen.

    ``holder`` is the kind of its holder, None where it has none. ``gives``: it counts as given by the program.
    ``by_hand`` is the right with which staff undo it by hand, where it is typed by hand. ``overdraws``: it may take a
    balance below zero, as far as the terms of its holder allow. ``falls_with`` is the kind of row that gave what this
    one changed: where that is undone, this is undone before it. ``undone_unused``: by hand it is undone only where
    nothing of it was used.
    """

    sign: int
    unit: LedgerUnit
    group: Group
    label: StrOrPromise
    holder: str | None = None
    gives: bool = False
    by_hand: Right | None = None
    overdraws: bool = False
    falls_with: str = ""
    undone_unused: bool = False

    @property
    def has_lots(self) -> bool:
        """Whether its holder holds lots."""
        return self.holder is not None and HOLDERS[self.holder].has_lots


def _row(
    kind: TransactionKind, sign: int, group: Group, *, gives: bool = False, by_hand: Right | None = None
) -> dict[str, KindOfRow]:
    """A row of a card's points."""
    return {kind: KindOfRow(sign, LedgerUnit.POINTS, group, kind.label, HolderKind.CARD, gives=gives, by_hand=by_hand)}


def _gift_card(
    kind: TransactionKind, sign: int, *, by_hand: Right | None = None, falls_with: str = ""
) -> dict[str, KindOfRow]:
    """A row of what a gift card holds; what staff adjusted of it is undone unused."""
    return {
        kind: KindOfRow(
            sign,
            LedgerUnit.MONEY,
            Group.GIFT_CARDS,
            kind.label,
            HolderKind.GIFT_CARD,
            by_hand=by_hand,
            falls_with=falls_with,
            undone_unused=by_hand is not None,
        )
    }


def _account(
    kind: TransactionKind,
    sign: int,
    *,
    by_hand: Right | None = None,
    overdraws: bool = False,
    undone_unused: bool = False,
) -> dict[str, KindOfRow]:
    """A row of what a client account holds."""
    return {
        kind: KindOfRow(
            sign,
            LedgerUnit.MONEY,
            Group.ACCOUNTS,
            kind.label,
            HolderKind.ACCOUNT,
            by_hand=by_hand,
            overdraws=overdraws,
            undone_unused=undone_unused,
        )
    }


def _membership(
    kind: TransactionKind, sign: int, *, by_hand: Right | None = None, falls_with: str = ""
) -> dict[str, KindOfRow]:
    """A row of the visits that a membership has; what staff adjusted of it is undone unused."""
    return {
        kind: KindOfRow(
            sign,
            LedgerUnit.VISITS,
            Group.MEMBERSHIPS,
            kind.label,
            HolderKind.MEMBERSHIP,
            by_hand=by_hand,
            falls_with=falls_with,
            undone_unused=by_hand is not None,
        )
    }


#: In the order of the lists.
ROWS: dict[str, KindOfRow] = {
    TransactionKind.PROMOTION_DISCOUNT: KindOfRow(
        -1, LedgerUnit.MONEY, Group.POINTS, TransactionKind.PROMOTION_DISCOUNT.label
    ),
    **_row(TransactionKind.PROMOTION_ACCRUAL, +1, Group.POINTS, gives=True),
    **_row(TransactionKind.REFERRAL_ACCRUAL, +1, Group.POINTS, gives=True),
    **_row(TransactionKind.CARD_PAYMENT, -1, Group.POINTS),
    **_row(TransactionKind.MANUAL_ACCRUAL, +1, Group.POINTS, gives=True, by_hand=Right.MANUAL_POINTS),
    **_row(TransactionKind.MANUAL_DEBIT, -1, Group.POINTS, by_hand=Right.MANUAL_POINTS),
    # Given before there was a ledger, and so not counted as given.
    **_row(TransactionKind.OPENING_BALANCE, +1, Group.POINTS),
    **_row(TransactionKind.BURNING, -1, Group.POINTS),
    **_gift_card(TransactionKind.GIFT_CARD_ISSUE, +1),
    **_gift_card(TransactionKind.GIFT_CARD_PAYMENT, -1),
    **_gift_card(TransactionKind.GIFT_CARD_FORFEIT, -1),
    **_gift_card(TransactionKind.GIFT_CARD_EXPIRY, -1, falls_with=TransactionKind.GIFT_CARD_ISSUE),
    **_gift_card(
        TransactionKind.GIFT_CARD_ADJUSTMENT,
        0,
        by_hand=Right.ADJUST_VALUE,
        falls_with=TransactionKind.GIFT_CARD_ISSUE,
    ),
    **_gift_card(TransactionKind.GIFT_CARD_OPENING_BALANCE, +1),
    # By itself it is undone by hand, one that a bill sold with the bill.
    # Undone by itself, it hands money out of the till: who may pay out does that.
    **_account(TransactionKind.ACCOUNT_TOP_UP, +1, by_hand=Right.PAY_OUT_ACCOUNTS),
    **_account(TransactionKind.ACCOUNT_PAYMENT, -1, overdraws=True),
    **_account(TransactionKind.ACCOUNT_PAYOUT, -1, by_hand=Right.PAY_OUT_ACCOUNTS),
    **_account(TransactionKind.ACCOUNT_ADJUSTMENT, 0, by_hand=Right.ADJUST_VALUE, undone_unused=True),
    **_account(TransactionKind.ACCOUNT_OPENING_BALANCE, +1),
    **_membership(TransactionKind.MEMBERSHIP_ISSUE, +1),
    # One for each unit, so that each keeps what it is worth.
    **_membership(TransactionKind.MEMBERSHIP_USE, -1),
    **_membership(TransactionKind.MEMBERSHIP_EXPIRY, -1, falls_with=TransactionKind.MEMBERSHIP_ISSUE),
    **_membership(
        TransactionKind.MEMBERSHIP_ADJUSTMENT,
        0,
        by_hand=Right.ADJUST_VALUE,
        falls_with=TransactionKind.MEMBERSHIP_ISSUE,
    ),
    **_membership(TransactionKind.MEMBERSHIP_OPENING_BALANCE, +1),
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


def row_choices(uses: Callable[[Room], bool]) -> list[tuple[StrOrPromise, list[tuple[str, StrOrPromise]]]]:
    """The kinds of rows with their words, group by group, as forms choose among them: those that the chain may have."""
    return [
        (group.label, [(kind, ROWS[kind].label) for kind in group.kinds])
        for group in Group
        if group.room is None or uses(group.room)
    ]


def rows_of(holder: HolderKind) -> list[tuple[str, StrOrPromise]]:
    """The kinds of rows of one kind of holder with their words, as forms choose among them."""
    return [(kind, row.label) for kind, row in ROWS.items() if row.holder == holder]


def holders_of(unit: LedgerUnit) -> Collection[str]:
    """The kinds of holders that hold ``unit``."""
    return [kind for kind, holder in HOLDERS.items() if holder.unit is unit]
