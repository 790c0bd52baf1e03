"""A salon with its programs and guests, for the tests of the desk."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.utils import timezone

from chains.catalog.models import Item
from chains.models import Location, User
from clients.models import Client
from loyalty.cards import manual
from loyalty.cards.models import Card, CardType
from loyalty.promotions.models import Promotion
from loyalty.rules.terms import PromotionKind
from tests.cast import Cast
from tests.programs import make_card, make_card_type, make_client, make_item, make_promotion, make_referral_program
from tests.scene import scene
from tests.visits.window import Window, new_window


@dataclass(frozen=True)
class Salon:
    """The center of Aurora: a bonus card with 5 % cashback for everybody, a club card with 10 % discount for Boris.

    Bonus cards pay up to 30 % of due. Anna and Boris are known for long, Nina was registered just now.
    """

    cast: Cast
    location: Location
    desk: User
    manager: User
    haircut: Item
    colour: Item
    shampoo: Item
    bonus: CardType
    club: CardType
    cashback: Promotion
    discount: Promotion
    anna: Client
    boris: Client
    nina: Client
    club_card: Card

    def bonus_card(self, client: Client) -> Card:
        return client.cards.get(card_type=self.bonus)

    def called_card(self, client: Client) -> str:
        """The client's bonus card as a correction names it."""
        return f"{client.name}, Bonus card {self.bonus_card(client).number}"

    def give(self, client: Client, points: str) -> None:
        """Points by hand on the client's bonus card, without a last day."""
        manual.accrue(
            card=self.bonus_card(client),
            amount=Decimal(points),
            comment="",
            at=timezone.now() - timedelta(days=1),
            acting_user=self.manager,
        )


def make_salon(cast: Cast) -> Salon:
    chain, now = cast.aurora, timezone.now()
    long_ago: datetime = now - timedelta(days=300)
    cashback = make_promotion(chain, "5 % back", PromotionKind.CASHBACK_FIXED_PAID, "5")
    discount = make_promotion(chain, "Club discount", PromotionKind.DISCOUNT_FIXED, "10")
    bonus = make_card_type(chain, "Bonus card", [cashback], automatic_issue="any", limit_percent=Decimal(30))
    club = make_card_type(chain, "Club card", [discount], service_mode="none", product_mode="none")
    make_referral_program(chain, bonus)
    boris = make_client(cast.center, "Boris Ivanov", "+49 151 1234 5602", at=long_ago)
    return Salon(
        cast=cast,
        location=cast.center,
        desk=cast.desk,
        manager=cast.manager,
        haircut=make_item(chain, "Haircut", "60.00"),
        colour=make_item(chain, "Colour", "40.00"),
        shampoo=make_item(chain, "Shampoo", "18.90"),
        bonus=bonus,
        club=club,
        cashback=cashback,
        discount=discount,
        anna=make_client(cast.center, "Anna Schmidt", "+49 151 1234 5601", at=long_ago),
        boris=boris,
        nina=make_client(cast.center, "Nina Neu", "+49 151 1234 5699", at=now),
        club_card=make_card(boris, club, "0042", at=long_ago),
    )


@scene
def salon(cast: Cast) -> Salon:
    return make_salon(cast)


@dataclass(frozen=True)
class BusySalon(Salon):
    """The same salon a moment later: the desk put a haircut on the bill of Nina, and on that of Boris."""

    nina_pays: Window
    boris_pays: Window


@scene
def busy(salon: Salon) -> BusySalon:
    return BusySalon(**vars(salon), nina_pays=with_haircut(salon), boris_pays=with_haircut(salon, "boris"))


def with_haircut(salon: Salon, guest: str = "nina") -> Window:
    return new_window(salon.desk, salon.location, getattr(salon, guest)).post(add_item=str(salon.haircut.pk))
