"""Sets a scenario's chain up through the product's own services, and finds its things by name."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError

from chains.acting import unrestricted
from chains.catalog.kinds import ItemKind
from chains.catalog.models import Category, Item
from chains.models import Chain, Location
from chains.refusals import Refusal
from clients.models import Client
from clients.services import add_client
from loyalty.cards.models import Card, CardType
from loyalty.cards.services import attach_promotions, change_card_type, create_card_type, issue_card
from loyalty.promotions.models import Promotion
from loyalty.promotions.services import change_promotion, create_promotion
from loyalty.referral.services import set_referral_program
from loyalty.rules.terms import (
    ActsFrom,
    AutomaticIssue,
    FirstIn,
    PeriodUnit,
    PromotionKind,
    ReferralAccrues,
    Source,
    Unit,
)
from visits.scenario.reader import Entry

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
    "referral",
    "cards",
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
PROGRAM_KEYS = ("discount", "cashback", "accrue", "card_type", "first_in", "free_visits_count")
REFERRAL_KEYS = (*PROGRAM_KEYS, "locations")


Thing = TypeVar("Thing")


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

    def location(self, entry: Entry) -> Location:
        return _named(self.locations, entry, "location")

    def client(self, entry: Entry) -> Client:
        return _named(self.clients, entry, "client")

    def promotion(self, entry: Entry) -> Promotion:
        return _named(self.promotions, entry, "promotion")

    def card_type(self, entry: Entry) -> CardType:
        return _named(self.card_types, entry, "card type")

    def item(self, entry: Entry) -> Item:
        return _named(self.items, entry, "service or product")

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

    def phone(self, entry: Entry) -> str:
        """The phone of a client of the scenario, or the phone that is typed here."""
        if entry.text() in self.clients:
            return str(self.clients[entry.text()].phone)
        if re.fullmatch(r"[A-Za-z_][\w-]*", entry.text()):
            raise entry.error(f"unknown client {entry.text()!r}")
        return entry.text()


def _named(things: Mapping[str, Thing], entry: Entry, what: str) -> Thing:
    if entry.text() not in things:
        raise entry.error(f"unknown {what} {entry.text()!r}")
    return things[entry.text()]


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
    if "referral" in keys:
        set_referral(world, keys["referral"], before)
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


def promotion_choices(world: World, keys: Mapping[str, Entry]) -> dict[str, Any]:
    """The columns of promotion terms that the keys choose."""
    simple: dict[str, Callable[[Entry], Any]] = {
        "kind": lambda entry: entry.one_of([*PromotionKind]),
        "unit": lambda entry: entry.one_of([*Unit]),
        "value": Entry.decimal,
        "rules": _rules,
        "source": lambda entry: entry.one_of([*Source]),
        "history_from": Entry.date,
        "notice": Entry.integer,
        "every": Entry.integer,
        "limit": Entry.integer,
        "first_day": Entry.date,
        "last_day": Entry.date,
        "archived": Entry.truth,
        "locations": lambda entry: [world.location(each).pk for each in entry.list()],
    }
    choices = {name: read(keys[name]) for name, read in simple.items() if name in keys}
    choices |= _period(keys, "burn", "burn")
    choices |= _scope(world, keys, "services", "service_mode", "services", "service_categories")
    choices |= _scope(world, keys, "products", "product_mode", "products", "product_categories")
    return choices


def card_type_choices(world: World, keys: Mapping[str, Entry]) -> dict[str, Any]:
    """The columns of card type terms that the keys choose."""
    simple: dict[str, Callable[[Entry], Any]] = {
        "automatic_issue": lambda entry: entry.one_of([*AutomaticIssue]),
        "acts_from": lambda entry: entry.one_of([*ActsFrom]),
        "limit_amount": Entry.decimal,
        "limit_percent": Entry.decimal,
        "archived": Entry.truth,
        "locations": lambda entry: [world.location(each).pk for each in entry.list()],
    }
    choices = {name: read(keys[name]) for name, read in simple.items() if name in keys}
    choices |= _period(keys, "inactivity", "inactivity")
    choices |= _scope(world, keys, "pay_services", "service_mode", "services", "service_categories")
    choices |= _scope(world, keys, "pay_products", "product_mode", "products", "product_categories")
    return choices


def _rules(entry: Entry) -> list[list[str]]:
    rows = []
    for start, value in entry.table().items():
        rows.append([str(Entry(start, value.place).decimal()), str(value.decimal())])
    return rows


def _period(keys: Mapping[str, Entry], key: str, column: str) -> dict[str, Any]:
    if key not in keys:
        return {}
    if keys[key].text() in ("never", "none"):
        return {f"{column}_count": None, f"{column}_unit": ""}
    count, _space, unit = keys[key].text().partition(" ")
    unit = unit if unit.endswith("s") else f"{unit}s"
    if not count.isdigit() or unit not in [*PeriodUnit]:
        raise keys[key].error(f"{keys[key].text()!r} is not a time such as 30 days, 2 weeks, 6 months, 1 year")
    return {f"{column}_count": int(count), f"{column}_unit": unit}


def _scope(world: World, keys: Mapping[str, Entry], key: str, mode: str, items: str, categories: str) -> dict[str, Any]:
    if key not in keys:
        return {}
    entry = keys[key]
    if entry.is_text and entry.text():
        return {mode: entry.one_of(("any", "none")), items: [], categories: []}
    chosen: dict[str, Any] = {mode: "listed", items: [], categories: []}
    for each in entry.list():
        prefix, colon, name = each.text().partition(":")
        if colon and prefix == "category":
            chosen[categories].append(_named(world.categories, Entry(name, each.place), "category").pk)
        else:
            chosen[items].append(world.item(each).pk)
    return chosen


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
