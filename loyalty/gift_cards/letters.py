"""Letters about gift cards: to who gets one, and what a payment left on one (docs/rules.md, section 12).

They are queued in the commit that gave the reason for them, and say what is true when they are sent.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import date, datetime, time
from decimal import Decimal

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from chains.acting import Acting
from chains.refusals import Code, Refusal
from chains.submissions import claim, finish
from clients.messages.facts import Facts
from clients.messages.models import ON_ITS_WAY, Message, MessageKind, MessageQuerySet, MessageState, Trouble
from loyalty.gift_cards.models import (
    GiftCard,
    GiftCardQuerySet,
    GiftCardRecipient,
    GiftCardStatus,
)
from loyalty.ledger.kinds import TransactionKind
from loyalty.ledger.models import Transaction
from loyalty.programs.differences import ProgramNames
from loyalty.rules.terms import ScopeMode, WriteOff

#: Why a card of a status is not told of.
_UNTOLD = {
    GiftCardStatus.RETURNED: Trouble.CARD_RETURNED,
    GiftCardStatus.BLOCKED: Trouble.CARD_BLOCKED,
    GiftCardStatus.EXPIRED: Trouble.CARD_EXPIRED,
    GiftCardStatus.USED_UP: Trouble.CARD_USED_UP,
}


def queue_letter(card: GiftCard, *, at: datetime, is_anew: bool = False) -> None:
    """Tell who gets a card that was sold, on the day that was chosen for it, at the chain's hour; once a grant.

    Without an e-mail of the recipient's it goes to the buyer; where neither has one, the card is handed over.
    A letter on its way goes out as the card is now; one that went out stays, unless the card ``is_anew``: granted once
    more, under another number or for longer.
    """
    if not address_of_letter(card):
        return
    today, recipient = card.chain.local_date(at), _recipient(card)
    on = max(recipient.send_on or today, today) if recipient else today
    hour = datetime.combine(on, time(card.chain.notice_hour), card.chain.zone)
    letters = _letters(card) if is_anew else _letters(card).filter(state__in=ON_ITS_WAY)
    _send(card, letters, on, at=at, due_at=max(at, hour) if on > today else at)


@transaction.atomic
def send_again(
    card: GiftCard, *, shown_to: str | None = None, key: uuid.UUID | None = None, at: datetime, acting_user: Acting
) -> None:
    """Send the letter once more, now: as the card is now, to whom it is for now. A ``key`` counts once.

    Refuses ``stale_edit`` where that is no longer ``shown_to``, the address that the page showed.
    """
    submission = claim(chain=card.chain, key=key, action="send_letter_again", user=acting_user, on=(card,), at=at)
    if submission.result_id:
        return
    if shown_to is not None and shown_to != address_of_letter(card):
        raise Refusal(
            Code.STALE_EDIT, _("The address changed since the page was shown. Look at it, then send the letter.")
        )
    _send(card, _letters(card), card.chain.local_date(at), at=at, due_at=at)
    finish(submission, card.pk)


def has_gone_to(card: GiftCard, address: str) -> bool:
    """Whether the letter about a card went to an address: sent there again, it tells nobody new."""
    gone = (MessageState.SENT, MessageState.IN_MAILBOX)
    return bool(address) and _letters(card).filter(state__in=gone, address=address).exists()


def _letters(card: GiftCard) -> MessageQuerySet:
    return Message.objects.standing().filter(kind=MessageKind.GIFT_CARD, about_id=card.pk)


def _send(card: GiftCard, letters: MessageQuerySet, on: date, *, at: datetime, due_at: datetime) -> None:
    """Put these letters about the card on their way, as if not tried yet; where there are none, queue the first."""
    now = {"client_id": card.buyer_id, "subject_on": on, "queued_at": at, "due_at": due_at}
    if not letters.update(state=MessageState.WAITING, attempts=0, trouble="", answer="", **now):
        _queue([_message(card, MessageKind.GIFT_CARD, card.pk, on, at=at, due_at=due_at)])


def queue_uses(visit_id: int, *, at: datetime) -> None:
    """Tell whose the cards are that a visit was paid with what is left on them; once a payment that stands."""
    payments = Transaction.objects.of_visit(visit_id).standing().filter(kind=TransactionKind.GIFT_CARD_PAYMENT)
    holders = dict(payments.values_list("holder", "pk"))
    cards = GiftCard.objects.filter(holder__in=holders).select_related("chain", "buyer", "recipient")
    told = [card for card in cards.order_by("pk") if address_of_letter(card)]
    _queue(
        _message(card, MessageKind.GIFT_CARD_USED, holders[card.holder_id], card.chain.local_date(at), at=at, due_at=at)
        for card in told
    )


def _queue(messages: Iterable[Message]) -> None:
    Message.objects.bulk_create(messages, ignore_conflicts=True)


def _message(card: GiftCard, kind: MessageKind, about_id: int, on: date, *, at: datetime, due_at: datetime) -> Message:
    return Message(
        chain=card.chain,
        client_id=card.buyer_id,
        kind=kind,
        about_id=about_id,
        subject_on=on,
        queued_at=at,
        due_at=due_at,
    )


# What they say
# ----------------------------------------------------------------------------


def facts_of_card(message: Message, at: datetime) -> Facts:
    """What is on a gift card, its code and what it is good for; or why nobody is told of it any more."""
    today = message.chain.local_date(at)
    card = _cards(Q(pk=message.about_id or 0)).with_status(today).get()
    if untold := _UNTOLD.get(GiftCardStatus(card.status)):
        return Facts(untold=untold)
    recipient, address = _recipient(card), address_of_letter(card)
    is_a_gift = recipient is not None and bool(recipient.email)
    buyer = card.buyer.name if card.buyer else ""
    told = {
        "code": "" if card.terms.named else card.number,
        "called": str(card.gift_card_type),
        "last_on": card.last_on,
        "conditions": conditions_of(card),
        "name": recipient.name if recipient and is_a_gift else buyer,
        "words": recipient.message if recipient and is_a_gift else "",
        "giver": buyer if is_a_gift else "",
    }
    return Facts({"amount": str(card.holder.balance)}, told=told, address=address)


def facts_of_use(message: Message, at: datetime) -> Facts:
    """What a payment took from a gift card and what is left on it at ``at``; nothing once it was undone."""
    row = Transaction.objects.standing().select_related("location").filter(pk=message.about_id or 0).first()
    if row is None:
        return Facts(untold=Trouble.USE_UNDONE)
    card = _cards(Q(holder=row.holder_id)).get()
    recipient = _recipient(card)
    name = recipient.name if recipient and recipient.email else card.buyer.name if card.buyer else ""
    told = {
        "called": str(card.gift_card_type),
        "number": card.masked_number,
        "last_on": card.last_on,
        "location": str(row.location or ""),
        "used_on": message.chain.local_date(row.at),
        "name": name,
    }
    figures = {"amount": str(-row.amount), "left": str(max(card.holder.balance, Decimal(0)))}
    return Facts(figures, told=told, address=address_of_letter(card))


def conditions_of(card: GiftCard) -> list[str]:
    """What who has the card must know: where it is taken, what it does not pay for, and whether it pays once."""
    terms, names, told = card.terms, ProgramNames(card.chain), []
    if terms.locations is not None:
        told.append(_("It is taken at %(locations)s.") % {"locations": names.of("locations", terms.locations)})
    if (terms.service_mode, terms.product_mode) != (ScopeMode.ANY, ScopeMode.ANY):
        covered = {"services": names.of_services(terms), "products": names.of_products(terms)}
        told.append(_("It pays for %(services)s and %(products)s.") % covered)
    if terms.write_off == WriteOff.SINGLE:
        told.append(_("It pays once: what is left of it then is forfeited."))
    if terms.named:
        told.append(_("It is its buyer's alone and needs no code."))
    return told


def _cards(which: Q) -> GiftCardQuerySet:
    return GiftCard.objects.filter(which).select_related(
        "chain", "buyer", "recipient", "holder", "gift_card_type", "terms"
    )


def _recipient(card: GiftCard) -> GiftCardRecipient | None:
    return card.recipient if hasattr(card, "recipient") else None


def address_of_letter(card: GiftCard) -> str:
    """Where letters about a card go; empty where nobody is to be reached."""
    recipient = _recipient(card)
    return (recipient.email if recipient else "") or (card.buyer.email if card.buyer else "")
