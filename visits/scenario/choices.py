"""The columns of terms that a scenario's keys choose."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import time
from typing import TYPE_CHECKING, Any

from loyalty.memberships.counters import kept_counter, kept_hours
from loyalty.rules.terms import ActsFrom, AutomaticIssue, Begins, PeriodUnit, PromotionKind, Source, Unit, WriteOff
from visits.scenario.reader import Entry, named

if TYPE_CHECKING:
    from visits.scenario.world import World


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


def gift_card_type_choices(world: World, keys: Mapping[str, Entry]) -> dict[str, Any]:
    """The columns of gift card type terms that the keys choose."""
    simple: dict[str, Callable[[Entry], Any]] = {
        "write_off": lambda entry: entry.one_of([*WriteOff]),
        "named": Entry.truth,
        "copies": Entry.integer,
        "archived": Entry.truth,
        "locations": lambda entry: [world.location(each).pk for each in entry.list()],
    }
    choices = {name: read(keys[name]) for name, read in simple.items() if name in keys}
    if "par" in keys:
        choices |= _par(keys["par"])
    if "valid" in keys:
        choices |= _valid(keys)
    choices |= _scope(world, keys, "pay_services", "service_mode", "services", "service_categories")
    choices |= _scope(world, keys, "pay_products", "product_mode", "products", "product_categories")
    return choices


def account_type_choices(world: World, keys: Mapping[str, Entry]) -> dict[str, Any]:
    """The columns of account type terms that the keys choose."""
    simple: dict[str, Callable[[Entry], Any]] = {
        "credit": Entry.decimal,
        "archived": Entry.truth,
        "locations": lambda entry: [world.location(each).pk for each in entry.list()],
    }
    return {name: read(keys[name]) for name, read in simple.items() if name in keys}


#: The days of the week as hours name them.
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def membership_type_choices(world: World, keys: Mapping[str, Entry]) -> dict[str, Any]:
    """The columns of membership type terms that the keys choose."""
    simple: dict[str, Callable[[Entry], Any]] = {
        "price": Entry.decimal,
        "begins": lambda entry: entry.one_of([*Begins]),
        "freeze_days": Entry.integer,
        "named": Entry.truth,
        "archived": Entry.truth,
        "hours": lambda entry: [_hours(each) for each in entry.list()],
        "locations": lambda entry: [world.location(each).pk for each in entry.list()],
    }
    choices = {name: read(keys[name]) for name, read in simple.items() if name in keys}
    if "renewal" in keys:
        choices["renews"] = keys["renewal"].truth()
    if keys.keys() & {"pool", "uses", "services"}:
        choices["counters"] = _counters(world, keys)
    return choices | _period(keys, "lasts", "lasts") | _period(keys, "begins_within", "begins_within")


def _counters(world: World, keys: Mapping[str, Entry]) -> list[dict[str, Any]]:
    """A counter a service, one of several services, or one without a count."""
    pool = keys["pool"].one_of(("split", "overall", "unlimited")) if "pool" in keys else "overall"
    if pool == "split":
        uses = keys["uses"].table() if "uses" in keys else {}
        return [
            kept_counter(key, [world.item(Entry(name, count.place)).pk], [], count.integer())
            for key, (name, count) in enumerate(uses.items(), start=1)
        ]
    chosen = _scope(world, keys, "services", "mode", "items", "categories")
    if pool == "overall" and "uses" not in keys:
        raise keys["pool"].error("'uses' is missing")
    count = None if pool == "unlimited" else keys["uses"].integer()
    return [kept_counter(1, chosen.get("items", ()), chosen.get("categories", ()), count)]


def _hours(entry: Entry) -> dict[str, Any]:
    """``Mon-Fri 09:00-15:00``, or one day instead of several."""
    found = re.fullmatch(r"(\w{3})(?:-(\w{3}))? (\d\d:\d\d)-(\d\d:\d\d)", entry.text())
    if not found or found[1] not in WEEKDAYS or (found[2] or found[1]) not in WEEKDAYS:
        raise entry.error(f"{entry.text()!r} is not a time such as Mon-Fri 09:00-15:00")
    first, last = WEEKDAYS.index(found[1]), WEEKDAYS.index(found[2] or found[1])
    days = [(first + step) % 7 for step in range((last - first) % 7 + 1)]
    until = None if found[4] == "24:00" else time.fromisoformat(found[4])
    return kept_hours(days, time.fromisoformat(found[3]), until)


def _par(entry: Entry) -> dict[str, Any]:
    if entry.is_text:
        return {"par_least": entry.decimal(), "par_most": entry.decimal()}
    keys = entry.table(("from", "to"))
    if len(keys) != 2:
        raise entry.error("a par value is an amount, or reads {from: 10, to: 500}")
    return {"par_least": keys["from"].decimal(), "par_most": keys["to"].decimal()}


def _valid(keys: Mapping[str, Entry]) -> dict[str, Any]:
    """Good for a time, until a day, or without end."""
    entry = keys["valid"]
    if entry.text() == "unlimited":
        return {"valid_count": None, "valid_unit": "", "valid_until": None}
    if re.fullmatch(r"\d{4}-\d\d-\d\d", entry.text()):
        return {"valid_count": None, "valid_unit": "", "valid_until": entry.date()}
    return {**_period(keys, "valid", "valid"), "valid_until": None}


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
            chosen[categories].append(named(world.categories, Entry(name, each.place), "category").pk)
        else:
            chosen[items].append(world.item(each).pk)
    return chosen
