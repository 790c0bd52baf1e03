"""What the pages of memberships show of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import NamedTuple

from django.db.models import Prefetch, QuerySet
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from chains.access import Right
from chains.edits import EditedRow
from chains.history import Fields, HistoryEntry, as_history, changes_of
from chains.models import Access, Chain
from clients.models import Client
from loyalty.memberships.counters import Kept
from loyalty.memberships.models import (
    MEMBERSHIP_TYPE_TERMS,
    Freeze,
    Membership,
    MembershipCounter,
    MembershipPeriod,
    MembershipQuerySet,
    MembershipStatus,
    PeriodState,
)
from loyalty.memberships.worth import Worth, with_worth
from loyalty.programs.differences import ProgramNames
from loyalty.rules.memberships import Days
from loyalty.rules.terms import MembershipType

#: What is told of a membership's history; its rows tell the rest.
TOLD = Fields(
    Membership,
    ("client", "blocked_at", "block_reason"),
    words={"blocked_at": lambda at: date_format(localtime(at), "SHORT_DATETIME_FORMAT") if at else _("no")},
)
TOLD_OF_PERIOD = Fields(MembershipPeriod, ("first_on", "last_on", "last_on_reason"))
#: What is edited of its period under the version of the page.
EDITED = Fields(MembershipPeriod, ("last_on", "last_on_reason"))


def memberships_of(chain: Chain, today: date) -> MembershipQuerySet:
    """The chain's memberships with all that a page tells of each; in a fixed number of queries."""
    shown = ("chain", "client", "membership_type__terms", "terms", "period", "location", "sold_by")
    found = Membership.objects.filter(chain=chain).with_status(today).select_related(*shown)
    periods = with_worth(MembershipPeriod.objects.select_related("visit__location"), today, places=chain.places)
    return found.prefetch_related(
        Prefetch("held_counters", MembershipCounter.objects.select_related("holder")),
        Prefetch("periods", periods.order_by("number"), to_attr="periods_sold"),
        Prefetch("period__freezes", Freeze.objects.select_related("frozen_by")),
    )


def memberships_of_client(client: Client, today: date) -> QuerySet[Membership]:
    """Those that are the client's, sold last first."""
    return memberships_of(client.chain, today).filter(client=client).order_by("-sold_at", "-pk")


class Left(NamedTuple):
    """What is left of a counter: ``left`` of ``sold`` units, both None without a count; ``what`` it covers."""

    counter: MembershipCounter
    left: int | None
    sold: int | None
    what: str


@dataclass(frozen=True)
class ToldMembership:
    """A membership as a page of it tells, for one reader on the chain's day ``on``."""

    membership: Membership
    access: Access
    on: date
    names: ProgramNames

    @property
    def number(self) -> str:
        """Its number, or as much of it as the reader may see."""
        return self.membership.number_shown_to(self.access, on=self.on)

    @property
    def status(self) -> MembershipStatus:
        return MembershipStatus(self.membership.status)

    @property
    def is_past_use(self) -> bool:
        return self.status not in (MembershipStatus.ACTIVE, MembershipStatus.ISSUED, MembershipStatus.FROZEN)

    @property
    def stands(self) -> bool:
        return self.status != MembershipStatus.RETURNED

    @property
    def period(self) -> MembershipPeriod:
        assert self.membership.period
        return self.membership.period

    @property
    def periods(self) -> list[MembershipPeriod]:
        """Those whose sale stands, the first first."""
        found: list[MembershipPeriod] = self.membership.periods_sold  # type: ignore[attr-defined]
        return found

    @property
    def worth(self) -> Worth:
        return Worth.of_loaded(self.periods)

    @cached_property
    def left(self) -> list[Left]:
        """Counter by counter, in the order of its type."""
        scopes = {each["key"]: each for each in self.membership.terms.counters}
        in_force = self.membership.membership_type.terms
        scopes |= {each["key"]: each for each in (in_force.counters if in_force else ()) if each["key"] in scopes}
        return [
            Left(
                each,
                None if each.count is None else int(each.holder.balance),
                each.count,
                covers_in_words(scopes[each.key], self.names),
            )
            for each in self.membership.held_counters.all()
        ]

    @property
    def counted(self) -> list[Left]:
        return [each for each in self.left if each.sold is not None]

    @property
    def where(self) -> str:
        places = self.membership.terms.locations
        return _("all locations") if places is None else self.names.of("locations", places)

    @property
    def days(self) -> Days:
        return self.period.days()

    @property
    def under(self) -> MembershipType:
        return MEMBERSHIP_TYPE_TERMS.of([self.membership.terms_id])[self.membership.terms_id]

    @property
    def freezes(self) -> list[Freeze]:
        return list(self.period.freezes.all())

    @property
    def days_frozen(self) -> int:
        return sum(each.days for each in self.freezes)

    @property
    def days_to_freeze(self) -> int:
        """How many days may be frozen still."""
        return max(0, self.membership.terms.freeze_days - self.days_frozen)

    @property
    def is_frozen_ahead(self) -> bool:
        """Whether days from today on are frozen, which may be ended or dropped."""
        return any(each.last_on >= self.on for each in self.freezes)

    @property
    def has_ended(self) -> bool:
        return self.period.last_on is not None and self.period.last_on < self.on

    @property
    def may_freeze(self) -> bool:
        """Whether days of it may be frozen at all, by its type and its own days."""
        has_begun = self.period.first_on is not None
        return self.stands and has_begun and not self.has_ended and self.days_to_freeze > 0

    @property
    def is_blocked(self) -> bool:
        return self.membership.is_blocked

    def may_open_sale(self, period: MembershipPeriod) -> bool:
        """Whether there is a bill of the sale, and the reader works where it stands."""
        return period.visit is not None and self.access.has_at(Right.CHECKOUT_VISITS, period.visit.location_id)

    @property
    def sales(self) -> list[tuple[MembershipPeriod, bool]]:
        return [(each, self.may_open_sale(each)) for each in self.periods]

    @property
    def is_returned(self) -> bool:
        return self.period.state == PeriodState.RETURNED


def covers_in_words(counter: Kept, names: ProgramNames) -> str:
    """The services and categories of a counter."""
    parts = (("services", counter["services"]), ("categories", counter["categories"]))
    return ", ".join(names.of(column, ids) for column, ids in parts if ids) or _("nothing")


def edited_period(membership: Membership) -> EditedRow:
    return EditedRow(membership.period, EDITED)


def history_of(membership: Membership) -> list[HistoryEntry]:
    """Whose it became, what was blocked, and what became of its days, the newest first."""
    changes = [*changes_of(membership, TOLD)]
    for period in membership.periods.all():
        changes += changes_of(period, TOLD_OF_PERIOD)
    return as_history(changes)


def told(memberships: Iterable[Membership], access: Access, on: date) -> list[ToldMembership]:
    names = ProgramNames(access.chain)
    return [ToldMembership(each, access, on, names) for each in memberships]
