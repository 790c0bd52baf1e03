"""Sets a scenario's chain up through the product's own services, and finds its things by name."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError

from chains.acting import unrestricted
from chains.catalog.kinds import ItemKind
from chains.catalog.models import Category, Item
from chains.models import Chain, Location
from chains.refusals import Refusal
from clients.models import Client
from clients.services import add_client
from loyalty.accounts.models import Account, AccountType
from loyalty.accounts.services import change_account_type, create_account_type, open_account
from loyalty.cards.models import Card, CardType
from loyalty.cards.services import attach_promotions, change_card_type, create_card_type, issue_card
from loyalty.gift_cards.models import GiftCard, GiftCardType
from loyalty.gift_cards.services import change_gift_card_type, create_gift_card_type, grant_opening_balance
from loyalty.ledger.models import Holder
from loyalty.promotions.models import Promotion
from loyalty.promotions.services import change_promotion, create_promotion
from loyalty.referral.services import set_referral_program
from loyalty.rules.terms import (
    FirstIn,
    ReferralAccrues,
)
from visits.models import ValueLine
from visits.scenario.choices import account_type_choices, card_type_choices, gift_card_type_choices, promotion_choices
from visits.scenario.reader import Entry, named

#: Who acts in a scenario, which checks what the rules say and not who may do it.
SCENARIO = unrestricted("scenario")

FILE_KEYS = (
    "title",
    "chain",
    "locations",
    "services",
    "products",
    "clients",
    "promotions",
    "card_types",
    "gift_card_types",
    "account_types",
    "referral",
    "cards",
    "gift_cards",
    "accounts",
    "steps",
)
PROMOTION_KEYS = (
    "kind",
    "unit",
    "value",
    "rules",
    "source",
    "history_from",
    "burn",
    "notice",
    "every",
    "limit",
    "services",
    "products",
    "locations",
    "first_day",
    "last_day",
    "archived",
)
CARD_TYPE_KEYS = (
    "promotions",
    "locations",
    "automatic_issue",
    "acts_from",
    "pay_services",
    "pay_products",
    "limit_amount",
    "limit_percent",
    "inactivity",
    "archived",
)
GIFT_CARD_TYPE_KEYS = (
    "par",
    "write_off",
    "pay_services",
    "pay_products",
    "valid",
    "locations",
    "named",
    "copies",
    "archived",
)
ACCOUNT_TYPE_KEYS = ("locations", "credit", "archived")
PROGRAM_KEYS = ("discount", "cashback", "accrue", "card_type", "first_in", "free_visits_count")
REFERRAL_KEYS = (*PROGRAM_KEYS, "locations")


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
    #: Gift cards that were there from the start.
    gift_cards: dict[str, GiftCard] = field(default_factory=dict)
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
        """What holds something under a name: a card, an account, a gift card; None where there is none yet."""
        if "." not in entry.text():
            gift_card = self.find_gift_card(entry)
            return gift_card.holder if gift_card else None
        if self.names_account(entry):
            return self.account(entry).holder
        card = self.find_card(entry)
        return card.holder if card else None

    def names_of_sold(self) -> dict[int, str]:
        """The names of gift cards, by holder."""
        lines = {line_id: name for name, line_id in self.sold.items()}
        held = ValueLine.objects.filter(pk__in=lines, holder__isnull=False).values_list("holder_id", "pk")
        named = {card.holder_id: name for name, card in self.gift_cards.items()}
        return named | {holder_id: lines[line_id] for holder_id, line_id in held if holder_id}

    def phone(self, entry: Entry) -> str:
        """The phone of a client of the scenario, or the phone that is typed here."""
        if entry.text() in self.clients:
            return str(self.clients[entry.text()].phone)
        if re.fullmatch(r"[A-Za-z_][\w-]*", entry.text()):
            raise entry.error(f"unknown client {entry.text()!r}")
        return entry.text()


def build_world(file: Entry) -> World:
    """Set up all that stands before the steps; cards are issued the minute before the first step."""
    keys = file.table(FILE_KEYS)
    empty = Entry("", file.place)
    world = World(_chain(keys.get("chain", empty)))
    before = _first_instant(world.chain, file) - timedelta(minutes=1)
    _add_locations(world, keys.get("locations", empty))
    _add_items(world, keys.get("services", empty), ItemKind.SERVICE)
    _add_items(world, keys.get("products", empty), ItemKind.PRODUCT)
    for name, phone in keys.get("clients", empty).table().items():
        with set_up_at(phone):
            world.clients[name] = add_client(chain=world.chain, name=name, phone=phone.text(), at=before)
    for name, entry in keys.get("promotions", empty).table().items():
        choices = promotion_choices(world, entry.table(PROMOTION_KEYS))
        with said_at(entry):
            world.promotions[name] = create_promotion(
                chain=world.chain, name=name, at=before, acting_user=SCENARIO, **choices
            )
    for name, entry in keys.get("card_types", empty).table().items():
        _add_card_type(world, name, entry, before)
    for name, entry in keys.get("gift_card_types", empty).table().items():
        choices = gift_card_type_choices(world, entry.table(GIFT_CARD_TYPE_KEYS))
        with said_at(entry):
            world.gift_card_types[name] = create_gift_card_type(
                chain=world.chain, name=name, at=before, acting_user=SCENARIO, **choices
            )
    for name, entry in keys.get("account_types", empty).table().items():
        choices = account_type_choices(world, entry.table(ACCOUNT_TYPE_KEYS))
        with said_at(entry):
            world.account_types[name] = create_account_type(
                chain=world.chain, name=name, at=before, acting_user=SCENARIO, **choices
            )
    if "referral" in keys:
        set_referral(world, keys["referral"], before)
    for name, entry in keys.get("gift_cards", empty).table().items():
        with set_up_at(entry):
            world.gift_cards[name] = _gift_card(world, entry, before)
    for name, entry in keys.get("accounts", empty).table().items():
        client, account_type = world.account_names(Entry(name, entry.place))
        with set_up_at(entry):
            open_account(
                client=client,
                account_type=account_type,
                opening_balance=entry.decimal(),
                at=before,
                acting_user=SCENARIO,
            )
    for entry in keys["cards"].list() if "cards" in keys else ():
        client, card_type = world.card_names(entry)
        with set_up_at(entry):
            issue_card(client=client, card_type=card_type, at=before, acting_user=SCENARIO)
    return world


def _first_instant(chain: Chain, file: Entry) -> datetime:
    keys = file.table()
    steps = keys["steps"].list() if "steps" in keys else ()
    if not steps or "at" not in steps[0].table():
        raise file.error("a scenario needs steps, and each step says at what time it is")
    return instant(chain, steps[0].table()["at"])


def instant(chain: Chain, entry: Entry) -> datetime:
    """The chain's local time as an instant."""
    local = entry.local_time().replace(tzinfo=chain.zone)
    at = local.astimezone(ZoneInfo("UTC"))
    if at.astimezone(chain.zone).replace(fold=0) != local:
        raise entry.error(f"the clocks of {chain.time_zone} skip {entry.text()}")
    return at


def _chain(entry: Entry) -> Chain:
    keys = entry.table(("currency", "time_zone", "region"))
    defaults = {"currency": "EUR", "time_zone": "Europe/Berlin", "region": "DE"}
    chosen = {name: keys[name].text() if name in keys else default for name, default in defaults.items()}
    chain = Chain(
        name="Scenario",
        slug=f"scenario-{uuid.uuid4().hex}",
        created_at=datetime(2000, 1, 1, tzinfo=ZoneInfo("UTC")),
        **chosen,
    )
    with said_at(entry):
        chain.full_clean()
    chain.save()
    return chain


def _add_locations(world: World, entry: Entry) -> None:
    given = () if entry.is_table or not entry.value else entry.list()
    pairs = entry.table().items() if entry.is_table else [(each.text(), Entry("", each.place)) for each in given]
    for name, each in pairs:
        if name in world.locations:
            raise each.error(f"{name!r} is already a location")
        keys = each.table(("time_zone",))
        zone = keys["time_zone"].text() if "time_zone" in keys else ""
        location = Location(chain=world.chain, name=name, slug=f"scenario-{uuid.uuid4().hex}", time_zone=zone)
        with said_at(each):
            location.full_clean()
        location.save()
        world.locations[name] = location


def _add_items(world: World, entry: Entry, kind: ItemKind) -> None:
    for name, each in entry.table().items():
        keys = each.table(("price", "category")) if each.is_table else {"price": each}
        if name in world.items:
            raise each.error(f"{name!r} is already a service or product")
        category = _category(world, keys["category"].text()) if "category" in keys else None
        if "price" not in keys:
            raise each.error("'price' is missing")
        item = Item(chain=world.chain, kind=kind, name=name, category=category, price=keys["price"].decimal())
        with said_at(each):
            item.full_clean()
        item.save()
        world.items[name] = item


def _category(world: World, name: str) -> Category:
    if name not in world.categories:
        world.categories[name] = Category.objects.create(chain=world.chain, name=name)
    return world.categories[name]


def _add_card_type(world: World, name: str, entry: Entry, at: datetime) -> None:
    keys = entry.table(CARD_TYPE_KEYS)
    choices = card_type_choices(world, keys)
    promotions = [world.promotion(each) for each in keys["promotions"].list()] if "promotions" in keys else []
    with said_at(entry):
        world.card_types[name] = create_card_type(
            chain=world.chain, name=name, promotions=promotions, at=at, acting_user=SCENARIO, **choices
        )


def change_card_type_to(world: World, card_type: CardType, keys: Mapping[str, Entry], at: datetime) -> None:
    """The step ``change`` of a card type."""
    choices = card_type_choices(world, keys)
    change_card_type(card_type=card_type, at=at, acting_user=SCENARIO, **choices)
    if "promotions" in keys:
        attach_promotions(card_type=card_type, promotions=[world.promotion(each) for each in keys["promotions"].list()])


def _gift_card(world: World, entry: Entry, at: datetime) -> GiftCard:
    """One that is there from the start, granted on the first step's day."""
    keys = entry.table(("type", "amount", "client"))
    for needed in ("type", "amount"):
        if needed not in keys:
            raise entry.error(f"{needed!r} is missing")
    gift_card_type = world.gift_card_type(keys["type"])
    return grant_opening_balance(
        gift_card_type=gift_card_type,
        amount=keys["amount"].decimal(),
        client=world.client(keys["client"]) if "client" in keys else None,
        last_on=gift_card_type.as_rules().last_day(world.chain.local_date(at + timedelta(minutes=1))),
        at=at,
        acting_user=SCENARIO,
    )


def change_gift_card_type_to(
    world: World, gift_card_type: GiftCardType, keys: Mapping[str, Entry], at: datetime
) -> None:
    """The step ``change`` of a gift card type."""
    choices = gift_card_type_choices(world, keys)
    change_gift_card_type(gift_card_type=gift_card_type, at=at, acting_user=SCENARIO, **choices)


def change_account_type_to(world: World, account_type: AccountType, keys: Mapping[str, Entry], at: datetime) -> None:
    """The step ``change`` of an account type."""
    choices = account_type_choices(world, keys)
    change_account_type(account_type=account_type, at=at, acting_user=SCENARIO, **choices)


def change_promotion_to(world: World, promotion: Promotion, keys: Mapping[str, Entry], at: datetime) -> None:
    """The step ``change`` of a promotion."""
    change_promotion(promotion=promotion, at=at, acting_user=SCENARIO, **promotion_choices(world, keys))


def set_referral(world: World, entry: Entry, at: datetime) -> None:
    """The referral program with those of single locations, or the step that changes them or turns one off.

    Where nothing but ``locations`` is named, the chain's program stays as it is.
    """
    keys = {} if entry.is_text and entry.text() == "off" else dict(entry.table(REFERRAL_KEYS))
    locations = keys.pop("locations", None)
    if locations is None or keys:
        _set_program(world, None, entry, keys, at)
    for name, own in locations.table().items() if locations else ():
        location = world.location(Entry(name, own.place))
        _set_program(world, location, own, {} if own.is_text else own.table(PROGRAM_KEYS), at)


def _set_program(
    world: World, location: Location | None, entry: Entry, keys: Mapping[str, Entry], at: datetime
) -> None:
    """The program of a place; a single word says that it is off, or that a location has none."""
    state = entry.one_of(["off", "none"] if location else ["off"]) if entry.is_text and entry.value else "on"
    choices: dict[str, Any] = {"state": state}
    for name in ("discount", "cashback"):
        if name in keys:
            choices[name] = world.promotion(keys[name])
    if "accrue" in keys:
        choices["accrues"] = keys["accrue"].one_of([*ReferralAccrues])
    if "card_type" in keys:
        choices["card_type"] = world.card_type(keys["card_type"])
    if "first_in" in keys:
        choices["first_in"] = keys["first_in"].one_of([*FirstIn])
    if "free_visits_count" in keys:
        choices["counts_free_visits"] = keys["free_visits_count"].truth()
    with said_at(entry):
        set_referral_program(chain=world.chain, location=location, at=at, acting_user=SCENARIO, **choices)


@contextmanager
def said_at(entry: Entry) -> Iterator[None]:
    """Says at which place of the file something was found impossible."""
    try:
        yield
    except ValidationError as error:
        raise entry.error("; ".join(_messages(error))) from error


@contextmanager
def set_up_at(entry: Entry) -> Iterator[None]:
    """The same where the chain is set up: there a refusal is a mistake in the file."""
    try:
        with said_at(entry):
            yield
    except Refusal as refusal:
        raise entry.error(str(refusal)) from refusal


def _messages(error: ValidationError) -> list[str]:
    if hasattr(error, "error_dict"):
        return [f"{name}: {' '.join(messages)}" for name, messages in error.message_dict.items()]
    return list(error.messages)
