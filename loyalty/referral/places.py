"""Which referral program stands where: that of the chain, unless a location has one of its own (docs/rules.md, 7)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import FilteredRelation, Q

from chains.models import Chain, Location
from loyalty.cards.models import CARD_TYPE_TERMS
from loyalty.cards.questions import ReferralGives
from loyalty.promotions.models import PROMOTION_TERMS
from loyalty.referral.links import Link
from loyalty.referral.models import ReferralProgram, State
from loyalty.rules import terms


@dataclass(frozen=True)
class PlacedProgram:
    """A program as it stands today: of which location (None: the chain's), and what it gives, None unless it is on."""

    id: int
    location_id: int | None
    state: str | None
    gives: terms.ReferralProgram | None


@dataclass(frozen=True)
class Places:
    """The programs that concern a visit at a location, by id, as they stand today, and the link of its guest.

    ``link`` is the one that another visit made.
    """

    location: Location
    programs: Mapping[int, PlacedProgram]
    link: Link | None = None

    @property
    def here(self) -> PlacedProgram | None:
        """The program that stands at the location, on or off: its own, else the chain's; None where neither has one."""
        by_place = {program.location_id: program for program in self.programs.values()}
        own = by_place.get(self.location.pk)
        return own if own and own.state not in {None, State.NONE} else by_place.get(None)

    @property
    def program_here(self) -> terms.ReferralProgram | None:
        """What stands at the location, None while it is off."""
        return self.here.gives if self.here else None

    def program(self, program_id: int) -> terms.ReferralProgram | None:
        """One of the programs, None unless it is on: a location that has none any more gives nothing by its old one."""
        return self.programs[program_id].gives


def places_around(
    location: Location, *program_ids: int | None, guest_id: int | None = None, visit_id: int | None = None
) -> Places:
    """The programs of the location and of its chain, and those named besides, in one query of plain values.

    With the link of the guest, unless this visit made it, and the program that made that.
    """
    # Of nobody there is none.
    found = ReferralProgram.objects.annotate(made=FilteredRelation("links", condition=Q(links__guest=guest_id or 0)))
    around = Q(location=None) | Q(location=location) | Q(pk__in=[each for each in program_ids if each])
    found = found.filter(around | Q(made__isnull=False), chain=location.chain_id).order_by()
    rows = list(found.values_list(*_LINKED, "pk", "location_id", "terms__state", "terms_id", *_PROMISED, *_IN_FORCE))
    links = [Link(inviter_id, name, pk, made_by, at) for inviter_id, name, made_by, at, pk, *_ in rows if made_by]
    kept = [row[-3:] for row in rows if row[6] == State.ON]
    promotions = PROMOTION_TERMS.of(each for row in kept for each in row[:2])
    card_types = CARD_TYPE_TERMS.of(row[2] for row in kept)
    programs = {}
    for row in rows:
        pk, location_id, state, terms_id, accrues, first_in, counts_free, discount, cashback, card_type = row[4:]
        gives = None
        if state == State.ON:
            gives = terms.ReferralProgram(
                id=pk,
                terms_id=terms_id,
                discount=promotions[discount],
                cashback=promotions[cashback],
                accrues=terms.ReferralAccrues(accrues),
                card_type=card_types[card_type],
                first_in=terms.FirstIn(first_in),
                counts_free_visits=counts_free,
            )
        programs[pk] = PlacedProgram(pk, location_id, state, gives)
    return Places(location, programs, next((link for link in links if link.visit_id != visit_id), None))


_LINKED = ("made__inviter_id", "made__inviter__name", "made__visit_id", "made__visit__starts_at")
_PROMISED = ("terms__accrues", "terms__first_in", "terms__counts_free_visits")
#: The ids of the terms in force of what a program gives.
_IN_FORCE = ("terms__discount__terms_id", "terms__cashback__terms_id", "terms__card_type__terms_id")


@dataclass(frozen=True)
class ReferralPlace:
    """A location, and the program that stands there: its own or, where it has none, the chain's."""

    location: Location
    program: ReferralProgram | None
    is_own: bool


@dataclass(frozen=True)
class AllPlaces:
    """The programs of a chain and of its locations, as they stand today."""

    chain: Chain
    locations: tuple[Location, ...]
    programs: Mapping[int | None, ReferralProgram]

    def of(self, location: Location | None) -> ReferralProgram:
        """The program of the chain (location None) or of one location itself; one without terms if never set up."""
        kept = self.programs.get(location.pk if location else None)
        return kept or ReferralProgram(chain=self.chain, location=location)

    def at(self, location: Location) -> ReferralPlace:
        """What stands at the location."""
        own = self.programs.get(location.pk)
        if own and own.stands_here:
            return ReferralPlace(location, own, is_own=True)
        return ReferralPlace(location, self.programs.get(None), is_own=False)

    @property
    def all(self) -> list[ReferralPlace]:
        """Open locations by name; a closed one as long as it has a program of its own."""
        places = [self.at(location) for location in self.locations]
        return [each for each in places if each.is_own or not each.location.archived]

    def open_under(self, location: Location | None) -> set[int]:
        """The locations at which the program of a place stands: its own, or all open ones that have none."""
        if location is not None:
            return {location.pk}
        return {each.location.pk for each in self.all if not each.is_own}


def all_places(chain: Chain) -> AllPlaces:
    """In two queries."""
    programs = ReferralProgram.objects.filter(chain=chain).with_terms()
    for program in (found := list(programs)):
        program.chain = chain
    return AllPlaces(chain, tuple(chain.locations.all()), {program.location_id: program for program in found})


def given_while_on(chain_id: int) -> ReferralGives:
    """What the programs of a chain and of its locations give, those that are on, in one query."""
    rows = ReferralProgram.objects.standing().filter(chain=chain_id)
    found = list(rows.values_list("terms__discount", "terms__cashback", "terms__card_type"))
    columns = zip(*found, strict=True) if found else ((), (), ())
    return ReferralGives(*(frozenset(each for each in column if each) for column in columns))
