"""A chain with one service, its guests and their visits in a few words, for the tests of ledger and checkout."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from chains.catalog.models import Item
from chains.models import Chain, Location
from clients.models import Client
from clients.services import add_client
from loyalty.accounts.models import Account
from loyalty.cards import manual
from loyalty.cards.models import Card, CardType
from loyalty.ledger.burning import burn_points
from loyalty.ledger.by_hand import undo as undo_by_hand
from loyalty.ledger.checks import differences
from loyalty.ledger.models import Transaction
from loyalty.promotions.models import Promotion
from loyalty.referral.services import set_referral_program
from loyalty.rules.plan import DiscountChoice, MeansChoice, PaymentChoice, PaymentMethod, Plan, PlanLine, Status
from loyalty.rules.terms import PromotionKind
from tests.cast import LONG_AGO, PROGRAM, make_chain, make_location
from tests.programs import make_card as issue
from tests.programs import make_card_type, make_item, make_promotion, plan_line
from visits.checkout import cancel_visit, save_visit
from visits.models import Visit

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
REST = (PaymentChoice(PaymentMethod.CASH, None),)


@dataclass(frozen=True)
class Shop:
    """A chain with one location and one service, a haircut for 100."""

    chain: Chain
    location: Location
    haircut: Item


def make_shop(name: str = "Aurora", **fields: Any) -> Shop:
    chain = make_chain(name, **fields)
    return Shop(chain, make_location(chain, f"Center of {name}"), make_item(chain, "haircut", "100"))


def make_client(chain: Chain, name: str) -> Client:
    """A client of the chain with a phone of their own and no card."""
    number = Client.objects.filter(chain=chain).count()
    return add_client(chain=chain, name=name, phone=f"+49151123{number:05d}", at=LONG_AGO)


def make_card(client: Client, card_type: CardType, points: Decimal | int = 0) -> Card:
    """A card that the client has had for long, with points that never end."""
    card = issue(client, card_type)
    if points:
        give(card, points)
    return card


BY_HAND: dict[str, Any] = {"at": LONG_AGO, "comment": "", "acting_user": PROGRAM}


def give(card: Card, points: Decimal | int, **choices: Any) -> Transaction:
    return manual.accrue(card=card, amount=Decimal(points), **{**BY_HAND, **choices})


def take(card: Card, points: Decimal | int, **choices: Any) -> Transaction:
    return manual.write_off(card=card, amount=Decimal(points), **{**BY_HAND, **choices})


def undo(row: Transaction, **choices: Any) -> Transaction:
    usual = {"at": LONG_AGO, "acting_user": PROGRAM}
    return undo_by_hand(row=row, **{**usual, **choices})


def make_referral(chain: Chain, **choices: Any) -> CardType:
    """A program of 10 off for the guest and 5 % of paid for the inviter; returns the type that receives it."""
    card_type = make_card_type(chain, "friends")
    usual = {
        "discount": make_promotion(chain, "welcome", PromotionKind.DISCOUNT_FIXED, "10", unit="amount"),
        "cashback": make_promotion(chain, "thanks", PromotionKind.CASHBACK_FIXED_PAID, "5"),
        "card_type": card_type,
    }
    set_referral_program(chain=chain, at=LONG_AGO, acting_user=PROGRAM, **{**usual, **choices})
    return card_type


def make_plan(shop: Shop, client: Client, *lines: PlanLine, starts_at: datetime = NOW, **choices: Any) -> Plan:
    """An arrived visit of one haircut, or of the lines, all paid in cash."""
    usual: dict[str, Any] = {"status": Status.ARRIVED, "payments": REST}
    return Plan(
        client_id=client.pk,
        location_id=shop.location.pk,
        starts_at=starts_at,
        starts_on=shop.location.local_date(starts_at),
        lines=lines or (plan_line(shop.haircut),),
        **{**usual, **choices},
    )


def save(shop: Shop, plan: Plan, *, at: datetime | None = None, **choices: Any) -> Visit:
    choices = {"key": uuid.uuid4(), "acting_user": PROGRAM, **choices}
    return save_visit(location=shop.location, plan=plan, at=at or plan.starts_at, **choices)


def cancel(shop: Shop, visit: Visit, **choices: Any) -> Visit:
    usual = {"key": uuid.uuid4(), "at": NOW, "acting_user": PROGRAM}
    return cancel_visit(visit_id=visit.pk, chain=shop.chain, **{**usual, **choices})


def burn(shop: Shop, *, at: datetime) -> int:
    return burn_points(chain=shop.chain, at=at)


def points(card: Card | Account, amount: Decimal | int | None) -> tuple[MeansChoice, ...]:
    """So much of a card, or of an account, on a bill; None is the most."""
    return (MeansChoice(card.holder_id, None if amount is None else Decimal(amount)),)


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
