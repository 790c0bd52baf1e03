"""All that the rules must know to settle one visit, loaded before and never looked up during it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from loyalty.rules.bill import Problem
from loyalty.rules.cards import DeskCard
from loyalty.rules.history import GivenUnits
from loyalty.rules.means import Means
from loyalty.rules.memberships import DeskMembership
from loyalty.rules.promotions import Past
from loyalty.rules.terms import CardType, Promotion, ReferralProgram

#: A card and a promotion of it; card None for the referral discount, which has no card.
Key = tuple[int | None, int]


@dataclass(frozen=True)
class Counter:
    """How often a promotion was met before through one card.

    ``eligible_before`` counts eligible visits that began before this one, ``uses_elsewhere`` the other
    visits on which it fired, whenever they began.
    """

    eligible_before: int = 0
    uses_elsewhere: int = 0
    given: tuple[GivenUnits, ...] = ()


@dataclass(frozen=True)
class KeptTerms:
    """The terms under which a promotion was put on this visit, counted it or gave: its own and its card type's."""

    promotion: Promotion
    card_type: CardType


@dataclass(frozen=True)
class StandingReferral:
    """Points that this visit has already given to an inviter, on which card and its holder."""

    inviter_id: int
    card_id: int
    holder_id: int
    terms: KeptTerms


@dataclass(frozen=True)
class Standing:
    """What the visit has written and not undone; empty for one that is not arrived.

    ``inviter_id`` is who this visit linked the guest to; ``counted`` are the promotions for which the
    visit was recorded as eligible, the inviter's too; ``undone`` are accruals that it gave once and took back.
    """

    discounts: frozenset[Key] = frozenset()
    accruals: Mapping[Key, KeptTerms] = field(default_factory=dict)
    counted: Mapping[Key, KeptTerms] = field(default_factory=dict)
    undone: frozenset[Key] = frozenset()
    referral: StandingReferral | None = None
    inviter_id: int | None = None


@dataclass(frozen=True)
class Receiver:
    """The inviter's card of the program's type, and its holder; both None where one would be issued."""

    card_id: int | None
    holder_id: int | None = None
    is_blocked: bool = False


@dataclass(frozen=True)
class CameBefore:
    """That the guest had arrived somewhere before: at which location, and whether anything was sold."""

    location_id: int
    cost_something: bool


@dataclass(frozen=True)
class Invitation:
    """The referral that staff ask for: who the typed phone is, and what speaks against it.

    ``phone_problem`` is ``invalid_phone`` or ``unknown_client``; ``terms`` those pinned when the
    referral was first put on the visit, else those in force.
    """

    inviter_id: int | None
    phone_problem: str = ""
    inviters_inviters: frozenset[int] = frozenset()
    terms: ReferralProgram | None = None


@dataclass(frozen=True)
class ReferralDesk:
    """The referral programs around this visit.

    ``program`` stands at its location today (None: off); ``links_program`` is the one that made the link, here or at
    another visit, as it stands today (None: off, or the location has none any more). ``linked_inviter_id`` is who
    invited the guest at another visit; ``follows_link`` says that visit began before this one. ``came_before`` are
    the arrived visits before this one. ``accrual_was_undone``: this visit gave its referral points once and took
    them back.
    """

    program: ReferralProgram | None = None
    links_program: ReferralProgram | None = None
    invitation: Invitation | None = None
    came_before: frozenset[CameBefore] = frozenset()
    linked_inviter_id: int | None = None
    follows_link: bool = False
    accrual_was_undone: bool = False
    receivers: Mapping[int, Receiver] = field(default_factory=dict)


@dataclass(frozen=True)
class Desk:
    """Everything a settlement is computed from beside the plan.

    ``today`` is the chain's local date, by which points are good; ``settled_at`` the save that settled
    the visit (None: not settled). ``promotions`` are the terms in force by promotion, ``pinned`` those
    of discounts already put on the visit. ``cards`` are the guest's, and any other named by the plan
    or standing on the visit, in order of issue; ``means`` what may pay, the guest's own and any other that the plan
    names, those of one kind in that order too. ``recorded`` is the money that an earlier save recorded, by method.
    ``value_problems`` are those of value lines, which only who knows their types can find. ``memberships`` are the
    guest's, and any other that the plan or the visit covers with, the soonest ending first; ``begins_on`` is the
    chain's date of the visit's start, by which their days go.
    """

    places: int
    today: date
    begins_on: date = date.min
    settled_at: datetime | None = None
    cards: tuple[DeskCard, ...] = ()
    means: tuple[Means, ...] = ()
    recorded: Mapping[str, Decimal] = field(default_factory=dict)
    promotions: Mapping[int, Promotion] = field(default_factory=dict)
    pinned: Mapping[Key, KeptTerms] = field(default_factory=dict)
    past: Past = field(default_factory=Past)
    counters: Mapping[Key, Counter] = field(default_factory=dict)
    standing: Standing = field(default_factory=Standing)
    referral: ReferralDesk = field(default_factory=ReferralDesk)
    value_problems: tuple[Problem, ...] = ()
    memberships: tuple[DeskMembership, ...] = ()

    def card(self, card_id: int | None) -> DeskCard | None:
        return next((card for card in self.cards if card.id == card_id), None)

    def means_of(self, holder_id: int) -> Means | None:
        return next((means for means in self.means if means.holder_id == holder_id), None)

    def membership(self, membership_id: int) -> DeskMembership | None:
        return next((each for each in self.memberships if each.id == membership_id), None)

    def counter(self, key: Key) -> Counter:
        return self.counters.get(key, Counter())

    def terms_in_force(self, card: DeskCard, promotion_id: int) -> KeptTerms:
        """The terms of today under which a promotion would act through the card."""
        return KeptTerms(self.promotions[promotion_id], card.card_type)
