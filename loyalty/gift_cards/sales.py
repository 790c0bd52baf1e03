"""Gift cards come to be here: made, or made anew, when what they were sold on is paid (docs/rules.md, section 11)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import date, datetime
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.db.models import Count
from django.utils.translation import gettext_lazy as _

from chains.acting import Acting, user_of
from chains.folding import folded_number
from chains.models import Chain
from chains.refusals import Code, Refusal
from loyalty.gift_cards.models import (
    GIFT_CARD_TYPE_TERMS,
    GiftCard,
    GiftCardRecipient,
    GiftCardType,
    sale_stands,
)
from loyalty.ledger.kinds import HolderKind
from loyalty.ledger.models import Holder
from loyalty.programs.numbers import new_number, typed_number
from loyalty.rules.plan import Recipient


def lock_limited_types(chain: Chain, type_ids: Iterable[int]) -> None:
    """Hold those of these types of which only so many may be sold, in primary-key order, until the transaction ends."""
    limited = GiftCardType.objects.filter(chain=chain, pk__in=list(type_ids), terms__copies__gt=0).order_by("pk")
    list(limited.select_for_update(no_key=True, of=("self",)).values_list("pk"))


def count_sold(type_ids: Iterable[int]) -> Mapping[int, int]:
    """How many gift cards of each type were granted and not returned."""
    found = GiftCard.objects.filter(sale_stands(), gift_card_type__in=list(type_ids))
    return dict(found.order_by().values_list("gift_card_type").annotate(Count("pk")))


def numbers_taken(chain: Chain, numbers: Iterable[str], *, apart_from: Iterable[int] = ()) -> set[str]:
    """Which of these folded numbers a gift card of the chain has whose sale stands; not those of some holders."""
    found = GiftCard.objects.filter(sale_stands(), chain=chain, number_folded__in=list(numbers))
    return set(found.exclude(holder__in=list(apart_from)).values_list("number_folded", flat=True))


def make_gift_card(
    *,
    gift_card_type: GiftCardType,
    par: Decimal,
    number: str = "",
    buyer_id: int | None,
    recipient: Recipient | None = None,
    granted_on: date,
    at: datetime,
    acting_user: Acting,
) -> GiftCard:
    """Make a gift card with an empty holder, under the terms in force; a blank number is generated.

    A named one's holder is the buyer's. Refuses ``gift_card_number_taken``.
    """
    assert gift_card_type.terms_id
    [terms] = GIFT_CARD_TYPE_TERMS.of([gift_card_type.terms_id]).values()
    owner_id = buyer_id if terms.named else None
    card = GiftCard(
        chain_id=gift_card_type.chain_id,
        gift_card_type=gift_card_type,
        terms_id=terms.terms_id,
        holder=Holder.objects.create(chain_id=gift_card_type.chain_id, client_id=owner_id, kind=HolderKind.GIFT_CARD),
        par=par,
        buyer_id=buyer_id,
        last_on=terms.last_day(granted_on),
        sold_at=at,
        sold_by=user_of(acting_user),
    )
    _save_numbered(card, typed_number(number) or new_number())
    if recipient and recipient != Recipient():
        GiftCardRecipient.objects.create(gift_card=card, **asdict(recipient))
    return card


def renew_gift_card(
    card: GiftCard,
    *,
    par: Decimal,
    number: str,
    buyer_id: int | None,
    recipient: Recipient,
    granted_on: date,
    at: datetime,
) -> None:
    """Make a card that was returned good once more, as its bill is paid again; it keeps its terms and who sold it.

    Who sold it may see its code on that day; whoever takes the money once more learns of none.

    All else is as the bill says now: who buys it, and for whom. Refuses ``gift_card_number_taken`` where its number
    was sold once more meanwhile.
    """
    [terms] = GIFT_CARD_TYPE_TERMS.of([card.terms_id]).values()
    card.par, card.last_on, card.sold_at = par, terms.last_day(granted_on), at
    card.buyer_id = buyer_id
    _save_numbered(card, typed_number(number) or card.number)
    keep_recipient(card, recipient)


def keep_recipient(card: GiftCard, recipient: Recipient) -> bool:
    """Say for whom a card is, nobody else where all is blank; returns whether that is another than before."""
    kept = GiftCardRecipient.objects.filter(gift_card=card).first()
    if recipient == (kept.as_plan() if kept else Recipient()):
        return False
    if recipient == Recipient():
        GiftCardRecipient.objects.filter(gift_card=card).delete()
    else:
        GiftCardRecipient.objects.update_or_create(gift_card=card, defaults=asdict(recipient))
    return True


def _save_numbered(card: GiftCard, number: str) -> None:
    """Save it under a number; a returned card of that number, such as one sold by mistake, gives it up."""
    folded = folded_number(number)
    card.number, card.number_folded = number, folded
    # Locked first, then judged: by the statement that waits for a lock a sale that stood up meanwhile is not seen.
    same = GiftCard.objects.filter(chain=card.chain_id, number_folded=folded).exclude(pk=card.pk).order_by("pk")
    list(same.select_for_update(no_key=True).values_list("pk"))
    try:
        with transaction.atomic():
            same.filter(~sale_stands()).update(number_folded="")
            card.save()
    except IntegrityError as error:
        raise number_taken(number) from error


def number_taken(number: str, field: str = "number") -> Refusal:
    return Refusal(
        Code.GIFT_CARD_NUMBER_TAKEN,
        _("Another gift card of the chain has the number %(number)s. Type another, or leave it blank for a new one."),
        field=field,
        params={"number": number},
    )
