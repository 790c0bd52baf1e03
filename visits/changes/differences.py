"""What differs between a visit as it was kept and as it is kept now; plain comparison, no database.

A difference says *what* it is of, and how that stood *before* and stands *after*, None where it was or is not there.
It holds ids and figures as text, so that it is kept as JSON.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from loyalty.ledger.kinds import HolderKind
from loyalty.rules.money import ZERO
from loyalty.rules.plan import Plan, PlanLine, Status
from visits.changes.kinds import ChangeKind

Difference = dict[str, Any]

#: The kind of each difference, by what it is of; of means that of their holder.
_KINDS: Mapping[str, ChangeKind | None] = {
    "status": ChangeKind.STATUS,
    "guest": ChangeKind.PLACE,
    "start": ChangeKind.PLACE,
    "location": ChangeKind.PLACE,
    "line": ChangeKind.LINES,
    "promotion": ChangeKind.PROMOTIONS,
    "referral": ChangeKind.PROMOTIONS,
    "cover": ChangeKind.MEMBERSHIPS,
    "means": None,
    "value": ChangeKind.LINES,
    "payment": ChangeKind.PAYMENTS,
}


KINDS_OF_MEANS: dict[str, ChangeKind] = {
    HolderKind.CARD: ChangeKind.POINTS,
    HolderKind.GIFT_CARD: ChangeKind.GIFT_CARDS,
    HolderKind.ACCOUNT: ChangeKind.ACCOUNTS,
}


@dataclass(frozen=True)
class Kept:
    """A visit as it is kept: its plan in figures, the inviter that its phone led to, and what is due.

    ``holders`` are the kinds of the holders that pay.
    """

    plan: Plan
    inviter_id: int | None
    due: Decimal
    holders: Mapping[int, str] = field(default_factory=dict)

    @property
    def money(self) -> dict[str, Decimal]:
        """What is recorded by each method."""
        found: dict[str, Decimal] = {}
        for payment in self.plan.payments:
            if payment.amount:
                found[payment.method] = found.get(payment.method, ZERO) + payment.amount
        return found

    @property
    def recorded(self) -> Decimal:
        """All money that is recorded."""
        return sum(self.money.values(), ZERO)


def taken_off(before: Kept | None, after: Kept) -> Decimal:
    """By how much less money is recorded than before, 0 or more; what only moved to another method is none of it."""
    return max(ZERO, before.recorded - after.recorded) if before else ZERO


def asks_why(before: Kept | None, after: Kept) -> bool:
    """Whether staff say why: money was taken off, or what was recorded counts on another day or elsewhere."""
    if before is None:
        return False
    return bool(taken_off(before, after)) or (bool(before.recorded) and _counts_elsewhere(before, after))


def differences(before: Kept | None, after: Kept, places: int) -> list[Difference]:
    """All that differs, in the order of the window; of a visit that was not kept before, all that is kept now."""
    return [
        {"what": what, **subject, "before": was, "after": now}
        for (what, subject, was), (_what, _subject, now) in _paired(before, after, places)
        if was != now
    ]


Unit = tuple[str, Mapping[str, Any], Any]


def _paired(before: Kept | None, after: Kept, places: int) -> Iterator[tuple[Unit, Unit]]:
    """Each thing that may change by itself, as it was and as it is."""
    old = {(what, *subject.values()): (what, subject, value) for what, subject, value in _units(before, places)}
    new = {(what, *subject.values()): (what, subject, value) for what, subject, value in _units(after, places)}
    for key in sorted(dict.fromkeys((*old, *new)), key=lambda each: _ORDER.index(each[0])):
        what, subject, _value = new.get(key) or old[key]
        gone: Unit = (what, subject, None)
        yield old.get(key, gone), new.get(key, gone)


_ORDER = tuple(_KINDS)


def _units(kept: Kept | None, places: int) -> Iterator[Unit]:
    if kept is None:
        return
    plan, amount = kept.plan, _as_text(places)
    yield "status", {}, plan.status.value
    yield "guest", {}, plan.client_id
    yield "start", {}, plan.starts_at.isoformat()
    yield "location", {}, plan.location_id
    for line in plan.lines:
        yield "line", {"line": line.line_id, "item": line.item_id}, _line(line, amount)
    for cover in plan.covers:
        line_id = plan.lines[cover.line].line_id
        yield "cover", {"membership": cover.membership_id, "line": line_id}, cover.units
    for choice in plan.discounts:
        yield "promotion", {"card": choice.card_id, "promotion": choice.promotion_id}, True
    # The phone is a person's; whom it led to is an id, 0 for nobody.
    yield "referral", {}, (kept.inviter_id or 0) if plan.referral else None
    for value in plan.value:
        yield "value", {"value_line": value.value_line_id, "kind": value.kind}, amount(value.price)
    for means in plan.means:
        yield "means", {"holder": means.holder_id}, amount(means.amount or ZERO)
    for method, money in kept.money.items():
        yield "payment", {"method": method}, amount(money)


def _line(line: PlanLine, amount: Callable[[Decimal], str]) -> dict[str, Any]:
    percent = line.manual_discount.normalize().__format__("f") if line.manual_discount else ""
    return {"quantity": line.quantity, "price": amount(line.unit_price), "discount": percent}


def _as_text(places: int) -> Callable[[Decimal], str]:
    smallest = Decimal(1).scaleb(-places)
    return lambda amount: str(amount.quantize(smallest))


# Of which kinds a change is
# ----------------------------------------------------------------------------


def kinds(
    before: Kept | None, after: Kept, found: Iterable[Difference], usual: Mapping[int, Decimal]
) -> list[ChangeKind]:
    """By what a change is looked for. ``usual`` are the usual prices of what is newly on the bill, by item."""
    found = list(found)
    if before is None:
        by_hand = [ChangeKind.MANUAL_DISCOUNT] if _is_discounted_by_hand(found, usual) else []
        return [ChangeKind.ENTERED, *by_hand]
    holders = {**before.holders, **after.holders}
    chosen = {_KINDS[each["what"]] or KINDS_OF_MEANS[holders[each["holder"]]] for each in found}
    told = {
        ChangeKind.MANUAL_DISCOUNT: _is_discounted_by_hand(found, usual),
        ChangeKind.TAKEN_OFF: bool(taken_off(before, after)),
        ChangeKind.MOVED: _is_moved(before, after),
        ChangeKind.CALLED_OFF: bool(before.recorded) and _is_called_off(before.plan.status, after.plan.status),
    }
    chosen |= {kind for kind, is_so in told.items() if is_so}
    return [kind for kind in ChangeKind if kind in chosen]


def _is_discounted_by_hand(found: Iterable[Difference], usual: Mapping[int, Decimal]) -> bool:
    """Whether a line on the bill has another discount by hand than before, or a price lowered by hand."""
    for each in found:
        if each["what"] == "line" and each["after"]:
            was, now = each["before"], each["after"]
            price = Decimal(was["price"]) if was else usual.get(each["item"], ZERO)
            if now["discount"] != (was["discount"] if was else "") or Decimal(now["price"]) < price:
                return True
    return False


def _is_moved(before: Kept, after: Kept) -> bool:
    """Whether money is recorded by another method, or counts on another day or at another place."""
    less = sum((max(ZERO, was - after.money.get(method, ZERO)) for method, was in before.money.items()), ZERO)
    return less > taken_off(before, after) or (bool(before.recorded) and _counts_elsewhere(before, after))


def _counts_elsewhere(before: Kept, after: Kept) -> bool:
    days = [(each.plan.starts_on, each.plan.location_id) for each in (before, after)]
    return days[0] != days[1]


def _is_called_off(was: Status, now: Status) -> bool:
    return was is not now and (was is Status.ARRIVED or now is Status.CANCELLED)
