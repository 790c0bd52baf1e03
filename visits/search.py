"""What the front desk looks for: a guest by phone, name or card, a visit by its number, and what is often sold."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.conf import settings
from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet

from chains.catalog.models import Item
from chains.models import Chain, Location
from clients.models import Client
from clients.search import known_by, with_keys
from config.ui.digits import with_plain_digits
from loyalty.cards.models import Card
from loyalty.rules.plan import Status
from visits.models import Visit

_NUMBER = re.compile(r"(?:#|№|No\.?)?\s*([0-9]{1,12})", re.IGNORECASE)


#: Long enough for what is sold once a month, short enough to follow the season.
DAYS_OF_OFTEN_SOLD = 90

#: So many visits tell what is often sold, so that a busy location waits no longer than a quiet one.
VISITS_OF_OFTEN_SOLD = 500


#: So many guests are sorted of those that are found, however long the chain's list of clients is.
MANY = 1_000


@dataclass(frozen=True)
class FoundGuest:
    """A client of the chain, with the cards of the number searched for and the visits of the day here."""

    client: Client
    cards: list[Card]
    visits: list[Visit]


@dataclass(frozen=True)
class Found:
    """``visit`` is the location's visit of the number searched for; ``has_more`` guests than were asked for."""

    visit: Visit | None
    guests: list[FoundGuest]
    has_more: bool

    def __bool__(self) -> bool:
        return bool(self.visit or self.guests)


def found_by(chain: Chain, text: str) -> Q:
    """Clients that are found by name, phone, e-mail, or the beginning of a card's number."""
    carded = Card.objects.filter(chain=chain).numbered(text).values("client")
    return known_by(chain, text) | with_keys(carded[: settings.MOST_NUMBERED + 1])


def look_for(text: str, *, location: Location, on: date, most: int) -> Found:
    """At most ``most`` guests, who has a visit on the day ``on`` first, then by name; in a fixed number of queries.

    Of more than `MANY` only those with a visit, and as many others, are sorted: whoever is meant needs more letters.
    """
    numbered = Card.objects.filter(chain=location.chain).numbered(text).select_related("card_type")
    expected = _visits_of_day(location, on)
    meant = location.chain.clients.filter(found_by(location.chain, text)).values("pk")
    ids = meant.filter(with_keys(expected.values("client"))).union(meant[:MANY])
    clients = location.chain.clients.filter(with_keys(ids)).prefetch_related(Prefetch("cards", numbered))
    comes = Exists(expected.filter(client=OuterRef("pk")))
    found = list(clients.order_by(comes.desc(), "name_folded", "pk")[: most + 1])
    return Found(_visit(text, location), _guests(found[:most], location, on), has_more=len(found) > most)


def known_guests(clients: Iterable[Client], *, location: Location, on: date) -> Found:
    """Clients that were found otherwise, as a search finds them."""
    return Found(None, _guests(list(clients), location, on, with_cards=False), has_more=False)


def _guests(clients: list[Client], location: Location, on: date, *, with_cards: bool = True) -> list[FoundGuest]:
    visits: dict[int, list[Visit]] = defaultdict(list)
    for visit in _visits_of_day(location, on).filter(client__in=clients).order_by("starts_at", "pk"):
        visits[visit.client_id or 0].append(visit)
    return [FoundGuest(each, list(each.cards.all()) if with_cards else [], visits[each.pk]) for each in clients]


def _visits_of_day(location: Location, on: date) -> QuerySet[Visit]:
    return location.visits.filter(starts_on=on).exclude(status=Status.CANCELLED)


def _visit(text: str, location: Location) -> Visit | None:
    number = _NUMBER.fullmatch(with_plain_digits(text).strip().replace("＃", "#"))
    return location.visits.filter(pk=number[1]).select_related("client").first() if number else None


def often_sold(location: Location, on: date, *, most: int) -> list[Item]:
    """What was on most bills of the guests who came to the location of late, at most as many, in one query.

    Items are not narrowed to the chain, whose are all that its locations sell: PostgreSQL would begin with them.
    """
    came = location.visits.filter(status=Status.ARRIVED, starts_on__range=(on - timedelta(days=DAYS_OF_OFTEN_SOLD), on))
    newest = came.order_by("-starts_on", "-starts_at")[:VISITS_OF_OFTEN_SOLD]
    sold = Item.objects.for_sale().filter(lines__removed=False, lines__visit__in=newest.values("pk"))
    counted = sold.annotate(bills=Count("lines__visit", distinct=True))
    return list(counted.order_by("-bills", "name_folded", "pk")[:most])
