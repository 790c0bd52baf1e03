"""Programs, clients, cards and visits for stories, made by the product's own services."""

import uuid
from collections.abc import Iterable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from chains.catalog.models import Category, Item
from chains.models import Chain, Location
from clients.models import Client
from loyalty.accounts.models import Account, AccountType
from loyalty.accounts.services import create_account_type, open_account
from loyalty.cards.manual import accrue
from loyalty.cards.models import Card, CardType
from loyalty.cards.services import create_card_type, issue_card, register_client
from loyalty.gift_cards.models import GiftCard, GiftCardType
from loyalty.gift_cards.services import create_gift_card_type, grant_opening_balance
from loyalty.ledger.models import Transaction
from loyalty.memberships.counters import kept_counter
from loyalty.memberships.models import Membership, MembershipType
from loyalty.memberships.services import create_membership_type
from loyalty.memberships.services import grant_opening_balance as grant_uses
from loyalty.promotions.models import Promotion
from loyalty.promotions.services import create_promotion
from loyalty.referral.models import ReferralProgram
from loyalty.referral.services import set_referral_program
from loyalty.rules.plan import PaymentChoice, PaymentMethod, Plan, PlanLine, Status
from loyalty.rules.terms import ItemKind, PromotionKind
from tests.cast import LONG_AGO, PROGRAM
from visits.checkout import save_visit
from visits.models import Visit


def make_item(chain: Chain, name: str, price: str, *, category: str = "", kind: ItemKind = ItemKind.SERVICE) -> Item:
    group = Category.objects.get_or_create(chain=chain, name=category)[0] if category else None
    return Item.objects.create(chain=chain, kind=kind, name=name, category=group, price=Decimal(price))


def make_client(location: Location, name: str, phone: str, *, at: datetime = LONG_AGO) -> Client:
    """A client with the cards that new clients of the location get by themselves."""
    return register_client(chain=location.chain, name=name, phone=phone, location=location, at=at, acting_user=PROGRAM)


def make_promotion(chain: Chain, name: str, kind: PromotionKind, value: str = "0", **choices: Any) -> Promotion:
    return create_promotion(
        chain=chain, name=name, at=LONG_AGO, acting_user=PROGRAM, kind=kind, value=Decimal(value), **choices
    )


def make_card_type(chain: Chain, name: str, promotions: Iterable[Promotion] = (), **choices: Any) -> CardType:
    return create_card_type(chain=chain, name=name, promotions=promotions, at=LONG_AGO, acting_user=PROGRAM, **choices)


def make_card(client: Client, card_type: CardType, number: str = "", *, at: datetime = LONG_AGO) -> Card:
    return issue_card(client=client, card_type=card_type, number=number, at=at, acting_user=PROGRAM)


def give_points(card: Card, amount: str, *, at: datetime = LONG_AGO, last_day: date | None = None) -> Transaction:
    """Points by hand."""
    return accrue(
        card=card,
        amount=Decimal(amount),
        comment="For a fine story",
        last_day=last_day,
        at=at,
        acting_user=PROGRAM,
    )


def make_referral_program(
    chain: Chain, card_type: CardType, *, discount: str = "10", cashback: str = "5"
) -> ReferralProgram:
    """``discount`` percent for the invited client, ``cashback`` percent of paid for the inviter."""
    return set_referral_program(
        chain=chain,
        at=LONG_AGO,
        acting_user=PROGRAM,
        discount=make_promotion(chain, "Welcome", PromotionKind.DISCOUNT_FIXED, discount),
        cashback=make_promotion(chain, "Thank you", PromotionKind.CASHBACK_FIXED_PAID, cashback),
        card_type=card_type,
    )


def make_own_program(location: Location, card_type: CardType, **choices: Any) -> ReferralProgram:
    """The location's own: 15.00 for the invited client, 8 % of sold for the inviter; ``choices`` besides."""
    chain = location.chain
    usual = {
        "discount": make_promotion(chain, f"Welcome to {location}", PromotionKind.DISCOUNT_FIXED, "15", unit="amount"),
        "cashback": make_promotion(chain, f"Thanks from {location}", PromotionKind.CASHBACK_FIXED_SOLD, "8"),
        "card_type": card_type,
    }
    return set_referral_program(
        chain=chain, location=location, at=LONG_AGO, acting_user=PROGRAM, **{**usual, **choices}
    )


def make_gift_card_type(chain: Chain, name: str = "Spring", **choices: Any) -> GiftCardType:
    usual = {"par_least": Decimal(1), "par_most": Decimal(100000)}
    return create_gift_card_type(chain=chain, name=name, at=LONG_AGO, acting_user=PROGRAM, **{**usual, **choices})


def make_gift_card(
    gift_card_type: GiftCardType, amount: str, number: str = "", *, at: datetime = LONG_AGO, **choices: Any
) -> GiftCard:
    """One with so much on it; a client among the choices bought it, and has it where the type is named."""
    return grant_opening_balance(
        gift_card_type=gift_card_type, amount=Decimal(amount), number=number, at=at, acting_user=PROGRAM, **choices
    )


def make_membership_type(chain: Chain, name: str = "Ten visits", *items: Item, **choices: Any) -> MembershipType:
    """Of ten visits for the items, or for one that is made for it; ``choices`` besides."""
    services = [item.pk for item in items or [make_item(chain, f"Service of {name}", "50.00")]]
    usual = {"counters": [kept_counter(1, services, [], 10)], "price": Decimal(400)}
    return create_membership_type(chain=chain, name=name, at=LONG_AGO, acting_user=PROGRAM, **{**usual, **choices})


def make_account_type(chain: Chain, name: str = "House account", *, credit: str = "0", **choices: Any) -> AccountType:
    return create_account_type(
        chain=chain, name=name, credit=Decimal(credit), at=LONG_AGO, acting_user=PROGRAM, **choices
    )


def make_account(client: Client, account_type: AccountType, balance: str = "0", *, at: datetime = LONG_AGO) -> Account:
    return open_account(
        client=client, account_type=account_type, opening_balance=Decimal(balance), at=at, acting_user=PROGRAM
    )


def make_membership(
    membership_type: MembershipType, client: Client, number: str = "", *, at: datetime = LONG_AGO, **choices: Any
) -> Membership:
    """One that was sold before there was a ledger, worth nothing; days and what is left among the choices."""
    return grant_uses(
        membership_type=membership_type, client=client, number=number, at=at, acting_user=PROGRAM, **choices
    )


def plan_line(item: Item, quantity: int = 1, by_hand: str = "0") -> PlanLine:
    return PlanLine(item.pk, ItemKind(item.kind), item.category_id, quantity, item.price, Decimal(by_hand))


def make_visit(
    location: Location,
    client: Client | None,
    items: Iterable[Item],
    *,
    at: datetime,
    status: Status = Status.ARRIVED,
    pays: PaymentMethod | None = PaymentMethod.CASH,
    by_hand: str = "0",
    **choices: Any,
) -> Visit:
    """A visit at ``at``, with so many percent off by hand; paid in full by one method, or not at all."""
    plan = Plan(
        client_id=client.pk if client else None,
        location_id=location.pk,
        starts_at=at,
        starts_on=location.local_date(at),
        status=status,
        lines=tuple(plan_line(item, by_hand=by_hand) for item in items),
        payments=(PaymentChoice(pays, None),) if pays else (),
        **choices,
    )
    return save_visit(location=location, plan=plan, key=uuid.uuid4(), at=at, acting_user=PROGRAM)


def moment(text: str) -> datetime:
    """An instant in UTC, as in "2026-03-01 10:00"."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
