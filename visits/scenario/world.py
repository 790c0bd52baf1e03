"""The chain of a scenario, and its things by the names that the file gives them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from chains.acting import unrestricted
from chains.catalog.models import Category, Item
from chains.models import Chain, Location
from clients.models import Client
from loyalty.accounts.models import Account, AccountType
from loyalty.cards.models import Card, CardType
from loyalty.gift_cards.models import GiftCard, GiftCardType
from loyalty.ledger.models import Holder
from loyalty.memberships.models import Membership, MembershipCounter, MembershipType
from loyalty.promotions.models import Promotion
from visits.models import ValueLine
from visits.scenario.reader import Entry, named

#: Who acts in a scenario, which checks what the rules say and not who may do it.
SCENARIO = unrestricted("scenario")


@dataclass
class World:
    """The chain of a scenario; its things by the names the file gives them."""

    chain: Chain
    locations: dict[str, Location] = field(default_factory=dict)
    items: dict[str, Item] = field(default_factory=dict)
    categories: dict[str, Category] = field(default_factory=dict)
    clients: dict[str, Client] = field(default_factory=dict)
    promotions: dict[str, Promotion] = field(default_factory=dict)
    card_types: dict[str, CardType] = field(default_factory=dict)
    gift_card_types: dict[str, GiftCardType] = field(default_factory=dict)
    account_types: dict[str, AccountType] = field(default_factory=dict)
    membership_types: dict[str, MembershipType] = field(default_factory=dict)
    #: Gift cards that were there from the start.
    gift_cards: dict[str, GiftCard] = field(default_factory=dict)
    #: Memberships that were there from the start.
    memberships: dict[str, Membership] = field(default_factory=dict)
    #: What steps sold under a name: the key of its value line.
    sold: dict[str, int] = field(default_factory=dict)

    def location(self, entry: Entry) -> Location:
        return named(self.locations, entry, "location")

    def client(self, entry: Entry) -> Client:
        return named(self.clients, entry, "client")

    def promotion(self, entry: Entry) -> Promotion:
        return named(self.promotions, entry, "promotion")

    def card_type(self, entry: Entry) -> CardType:
        return named(self.card_types, entry, "card type")

    def item(self, entry: Entry) -> Item:
        return named(self.items, entry, "service or product")

    def card_names(self, entry: Entry) -> tuple[Client, CardType]:
        """The client and card type that CLIENT.CARD_TYPE names."""
        client, _dot, card_type = entry.text().partition(".")
        return self.client(Entry(client, entry.place)), self.card_type(Entry(card_type, entry.place))

    def find_card(self, entry: Entry) -> Card | None:
        """The card: the active one, else the newest of the type; None where the client has none."""
        client, card_type = self.card_names(entry)
        held = Card.objects.filter(client=client, card_type=card_type).select_related("chain", "holder")
        return held.order_by("blocked_at", "-pk").filter(blocked_at=None).first() or held.order_by("-pk").first()

    def card(self, entry: Entry) -> Card:
        card = self.find_card(entry)
        if card is None:
            raise entry.not_made(f"{entry.text()!r} was not issued")
        return card

    def gift_card_type(self, entry: Entry) -> GiftCardType:
        return named(self.gift_card_types, entry, "gift card type")

    def account_type(self, entry: Entry) -> AccountType:
        return named(self.account_types, entry, "account type")

    def find_gift_card(self, entry: Entry) -> GiftCard | None:
        """The gift card of a name; None where what sold it granted nothing yet."""
        if entry.text() in self.gift_cards:
            return GiftCard.objects.select_related("holder").get(pk=self.gift_cards[entry.text()].pk)
        line_id = named(self.sold, entry, "gift card")
        found = GiftCard.objects.filter(holder__value_lines=line_id).select_related("holder", "chain")
        return found.first()

    def gift_card(self, entry: Entry) -> GiftCard:
        card = self.find_gift_card(entry)
        if card is None:
            raise entry.not_made(f"{entry.text()!r} was not granted")
        return card

    def membership_type(self, entry: Entry) -> MembershipType:
        return named(self.membership_types, entry, "membership type")

    def find_membership(self, entry: Entry) -> Membership | None:
        """The membership of a name; None where that names something else, or what sold it granted nothing yet."""
        name = entry.text()
        found = Membership.objects.select_related("chain", "period")
        if name in self.memberships:
            return found.get(pk=self.memberships[name].pk)
        line_id = self.sold.get(name)
        return found.filter(periods__value_line=line_id).first() if line_id else None

    def membership(self, entry: Entry) -> Membership:
        membership = self.find_membership(entry)
        if membership is None:
            named({**self.sold, **self.memberships}, entry, "membership")
            raise entry.not_made(f"{entry.text()!r} was not granted")
        return membership

    def counter(self, entry: Entry) -> MembershipCounter | None:
        """The counter that NAME, or NAME/SERVICE of a split one, names; None where there is no such membership."""
        name, _slash, service = entry.text().partition("/")
        membership = self.find_membership(Entry(name, entry.place))
        if membership is None:
            return None
        counters = list(membership.held_counters.select_related("holder"))
        if not service:
            return counters[0]
        item = self.item(Entry(service, entry.place))
        sold = {each.key: each for each in membership.terms.as_rules().counters}
        return next(each for each in counters if item.pk in sold[each.key].services.items)

    def names_account(self, entry: Entry) -> bool:
        """Whether CLIENT.TYPE names an account; a card type of the same name comes first."""
        of_type = entry.text().partition(".")[2]
        return of_type in self.account_types and of_type not in self.card_types

    def account_names(self, entry: Entry) -> tuple[Client, AccountType]:
        """The client and account type that CLIENT.ACCOUNT_TYPE names."""
        client, _dot, account_type = entry.text().partition(".")
        return self.client(Entry(client, entry.place)), self.account_type(Entry(account_type, entry.place))

    def account(self, entry: Entry) -> Account:
        client, account_type = self.account_names(entry)
        found = Account.objects.filter(client=client, account_type=account_type)
        account = found.select_related("chain", "holder", "account_type").first()
        if account is None:
            raise entry.not_made(f"{entry.text()!r} was not opened")
        return account

    def find_holder(self, entry: Entry) -> Holder | None:
        """What holds something under a name: a card, an account, a gift card, a counter; None where there is none."""
        if "." not in entry.text():
            if counter := self.counter(entry):
                return counter.holder
            if "/" in entry.text():
                return None
            gift_card = self.find_gift_card(entry)
            return gift_card.holder if gift_card else None
        if self.names_account(entry):
            return self.account(entry).holder
        card = self.find_card(entry)
        return card.holder if card else None

    def names_of_sold(self) -> dict[int, str]:
        """The names of gift cards, and of the counters of memberships, by holder."""
        lines = {line_id: name for name, line_id in self.sold.items()}
        held = ValueLine.objects.filter(pk__in=lines, holder__isnull=False).values_list("holder_id", "pk")
        named = {card.holder_id: name for name, card in self.gift_cards.items()}
        named |= {holder_id: lines[line_id] for holder_id, line_id in held if holder_id}
        for name in (*self.sold, *self.memberships):
            membership = self.find_membership(Entry(name, name))
            if membership:
                named |= self._names_of_counters(name, membership)
        return named

    def _names_of_counters(self, name: str, membership: Membership) -> dict[int, str]:
        """NAME of one counter, NAME/SERVICE of several."""
        counters = list(membership.held_counters.all())
        if len(counters) == 1:
            return {counters[0].holder_id: name}
        items = {item.pk: label for label, item in self.items.items()}
        sold = {each.key: each for each in membership.terms.as_rules().counters}
        return {
            each.holder_id: f"{name}/{'+'.join(sorted(items[pk] for pk in sold[each.key].services.items))}"
            for each in counters
        }

    def phone(self, entry: Entry) -> str:
        """The phone of a client of the scenario, or the phone that is typed here."""
        if entry.text() in self.clients:
            return str(self.clients[entry.text()].phone)
        if re.fullmatch(r"[A-Za-z_][\w-]*", entry.text()):
            raise entry.error(f"unknown client {entry.text()!r}")
        return entry.text()


def instant(chain: Chain, entry: Entry) -> datetime:
    """The chain's local time as an instant."""
    local = entry.local_time().replace(tzinfo=chain.zone)
    at = local.astimezone(ZoneInfo("UTC"))
    if at.astimezone(chain.zone).replace(fold=0) != local:
        raise entry.error(f"the clocks of {chain.time_zone} skip {entry.text()}")
    return at
