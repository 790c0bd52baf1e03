"""Guests who are to be told that their points burn."""

from __future__ import annotations

from datetime import datetime, timedelta

from clients.messages.models import Message
from clients.models import Client
from loyalty.ledger.notices import queue_notices
from loyalty.rules.terms import PromotionKind
from tests.cast import Cast
from tests.programs import make_card_type, make_client, make_item, make_promotion, make_visit


def make_guests(cast: Cast, count: int, *, at: datetime) -> list[Client]:
    """Guests with 5 points each that they may spend for two more days after ``at``, and an address."""
    terms = {"burn_count": 30, "burn_unit": "days", "notice": 3}
    cashback = make_promotion(cast.aurora, "Back", PromotionKind.CASHBACK_FIXED_PAID, "5", **terms)
    make_card_type(cast.aurora, "Bonus card", [cashback], automatic_issue="any")
    hundred = make_item(cast.aurora, "Hundred", "100.00")
    guests = []
    for number in range(count):
        guest = make_client(cast.center, f"Guest {number}", f"+49 151 1234 {5000 + number}")
        Client.objects.filter(pk=guest.pk).update(email=f"guest{number}@example.com")
        make_visit(cast.center, guest, [hundred], at=at - timedelta(days=28))
        guests.append(guest)
    return guests


def queue(cast: Cast, at: datetime) -> list[Message]:
    queue_notices(chain=cast.aurora, at=at)
    return list(Message.objects.order_by("pk"))
