"""What stands in the fields of the visit window, as text.

A page that is opened and one that was posted come to the same ``Typed``; buttons change it, and the
forms are bound to it again. So a window is always rendered from one thing.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from django.http import QueryDict
from django.utils import timezone

from chains.models import Location
from loyalty.ledger.kinds import HolderKind
from loyalty.rules.plan import PaymentMethod, Plan, Status
from visits.forms.amounts import amount_text, percent_text, read_number
from visits.models import Visit
from visits.plans import plan_of

Row = Mapping[str, str]

#: More lines than any bill has; what is posted beyond them is not read.
MOST_ROWS = 100

#: The fields of what is done to the guest's cards by hand, at once and apart from the visit.
HAND_FIELDS = (
    "hand_key",
    "issue_type",
    "issue_number",
    "hand_card",
    "hand_amount",
    "hand_last_day",
    "hand_comment",
)

#: The fields of whose visit it is: the guest, and one who is looked for by phone ("phone") or new ("name").
GUEST_FIELDS = ("guest", "guest_step", "guest_phone", "guest_name", "guest_key")

#: The fields of the visit itself, and of one row of each formset.
VISIT_FIELDS = (
    "key",
    "version",
    "shown_due",
    "opened_on",
    "opened_by",
    "base",
    "status",
    "date",
    "time",
    "referral",
    "referral_step",
    "handed_over",
    "reason",
    "often",
    "q",
    *GUEST_FIELDS,
    *HAND_FIELDS,
)
ROW_FIELDS = {
    "lines": ("line", "item", "quantity", "unit_price", "usual_price", "manual_discount", "confirmed_quantity"),
    "discounts": ("card", "promotion"),
    "points": ("card", "amount"),
    "payments": ("method", "amount"),
}

#: In the field of an amount: all that is possible, put in figures once the visit is computed.
THE_MOST = "*"


@dataclass(frozen=True)
class Typed:
    """The texts of the window. ``referral_step`` is empty, "chosen" (the phone is asked for) or "confirmed"."""

    visit: Row = field(default_factory=dict)
    lines: tuple[Row, ...] = ()
    discounts: tuple[Row, ...] = ()
    points: tuple[Row, ...] = ()
    payments: tuple[Row, ...] = ()

    def text(self, name: str) -> str:
        return self.visit.get(name, "")

    def with_texts(self, **texts: str) -> Typed:
        return replace(self, visit={**self.visit, **texts})

    def as_data(self) -> dict[str, str]:
        """The same as a browser posts it."""
        data = dict(self.visit)
        for prefix in ROW_FIELDS:
            rows: tuple[Row, ...] = getattr(self, prefix)
            data |= {f"{prefix}-TOTAL_FORMS": str(len(rows)), f"{prefix}-INITIAL_FORMS": "0"}
            for index, row in enumerate(rows):
                data |= {f"{prefix}-{index}-{name}": text for name, text in row.items()}
        return data


def typed_in(post: QueryDict) -> Typed:
    """The window as it was posted."""
    return Typed(
        visit={name: _text(post, name) for name in VISIT_FIELDS},
        **{prefix: tuple(_rows(post, prefix, names)) for prefix, names in ROW_FIELDS.items()},
    )


def _rows(post: QueryDict, prefix: str, names: Iterable[str]) -> list[Row]:
    count = min(read_number(post.get(f"{prefix}-TOTAL_FORMS", "")), MOST_ROWS)
    return [{name: _text(post, f"{prefix}-{index}-{name}") for name in names} for index in range(count)]


def _text(post: QueryDict, name: str) -> str:
    """What was posted, without what the database cannot keep."""
    return str(post.get(name, "")).replace("\x00", "").strip()


def walk_in(location: Location, client_id: int, at: datetime) -> Typed:
    """The window of a visit that begins now; without a client it begins with the guest's phone."""
    guest = {"guest": str(client_id), "guest_step": "" if client_id else "phone"}
    return Typed(visit={"key": str(uuid.uuid4()), "status": Status.ARRIVED, **guest, **start_texts(location, at)})


def kept_in(visit: Visit, location: Location) -> Typed:
    """The window of a saved visit: what it keeps, under a new key."""
    texts = {
        "key": str(uuid.uuid4()),
        "version": str(visit.version),
        "guest": str(visit.client_id),
        "status": visit.status,
        "referral": visit.referral_phone,
        "referral_step": "confirmed" if visit.referral_phone else "",
        **start_texts(location, visit.starts_at),
    }
    cards = {each.holder_id: each.holder.card.pk for each in visit.means.all() if each.holder.kind == HolderKind.CARD}
    return replace(_of_plan(plan_of(visit), cards, location.chain.places), visit=texts)


def _of_plan(plan: Plan, cards: Mapping[int, int], places: int) -> Typed:
    """The plan as it is typed; ``cards`` are those it pays with, by holder."""
    return Typed(
        lines=tuple(
            {
                "line": str(line.line_id),
                "item": str(line.item_id),
                "quantity": str(line.quantity),
                "unit_price": amount_text(line.unit_price, places),
                "usual_price": "",
                "manual_discount": percent_text(line.manual_discount),
                "confirmed_quantity": "",
            }
            for line in plan.lines
        ),
        discounts=tuple({"card": str(each.card_id), "promotion": str(each.promotion_id)} for each in plan.discounts),
        points=tuple(
            {"card": str(cards[each.holder_id]), "amount": amount_text(each.amount, places)}
            for each in plan.means
            if each.amount and each.holder_id in cards
        ),
        payments=tuple(
            {"method": each.method, "amount": amount_text(each.amount, places)} for each in plan.payments if each.amount
        ),
    )


def start_texts(location: Location, at: datetime) -> dict[str, str]:
    """The start as the fields of date and time show it, in the location's zone."""
    local = timezone.localtime(at, location.zone)
    return {"date": local.date().isoformat(), "time": local.strftime("%H:%M")}


def with_all_rows(typed: Typed, card_ids: Iterable[int]) -> Typed:
    """With a row for each card of the guest and each method of payment, blank where nothing is typed.

    Cards are paid with in the order in which their amounts were given, so blank rows come last.
    """
    given = _by(typed.points, "card")
    points = [row for row in given.values() if row["amount"]]
    kept = {row["card"] for row in points}
    points += [{"card": str(pk), "amount": ""} for pk in card_ids if str(pk) not in kept]
    paid = _by(typed.payments, "method")
    payments = [paid.get(method, {"method": method, "amount": ""}) for method in map(str, PaymentMethod)]
    return replace(typed, points=tuple(points), payments=tuple(payments))


def _by(rows: Iterable[Row], name: str) -> dict[str, Row]:
    """The first row of each card or method; a browser posts no second one."""
    found: dict[str, Row] = {}
    for row in rows:
        found.setdefault(row[name], row)
    return found
