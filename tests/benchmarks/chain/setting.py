"""The chain before its first day: where it is, who works there, what it sells, which programs it runs."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.contrib.auth.hashers import make_password

from chains.access import Role
from chains.catalog.kinds import ItemKind
from chains.catalog.models import Category, Item
from chains.models import Access, Chain, Location, User
from loyalty.accounts.models import AccountType
from loyalty.cards.models import CardType
from loyalty.cards.services import create_card_type
from loyalty.gift_cards.models import GiftCardType
from loyalty.promotions.models import Promotion
from loyalty.promotions.services import create_promotion
from loyalty.referral.models import ReferralProgram
from loyalty.referral.services import set_referral_program
from tests.cast import PROGRAM
from tests.programs import make_account_type, make_gift_card_type

PASSWORD = "regulars-demo"
TIME_ZONE = "Europe/Berlin"
LOCATIONS = 20
#: One cashback after the other, each for so many days.
SEASONS = 8
SEASON_DAYS = 91
#: Over so many days its visits lie, the last of them the day before it is made.
DAYS = SEASONS * SEASON_DAYS
#: Promotions that were set up and are on no card.
OFFERS = 12
#: No dearer and no cheaper: so no guest ever has more points than a bill comes to (`rows.sql`).
PRICES = tuple(range(40, 91, 5))


@dataclass
class Setting:
    """What the rows are made with."""

    chain: Chain
    locations: list[Location]
    staff: dict[str, User]
    items: list[Item]
    bonus: CardType
    club: CardType
    cashback: Promotion
    seasons: list[Promotion]
    discount: Promotion
    program: ReferralProgram
    gift: GiftCardType
    account: AccountType
    first_day: date

    @property
    def invited(self) -> Promotion:
        assert self.program.terms
        return self.program.terms.parts[0]

    @property
    def inviting(self) -> Promotion:
        assert self.program.terms
        return self.program.terms.parts[1]


def make_setting(slug: str, today: date) -> Setting:
    first_day = today - timedelta(days=DAYS)
    at = datetime.combine(first_day - timedelta(days=1), time(9), UTC)
    chain = Chain.objects.create(
        name=slug.title(), slug=slug, currency="EUR", time_zone=TIME_ZONE, region="DE", created_at=at
    )
    locations = [
        Location.objects.create(chain=chain, name=f"Street {number}", slug=f"{slug}-{number}")
        for number in range(1, LOCATIONS + 1)
    ]
    staff = _hire(chain, locations)

    def promotion(name: str, kind: str, value: int, **choices: Any) -> Promotion:
        return create_promotion(
            chain=chain, name=name, kind=kind, value=Decimal(value), at=at, acting_user=PROGRAM, **choices
        )

    def card_type(name: str, *promotions: Promotion, **choices: Any) -> CardType:
        return create_card_type(chain=chain, name=name, promotions=promotions, at=at, acting_user=PROGRAM, **choices)

    cashback = promotion("Cashback", "cashback_fixed_sold", 2, burn_count=12, burn_unit="months", notice=7)
    seasons = [
        promotion(
            f"Season {number + 1}",
            "cashback_fixed_sold",
            1,
            burn_count=2,
            burn_unit="months",
            first_day=first_day + timedelta(days=number * SEASON_DAYS),
            last_day=first_day + timedelta(days=(number + 1) * SEASON_DAYS - 1),
        )
        for number in range(SEASONS)
    ]
    discount = promotion("Club discount", "discount_fixed", 10)
    for number in range(OFFERS):
        promotion(f"Offer {number + 1}", "discount_fixed", 5, archived=number % 2 == 0)
    bonus = card_type("Bonus card", cashback, *seasons, automatic_issue="any", acts_from="at_once")
    program = set_referral_program(
        chain=chain,
        discount=promotion("Welcome", "discount_fixed", 10),
        cashback=promotion("Thank you", "cashback_fixed_sold", 2, burn_count=12, burn_unit="months"),
        card_type=bonus,
        at=at,
        acting_user=PROGRAM,
    )
    return Setting(
        chain=chain,
        locations=locations,
        staff=staff,
        items=_price_list(chain),
        bonus=bonus,
        club=card_type("Club card", discount, acts_from="at_once"),
        cashback=cashback,
        seasons=seasons,
        discount=discount,
        program=program,
        gift=make_gift_card_type(chain, "Gift card"),
        account=make_account_type(chain, credit="50"),
        first_day=first_day,
    )


def _hire(chain: Chain, locations: list[Location]) -> dict[str, User]:
    """One of each role, named after it; the desk at the first location alone."""
    staff = {}
    password = make_password(PASSWORD)
    for role in Role:
        email = f"{role.value.replace('_', '-')}@{chain.slug}.example"
        staff[role.value] = user = User.objects.create(email=email, password=password, name=str(role.label))
        is_desk = role is Role.FRONT_DESK
        access = Access.objects.create(user=user, chain=chain, role=role, all_locations=not is_desk)
        access.locations.set(locations[:1] if is_desk else [])
    return staff


def _price_list(chain: Chain) -> list[Item]:
    service, product = (Category.objects.create(chain=chain, name=name) for name in ("Hair", "Retail"))
    return [
        Item.objects.create(
            chain=chain,
            kind=ItemKind.PRODUCT if number % 4 == 3 else ItemKind.SERVICE,
            name=f"No. {number + 1}",
            category=product if number % 4 == 3 else service,
            price=Decimal(price),
        )
        for number, price in enumerate(PRICES)
    ]
