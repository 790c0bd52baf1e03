"""Gift cards as they lie on the desk."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import Exists, OuterRef, Q, Subquery

from loyalty.gift_cards.models import GIFT_CARD_TYPE_TERMS, GRANTS, GiftCard
from loyalty.ledger.kinds import TransactionKind
from loyalty.ledger.models import Transaction
from loyalty.rules.gift_cards import DeskGiftCard


def desk_gift_cards(holder_ids: Collection[int], *, without_visit: int | None) -> list[DeskGiftCard]:
    """The gift cards of these holders as if the visit had never acted, in the order of their sale.

    One query beside unknown terms.
    """
    rows = Transaction.objects.filter(holder=OuterRef("holder"), undoes=None, undone_by=None)
    others = rows.filter(~Q(visit=without_visit)) if without_visit else rows
    newest_debit = others.filter(amount__lt=0).order_by("-pk").values("kind")[:1]
    found = (
        GiftCard.objects.filter(holder__in=holder_ids)
        .annotate(is_granted=Exists(rows.filter(kind__in=GRANTS)), newest_debit=Subquery(newest_debit))
        .order_by("sold_at", "pk")
        .values_list(
            "holder_id", "holder__client_id", "terms_id", "last_on", "is_granted", "blocked_at", "newest_debit"
        )
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
