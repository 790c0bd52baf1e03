"""What the pages of gift cards show of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from chains.access import Right
from chains.edits import EditedRow
from chains.history import Fields
from chains.models import Access, Chain
from clients.models import Client
from loyalty.gift_cards.letters import address_of_letter, has_gone_to
from loyalty.gift_cards.models import GiftCard, GiftCardQuerySet, GiftCardRecipient, GiftCardStatus, GiftCardTypeTerms
from loyalty.gift_cards.sentences import what_in_words
from loyalty.ledger.models import Transaction
from loyalty.programs.differences import ProgramNames

#: What is told of a card's history; its rows tell the rest.
TOLD = Fields(
    GiftCard,
    ("last_on", "last_on_reason", "blocked_at", "block_reason"),
    words={"blocked_at": lambda at: date_format(localtime(at), "SHORT_DATETIME_FORMAT") if at else _("no")},
)
#: What is edited of it under the version of its page.
EDITED = Fields(GiftCard, ("last_on", "last_on_reason"))


def gift_cards_of(chain: Chain, today: date) -> GiftCardQuerySet:
    """The chain's gift cards with all that a page tells of each."""
    found = chain.gift_cards.select_related(
        "chain", "gift_card_type", "terms", "holder", "buyer", "sold_by", "recipient"
    )
    return found.with_status(today).with_holding().with_sale()


def gift_cards_of_client(client: Client, today: date) -> QuerySet[GiftCard]:
    """What the client bought and what the client holds, those sold last first."""
    maybe = gift_cards_of(client.chain, today).maybe_of([client.pk])
    return maybe.filter(Q(buyer=client) | Q(held_by_id=client.pk)).order_by("-sold_at", "-pk")


@dataclass(frozen=True)
class ToldGiftCard:
    """A gift card as a page of it tells, for one reader on the chain's day ``on``."""

    card: GiftCard
    access: Access
    on: date

    @property
    def number(self) -> str:
        """Its code, or as much of it as the reader may see."""
        return self.card.number_shown_to(self.access, on=self.on)

    @property
    def status(self) -> GiftCardStatus:
        return GiftCardStatus(self.card.status)

    @cached_property
    def sale(self) -> Transaction | None:
        """The row that granted it last; None of one whose row is not there."""
        card: Any = self.card
        rows = Transaction.objects.select_related("visit__location", "value_line", "location")
        return rows.filter(pk=card.granted_by_id).first()

    @property
    def sold_for(self) -> Decimal | None:
        """The price that stands on its bill; None where there was none."""
        return self.sale.value_line.price if self.sale and self.sale.value_line else None

    @property
    def may_open_sale(self) -> bool:
        """Whether there is a bill of its sale, and the reader works where it stands."""
        visit = self.sale.visit if self.sale else None
        return visit is not None and self.access.has_at(Right.CHECKOUT_VISITS, visit.location_id)

    @property
    def recipient(self) -> GiftCardRecipient | None:
        return getattr(self.card, "recipient", None)

    @cached_property
    def letter_to(self) -> str:
        """Where the letter about it goes; empty where nobody is to be reached, or nothing is to be told any more."""
        return address_of_letter(self.card) if self.status == GiftCardStatus.ACTIVE else ""

    @cached_property
    def may_send_letter(self) -> bool:
        """Whether the reader may have the letter sent again: nobody is told a code through it who may not see it."""
        if not self.letter_to or not self.access.has(Right.SELL_VALUE):
            return False
        sees_code = self.card.is_named or self.number == self.card.number
        return sees_code or has_gone_to(self.card, self.letter_to)

    @cached_property
    def where(self) -> str:
        return accepted_at(self.card.terms, self._names)

    @cached_property
    def what(self) -> str:
        return what_in_words(self.card.terms, self._names)

    @cached_property
    def _names(self) -> ProgramNames:
        return ProgramNames(self.card.chain)


def accepted_at(terms: GiftCardTypeTerms, names: ProgramNames) -> str:
    return _("all locations") if terms.locations is None else names.of("locations", terms.locations)


def edited_gift_card(card: GiftCard) -> EditedRow:
    return EditedRow(card, EDITED)


def told(cards: Iterable[GiftCard], access: Access, on: date) -> list[ToldGiftCard]:
    return [ToldGiftCard(card, access, on) for card in cards]
