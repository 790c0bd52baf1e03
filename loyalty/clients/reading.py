"""What the pages of clients and cards show of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from chains.models import Chain
from clients.models import Client
from loyalty.cards.models import Card, CardType
from loyalty.ledger.books import LastVisits
from loyalty.ledger.holdings import Holding, holdings_of


@dataclass(frozen=True)
class HeldCard:
    """A card and what it holds."""

    card: Card
    holding: Holding


def clients_of(chain: Chain) -> QuerySet[Client]:
    """The chain's clients with what every tab of their page shows."""
    return chain.clients.select_related("chain", "registered_location")


def cards_of(client: Client, *, at: datetime, last_visits: LastVisits) -> list[HeldCard]:
    """The client's cards in order of issue, those that are blocked last."""
    cards = list(Card.objects.held_by(client).select_related("card_type__terms", "holder"))
    today = client.chain.local_date(at)
    holdings = holdings_of([card.holder for card in cards], today=today, last_visits=last_visits)
    held = [HeldCard(card, holdings[card.holder_id]) for card in cards]
    return sorted(held, key=lambda each: each.card.is_blocked)


def issuable_types(client: Client) -> QuerySet[CardType]:
    """Card types of which the client may be given a card."""
    held = Card.objects.active().filter(client=client).values("card_type")
    return (
        CardType.objects.filter(chain=client.chain_id, terms__archived=False)
        .exclude(pk__in=held)
        .order_by("name_folded", "pk")
    )


def find_cards(chain: Chain, text: str) -> QuerySet[Card]:
    """Cards of the chain whose number begins with the text."""
    return Card.objects.filter(chain=chain).numbered(text)
