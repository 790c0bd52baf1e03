"""Chains with programs and guests, made in a few words, for the tests of the ledger and of the checkout."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from chains.models import Chain, Location
from clients.models import Client
from clients.services import add_client
from loyalty.cards import manual
from loyalty.cards.models import Card, CardType
from loyalty.cards.services import create_card_type, issue_card
from loyalty.ledger.checks import differences
from loyalty.ledger.models import Transaction
from loyalty.promotions.models import Promotion
from loyalty.promotions.services import create_promotion
from loyalty.referral.services import set_referral_program
from loyalty.rules.plan import DiscountChoice, PaymentChoice, PaymentMethod, Plan, PlanLine, PointsChoice, Status
from loyalty.rules.terms import ItemKind
from tests.cast import LONG_AGO, make_chain, make_location
from visits.checkout import save_visit
from visits.history import last_visits
from visits.models import Category, Item, Visit

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
REST = (PaymentChoice(PaymentMethod.CASH, None),)


@dataclass(frozen=True)
class Shop:
    """A chain with one location and one service, a haircut for 100."""

    chain: Chain
    location: Location
    haircut: Item


def make_shop() -> Shop:
    chain = make_chain("Aurora")
    return Shop(chain, make_location(chain, "Center"), make_item(chain, "haircut", 100))


def make_item(
    chain: Chain, name: str, price: Decimal | int, kind: ItemKind = ItemKind.SERVICE, category: Category | None = None
) -> Item:
    return Item.objects.create(
        chain=chain, kind=kind, name=name, name_folded=name.casefold(), price=Decimal(price), category=category
    )


def make_client(chain: Chain, name: str) -> Client:
    """A client of the chain with a phone of their own and no card."""
    number = Client.objects.filter(chain=chain).count()
    return add_client(chain=chain, name=name, phone=f"+49151123{number:05d}", at=LONG_AGO)


def make_promotion(chain: Chain, name: str, kind: str, value: Decimal | int = 0, **choices: Any) -> Promotion:
    return create_promotion(
        chain=chain, name=name, kind=kind, value=Decimal(value), at=LONG_AGO, acting_user=None, **choices
    )


def make_card_type(chain: Chain, name: str, *promotions: Promotion, **choices: Any) -> CardType:
    return create_card_type(chain=chain, name=name, promotions=promotions, at=LONG_AGO, acting_user=None, **choices)


def make_card(client: Client, card_type: CardType, points: Decimal | int = 0) -> Card:
    """A card that the client has had for long, with points that never end."""
    card = issue_card(client=client, card_type=card_type, at=LONG_AGO, acting_user=None)
    if points:
        give(card, points)
    return card


def give(card: Card, points: Decimal | int, **choices: Any) -> Transaction:
    choices = {"at": LONG_AGO, "comment": "", "last_visits": last_visits, "acting_user": None, **choices}
    return manual.accrue(card=card, amount=Decimal(points), **choices)


def make_referral(chain: Chain, **choices: Any) -> CardType:
    """A program of 10 off for the guest and 5 % of paid for the inviter; returns the type that receives it."""
    card_type = make_card_type(chain, "friends")
    usual = {
        "discount": make_promotion(chain, "welcome", "discount_fixed", 10, unit="amount"),
        "cashback": make_promotion(chain, "thanks", "cashback_fixed_paid", 5),
        "card_type": card_type,
    }
    set_referral_program(chain=chain, at=LONG_AGO, acting_user=None, **{**usual, **choices})
    return card_type


def line_of(item: Item, quantity: int = 1, **fields: Any) -> PlanLine:
    usual = {"kind": ItemKind(item.kind), "category_id": item.category_id, "unit_price": item.price}
    return PlanLine(item_id=item.pk, quantity=quantity, **{**usual, **fields})


def make_plan(shop: Shop, client: Client, *lines: PlanLine, starts_at: datetime = NOW, **choices: Any) -> Plan:
    """An arrived visit of one haircut, or of the lines, all paid in cash."""
    usual: dict[str, Any] = {"status": Status.ARRIVED, "payments": REST}
    return Plan(
        client_id=client.pk,
        location_id=shop.location.pk,
        starts_at=starts_at,
        starts_on=shop.location.local_date(starts_at),
        lines=lines or (line_of(shop.haircut),),
        **{**usual, **choices},
    )


def save(shop: Shop, plan: Plan, *, at: datetime | None = None, **choices: Any) -> Visit:
    choices = {"key": uuid.uuid4(), "acting_user": None, **choices}
    return save_visit(location=shop.location, plan=plan, at=at or plan.starts_at, **choices)


def points(card: Card, amount: Decimal | int | None) -> tuple[PointsChoice, ...]:
    return (PointsChoice(card.pk, None if amount is None else Decimal(amount)),)


def discounts(card: Card, *promotions: Promotion) -> tuple[DiscountChoice, ...]:
    return tuple(DiscountChoice(card.pk, promotion.pk) for promotion in promotions)


def days_later(days: int) -> datetime:
    return NOW + timedelta(days=days)


def balance_of(card: Card) -> Decimal:
    card.holder.refresh_from_db()
    return card.holder.balance


def assert_ledger_adds_up(chain: Chain | None = None) -> None:
    found: Sequence[str] = list(differences(chain))
    assert not found, "\n".join(found)
