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
class Recipient:
    """For whom something is bought: name, e-mail address, a few words, and the day that they are told on."""

    name: str = ""
    email: str = ""
    message: str = ""
    send_on: date | None = None


@dataclass(frozen=True)
class PlanValue:
    """A value line: one piece that is sold beside the lines, such as a gift card (docs/rules.md, section 11).

    ``kind`` is one of the table of value kinds, ``subject_id`` says of what: a type, an account. ``price`` is what is
    paid for it, ``amount`` what it grants; the one does not follow the other. ``number`` is one that was typed for it,
    empty where it is generated; ``begins_on`` the day it begins, where its type asks for one. ``value_line_id`` is the
    visit's value line where it is already saved.
    """

    kind: str
    price: Decimal
    amount: Decimal
    subject_id: int | None = None
    value_line_id: int | None = None
    number: str = ""
    recipient: Recipient = Recipient()
    begins_on: date | None = None


@dataclass(frozen=True)
class CoverChoice:
    """Units of a line, by its place on the bill, that a membership covers.

    ``with_code``: its code was given, or whoever acts may do without. ``is_debited``: it was taken at the start of the
    appointment, and stays until it is taken off, whether or not the guest comes.
    """

    membership_id: int
    line: int
    units: int
    with_code: bool = True
    is_debited: bool = False


@dataclass(frozen=True)
class DiscountChoice:
    card_id: int
    promotion_id: int


@dataclass(frozen=True)
class MeansChoice:
    """What a holder is to pay, such as points of a card; ``amount`` None takes the most.

    ``with_code``: its code was given, or whoever acts may do without. ``agreed_forfeit`` is what staff were told is
    forfeited, and said yes to; None where nobody is asked.
    """

    holder_id: int
    amount: Decimal | None
    with_code: bool = True
    agreed_forfeit: Decimal | None = None


@dataclass(frozen=True)
class PaymentChoice:
    """Money handed over; ``amount`` None is all that is left."""

    method: PaymentMethod
    amount: Decimal | None


@dataclass(frozen=True)
class Plan:
    """A visit as staff want it. ``referral`` is the inviter's phone as typed, empty for none.

    ``client_id`` None is a bill without a guest. Means and payments of zero are the same as none; means of one kind
    pay in the order given. ``value`` are the value lines. ``covers`` are what memberships cover, in the order given; of
    one line and one membership there is one. ``brought`` are memberships of which the code was given, whether or not
    they cover something yet.
    """

    client_id: int | None
    location_id: int
    starts_at: datetime
    starts_on: date
    status: Status
    lines: tuple[PlanLine, ...] = ()
    discounts: tuple[DiscountChoice, ...] = ()
    referral: str = ""
    means: tuple[MeansChoice, ...] = ()
    payments: tuple[PaymentChoice, ...] = ()
    value: tuple[PlanValue, ...] = ()
    covers: tuple[CoverChoice, ...] = ()
    brought: frozenset[int] = frozenset()

    @property
    def membership_ids(self) -> frozenset[int]:
        """The memberships that the plan covers lines with, or could."""
        return self.brought.union(choice.membership_id for choice in self.covers)

    @property
    def is_sale(self) -> bool:
        """Whether there is nothing but value lines, which counts as no visit anywhere (docs/rules.md, section 11)."""
        return bool(self.value) and not self.lines

    @property
    def card_ids(self) -> frozenset[int]:
        """The cards that the plan names."""
        return frozenset(choice.card_id for choice in self.discounts)

    @property
    def holder_ids(self) -> frozenset[int]:
        """The holders that the plan pays with."""
        return frozenset(choice.holder_id for choice in self.means)
