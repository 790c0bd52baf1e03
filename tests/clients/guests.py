"""Guests with cards, points and visits, for the pages that look them up."""

from dataclasses import dataclass
from datetime import timedelta

from chains.catalog.models import Item
from chains.models import Location
from clients.models import Client
from loyalty.cards.models import Card, CardType
from loyalty.promotions.models import Promotion
from loyalty.rules.terms import PromotionKind
from tests.programs import (
    give_points,
    make_card,
    make_card_type,
    make_client,
    make_item,
    make_promotion,
    make_visit,
    moment,
)

MONDAY = moment("2026-03-02 09:00")


@dataclass(frozen=True)
class Programs:
    """A bonus card that gives 5 % of what is paid, a club card that gives nothing, and a haircut."""

    location: Location
    cashback: Promotion
    bonus: CardType
    club: CardType
    haircut: Item


def make_programs(location: Location) -> Programs:
    cashback = make_promotion(
        location.chain, "Bonus 5 %", PromotionKind.CASHBACK_FIXED_PAID, "5", burn_count=30, burn_unit="days"
    )
    return Programs(
        location=location,
        cashback=cashback,
        bonus=make_card_type(location.chain, "Bonus card", [cashback], automatic_issue="any"),
        club=make_card_type(location.chain, "Club card"),
        haircut=make_item(location.chain, "Haircut", "60.00"),
    )


def make_guest(programs: Programs, number: int, name: str = "") -> Client:
    """A guest with a bonus card, points by hand and a visit ``number`` days after Monday, which gives 3.00."""
    guest = make_client(programs.location, name or f"Guest {number:03d}", f"+49151123{number:05d}")
    give_points(bonus_card(guest), f"{number}.00", at=MONDAY - timedelta(days=1))
    make_visit(programs.location, guest, [programs.haircut], at=MONDAY + timedelta(days=number))
    return guest


def bonus_card(guest: Client) -> Card:
    return Card.objects.get(client=guest, card_type__name="Bonus card")


def club_card(programs: Programs, guest: Client, number: str = "") -> Card:
    return make_card(guest, programs.club, number)
