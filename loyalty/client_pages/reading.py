"""What the pages of clients and cards show of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from chains.models import Access, Chain
from clients.models import Client
from loyalty.cards.models import Card, CardType, held_by_type
from loyalty.ledger.holdings import Holding, Outstanding, holdings_of
from loyalty.ledger.kinds import TransactionKind
from loyalty.ledger.models import Holder, Transaction
from loyalty.rules.money import ZERO


@dataclass(frozen=True)
class HeldCard:
    """A card and what it holds."""

    card: Card
    holding: Holding


def clients_of(chain: Chain) -> QuerySet[Client]:
    """The chain's clients with what every tab of their page shows."""
    return chain.clients.select_related("chain", "registered_location")


def cards_of(client: Client, *, at: datetime) -> list[HeldCard]:
    """The client's cards in order of issue, those that are blocked last."""
    cards = list(Card.objects.held_by(client).select_related("card_type__terms", "holder"))
    today = client.chain.local_date(at)
    holdings = holdings_of([card.holder for card in cards], today=today)
    held = [HeldCard(card, holdings[card.holder_id]) for card in cards]
    return sorted(held, key=lambda each: each.card.is_blocked)


def may_undo_row(access: Access, row: Transaction) -> bool:
    """Whether who has the access may undo the row by hand: with the right of its kind."""
    return row.is_manual and row.what.by_hand is not None and access.has(row.what.by_hand)


#: Money is handed over with them, where no bill is: of these the guest may have a receipt.
HANDED_OVER = (TransactionKind.ACCOUNT_TOP_UP, TransactionKind.ACCOUNT_PAYOUT)


def has_receipt(row: Transaction) -> bool:
    """Whether the guest may have a receipt of the row by itself; one that a bill wrote is on the visit's."""
    return row.kind in HANDED_OVER and row.is_manual and row.undoes_id is None


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


def outstanding_of(chain: Chain, card_type: CardType | None) -> Outstanding:
    """What the cards of the chain, or of one of its types, hold together."""
    held = [sums for type_id, sums in held_by_type(chain).items() if card_type is None or type_id == card_type.pk]
    blocked = Card.objects.filter(card_type__in=[card_type] if card_type else chain.card_types.all())
    barred = Outstanding.of(Holder.objects.filter(card__in=blocked.exclude(blocked_at=None)))
    debt = sum((sums.debt for sums in held), ZERO)
    return Outstanding(sum((sums.amount for sums in held), debt), barred.to_spend, debt)
