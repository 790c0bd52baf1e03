"""What staff want of a visit: lines, loyalty choices and payments, the same that the visit keeps."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from loyalty.rules.money import HUNDRED, ZERO
from loyalty.rules.terms import ItemKind


class Status(StrEnum):
    WAITING = "waiting"
    CONFIRMED = "confirmed"
    ARRIVED = "arrived"
    NO_SHOW = "no_show"
    CANCELLED = "cancelled"


class PaymentMethod(StrEnum):
    CASH = "cash"
    CARD = "card"
    TRANSFER = "transfer"
    ONLINE = "online"


@dataclass(frozen=True)
class PlanLine:
    """A service or product on the bill.

    ``line_id`` is the visit's line where it is already saved; kind and category are those the item
    had when it was put on the bill. ``manual_discount`` is in percent. ``quantity_confirmed``: staff were asked
    whether so many are meant, and said yes.
    """

    item_id: int
    kind: ItemKind
    category_id: int | None
    quantity: int
    unit_price: Decimal
    manual_discount: Decimal = ZERO
    line_id: int | None = None
    quantity_confirmed: bool = False

    @property
    def is_given_away(self) -> bool:
        """Whether all of it is taken off by hand: then it is not sold (docs/rules.md, section 2)."""
        return self.manual_discount == HUNDRED


@dataclass(frozen=True)
class DiscountChoice:
    card_id: int
    promotion_id: int


@dataclass(frozen=True)
class PointsChoice:
    """Points of a card to pay with; ``amount`` None takes the most."""

    card_id: int
    amount: Decimal | None


@dataclass(frozen=True)
class PaymentChoice:
    """Money handed over; ``amount`` None is all that is left."""

    method: PaymentMethod
    amount: Decimal | None


@dataclass(frozen=True)
class Plan:
    """A visit as staff want it. ``referral`` is the inviter's phone as typed, empty for none.

    Points and payments of zero are the same as none.
    """

    client_id: int
    location_id: int
    starts_at: datetime
    starts_on: date
    status: Status
    lines: tuple[PlanLine, ...] = ()
    discounts: tuple[DiscountChoice, ...] = ()
    referral: str = ""
    points: tuple[PointsChoice, ...] = ()
    payments: tuple[PaymentChoice, ...] = ()

    @property
    def card_ids(self) -> frozenset[int]:
        """The cards that the plan names."""
        discounts = {choice.card_id for choice in self.discounts}
        return frozenset(discounts | {choice.card_id for choice in self.points})
