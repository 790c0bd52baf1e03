"""What reports count: each measure declared once, with its unit, its rows, their clock and its sign.

Pages and lists that show a measure call it by the same words, and show its figure with the same sign. A figure is the
sum of the rows that a list shows for it: settled visits, by the local date of their location; or rows of the ledger, by
the chain's date of their writing and net of what was undone then (docs/rules.md, sections 1, 2 and 6). It is 0 or more,
unless more was undone than done.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any

from django.db.models import Count, F, Sum
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from chains.models import Access, Location
from chains.spaces import SpaceKind
from chains.uses import Room
from loyalty.ledger.kinds import ROWS, LedgerUnit, TransactionKind, points_given
from visits.models import PROMOTION_DISCOUNT


class Good(Enum):
    """Which way a measure goes when things go well; NEITHER where that depends on what one is after."""

    UP = 1
    DOWN = -1
    NEITHER = 0


@dataclass(frozen=True)
class OfVisits:
    """Settled visits, over which ``figure`` is aggregated."""

    figure: Any
    unit: LedgerUnit = LedgerUnit.MONEY

    clock = SpaceKind.LOCATION


@dataclass(frozen=True)
class OfLedger:
    """Rows of the ledger of some kinds, of one unit; their sum is multiplied by ``sign``."""

    kinds: tuple[str, ...]
    sign: int = 1

    clock = SpaceKind.CHAIN

    @property
    def unit(self) -> LedgerUnit:
        (unit,) = {ROWS[kind].unit for kind in self.kinds}  # of two units no sum is made
        return unit


@dataclass(frozen=True)
class Measure:
    """What is counted: ``name`` in code, ``label`` on the screen, and which way is good."""

    name: str
    label: str | Promise
    help_text: str | Promise
    rows: OfVisits | OfLedger
    good: Good
    #: Whether its rows belong to no location, so that none has this figure.
    is_of_chain: bool = False
    #: What it is about, where a chain may do without.
    room: Room | None = None

    @property
    def unit(self) -> LedgerUnit:
        return self.rows.unit

    @property
    def clock(self) -> SpaceKind:
        """Whose days its rows are counted by: those of each row's location, or the chain's."""
        return self.rows.clock


MEASURES = (
    Measure(
        "visits",
        _("Visits"),
        _("settled: arrived and paid in full"),
        OfVisits(Count("*"), LedgerUnit.VISITS),
        Good.UP,
    ),
    Measure("sold", _("Sold"), _("before discounts and points"), OfVisits(Sum("sold")), Good.UP),
    Measure("paid", _("Paid"), _("money, without points"), OfVisits(Sum("paid")), Good.UP),
    Measure(
        "promotion_discount",
        _("Discount by promotions"),
        _("the referral program's with them"),
        OfVisits(Sum(PROMOTION_DISCOUNT)),
        Good.DOWN,
    ),
    Measure(
        "manual_discount",
        _("Discount by hand"),
        _("given by staff, line by line"),
        OfVisits(Sum(F("manual_discount"))),
        Good.DOWN,
    ),
    Measure("given", _("Points given"), _("less what was undone"), OfLedger(points_given()), Good.NEITHER),
    Measure(
        "points_paid",
        _("Paid with points"),
        _("less what was undone"),
        OfLedger((TransactionKind.CARD_PAYMENT,), -1),
        Good.NEITHER,
    ),
    Measure(
        "burned",
        _("Points burned"),
        _("unused past their last day"),
        OfLedger((TransactionKind.BURNING,), -1),
        Good.DOWN,
        is_of_chain=True,
    ),
    Measure(
        "gift_cards_sold",
        _("Gift cards sold"),
        _("what was put on them, whatever they were sold for"),
        OfLedger((TransactionKind.GIFT_CARD_ISSUE,)),
        Good.UP,
        room=Room.GIFT_CARDS,
    ),
    Measure(
        "gift_cards_paid",
        _("Paid with gift cards"),
        _("less what was undone"),
        OfLedger((TransactionKind.GIFT_CARD_PAYMENT,), -1),
        Good.NEITHER,
        room=Room.GIFT_CARDS,
    ),
    Measure(
        "gift_cards_expired",
        _("Gift cards expired"),
        _("what was left on them past their last day"),
        OfLedger((TransactionKind.GIFT_CARD_EXPIRY,), -1),
        Good.DOWN,
        is_of_chain=True,
        room=Room.GIFT_CARDS,
    ),
    Measure(
        "topped_up",
        _("Accounts topped up"),
        _("less what was undone"),
        OfLedger((TransactionKind.ACCOUNT_TOP_UP,)),
        Good.NEITHER,
        room=Room.ACCOUNTS,
    ),
    Measure(
        "accounts_paid",
        _("Paid from accounts"),
        _("a part of what was paid, less what was undone"),
        OfLedger((TransactionKind.ACCOUNT_PAYMENT,), -1),
        Good.NEITHER,
        room=Room.ACCOUNTS,
    ),
    Measure(
        "memberships_sold",
        _("Visits sold with memberships"),
        _("less what was undone"),
        OfLedger((TransactionKind.MEMBERSHIP_ISSUE,)),
        Good.UP,
        room=Room.MEMBERSHIPS,
    ),
    Measure(
        "memberships_used",
        _("Used of memberships"),
        _("visits, less what was undone"),
        OfLedger((TransactionKind.MEMBERSHIP_USE,), -1),
        Good.NEITHER,
        room=Room.MEMBERSHIPS,
    ),
    Measure(
        "memberships_expired",
        _("Memberships expired"),
        _("visits that were left past their last day"),
        OfLedger((TransactionKind.MEMBERSHIP_EXPIRY,), -1),
        Good.DOWN,
        room=Room.MEMBERSHIPS,
    ),
)
BY_NAME = {measure.name: measure for measure in MEASURES}


def measures_of(location: Location | None, access: Access | None = None) -> tuple[Measure, ...]:
    """Those of a location, or (None) those of a chain: none that could only be 0 there.

    Of what a chain may do without those that the chain of the access uses; without one none of them.
    """
    return tuple(
        measure
        for measure in MEASURES
        if (location is None or not measure.is_of_chain)
        and (measure.room is None or (access is not None and access.uses(measure.room)))
    )
