"""Turns what was typed in the visit window into the plan of the visit; nothing else reads the form."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from chains.catalog.models import Item
from chains.models import Location
from chains.refusals import Code, Refusal
from clients.models import Client
from loyalty.cards.models import Card
from loyalty.referral.models import ReferralProgram
from loyalty.referral.places import places_around
from loyalty.rules.bill import Problem
from loyalty.rules.money import ZERO
from loyalty.rules.plan import DiscountChoice, MeansChoice, PaymentChoice, PaymentMethod, Plan, PlanLine, Status
from loyalty.rules.settlement import Settlement
from loyalty.rules.terms import ItemKind
from loyalty.rules.why import Reason, why
from visits.forms.amounts import amount_text, read_amount, read_id, read_number, read_percent
from visits.forms.typed import THE_MOST, Row, Typed, start_texts
from visits.forms.window import LONGEST_PHONE
from visits.models import Visit, VisitLine
from visits.plans import plan_line_of
from visits.prices import usual_price
from visits.refusals import refuse

#: More than these are found faster by a search.
MOST_OFTEN_SOLD = 8

#: No visit is outside of these years.
YEARS = range(2000, 2100)


@dataclass(frozen=True)
class Subject:
    """Whose visit it is, where, and what the user may change; ``visit`` is None until it is saved."""

    location: Location
    client: Client
    visit: Visit | None
    may_change_prices: bool

    @property
    def is_fixed(self) -> bool:
        """Whether the guest has arrived, so that client, location and start stay."""
        return self.visit is not None and self.visit.status == Status.ARRIVED


@dataclass(frozen=True)
class Known:
    """What of the chain the typed ids may mean; whatever is not in here does not exist."""

    items: Mapping[int, Item]
    cards: Mapping[int, Card]
    promotions: Mapping[int, str]
    referral: ReferralProgram | None


@dataclass(frozen=True)
class Reading:
    """The plan, and what could not go into it.

    ``discount_rows`` are the rows of the plan's discounts, ``cards`` the cards that may be paid with, by holder.
    """

    plan: Plan
    refusals: tuple[Refusal, ...]
    discount_rows: tuple[int, ...]
    cards: Mapping[int, int]

    def placed(self, refusal: Refusal) -> Refusal:
        """A refusal of the plan, at its place in the form."""
        what, _dot, number = (refusal.field or "").partition(".")
        if what == "discounts":
            field = f"discounts.{self.discount_rows[int(number)]}"
        elif what == "means":
            field = f"points.{self.cards[int(number)]}"
        else:
            return refusal
        return Refusal(refusal.code, refusal.message, field=field, params=refusal.params)


def look_up(typed: Typed, subject: Subject, at_hand: Iterable[Item] = ()) -> Known:
    """Load what the ids mean, within the chain, in a fixed number of queries; ``at_hand`` is loaded already."""
    chain = subject.location.chain
    items = {item.pk: item for item in at_hand}
    wanted = {read_id(row["item"]) for row in typed.lines}.union(often_ids(typed)).difference(items)
    named = {read_id(row["card"]) for row in (*typed.points, *typed.discounts)}
    cards = Card.objects.filter(Q(client=subject.client) | Q(pk__in=named), chain=chain)
    return Known(
        items=items | (chain.items.in_bulk(wanted) if wanted else {}),
        cards={card.pk: card for card in cards.select_related("card_type", "holder").order_by("issued_at", "pk")},
        promotions=dict(chain.promotions.values_list("pk", "name")),
        referral=places_around(subject.location).here,
    )


def often_ids(typed: Typed) -> list[int]:
    """The items that are often sold here, as the window carries them from its opening on."""
    return [read_id(text) for text in typed.text("often").split(",")[:MOST_OFTEN_SOLD] if text]


def read(typed: Typed, subject: Subject, known: Known, at: datetime) -> Reading:
    """The plan that the window stands for; figures that cannot be read are left for the rules to refuse."""
    starts_at, impossible = _start(typed, subject, at)
    lines, unknown_items = _lines(typed, subject, known)
    discounts, rows, unknown_discounts = _discounts(typed, subject, known)
    points, unknown_cards = _points(typed, subject, known)
    referral, no_phone = _referral(typed)
    plan = Plan(
        client_id=subject.client.pk or None,
        location_id=subject.location.pk,
        starts_at=starts_at,
        starts_on=subject.location.local_date(starts_at),
        status=_status(typed, subject),
        lines=lines,
        discounts=discounts,
        referral=referral,
        means=points,
        payments=_payments(typed, subject),
    )
    refusals = (*impossible, *unknown_items, *no_phone, *unknown_discounts, *unknown_cards)
    return Reading(plan, refusals, rows, {card.holder_id: card.pk for card in known.cards.values()})


def filled(
    typed: Typed, plan: Plan, settlement: Settlement, location: Location, known: Known, opened_on: date
) -> Typed:
    """The texts with the figures in them that the visit came to: prices, "the most", the due and day that are shown."""
    places = location.chain.places
    points = {str(turn.means.card_id): turn.amount for turn in settlement.means}
    payments = {str(method): amount for method, amount in settlement.payments}
    lines = tuple(
        {
            **row,
            "unit_price": _price_text(row, line, places),
            "usual_price": _usual_text(known.items.get(line.item_id), places),
        }
        for row, line in zip(typed.lines, plan.lines, strict=True)
    )
    is_computed = len(settlement.lines) == len(plan.lines)
    shown = {"shown_due": str(settlement.due) if is_computed else "", "opened_on": opened_on.isoformat()}
    if not typed.text("date") and not typed.text("time"):
        shown |= start_texts(location, plan.starts_at)
    return replace(
        typed.with_texts(**shown),
        lines=lines,
        points=tuple(_with_figure(row, points.get(row["card"]), places, is_computed) for row in typed.points),
        payments=tuple(
            _with_figure(row, payments.get(row["method"]), places, settlement.is_whole) for row in typed.payments
        ),
    )


def _price_text(row: Row, line: PlanLine, places: int) -> str:
    return amount_text(line.unit_price, places) if line.unit_price.is_finite() else row["unit_price"]


def _usual_text(item: Item | None, places: int) -> str:
    return amount_text(usual_price(item, places), places) if item else ""


def _with_figure(row: Row, amount: Decimal | None, places: int, is_known: bool) -> Row:
    """The row as it is typed; all that is possible as the figure it is, or as it was before that was asked for."""
    kept = {name: text for name, text in row.items() if name != "before"}
    if row["amount"] != THE_MOST:
        return kept
    figure = amount_text(amount, places) if amount else ""
    return {**kept, "amount": figure if is_known else row.get("before", "")}


def check_day(typed: Typed, subject: Subject, at: datetime) -> None:
    """Refuse ``stale_edit`` where a new visit would begin on a day that ended while its page was open."""
    today = subject.location.local_date(at).isoformat()
    opened_on = typed.text("opened_on")
    if subject.visit is None and opened_on and opened_on != today and typed.text("date") == opened_on:
        raise Refusal(
            Code.STALE_EDIT,
            _("A new day began since this page was opened. Check when the visit begins, then save again."),
            field="starts_at",
        )


# Start and status
# ----------------------------------------------------------------------------


def _status(typed: Typed, subject: Subject) -> Status:
    """The status typed; a visit is cancelled only by the page for it, and shown as such until it gets another."""
    kept = Status(subject.visit.status) if subject.visit else Status.ARRIVED
    text = typed.text("status")
    if text not in set(Status) or (text == Status.CANCELLED and kept is not Status.CANCELLED):
        return kept
    return Status(text)


def _start(typed: Typed, subject: Subject, at: datetime) -> tuple[datetime, list[Refusal]]:
    kept = subject.visit.starts_at if subject.visit else at.replace(second=0, microsecond=0)
    texts = {"date": typed.text("date"), "time": typed.text("time")}
    is_left_open = not any(texts.values()) and (subject.is_fixed or subject.visit is None)
    if is_left_open or texts == start_texts(subject.location, kept):
        return kept, []
    starts_at = local_instant(texts["date"], texts["time"], subject.location.zone)
    if starts_at:
        return starts_at, []
    sentence = _("There is no such date and time at this location. Choose another start.")
    return kept, [Refusal(Code.INVALID_DATE, sentence, field="starts_at")]


def local_instant(on: str, at: str, zone: ZoneInfo) -> datetime | None:
    """The instant of a local date and time; None where there is none, as when clocks are put forward."""
    try:
        local = datetime.combine(date.fromisoformat(on), time.fromisoformat(at)).replace(tzinfo=zone)
        is_possible = local.year in YEARS and local.astimezone(UTC).astimezone(zone).replace(fold=0) == local
    except (ValueError, OverflowError):
        return None
    return local.astimezone(UTC) if is_possible else None


UTC = ZoneInfo("UTC")


# Lines
# ----------------------------------------------------------------------------


def _lines(typed: Typed, subject: Subject, known: Known) -> tuple[tuple[PlanLine, ...], list[Refusal]]:
    kept = {line.pk: line for line in subject.visit.lines.all() if not line.removed} if subject.visit else {}
    lines, refusals = [], []
    for index, row in enumerate(typed.lines):
        saved = kept.pop(read_id(row["line"]), None)
        item = known.items.get(read_id(row["item"]))
        if saved is None and (item is None or item.archived):
            sentence = _("This is not sold here. Take it off the bill and choose another service or product.")
            refusals.append(Refusal(Code.INVALID_AMOUNT, sentence, field=f"lines.{index}.item"))
        lines.append(_line(row, saved, item, subject))
    return tuple(lines), refusals


def _line(row: Row, saved: VisitLine | None, item: Item | None, subject: Subject) -> PlanLine:
    """A saved line stays what it was sold as. Who may not change prices posts none, and gets the one that holds now."""
    if saved:
        line = plan_line_of(saved)
    elif item:
        line = PlanLine(item.pk, ItemKind(item.kind), item.category_id, 1, _usual_price(item, subject))
    else:
        line = PlanLine(0, ItemKind.SERVICE, None, 1, ZERO)
    price = line.unit_price
    if row["unit_price"] and not (item and saved is None and _is_of_an_old_page(row, item, subject)):
        price = read_amount(row["unit_price"], subject.location.chain.places)
    quantity = read_number(row["quantity"])
    return replace(
        line,
        quantity=quantity,
        quantity_confirmed=read_number(row["confirmed_quantity"]) == quantity,
        unit_price=price,
        manual_discount=read_percent(row["manual_discount"]),
    )


def _usual_price(item: Item, subject: Subject) -> Decimal:
    return usual_price(item, subject.location.chain.places)


def _is_of_an_old_page(row: Row, item: Item, subject: Subject) -> bool:
    """Whether the price is the usual one of a page that was opened before the usual price changed."""
    places = subject.location.chain.places
    shown, typed = read_amount(row["usual_price"], places), read_amount(row["unit_price"], places)
    return bool(row["usual_price"]) and typed == shown != _usual_price(item, subject)


# Loyalty and money
# ----------------------------------------------------------------------------


def _discounts(
    typed: Typed, subject: Subject, known: Known
) -> tuple[tuple[DiscountChoice, ...], tuple[int, ...], list[Refusal]]:
    """The discounts that exist in the chain, the rows they stand in, and a refusal for each other one."""
    choices, rows, refusals = [], [], []
    for index, row in enumerate(typed.discounts):
        choice = DiscountChoice(read_id(row["card"]), read_id(row["promotion"]))
        if choice.card_id in known.cards and choice.promotion_id in known.promotions:
            choices.append(choice)
            rows.append(index)
        else:
            problem = Problem("promotion_not_applicable", f"discounts.{index}", why(Reason.NOT_ON_CARD))
            refusals.append(refuse(problem, None, subject.location.chain))
    return tuple(choices), tuple(rows), refusals


def _points(typed: Typed, subject: Subject, known: Known) -> tuple[tuple[MeansChoice, ...], list[Refusal]]:
    choices, refusals = [], []
    for row in typed.points:
        card_id, text = read_id(row["card"]), row["amount"]
        if not text:
            continue
        if card_id in known.cards:
            choices.append(MeansChoice(known.cards[card_id].holder_id, _amount(text, subject)))
        else:
            problem = Problem("card_not_owned", f"points.{row['card']}")
            refusals.append(refuse(problem, None, subject.location.chain))
    return tuple(choices), refusals


def _payments(typed: Typed, subject: Subject) -> tuple[PaymentChoice, ...]:
    """Payments by method; one that pays the rest comes after all figures."""
    typed_in = [
        PaymentChoice(PaymentMethod(row["method"]), _amount(row["amount"], subject))
        for row in typed.payments
        if row["amount"]
    ]
    return tuple(sorted(typed_in, key=lambda choice: choice.amount is None))


def _amount(text: str, subject: Subject) -> Decimal | None:
    return None if text == THE_MOST else read_amount(text, subject.location.chain.places)


def _referral(typed: Typed) -> tuple[str, list[Refusal]]:
    if typed.text("referral_step") != "confirmed":
        return "", []
    phone = typed.text("referral")
    if 0 < len(phone) <= LONGEST_PHONE:
        return phone, []
    sentence = _("Type the phone of the client who invited the guest, or take the referral back.")
    return "", [Refusal(Code.INVALID_PHONE, sentence, field="referral")]


def in_order(refusals: Iterable[Refusal]) -> list[Refusal]:
    """Each refusal once, although reading, preview and save may all have found it."""
    found: dict[tuple[str | None, str], Refusal] = {}
    for refusal in refusals:
        found.setdefault((refusal.field, refusal.code), refusal)
    return list(found.values())
