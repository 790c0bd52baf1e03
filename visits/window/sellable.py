"""What may be sold on the page, and what of that stands on the saved bill."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cached_property

from django.db.models import Q
from django.utils.translation import gettext as _

from chains.access import Right
from chains.uses import Room
from loyalty.accounts.models import Account
from loyalty.gift_cards.models import GiftCard, GiftCardType
from loyalty.memberships.models import Membership, MembershipType
from loyalty.rules.money import ZERO
from loyalty.rules.terms import Begins
from visits.forms.amounts import read_id
from visits.models import ValueLine
from visits.plans import kept_value_lines
from visits.value import GIFT_CARD, MEMBERSHIP, TOP_UP
from visits.window.page import Entry, Subject
from visits.window.typed import Typed


@dataclass(frozen=True)
class Sellable:
    """What the ids in the rows mean, within the chain, and what else may be sold; each is asked for once it is needed.

    ``wanted`` are the types that the rows name, by kind, ``holders`` what the value lines of the bill were granted to.
    """

    subject: Subject
    wanted: Mapping[str, frozenset[int]]
    holders: frozenset[int]

    @cached_property
    def types(self) -> Mapping[int, GiftCardType]:
        """Those that the rows name, and those that are sold."""
        if not self.subject.access.uses(Room.GIFT_CARDS):
            return {}
        types = self.subject.location.chain.gift_card_types.select_related("terms").order_by("name_folded", "pk")
        return {each.pk: each for each in types.filter(self._is_sold(GIFT_CARD))}

    @cached_property
    def membership_types(self) -> Mapping[int, MembershipType]:
        """Those that the rows name, and those that are sold."""
        if not self.subject.access.uses(Room.MEMBERSHIPS):
            return {}
        types = self.subject.location.chain.membership_types.select_related("terms").order_by("name_folded", "pk")
        return {each.pk: each for each in types.filter(self._is_sold(MEMBERSHIP))}

    def _is_sold(self, kind: str) -> Q:
        return Q(pk__in=self.wanted[kind]) | Q(terms__archived=False)

    @cached_property
    def accounts(self) -> Mapping[int, Account]:
        """The guest's own."""
        if not self.subject.client.pk or not self.subject.access.uses(Room.ACCOUNTS):
            return {}
        accounts = Account.objects.held_by(self.subject.client).select_related("account_type")
        return {each.pk: each for each in accounts}

    @cached_property
    def granted(self) -> Mapping[int, GiftCard]:
        """The gift cards that the bill sold, by their holders."""
        cards = GiftCard.objects.filter(holder__in=self.holders).select_related("chain") if self.holders else []
        return {card.holder_id: card for card in cards}

    @cached_property
    def memberships(self) -> Mapping[int, Membership]:
        """The memberships that the bill sold, by the holders that its lines keep."""
        if not self.holders or not self.subject.access.uses(Room.MEMBERSHIPS):
            return {}
        found = Membership.objects.of_holders(self.holders).select_related("chain", "terms", "period")
        return {
            counter.holder_id: each
            for each in found.prefetch_related("held_counters__holder", "period__freezes")
            for counter in each.held_counters.all()
        }

    def name(self, kind: str, subject_id: int) -> str:
        """What is sold; of an account that is not the guest's nothing is told."""
        if kind == TOP_UP:
            return _("Top-up: %(account)s") % {"account": self.accounts.get(subject_id) or "–"}
        if kind == MEMBERSHIP:
            return _("Membership: %(type)s") % {"type": self.membership_types.get(subject_id) or "–"}
        return _("Gift card: %(type)s") % {"type": self.types.get(subject_id) or "–"}

    def price(self, kind: str, subject_id: int) -> Decimal | None:
        """What is asked for it, where that is not its amount."""
        found = self.membership_types.get(subject_id) if kind == MEMBERSHIP else None
        return found.terms.price if found and found.terms else None

    def asks_begin(self, kind: str, subject_id: int) -> bool:
        """Whether the day on which it begins is given at the sale."""
        found = self.membership_types.get(subject_id) if kind == MEMBERSHIP else None
        return bool(found and found.terms and found.terms.begins == Begins.DATE)

    def fixed_amount(self, kind: str, subject_id: int) -> Decimal | None:
        """The amount, where nobody types it: a par value, the uses of all counters."""
        if kind == MEMBERSHIP:
            found = self.membership_types.get(subject_id)
            return Decimal(found.as_rules().counts) if found and found.terms else ZERO
        terms = self.types[subject_id].terms if kind == GIFT_CARD and subject_id in self.types else None
        return terms.par_least if terms and terms.par_least == terms.par_most else None


def look_up(typed: Typed, subject: Subject, _at: datetime) -> Sellable:
    rows = typed.rows_of("value")
    named = {
        kind: frozenset(read_id(row["subject"]) for row in rows if row["kind"] == kind)
        for kind in (GIFT_CARD, MEMBERSHIP)
    }
    holders = [line.holder_id for line in kept_lines(subject).values()] if is_granted(subject) else []
    return Sellable(subject, named, frozenset(each for each in holders if each))


def kept_lines(subject: Subject) -> dict[int, ValueLine]:
    return {line.pk: line for line in kept_value_lines(subject.visit)} if subject.visit else {}


def is_granted(subject: Subject) -> bool:
    """Whether what stands on the saved bill was granted: all of it is, in the save that settles the bill."""
    return subject.visit is not None and subject.visit.settled_at is not None


def is_locked(subject: Subject) -> bool:
    """Whether only price and recipient of what is saved may change; without the right to sell, nothing of it."""
    return is_granted(subject) or not subject.access.has(Right.SELL_VALUE)


def sellable_of(entry: Entry) -> Sellable:
    sellable: Sellable = entry.known.own["value"]
    return sellable
