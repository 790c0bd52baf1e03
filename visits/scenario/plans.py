"""Turns the keys of ``checkout`` and ``edit`` into a plan."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from chains.models import Location
from loyalty.ledger.kinds import HolderKind
from loyalty.ledger.models import Holder
from loyalty.rules.plan import (
    CoverChoice,
    DiscountChoice,
    MeansChoice,
    PaymentChoice,
    PaymentMethod,
    Plan,
    PlanLine,
    PlanValue,
    Status,
)
from loyalty.rules.terms import ItemKind
from visits.models import Visit
from visits.plans import plan_of
from visits.scenario.reader import Entry
from visits.scenario.world import World, instant

CHECKOUT_KEYS = (
    "client",
    "location",
    "status",
    "lines",
    "discounts",
    "referral",
    "memberships",
    "gift_cards",
    "points",
    "accounts",
    "value",
    "without_code",
    "starts",
    "pay",
)


def checkout_plan(world: World, entry: Entry, keys: Mapping[str, Entry], at: datetime) -> tuple[Plan, Location]:
    """The plan of a new visit that begins at ``at``."""
    for needed in ("client", "location"):
        if needed not in keys:
            raise entry.error(f"{needed!r} is missing")
    location = world.location(keys["location"])
    starts_at = instant(world.chain, keys["starts"]) if "starts" in keys else at
    plan = Plan(
        client_id=_client(world, keys["client"]),
        location_id=location.pk,
        starts_at=starts_at,
        starts_on=location.local_date(starts_at),
        status=Status.ARRIVED,
    )
    return replace(plan, **_changes(world, keys, plan)), location


def changed_plan(world: World, visit: Visit, keys: Mapping[str, Entry]) -> tuple[Plan, Location]:
    """The plan of a saved visit with some keys replaced."""
    plan = plan_of(visit)
    location = world.location(keys["location"]) if "location" in keys else visit.location
    changes = _changes(world, keys, plan)
    if "client" in keys:
        changes["client_id"] = _client(world, keys["client"])
    starts_at = instant(world.chain, keys["starts"]) if "starts" in keys else plan.starts_at
    changes |= {"location_id": location.pk, "starts_at": starts_at, "starts_on": location.local_date(starts_at)}
    return replace(plan, **changes), location


def _client(world: World, entry: Entry) -> int | None:
    """The client, or ``none``: a bill without a guest."""
    return None if entry.text() == "none" else world.client(entry).pk


def _changes(world: World, keys: Mapping[str, Entry], before: Plan) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    if "status" in keys:
        changes["status"] = _status(keys["status"])
    if "lines" in keys:
        changes["lines"] = _lines(world, keys["lines"], before.lines)
    if "discounts" in keys:
        changes["discounts"] = tuple(_discount(world, each) for each in keys["discounts"].list())
    if "referral" in keys:
        changes["referral"] = "" if keys["referral"].text() == "none" else world.phone(keys["referral"])
    if "memberships" in keys:
        changes["covers"] = tuple(_cover(world, each, keys, before) for each in keys["memberships"].list())
    if keys.keys() & MEANS_KEYS.keys():
        changes["means"] = _means(world, keys, before.means)
    if "value" in keys:
        changes["value"] = tuple(_value(world, each, before.value) for each in keys["value"].list())
    if "pay" in keys:
        changes["payments"] = _payments(keys["pay"])
    return changes


def _cover(world: World, entry: Entry, keys: Mapping[str, Entry], before: Plan) -> CoverChoice:
    """What a membership covers, of a line counted from 1."""
    chosen = entry.table(("membership", "line", "units"))
    for needed in ("membership", "line"):
        if needed not in chosen:
            raise entry.error(f"{needed!r} is missing")
    membership_id, line = world.membership(chosen["membership"]).pk, chosen["line"].integer() - 1
    with_code = not ("without_code" in keys and keys["without_code"].truth())
    debited = any(each.is_debited for each in before.covers if (each.membership_id, each.line) == (membership_id, line))
    units = chosen["units"].integer() if "units" in chosen else 1
    return CoverChoice(membership_id, line, units, with_code, debited)


#: The keys that pay, in the order in which they do, and what finds their holders.
MEANS_KEYS: Mapping[str, tuple[HolderKind, Callable[[World, Entry], int]]] = {
    "gift_cards": (HolderKind.GIFT_CARD, lambda world, entry: world.gift_card(entry).holder_id),
    "points": (HolderKind.CARD, lambda world, entry: world.card(entry).holder_id),
    "accounts": (HolderKind.ACCOUNT, lambda world, entry: world.account(entry).holder_id),
}


def _means(world: World, keys: Mapping[str, Entry], before: tuple[MeansChoice, ...]) -> tuple[MeansChoice, ...]:
    """What pays; kinds of which no key is named stay as they were."""
    kinds = dict(Holder.objects.filter(pk__in=[each.holder_id for each in before]).values_list("pk", "kind"))
    with_code = not ("without_code" in keys and keys["without_code"].truth())
    chosen: list[MeansChoice] = []
    for key, (kind, find) in MEANS_KEYS.items():
        if key not in keys:
            chosen += [each for each in before if kinds[each.holder_id] == kind]
            continue
        for name, amount in keys[key].table().items():
            figure = None if amount.text() == "max" else amount.decimal()
            chosen.append(MeansChoice(find(world, Entry(name, amount.place)), figure, with_code))
    return tuple(chosen)


def _value(world: World, entry: Entry, before: tuple[PlanValue, ...]) -> PlanValue:
    """A value line; one of a name that was on the bill already is the same."""
    keys = entry.table(("gift_card", "membership", "top_up", "amount", "price", "name", "number", "from"))
    kinds = [key for key in ("gift_card", "membership", "top_up") if key in keys]
    if len(kinds) != 1:
        raise entry.error("a value line is a gift_card, a membership or a top_up")
    amount = keys["amount"].decimal() if "amount" in keys else None
    price = keys["price"].decimal() if "price" in keys else None
    if kinds == ["membership"]:
        membership_type = world.membership_type(keys["membership"])
        membership_type.refresh_from_db()
        subject_id, terms = membership_type.pk, membership_type.as_rules()
        amount, price = Decimal(terms.counts), terms.price if price is None else price
    elif kinds == ["top_up"]:
        subject_id = world.account(keys["top_up"]).pk
    else:
        gift_card_type = world.gift_card_type(keys["gift_card"])
        gift_card_type.refresh_from_db()
        subject_id = gift_card_type.pk
        amount = gift_card_type.as_rules().par_least if amount is None else amount
    if amount is None:
        raise entry.error("'amount' is missing")
    known = world.sold.get(keys["name"].text()) if "name" in keys else None
    own = next(
        (
            each.value_line_id
            for each in before
            if (known and each.value_line_id == known)
            or (known is None and "name" not in keys and (each.kind, each.subject_id) == (kinds[0], subject_id))
        ),
        None,
    )
    return PlanValue(
        kind=kinds[0],
        price=amount if price is None else price,
        amount=amount,
        subject_id=subject_id,
        value_line_id=own,
        number=keys["number"].text() if "number" in keys else "",
        begins_on=keys["from"].date() if "from" in keys else None,
    )


def names_of_value(entry: Entry) -> list[str]:
    """The names that the value lines of a checkout give to what they sell, in order; empty where there is none."""
    return [each.table()["name"].text() if "name" in each.table() else "" for each in entry.list()]


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
