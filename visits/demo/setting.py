"""The demo chain before its first day: staff, locations, prices, programs."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import product
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib.auth.hashers import make_password

from chains.access import Role
from chains.catalog.kinds import ItemKind
from chains.catalog.models import Category, Item
from chains.models import Access, Chain, Location, User
from loyalty.cards.models import CardType
from loyalty.cards.services import create_card_type
from loyalty.promotions.models import Promotion
from loyalty.promotions.services import create_promotion
from loyalty.referral.services import set_referral_program
from visits.demo import DEMO_PASSWORD, STAFF

TIME_ZONE = "Europe/Berlin"
FIRST_NAMES = [
    "Anna",
    "Boris",
    "Clara",
    "David",
    "Elena",
    "Felix",
    "Greta",
    "Hannes",
    "Irina",
    "Jonas",
    "Katja",
    "Lukas",
    "Maria",
    "Nils",
    "Olga",
    "Pavel",
    "Ronja",
    "Simon",
    "Tanja",
    "Viktor",
    "Wanda",
    "Yusuf",
    "Zoe",
    "Milan",
    "Leonie",
]
LAST_NAMES = [
    "Albrecht",
    "Berger",
    "Conrad",
    "Dietrich",
    "Engel",
    "Fischer",
    "Graf",
    "Hartmann",
    "Ivanova",
    "Jansen",
    "Keller",
    "Lehmann",
    "Meyer",
    "Neumann",
    "Otto",
    "Petrov",
    "Richter",
    "Schneider",
    "Thiel",
    "Ulrich",
    "Voss",
    "Weber",
    "Zimmermann",
]

#: Category, kind, name, price in euros.
PRICES = (
    ("Hair", ItemKind.SERVICE, "Women's haircut", "58.00"),
    ("Hair", ItemKind.SERVICE, "Men's haircut", "34.00"),
    ("Hair", ItemKind.SERVICE, "Children's haircut", "22.00"),
    ("Hair", ItemKind.SERVICE, "Blow-dry", "29.50"),
    ("Colour", ItemKind.SERVICE, "Full colour", "89.00"),
    ("Colour", ItemKind.SERVICE, "Highlights", "74.90"),
    ("Colour", ItemKind.SERVICE, "Gloss", "39.00"),
    ("Nails", ItemKind.SERVICE, "Manicure", "32.00"),
    ("Nails", ItemKind.SERVICE, "Pedicure", "41.00"),
    ("Care", ItemKind.SERVICE, "Scalp treatment", "27.00"),
    ("Retail", ItemKind.PRODUCT, "Repair shampoo 250 ml", "18.90"),
    ("Retail", ItemKind.PRODUCT, "Conditioner 250 ml", "19.90"),
    ("Retail", ItemKind.PRODUCT, "Argan oil 100 ml", "24.50"),
    ("Retail", ItemKind.PRODUCT, "Styling wax", "14.00"),
)


@dataclass
class Setting:
    """What the demo is played with."""

    chain: Chain
    locations: list[Location]
    desks: dict[int, User]
    owner: User
    manager: User
    services: list[Item]
    products: list[Item]
    bonus: CardType
    gold: CardType
    club: CardType
    bonus_cashback: Promotion
    club_discount: Promotion


def guest_names() -> list[str]:
    """Names that no two guests share, in a fixed order."""
    return [f"{first} {last}" for last, first in product(LAST_NAMES, FIRST_NAMES)]


def today_there(at: datetime) -> date:
    """The day on which ``at`` is, where the demo chain is."""
    return at.astimezone(ZoneInfo(TIME_ZONE)).date()


def make_setting(at: datetime) -> Setting:
    """Set the chain up as its administrator would have."""
    chain = Chain.objects.create(
        name="Aurora Salons",
        slug="aurora",
        currency="EUR",
        time_zone=TIME_ZONE,
        region="DE",
        created_at=at,
    )
    locations = [
        Location.objects.create(chain=chain, name=name, slug=name.lower()) for name in ("Center", "Harbour", "Garden")
    ]
    staff = _hire(chain, locations)
    owner = staff[STAFF[0][1]]
    items = _price_list(chain)
    cashback, discount, types = _programs(chain, at, owner)
    _invite_to(locations[1], types[0], at, owner)
    return Setting(
        chain=chain,
        locations=locations,
        desks={
            location.pk: next(staff[email] for _, email, _, where in STAFF if where == location.name)
            for location in locations
        },
        owner=owner,
        manager=staff[STAFF[2][1]],
        services=[item for item in items if item.kind == ItemKind.SERVICE],
        products=[item for item in items if item.kind == ItemKind.PRODUCT],
        bonus=types[0],
        gold=types[1],
        club=types[2],
        bonus_cashback=cashback,
        club_discount=discount,
    )


def _hire(chain: Chain, locations: list[Location]) -> dict[str, User]:
    staff = {}
    password = make_password(DEMO_PASSWORD)
    for name, email, role, where in STAFF:
        user = User.objects.create(email=email, password=password, name=name)
        access = Access.objects.create(user=user, chain=chain, role=Role(role), all_locations=where is None)
        access.locations.set([location for location in locations if location.name == where])
        staff[email] = user
    return staff


def _price_list(chain: Chain) -> list[Item]:
    categories = {
        name: Category.objects.create(chain=chain, name=name) for name in dict.fromkeys(row[0] for row in PRICES)
    }
    return [
        Item.objects.create(
            chain=chain,
            kind=kind,
            name=name,
            category=categories[category],
            price=Decimal(price),
        )
        for category, kind, name, price in PRICES
    ]


def _programs(chain: Chain, at: datetime, owner: User) -> tuple[Promotion, Promotion, list[CardType]]:
    """Four programs: a referral, a fixed cashback, a cumulative cashback, a tiered discount."""

    def promotion(name: str, kind: str, **choices: Any) -> Promotion:
        return create_promotion(chain=chain, name=name, kind=kind, at=at, acting_user=owner, **choices)

    welcome = promotion("Welcome, 10 % off", "discount_fixed", value=10)
    thanks = promotion(
        "Thank you for the invitation", "cashback_fixed_paid", value=5, burn_count=30, burn_unit="days", notice=5
    )
    bonus = promotion("Bonus cashback", "cashback_fixed_paid", value=4, burn_count=45, burn_unit="days", notice=7)
    gold = promotion(
        "Gold cashback",
        "cashback_cumulative_sold",
        rules=[["0", "3"], ["200", "5"], ["400", "8"]],
        burn_count=2,
        burn_unit="months",
        notice=10,
    )
    club = promotion(
        "Club discount",
        "discount_cumulative_paid",
        rules=[["60", "3"], ["150", "5"], ["300", "7"]],
        product_mode="none",
    )

    def card_type(name: str, *promotions: Promotion, **choices: Any) -> CardType:
        return create_card_type(chain=chain, name=name, promotions=promotions, at=at, acting_user=owner, **choices)

    types = [
        card_type("Bonus card", bonus, automatic_issue="any", limit_percent=30),
        card_type("Gold card", gold, limit_percent=50, inactivity_count=60, inactivity_unit="days"),
        card_type("Club card", club, acts_from="at_once"),
    ]
    set_referral_program(
        chain=chain,
        discount=welcome,
        cashback=thanks,
        accrues="first_visit",
        card_type=types[0],
        at=at,
        acting_user=owner,
    )
    return bonus, club, types


def _invite_to(location: Location, card_type: CardType, at: datetime, owner: User) -> None:
    """A referral program of the location's own: it lately opened, and wins guests from the others too."""

    def promotion(name: str, kind: str, **choices: Any) -> Promotion:
        return create_promotion(chain=location.chain, name=name, kind=kind, at=at, acting_user=owner, **choices)

    set_referral_program(
        chain=location.chain,
        location=location,
        discount=promotion(f"Welcome to {location}, 15.00 off", "discount_fixed", unit="amount", value=15),
        cashback=promotion(
            f"Thank you from {location}", "cashback_fixed_sold", value=8, burn_count=60, burn_unit="days", notice=7
        ),
        accrues="first_visit",
        card_type=card_type,
        first_in="location",
        counts_free_visits=False,
        at=at,
        acting_user=owner,
    )
