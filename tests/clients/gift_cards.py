"""Gift cards that are sold on bills and pay visits, for the pages that tell of them."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from chains.catalog.models import Item
from chains.models import Location
from clients.models import Client
from loyalty.accounts.models import Account
from loyalty.gift_cards.models import GiftCard, GiftCardType
from loyalty.rules.plan import MeansChoice, PlanValue, Recipient
from tests.cast import PROGRAM
from tests.programs import make_visit
from visits.checkout import cancel_visit
from visits.models import Visit


def sell(
    location: Location,
    gift_card_type: GiftCardType,
    amount: str,
    *,
    buyer: Client | None = None,
    price: str = "",
    number: str = "",
    recipient: Recipient | None = None,
    at: datetime,
) -> GiftCard:
    """One that is sold alone on a bill and paid in cash, for as much as is on it where no price is said."""
    value = PlanValue(
        "gift_card",
        Decimal(price or amount),
        Decimal(amount),
        gift_card_type.pk,
        number=number,
        recipient=recipient or Recipient(),
    )
    visit = make_visit(location, buyer, [], at=at, value=(value,))
    return GiftCard.objects.get(holder=visit.value_lines.get().holder_id)


def pay(
    location: Location,
    guest: Client | None,
    items: Iterable[Item],
    by: GiftCard | Account,
    amount: str | None,
    *,
    at: datetime,
) -> Visit:
    """A visit that the gift card or account pays so much of, None the most, and cash the rest."""
    means = MeansChoice(by.holder_id, None if amount is None else Decimal(amount))
    return make_visit(location, guest, items, at=at, means=(means,))


def take_back(visit: Visit, *, at: datetime) -> None:
    """Cancel the bill."""
    cancel_visit(visit_id=visit.pk, chain=visit.chain, key=uuid.uuid4(), at=at, acting_user=PROGRAM)


def sale_of(card: GiftCard) -> Visit:
    return Visit.objects.get(value_lines__holder=card.holder_id)
