"""Which rows of the ledger are meant, and in which order: the same for the page and for its workbook."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet

from chains.models import Chain
from clients.search import find_by_name, find_clients
from config.ui.ordering import empty_last
from loyalty.cards.models import Card
from loyalty.client_pages.holders import in_full
from loyalty.ledger.models import Transaction
from loyalty.ledger.sums import Chosen

#: What rows may be sorted by, and the fields that make each order; every order ends with the primary key.
ORDERS = {
    "at": ("at", "pk"),
    "location": ("location__name_folded",),
    "kind": ("kind",),
    "client": ("client__name_folded",),
    "card": (
        "card__number_folded",
        "holder__gift_card__gift_card_type__name_folded",
        "holder__account__account_type__name_folded",
        "holder__membership_counter__membership__membership_type__name_folded",
        "holder_id",
    ),
    "promotion": ("promotion__name_folded",),
    "visit": ("visit__starts_at",),
    "amount": ("amount",),
    "balance_after": ("balance_after",),
    "acting_user": ("acting_user__name_folded",),
    "visit_number": ("visit__id",),
}
NEWEST_FIRST = ("-at",)
#: What an address says for the rows that belong to no location.
CHAIN_ITSELF = "chain"


@dataclass(frozen=True)
class Selection:
    """``since`` and ``until`` are days of the chain, both included; an empty choice means all there are.

    ``sources`` holds ids of locations; ``chain_itself`` adds the rows that belong to none. ``whose`` is a part of a
    client's name or phone, or the beginning of a card's number; with ``by_name_only``, for who may not see clients, no
    phone is looked at. ``amount_from`` and ``amount_to`` are figures with
    their sign, both included, whatever they count.
    """

    since: date | None = None
    until: date | None = None
    kinds: tuple[str, ...] = ()
    promotions: tuple[int, ...] = ()
    sources: tuple[int, ...] = ()
    chain_itself: bool = False
    whose: str = ""
    by_name_only: bool = False
    amount_from: Decimal | None = None
    amount_to: Decimal | None = None
    sort: tuple[str, ...] = NEWEST_FIRST

    def rows(self, chain: Chain) -> QuerySet[Transaction]:
        """The rows in their order, with all that a list shows of them."""
        rows = self.narrow(rows_of(chain), chain)
        return rows.order_by(*empty_last(rows, self.order()))

    def narrow(self, rows: QuerySet[Transaction], chain: Chain) -> QuerySet[Transaction]:
        rows = rows.filter(self._period(chain), self._sources(), self._amounts())
        if self.kinds:
            rows = rows.filter(kind__in=self.kinds)
        if self.promotions:
            rows = rows.filter(promotion__in=self.promotions)
        return rows.filter(held_by(chain, self.whose, by_name_only=self.by_name_only)) if self.whose else rows

    @property
    def summed(self) -> Chosen | None:
        """The same rows as the sums of the ledger know them; None where they do not tell such rows apart."""
        if self.whose or self.amount_from is not None or self.amount_to is not None:
            return None
        places = (*self.sources, *([None] if self.chain_itself else []))
        return Chosen(self.since, self.until, self.kinds, self.promotions, places)

    def order(self) -> list[str]:
        fields = []
        for name in self.sort:
            sign = "-" if name.startswith("-") else ""
            fields += [f"{sign}{field}" for field in ORDERS.get(name.removeprefix("-"), ())]
        return [*fields, "pk"]

    def _period(self, chain: Chain) -> Q:
        period = Q()
        if self.since:
            period &= Q(at__gte=datetime.combine(self.since, time.min, chain.zone))
        if self.until:
            period &= Q(at__lt=datetime.combine(self.until + timedelta(days=1), time.min, chain.zone))
        return period

    def _amounts(self) -> Q:
        amounts = Q()
        if self.amount_from is not None:
            amounts &= Q(amount__gte=self.amount_from)
        if self.amount_to is not None:
            amounts &= Q(amount__lte=self.amount_to)
        return amounts

    def _sources(self) -> Q:
        chosen = Q(location__in=self.sources) if self.sources else Q()
        return chosen | Q(location=None) if self.chain_itself else chosen


def rows_of(chain: Chain) -> QuerySet[Transaction]:
    return in_full(Transaction.objects.filter(chain=chain)).select_related("client", "visit__client")


#: As many clients and cards are looked for by their ids, which indexes answer; of more the rows are walked.
MANY = 1_000


def held_by(chain: Chain, text: str, *, by_name_only: bool) -> Q:
    """Rows of clients who are found by the text, and of cards whose number begins with it."""
    clients = (find_by_name if by_name_only else find_clients)(chain, text).order_by().values("pk")
    cards = Card.objects.filter(chain=chain).numbered(text).values("pk")
    return Q(client__in=_few(clients)) | Q(card__in=_few(cards))


def _few(found: QuerySet[Any]) -> Any:
    keys = list(found.values_list("pk", flat=True)[: MANY + 1])
    return keys if len(keys) <= MANY else found
