"""Sets a scenario's chain up through the product's own services, one thing after the other."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError

from chains.catalog.kinds import ItemKind
from chains.catalog.models import Category, Item
from chains.models import Chain, Location
from chains.refusals import Refusal
from clients.services import add_client
from loyalty.accounts.models import AccountType
from loyalty.accounts.services import change_account_type, create_account_type, open_account
from loyalty.cards.models import CardType
from loyalty.cards.services import attach_promotions, change_card_type, create_card_type, issue_card
from loyalty.gift_cards.models import GiftCard, GiftCardType
from loyalty.gift_cards.services import change_gift_card_type, create_gift_card_type, grant_opening_balance
from loyalty.memberships.models import Membership, MembershipType
from loyalty.memberships.services import change_membership_type, create_membership_type
from loyalty.memberships.services import grant_opening_balance as grant_opening_uses
from loyalty.promotions.models import Promotion
from loyalty.promotions.services import change_promotion, create_promotion
from loyalty.referral.services import set_referral_program
from loyalty.rules.terms import (
    FirstIn,
    ReferralAccrues,
)
from visits.scenario.choices import (
    account_type_choices,
    card_type_choices,
    gift_card_type_choices,
    membership_type_choices,
    promotion_choices,
)
from visits.scenario.keys import (
    ACCOUNT_TYPE_KEYS,
    CARD_TYPE_KEYS,
    FILE_KEYS,
    GIFT_CARD_TYPE_KEYS,
    MEMBERSHIP_TYPE_KEYS,
    PROGRAM_KEYS,
    PROMOTION_KEYS,
    REFERRAL_KEYS,
)
from visits.scenario.reader import Entry
from visits.scenario.world import SCENARIO, World, instant


def build_world(file: Entry) -> World:
    """Set up all that stands before the steps; cards are issued the minute before the first step."""
    keys = file.table(FILE_KEYS)
    world = World(_chain(keys.get("chain", Entry("", file.place))))
    before = _first_instant(world.chain, file) - timedelta(minutes=1)
    _add_places_and_people(world, file, keys, before)
    _add_programs(world, file, keys, before)
    _add_held(world, file, keys, before)
    return world


def _add_places_and_people(world: World, file: Entry, keys: Mapping[str, Entry], at: datetime) -> None:
    empty = Entry("", file.place)
    _add_locations(world, keys.get("locations", empty))
    _add_items(world, keys.get("services", empty), ItemKind.SERVICE)
    _add_items(world, keys.get("products", empty), ItemKind.PRODUCT)
    for name, phone in keys.get("clients", empty).table().items():
        with set_up_at(phone):
            world.clients[name] = add_client(chain=world.chain, name=name, phone=phone.text(), at=at)


def _add_programs(world: World, file: Entry, keys: Mapping[str, Entry], at: datetime) -> None:
    """Promotions, then the types, in an order in which each finds what it names."""
    empty = Entry("", file.place)
    for name, entry in keys.get("promotions", empty).table().items():
        choices = promotion_choices(world, entry.table(PROMOTION_KEYS))
        with said_at(entry):
            world.promotions[name] = create_promotion(
                chain=world.chain, name=name, at=at, acting_user=SCENARIO, **choices
            )
    for name, entry in keys.get("card_types", empty).table().items():
        _add_card_type(world, name, entry, at)
    for key, types in TYPES.items():
        for name, entry in keys.get(key, empty).table().items():
            choices = types.choices(world, entry.table(types.keys))
            with said_at(entry):
                getattr(world, key)[name] = types.create(
                    chain=world.chain, name=name, at=at, acting_user=SCENARIO, **choices
                )
    if "referral" in keys:
        set_referral(world, keys["referral"], at)


@dataclass(frozen=True)
class Types:
    """A sort of types: their keys, the columns that these choose, what makes one."""

    keys: Iterable[str]
    choices: Callable[[World, Mapping[str, Entry]], dict[str, Any]]
    create: Callable[..., Any]


#: By the key of the file, and what holds them in the world.
TYPES: Mapping[str, Types] = {
    "gift_card_types": Types(GIFT_CARD_TYPE_KEYS, gift_card_type_choices, create_gift_card_type),
    "account_types": Types(ACCOUNT_TYPE_KEYS, account_type_choices, create_account_type),
    "membership_types": Types(MEMBERSHIP_TYPE_KEYS, membership_type_choices, create_membership_type),
}


def _add_held(world: World, file: Entry, keys: Mapping[str, Entry], at: datetime) -> None:
    """What clients hold from the start."""
    empty = Entry("", file.place)
    for name, entry in keys.get("gift_cards", empty).table().items():
        with set_up_at(entry):
            world.gift_cards[name] = _gift_card(world, entry, at)
    for name, entry in keys.get("memberships", empty).table().items():
        with set_up_at(entry):
            world.memberships[name] = _membership(world, entry, at)
    for name, entry in keys.get("accounts", empty).table().items():
        client, account_type = world.account_names(Entry(name, entry.place))
        with set_up_at(entry):
            open_account(
                client=client,
                account_type=account_type,
                opening_balance=entry.decimal(),
                at=at,
                acting_user=SCENARIO,
            )
    for entry in keys["cards"].list() if "cards" in keys else ():
        client, card_type = world.card_names(entry)
        with set_up_at(entry):
            issue_card(client=client, card_type=card_type, at=at, acting_user=SCENARIO)


def _membership(world: World, entry: Entry, at: datetime) -> Membership:
    keys = entry.table(("type", "client", "from"))
    for needed in ("type", "client"):
        if needed not in keys:
            raise entry.error(f"{needed!r} is missing")
    return grant_opening_uses(
        membership_type=world.membership_type(keys["type"]),
        client=world.client(keys["client"]),
        first_on=keys["from"].date() if "from" in keys else None,
        at=at,
        acting_user=SCENARIO,
    )


def _first_instant(chain: Chain, file: Entry) -> datetime:
    keys = file.table()
    steps = keys["steps"].list() if "steps" in keys else ()
    if not steps or "at" not in steps[0].table():
        raise file.error("a scenario needs steps, and each step says at what time it is")
    return instant(chain, steps[0].table()["at"])


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
        keys = each.table(("price", "category", "free_cancellation")) if each.is_table else {"price": each}
        if name in world.items:
            raise each.error(f"{name!r} is already a service or product")
        category = _category(world, keys["category"].text()) if "category" in keys else None
        if "price" not in keys:
            raise each.error("'price' is missing")
        item = Item(chain=world.chain, kind=kind, name=name, category=category, price=keys["price"].decimal())
        if "free_cancellation" in keys:
            item.free_cancellation_hours = _hours(keys["free_cancellation"])
        with said_at(each):
            item.full_clean()
        item.save()
        world.items[name] = item


def _hours(entry: Entry) -> int:
    """``12 hours``."""
    count, _space, unit = entry.text().partition(" ")
    if not count.isdigit() or unit not in {"hour", "hours"}:
        raise entry.error(f"{entry.text()!r} is not a time such as 12 hours")
    return int(count)


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


def change_membership_type_to(
    world: World, membership_type: MembershipType, keys: Mapping[str, Entry], at: datetime
) -> None:
    """The step ``change`` of a membership type."""
    choices = membership_type_choices(world, keys)
    change_membership_type(membership_type=membership_type, at=at, acting_user=SCENARIO, **choices)


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
