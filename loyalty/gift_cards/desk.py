"""Gift cards as they lie on the desk."""

from __future__ import annotations

from collections.abc import Collection

from loyalty.gift_cards.models import GIFT_CARD_TYPE_TERMS, GiftCard
from loyalty.ledger.kinds import TransactionKind
from loyalty.rules.gift_cards import DeskGiftCard

_COLUMNS = ("holder_id", "holder__client_id", "terms_id", "last_on", "is_granted", "blocked_at", "newest_debit")


def desk_gift_cards(holder_ids: Collection[int], *, without_visit: int | None) -> list[DeskGiftCard]:
    """The gift cards of these holders as if the visit had never acted, in the order of their sale.

    One query beside unknown terms.
    """
    found = (
        GiftCard.objects.filter(holder__in=holder_ids)
        .with_ledger(without_visit=without_visit)
        .order_by("sold_at", "pk")
        .values_list(*_COLUMNS)
    )
    cards = list(found)
    known = GIFT_CARD_TYPE_TERMS.of(terms_id for _holder, _client, terms_id, *_others in cards)
    return [
        DeskGiftCard(
            holder_id=holder_id,
            owner_id=client_id,
            gift_card_type=known[terms_id],
            last_on=last_on,
            is_granted=is_granted,
            is_blocked=blocked_at is not None,
            is_expired=newest_debit == TransactionKind.GIFT_CARD_EXPIRY,
        )
        for holder_id, client_id, terms_id, last_on, is_granted, blocked_at, newest_debit in cards
    ]
