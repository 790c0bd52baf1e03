"""Turns the keys of ``checkout`` and ``edit`` into a plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from chains.models import Location
from loyalty.rules.plan import DiscountChoice, MeansChoice, PaymentChoice, PaymentMethod, Plan, PlanLine, Status
from loyalty.rules.terms import ItemKind
from visits.models import Visit
from visits.plans import plan_of
from visits.scenario.reader import Entry
from visits.scenario.world import World

CHECKOUT_KEYS = ("client", "location", "status", "lines", "discounts", "referral", "points", "pay")


def checkout_plan(world: World, entry: Entry, keys: Mapping[str, Entry], at: datetime) -> tuple[Plan, Location]:
    """The plan of a new visit that begins at ``at``."""
    for needed in ("client", "location"):
        if needed not in keys:
            raise entry.error(f"{needed!r} is missing")
    location = world.location(keys["location"])
    plan = Plan(
        client_id=_client(world, keys["client"]),
        location_id=location.pk,
        starts_at=at,
        starts_on=location.local_date(at),
        status=Status.ARRIVED,
    )
    return replace(plan, **_changes(world, keys, ())), location


def changed_plan(world: World, visit: Visit, keys: Mapping[str, Entry]) -> tuple[Plan, Location]:
    """The plan of a saved visit with some keys replaced."""
    plan = plan_of(visit)
    location = world.location(keys["location"]) if "location" in keys else visit.location
    changes = _changes(world, keys, plan.lines)
    if "client" in keys:
        changes["client_id"] = _client(world, keys["client"])
    changes |= {"location_id": location.pk, "starts_on": location.local_date(plan.starts_at)}
    return replace(plan, **changes), location


def _client(world: World, entry: Entry) -> int | None:
    """The client, or ``none``: a bill without a guest."""
    return None if entry.text() == "none" else world.client(entry).pk


def _changes(world: World, keys: Mapping[str, Entry], before: tuple[PlanLine, ...]) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    if "status" in keys:
        changes["status"] = _status(keys["status"])
    if "lines" in keys:
        changes["lines"] = _lines(world, keys["lines"], before)
    if "discounts" in keys:
        changes["discounts"] = tuple(_discount(world, each) for each in keys["discounts"].list())
    if "referral" in keys:
        changes["referral"] = "" if keys["referral"].text() == "none" else world.phone(keys["referral"])
    if "points" in keys:
        changes["means"] = tuple(
            MeansChoice(
                world.card(Entry(name, amount.place)).holder_id, None if amount.text() == "max" else amount.decimal()
            )
            for name, amount in keys["points"].table().items()
        )
    if "pay" in keys:
        changes["payments"] = _payments(keys["pay"])
    return changes


def _status(entry: Entry) -> Status:
    written = Entry(entry.text().replace("_", "-"), entry.place)
    return Status(written.one_of([status.replace("_", "-") for status in Status]).replace("-", "_"))


def _lines(world: World, entry: Entry, before: tuple[PlanLine, ...]) -> tuple[PlanLine, ...]:
    """The lines; one of an item that was on the bill already is the same line."""
    free = list(before)
    lines = []
    for each in entry.list():
        keys: Mapping[str, Entry] = (
            each.table(("item", "quantity", "price", "discount")) if each.is_table else {"item": each}
        )
        if "item" not in keys:
            raise each.error("'item' is missing")
        item = world.item(keys["item"])
        same = next((line for line in free if line.item_id == item.pk), None)
        if same:
            free.remove(same)
        lines.append(
            PlanLine(
                item_id=item.pk,
                kind=ItemKind(item.kind),
                category_id=item.category_id,
                quantity=keys["quantity"].integer() if "quantity" in keys else 1,
                unit_price=keys["price"].decimal() if "price" in keys else item.price,
                manual_discount=keys["discount"].decimal() if "discount" in keys else Decimal(0),
                line_id=same.line_id if same else None,
            )
        )
    return tuple(lines)


def _discount(world: World, entry: Entry) -> DiscountChoice:
    card, _slash, promotion = entry.text().partition("/")
    return DiscountChoice(world.card(Entry(card, entry.place)).pk, world.promotion(Entry(promotion, entry.place)).pk)


def _payments(entry: Entry) -> tuple[PaymentChoice, ...]:
    if entry.is_text and entry.text() == "rest":
        return (PaymentChoice(PaymentMethod.CASH, None),)
    payments = []
    for method, amount in entry.table([*PaymentMethod]).items():
        payments.append(PaymentChoice(PaymentMethod(method), None if amount.text() == "rest" else amount.decimal()))
    return tuple(payments)
